package player

import (
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// generic is no player that exists: it is what a good one would do, to measure the
// others by. It reads HLS and DASH. Files: generic_hls.go and generic_dash.go keep
// the manifests and say which segment is next, generic_track.go fetches one media,
// generic_abr.go chooses quality, generic_load.go is one request.
//
// What sets it apart from hls.js and dash.js under token trouble:
//
//   - whatever fails is asked for again, by the URL that the newest manifest gives
//     it, so that the integration signs anew and a new base counts;
//   - manifests are always asked for where the page said (or at Location), never
//     where the last one came from;
//   - a failure is held against nothing but the object that failed, and only once
//     something else has come meanwhile: with the edge gone there is nobody to blame;
//   - a live event is never given up.
type generic struct {
	stopwatch
	o    genericOptions
	url  string
	rng  *rand.Rand // may be nil: no jitter
	el   *element
	feed genericFeed

	manifest *genericLoad
	tracks   []*genericTrack
	bw       bandwidth
	lastOK   time.Time // when anything came
	fails    trouble   // with the first manifest
	timer    loop.Timer
	holes    loop.Timer // when the playhead comes to one
	again    bool       // poke was called while poking
	poking   bool
	begun    bool
	paused   bool     // before Start
	wish     *Target  // before it could be done
	quality  *Quality // likewise
	dead     bool
	stopped  bool
}

// genericFeed is the format's half of the player.
type genericFeed interface {
	// prepare gets a rung's segments known; false while they are not.
	prepare(m qoe.Media, rung int) bool
	// use says which rung is being fetched from.
	use(m qoe.Media, rung int)
	// refresh asks for what lists a media's segments once more, if that does not
	// happen by itself.
	refresh(m qoe.Media)
	// ladder are the bit rates of a media's rungs at a presentation time, ascending.
	ladder(m qoe.Media, at time.Duration) []int64
	// next is the segment that holds a presentation time, or follows it.
	next(m qoe.Media, rung int, at time.Duration) (piece, outlook)
	live() bool
	// edge is the live edge and seekable what can be seen; begin is where to start.
	edge() (time.Duration, bool)
	seekable() (start, end time.Duration)
	begin() time.Duration
	// back tells that the edge is.
	back()
	stop()
}

// piece is a segment to fetch.
type piece struct {
	start, end time.Duration
	p          *manifest.Presentation // by which references are resolved
	ref        manifest.Ref
	rng        manifest.Range
	init       *manifest.Init
	keys       []manifest.Key
	gap        bool // not to be fetched
}

// outlook is whether a piece can be had.
type outlook struct {
	state outlookState
	at    instant // of soon
}

type outlookState uint8

const (
	here   outlookState = iota
	soon                // at a known time
	unsure              // a newer manifest will tell
	gone                // out of the window
	over                // nothing more will come
)

func newGeneric(cfg Config, w World, url string, rng *rand.Rand) (Player, error) {
	o, err := cfg.Generic.options()
	if err != nil {
		return nil, err
	}
	g := &generic{stopwatch: *newStopwatch(w), o: o, url: url, rng: rng, bw: newBandwidth(3, 9, o.initial)}
	return g, nil
}

// Start asks for the manifest.
func (g *generic) Start(wished time.Time) {
	if g.el != nil || g.stopped {
		return
	}
	g.el = newElement(&g.stopwatch, wished)
	g.el.ready, g.el.hole = hlsReady, maxHole
	g.el.edge = g.edge
	g.el.onPlaying, g.el.onWaiting = g.poke, g.poke
	if g.paused {
		g.el.pause()
	}
	g.manifest = newGenericLoad(g, g.gotManifest)
	g.askManifest()
}

func (g *generic) askManifest() {
	g.manifest.start(Request{URL: manifest.AddressOf(g.url), Kind: qoe.Manifest, Attempt: g.fails.n + 1})
}

// gotManifest takes the first manifest in, and sees by it what to play.
func (g *generic) gotManifest(r *Response) {
	p, problem := g.read(r)
	if problem != "" {
		g.fails.add(g.w.Now())
		if g.tired(g.fails) {
			g.fail(qoe.Manifest, "manifest: "+problem)
			return
		}
		g.w.Set(&g.timer, g.pause(g.fails), g.askManifest)
		return
	}
	if p.Format == manifest.DASH {
		g.feed = newGenericDASH(g, p, r)
		return
	}
	g.feed = newGenericHLS(g, p, r)
}

// read parses an answer; a problem is why it is of no use.
func (g *generic) read(r *Response) (p *manifest.Presentation, problem string) {
	if !r.OK() {
		return nil, because(r)
	}
	p, err := g.w.Parse(r.URL, r.ContentType, r.Body)
	if err != nil {
		return nil, err.Error()
	}
	if p.Format == manifest.DASH {
		err = playableMPD(p)
	}
	if err != nil {
		return nil, err.Error()
	}
	return p, ""
}

// open begins to fetch these media, called by the feed when it knows enough.
func (g *generic) open(media ...qoe.Media) {
	g.begun = true
	at := g.feed.begin()
	g.el.require(media...)
	g.el.seek(at)
	for _, m := range media {
		g.tracks = append(g.tracks, newGenericTrack(g, m, at))
	}
	g.wishes()
	g.poke()
}

// poke lets everyone look again after anything changed.
func (g *generic) poke() {
	if g.poking {
		g.again = true
		return
	}
	g.poking = true
	for g.again = true; g.again && !g.stopped; {
		g.again = false
		g.mind()
		for _, t := range g.tracks {
			t.look()
		}
	}
	g.poking = false
}

// mind looks after the playhead: back into the window when it stands and has fallen
// out, over a hole when it comes to one.
func (g *generic) mind() {
	if !g.begun || g.dead || g.el.status == finished || g.el.status == asleep {
		return
	}
	pos := g.el.position()
	if start, _ := g.feed.seekable(); g.feed.live() && !g.el.moving() && pos < start-windowSlack {
		g.jump(g.feed.begin(), "window")
		return
	}
	to, wait, ok := g.hole(pos)
	g.holes.Stop()
	switch {
	case !ok:
	case wait <= 0:
		g.skip(to, "gap")
		g.el.seek(to)
		g.again = true // for the hole after this one, when all has been fetched
	case g.el.moving(): // sound alone would go on over it
		g.w.Set(&g.holes, g.el.unscaled(wait), g.poke)
	}
}

// hole is the next one that all tracks have passed: where it ends, and how much
// there is to play before it.
func (g *generic) hole(pos time.Duration) (to, wait time.Duration, ok bool) {
	wait = g.el.playable()
	if to, ok = g.el.next(pos + wait); !ok && g.el.complete {
		to, ok = g.rest(pos + wait)
	}
	if !ok {
		return 0, 0, false
	}
	for _, t := range g.tracks {
		if t.next <= pos+wait+maxHole {
			return 0, 0, false
		}
	}
	return to, wait, true
}

// rest is where something is left to see of a presentation that has come to its
// end, not all media of which are there up to it.
func (g *generic) rest(pos time.Duration) (to time.Duration, ok bool) {
	for _, t := range g.tracks {
		if n, more := g.el.buffers[t.media].next(pos); more && (!ok || n < to) {
			to, ok = n, true
		}
	}
	return to, ok
}

// jump puts the playhead elsewhere and fetches from there.
func (g *generic) jump(to time.Duration, why string) {
	g.skip(to, why)
	g.el.endOfStream(false)
	g.el.seek(to)
	for _, t := range g.tracks {
		t.moveTo(to)
	}
	g.again = true
}

func (g *generic) skip(to time.Duration, why string) {
	if amount := to - g.el.position(); amount > 0 && g.el.started {
		g.w.Emit(qoe.Skip{At: g.w.Now(), Amount: amount, Why: why})
	}
}

// finish tells the element when every track has all there is.
func (g *generic) finish() {
	for _, t := range g.tracks {
		if !t.over {
			return
		}
	}
	g.el.endOfStream(true)
}

// pause is how long to wait after a failure. While the picture moves it is no more
// than half of what is left to see: there is no better time to ask.
func (g *generic) pause(t trouble) time.Duration {
	d := g.o.backoff(t.n, g.rng)
	if g.el.moving() {
		d = min(d, max(g.el.playable()/2, g.o.retry))
	}
	return d
}

// came notes that something came. What waits to be asked for again need not wait
// any longer: the edge is back. Whoever failed only just now waits his turn, since
// it may be that one thing which is wrong.
func (g *generic) came() {
	now := g.w.Now()
	g.lastOK = now
	for _, t := range g.tracks {
		if t.fails.n > 0 && t.timer.Pending() {
			t.lookIn(max(t.fails.last.Add(g.o.retry).Sub(now), 0))
		}
	}
	if g.feed != nil {
		g.feed.back()
	}
}

// tired tells that there has been trouble, and nothing else, for so long that a
// recording, or what has not even begun, is given up.
func (g *generic) tired(t trouble) bool {
	if g.begun && g.feed.live() {
		return false
	}
	since := t.since
	if g.lastOK.After(since) {
		since = g.lastOK
	}
	return g.w.Now().Sub(since) >= g.o.patience
}

// fail gives up; what is buffered plays on.
func (g *generic) fail(kind qoe.Kind, why string) {
	if g.dead || g.stopped {
		return
	}
	g.dead = true
	g.w.Emit(qoe.Fatal{At: g.w.Now(), Kind: kind, Why: why})
	g.silence()
}

// silence ends all requests.
func (g *generic) silence() {
	g.timer.Stop()
	g.holes.Stop()
	g.manifest.abort()
	if g.feed != nil {
		g.feed.stop()
	}
	for _, t := range g.tracks {
		t.abort()
	}
}

// Stop leaves.
func (g *generic) Stop() {
	if g.stopped {
		return
	}
	g.stopped = true
	if g.el != nil {
		g.silence()
		g.el.stop()
	}
}

func (g *generic) note(text string) { g.w.Emit(qoe.Note{At: g.w.Now(), Text: text}) }

func (g *generic) edge() (time.Duration, bool) {
	if !g.begun || !g.feed.live() {
		return 0, false
	}
	return g.feed.edge()
}

// State is a snapshot.
func (g *generic) State() State {
	if g.el == nil {
		return State{Phase: Loading}
	}
	s := g.el.state(g.dead)
	if edge, ok := g.edge(); ok && g.el.started {
		s.LiveLatency = max(edge-s.Position, 0)
	}
	for _, t := range g.tracks {
		if t.media == qoe.Video {
			s.Loading = t.bitrate()
		}
	}
	s.Estimate = int64(g.bw.estimate())
	return s
}

// Phase implements Player.
func (g *generic) Phase() Phase { return g.el.phase(g.dead) }
