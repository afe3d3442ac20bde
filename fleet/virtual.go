package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/manifest"
	"soak/netem"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// virtualEpoch is where virtual time starts unless Options say otherwise: ten
// digits, as the guide's pattern for expiry stamps wants.
var virtualEpoch = time.Unix(1_800_000_000, 0).UTC()

// parsedManifests bounds the cache of parsed manifests: a live event's last
// versions of every playlist.
const parsedManifests = 4096

// runVirtual computes the run. One goroutine does all the work; another tells
// progress.
func runVirtual(ctx context.Context, sc scenarios.Scenario, opt Options) (*Result, error) {
	if !sc.Target.Embedded() {
		return nil, fmt.Errorf("%w: virtual time needs the embedded lab; leave url and tokenApi out, or run in real time", ErrConfig)
	}
	start := virtualEpoch
	if !opt.Start.IsZero() {
		start = opt.Start.Round(0).UTC() // virtual time knows no monotonic clock
	}
	site, err := lab.New(labConfig(&sc), sc.Seed, start)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	guards, err := sc.Guards()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	v := &virtualRun{
		scenario: &sc, start: start, observer: opt.Observer, lab: site, meter: newMeter(),
		shard: qoe.NewShard(start), manifests: manifest.NewCache(parsedManifests),
	}
	world := loop.NewWorld(start)
	for _, s := range plan(&sc) {
		v.seat(world.Loop(), s)
	}
	elapsed := stopwatch()
	stop := tell(opt.Progress, func() Progress { return v.meter.progress(v.reached(), sc.Duration, sc.Viewers.Count) })
	abort, err := v.guarded(ctx, world, guards)
	if err != nil && ctx.Err() == nil {
		stop()
		return nil, err
	}
	for _, s := range v.viewers {
		s.leave()
	}
	stop()
	return &Result{
		Scenario: sc, Summary: v.shard.Summary(), Virtual: true, Started: start,
		Elapsed: elapsed(), Interrupted: err != nil, Aborted: abort, Manifests: v.manifests.Stats(),
	}, nil
}

// virtualRun is what the viewers of a computed run share.
type virtualRun struct {
	scenario  *scenarios.Scenario
	start     time.Time // scenario time zero
	observer  *Observer
	lab       *lab.Lab
	shard     *qoe.Shard
	manifests *manifest.Cache
	meter     *meter
	viewers   []*viewer
	clock     atomic.Int64 // scenario time of the latest shared visit
}

// visited notes how far the run has come: shared visits are in global order.
func (r *virtualRun) visited(now time.Time) { r.clock.Store(int64(now.Sub(r.start))) }

func (r *virtualRun) reached() time.Duration { return time.Duration(r.clock.Load()) }

// seat gives a viewer its loop, its link and its way to the token API.
func (r *virtualRun) seat(l *loop.Virtual, s seat) {
	sc := r.scenario
	v := &viewer{
		seat: s, scenario: sc, begin: r.start, clock: l, policy: sc.PolicyOf(s.cohort), manifests: r.manifests, meter: r.meter,
		rng: func(part int) *rand.Rand { return stream(sc.Seed, s.id, part) },
	}
	v.settle()
	v.observe(r.observer)
	model := netem.NewModel(s.cohort.Link, l, v.rng(linkStream))
	net := &modelNetwork{loop: l, model: model, lab: r.lab, viewer: s.id, from: v.at}
	v.net = net
	v.source = func(ch channel) refresher.Source {
		return &modelSource{modelNetwork: net, query: tokenQuery(sc, s.cohort, ch).Encode(), visited: r.visited}
	}
	come := func() {
		v.log = r.shard.Viewer(s.id, labels(s.cohort))
		v.arrive()
	}
	if s.copies != nil { // after whom it copies from has put the link down
		l.Share(s.arrival+1, come)
	} else {
		l.After(s.arrival, come)
	}
	r.viewers = append(r.viewers, v)
}
