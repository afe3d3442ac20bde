package fleet

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"time"

	"soak/causes"
	"soak/loop"
	"soak/manifest"
	"soak/netem"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// shardCount spreads the folding of samples over locks. Viewers of a thread fold into the
// same shard, so that its counts are at hand when the next one comes.
const shardCount = 16

// wallRun is what the viewers of a run over sockets share.
type wallRun struct {
	scenario  *scenarios.Scenario
	target    *target
	start     time.Time     // scenario time zero
	threads   int           // that viewers live on
	grid      time.Duration // on which viewers' loops wake; 0: whenever something is due
	shards    [shardCount]*qoe.Shard
	manifests *manifest.Cache
	meter     *meter
	observer  *Observer
	causes    bool
	surveyed  bool // viewers are asked how they stand
	diaries   bool
	late      latenesses // of timers
	dispatch  latenesses // of requests
	coming    latenesses // of viewers
	dials     *dials
	shortages *shortages
	warnings  []string
	arrivals  *arrivals
	strains   *strains
}

// runWall plays the scenario over sockets, in real time.
func runWall(ctx context.Context, sc scenarios.Scenario, opt Options) (*Result, error) {
	guards, err := sc.Guards()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	target, err := openTarget(ctx, &sc)
	if err != nil {
		return nil, err
	}
	defer target.close()
	return target.run(ctx, guards, opt)
}

// run plays the scenario against the target.
func (t *target) run(ctx context.Context, guards scenarios.Guards, opt Options) (*Result, error) {
	if err := t.consent.check(ctx); err != nil {
		return nil, err
	}
	if err := t.probe(ctx); err != nil {
		return nil, err
	}
	warnings, err := t.preflight()
	if err != nil {
		return nil, err
	}
	r := newWallRun(t.scenario, t)
	r.warnings = warnings
	r.observer, r.causes, r.surveyed, r.diaries = opt.Observer, opt.Causes, opt.Standings, opt.Diaries
	r.observer.begin(r.start)
	if opt.Warn != nil {
		for _, w := range warnings {
			opt.Warn(w)
		}
	}
	live := newLive(r)
	if opt.Live != nil {
		opt.Live(live)
	}
	stop := tell(opt.Progress, live.Progress)
	abort, err := r.play(ctx, guards)
	live.end()
	stop()
	if err != nil {
		return nil, err
	}
	result := live.Result()
	result.Aborted, result.Interrupted = abort, abort == nil && ctx.Err() != nil
	return result, nil
}

func newWallRun(sc *scenarios.Scenario, t *target) *wallRun {
	r := &wallRun{
		scenario: sc, target: t, start: t.start(), threads: threadsPerCore * runtime.GOMAXPROCS(0), grid: gridOf(sc.Viewers.Count), manifests: manifest.NewCache(parsedManifests),
		meter: newMeter(), dials: &dials{}, shortages: &shortages{}, strains: newStrains(sc),
	}
	r.manifests.Frozen = true // bodies that were received are read only
	r.arrivals = &arrivals{start: r.start}
	if t.lab != nil {
		t.lab.NotAccepted(r.short)
	}
	for i := range r.shards {
		r.shards[i] = qoe.NewShard(r.start)
	}
	return r
}

// thread is the one that a viewer lives on.
func (r *wallRun) thread(viewer int) int { return viewer % r.threads }

// viewer joins a player's world with sockets of its own, as a browser has.
func (r *wallRun) viewer(alive context.Context, l *loop.Tab, s seat) (*viewer, *socketNetwork) {
	sc := r.scenario
	v := &viewer{
		seat: s, scenario: sc, begin: r.start, zero: l.Instant(r.start).Since(), clock: l, manifests: r.manifests, meter: r.meter, counts: r.meter.counts(true),
		spring: func(part int) *rand.PCG { return spring(sc.Seed, s.id, part) },
		log:    r.shards[r.thread(s.id)%shardCount].Viewer(s.id, labels(s.cohort)), surveyed: r.surveyed, grid: r.grid,
	}
	if r.diaries {
		v.log.KeepDiary()
	}
	v.settle()
	if r.causes && s.copies == nil { // leeches have no say
		v.account = causes.Watching()
	}
	v.observe(r.observer)
	v.observer.came()
	sockets := r.sockets(alive, l, v)
	v.net = sockets
	v.source = func(ch channel) refresher.Source { return r.target.source(sockets, v.id, s.cohort, ch) }
	return v, sockets
}

// sockets are a viewer's network: connections over its link, from where it is.
func (r *wallRun) sockets(alive context.Context, l *loop.Tab, v *viewer) *socketNetwork {
	n := &socketNetwork{
		ctx: alive, post: l.Post, timers: l, leave: l.Leave, from: &whereabouts{source: r.target.sources.of(v.id)}, watched: r.observer != nil && r.observer.Exchange != nil,
		dispatch: r.dispatch.of(r.thread(v.id)), short: r.short,
	}
	n.stack = newStack(r.target.plumbing, r.scenario.Transport, r.counting(r.target.consent.told(r.link(v, n.from))))
	n.http = forwarding{n.stack, n.from}
	if r.target.lab != nil {
		n.viewer, n.from.api = strconv.Itoa(v.id), hostOf(r.target.lab.API)
	}
	n.hangUp(v.at)
	return n
}

// link is how a viewer's connections are made. One that shapes nothing has nothing to
// remember between them.
func (r *wallRun) link(v *viewer, from *whereabouts) dialFunc {
	if v.cohort.Link.Unshaped() {
		return func(ctx context.Context, network, addr string) (net.Conn, error) {
			d := net.Dialer{LocalAddr: from.local(addr), ControlContext: r.target.control()}
			return d.DialContext(ctx, network, addr)
		}
	}
	d := netem.NewDialer(v.cohort.Link, v.rng(linkStream))
	d.Now, d.Sleep, d.Local, d.Base.ControlContext = time.Now, loop.Sleep, from.local, r.target.control()
	return d.DialContext
}

func (r *wallRun) summary() *qoe.Summary { return qoe.Merged(r.shards[:]...) }
