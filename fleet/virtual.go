package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"soak/causes"
	"soak/lab"
	"soak/loop"
	"soak/netem"
	"soak/refresher"
	"soak/scenarios"
)

// virtualEpoch is where virtual time starts unless Options say otherwise: ten
// digits, as the guide's pattern for expiry stamps wants.
var virtualEpoch = time.Unix(1_800_000_000, 0).UTC()

// runVirtual computes the run, on all cores; another goroutine tells progress.
func runVirtual(ctx context.Context, sc scenarios.Scenario, opt Options) (*Result, error) {
	if !sc.Target.Embedded() {
		return nil, fmt.Errorf("%w: virtual time needs the embedded lab; leave url and tokenApi out, or run in real time", ErrConfig)
	}
	start := startOf(&sc, opt.Start)
	guards, err := sc.Guards()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	seats, err := cast(&sc, opt.Only)
	if err != nil {
		return nil, err
	}
	r, err := newVirtualRun(&sc, start, realWorld, len(seats))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	r.watched(opt.Observer)
	r.surveyed, r.diaries = opt.Standings, opt.Diaries
	r.observer.begin(start)
	elapsed, cpu := stopwatch(), cpuTime()
	stop := tell(opt.Progress, func() Progress {
		p := r.meter.progress(r.time.Reached(), sc.Duration, sc.Viewers.Count)
		p.Computed = true
		return p
	})
	abort, err := r.play(ctx, seats, guards, pick(opt.Causes, suffering, nil))
	result := &Result{
		Scenario: sc, Virtual: true, Started: start, Interrupted: err != nil, Aborted: abort, Manifests: r.parsed(),
	}
	if err == nil && opt.Causes {
		err = r.blame(ctx, abort)
	}
	stop()
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	result.Summary, result.Elapsed, result.CPU = r.summary(), elapsed(), cpuTime()-cpu
	return result, nil
}

// startOf is where virtual time starts.
func startOf(sc *scenarios.Scenario, asked time.Time) time.Time {
	switch {
	case !asked.IsZero():
		return asked.Round(0).UTC() // virtual time knows no monotonic clock
	case !sc.Start.IsZero():
		return sc.Start.UTC()
	}
	return virtualEpoch
}

// suffering is the account of a viewer whose troubles are explained by comparison.
func suffering() *causes.Account { return new(causes.Account) }

// newVirtualRun makes the run of so many of the scenario's viewers.
func newVirtualRun(sc *scenarios.Scenario, start time.Time, w parallel, viewers int) (*virtualRun, error) {
	site, err := lab.New(w.lab(labConfig(sc)), sc.Seed, start)
	if err != nil {
		return nil, err
	}
	if w >= openWorld {
		site = site.Open()
	}
	r := &virtualRun{scenario: sc, start: start, length: sc.Duration, world: w, time: loop.NewWorld(start), meter: newMeter()}
	r.time.Turn = turn(site.Config())
	r.addLanes(site, lanesFor(viewers))
	return r, nil
}

// watched lets somebody watch, who is not asked to do so on several cores at once.
func (r *virtualRun) watched(by *Observer) {
	if r.observer = by; by != nil {
		r.time.Workers = 1
	}
}

// play computes the viewers' lives. Accounts, when not nil, makes those of what they
// suffer.
func (r *virtualRun) play(ctx context.Context, seats []seat, guards scenarios.Guards, accounts func() *causes.Account) (*scenarios.Abort, error) {
	for i, s := range seats {
		v := r.seat(r.lanes[i%len(r.lanes)], s)
		if accounts != nil && s.copies == nil { // leeches have no say
			v.account = accounts()
		}
		r.viewers = append(r.viewers, v)
	}
	abort, err := r.guarded(ctx, guards)
	if err == nil || ctx.Err() != nil {
		for _, v := range r.viewers {
			v.leave()
		}
	}
	return abort, err
}

// virtualRun is what the viewers of a computed run share.
type virtualRun struct {
	scenario *scenarios.Scenario
	start    time.Time // scenario time zero
	length   time.Duration
	world    parallel
	time     *loop.World
	lanes    []*lane
	observer *Observer
	surveyed bool // viewers are asked how they stand
	diaries  bool
	meter    *meter
	viewers  []*viewer
}

// seat gives a viewer its loop, its link and its way to the token API.
func (r *virtualRun) seat(in *lane, s seat) *viewer {
	sc, l := r.scenario, in.Loop()
	v := &viewer{
		seat: s, scenario: sc, begin: r.start, clock: l, manifests: in.manifests, meter: r.meter,
		counts: in.counts, routes: &in.routes, fetches: &in.fetches,
		pristine: r.world >= openWorld, surveyed: r.surveyed,
		spring: func(part int) *rand.PCG { return spring(sc.Seed, s.id, part) },
	}
	v.settle()
	v.observe(r.observer)
	model := netem.NewModel(r.world.link(s.cohort.Link), l, v.rng(linkStream))
	net := &modelNetwork{loop: l, model: model, lab: in.lab, viewer: s.id, from: v.at, calls: &in.calls, tokens: &in.tokens}
	v.net = net
	v.source = func(ch channel) refresher.Source {
		return &modelSource{modelNetwork: net, query: tokenQuery(sc, s.cohort, ch).Encode(), bound: s.policy.IPBound, played: func() bool { return v.player != nil }, counts: in.counts}
	}
	come := func() {
		v.log = in.shard.Viewer(s.id, labels(s.cohort))
		if r.diaries {
			v.log.KeepDiary()
		}
		v.observer.came()
		v.arrive()
	}
	if s.copies != nil { // after whom it copies from has put the link down
		l.Share(s.arrival+1, come)
	} else {
		l.After(s.arrival, come)
	}
	return v
}
