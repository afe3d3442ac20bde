package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"soak/causes"
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
	if !sc.Start.IsZero() {
		start = sc.Start.UTC()
	}
	if !opt.Start.IsZero() {
		start = opt.Start.Round(0).UTC() // virtual time knows no monotonic clock
	}
	r, err := newVirtualRun(&sc, start, realWorld)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	guards, err := sc.Guards()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	seats, err := cast(&sc, opt.Only)
	if err != nil {
		return nil, err
	}
	r.observer = opt.Observer
	elapsed, cpu := stopwatch(), cpuTime()
	stop := tell(opt.Progress, func() Progress { return r.meter.progress(r.reached(), sc.Duration, sc.Viewers.Count) })
	abort, err := r.play(ctx, seats, guards, pick(opt.Causes, suffering, nil))
	result := &Result{
		Scenario: sc, Virtual: true, Started: start, Interrupted: err != nil, Aborted: abort, Manifests: r.manifests.Stats(),
	}
	if err == nil && opt.Causes {
		err = r.blame(ctx, abort)
	}
	stop()
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	result.Summary, result.Elapsed, result.CPU = r.shard.Summary(), elapsed(), cpuTime()-cpu
	return result, nil
}

// suffering is the account of a viewer whose troubles are explained by comparison.
func suffering() *causes.Account { return new(causes.Account) }

func newVirtualRun(sc *scenarios.Scenario, start time.Time, w parallel) (*virtualRun, error) {
	site, err := lab.New(w.lab(labConfig(sc)), sc.Seed, start)
	if err != nil {
		return nil, err
	}
	if w >= openWorld {
		site = site.Open()
	}
	m, cache := newMeter(), manifest.NewCache(parsedManifests)
	cache.Frozen = true // as the lab says of its answers
	return &virtualRun{
		scenario: sc, start: start, world: w, lab: site, routes: routes{lab: site}, meter: m, counts: m.counts(false), length: sc.Duration,
		shard: qoe.NewShard(start), manifests: cache,
	}, nil
}

// play computes the viewers' lives. Accounts, when not nil, makes those of what they
// suffer.
func (r *virtualRun) play(ctx context.Context, seats []seat, guards scenarios.Guards, accounts func() *causes.Account) (*scenarios.Abort, error) {
	world := loop.NewWorld(r.start)
	for _, s := range seats {
		v := r.seat(world.Loop(), s)
		if accounts != nil && s.copies == nil { // leeches have no say
			v.account = accounts()
		}
		r.viewers = append(r.viewers, v)
	}
	abort, err := r.guarded(ctx, world, guards)
	if err == nil || ctx.Err() != nil {
		for _, v := range r.viewers {
			v.leave()
		}
	}
	return abort, err
}

// virtualRun is what the viewers of a computed run share.
type virtualRun struct {
	scenario  *scenarios.Scenario
	start     time.Time // scenario time zero
	length    time.Duration
	world     parallel
	observer  *Observer
	lab       *lab.Lab
	shard     *qoe.Shard
	manifests *manifest.Cache
	meter     *meter
	counts    *counts
	calls     modelCalls
	routes    routes
	fetches   fetches
	viewers   []*viewer
	clock     atomic.Int64 // scenario time of the latest shared visit
}

// visited notes how far the run has come: shared visits are in global order.
func (r *virtualRun) visited(now time.Time) {
	r.clock.Store(int64(now.Sub(r.start)))
	r.counts.flush()
}

func (r *virtualRun) reached() time.Duration { return time.Duration(r.clock.Load()) }

// seat gives a viewer its loop, its link and its way to the token API.
func (r *virtualRun) seat(l *loop.Virtual, s seat) *viewer {
	sc := r.scenario
	v := &viewer{
		seat: s, scenario: sc, begin: r.start, clock: l, policy: sc.PolicyOf(s.cohort), manifests: r.manifests, meter: r.meter,
		counts: r.counts, routes: &r.routes, fetches: &r.fetches,
		pristine: r.world >= openWorld,
		rng:      func(part int) *rand.Rand { return stream(sc.Seed, s.id, part) },
	}
	v.settle()
	v.observe(r.observer)
	model := netem.NewModel(r.world.link(s.cohort.Link), l, v.rng(linkStream))
	net := &modelNetwork{loop: l, model: model, lab: r.lab, viewer: s.id, from: v.at, calls: &r.calls}
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
	return v
}
