package player

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"soak/loop"
	"soak/qoe"
)

// gcore is the Gcore player (@gcorevideo/player, on Clappr) around hls.js or
// dash.js: what it does about their errors, and the plugin that loads the source
// anew. It knows nothing of tokens: its TokenRefreshPlugin is an integration like
// any other.
//
// The player inside is made anew with every load of the source, as Clappr makes a
// new container; for the viewer it is one session. So the wrapper stands between
// the player inside and the World: what the former tells passes Emit, which adds
// the sessions up.
type gcore struct {
	Player // inside
	w      World
	cfg    Config // of the page's own source
	inside Config // of Player
	rotation
	rng    *rand.Rand
	wished time.Time
	since  time.Time // the same, of Player
	begun  bool
	paused bool // before Start
	held   bool // until play is pressed

	restarts int // hls.js, since it was made
	recovers int // of the media element, likewise
	failing  bool
	timer    loop.Timer

	started bool
	frozen  time.Time     // since when there is no picture though there was one; zero: there is
	behind  time.Duration // the live edge, when it froze
	aside   time.Time     // since when the viewer, by pausing, makes no picture no stall; zero: does not
	sum     qoe.Leave     // of the players inside that are gone
	late    float64       // integral of their live latency, s²
	dead    bool
	stopped bool
}

// The wrapper's constants: HlsPlayback.ts, DashPlayback.ts, SourceController.ts.
const (
	hlsRestarts   = 16 // DEFAULT_RECOVER_ATTEMPTS
	hlsRecoveries = 2
	dashReset     = 10 * time.Millisecond
	reloadBlur    = 500 * time.Millisecond // RETRY_DELAY_BLUR
)

func newGcore(cfg Config, w World, url string, rng *rand.Rand) (Player, error) {
	if cfg.Profile == Generic {
		return nil, fmt.Errorf("player: wrapper %s is around hlsjs and dashjs, not around %s", Gcore, cfg.Profile)
	}
	if err := cfg.Gcore.check(); err != nil {
		return nil, err
	}
	g := &gcore{w: w, cfg: cfg.wrapped(), rng: rng}
	g.cfg.Wrapper = ""
	var err error
	if g.rotation, err = newRotation(url, cfg.Gcore.Sources); err != nil {
		return nil, err
	}
	return g, g.make()
}

// make makes the player inside, which talks to g.
func (g *gcore) make() (err error) {
	g.restarts, g.recovers, g.failing = 0, 0, false
	g.inside = g.rotation.of(g.cfg)
	var inside World // none where there is none outside
	if g.w != nil {
		inside = gcoreWorld{g.w, g}
	}
	g.Player, err = New(g.inside, inside, g.url(), g.rng)
	return err
}

// gcoreWorld is the World as the player inside sees it.
type gcoreWorld struct {
	World
	g *gcore
}

// Emit implements World.
func (w gcoreWorld) Emit(s qoe.Sample) { w.g.heard(s) }

// Start implements Player. Waiting for the viewer to press play, hls.js loads all
// the same: preload is on, and HlsPlayback calls startLoad as soon as the playlist
// is parsed, so that its autoStartLoad: false delays nothing. dash.js is not even
// made before (DashPlayback.ts, play).
func (g *gcore) Start(wished time.Time) {
	g.wished, g.begun = wished, true
	if g.held = g.paused && g.inside.Profile == DashJS; !g.held {
		g.begin(wished)
	}
}

// Pause implements Viewer.
func (g *gcore) Pause() {
	g.paused = !g.begun
	g.Player.Pause()
	g.rest()
}

// Play implements Viewer.
func (g *gcore) Play() {
	g.paused = false
	g.Player.Play()
	g.rest()
	if g.held && !g.stopped {
		g.held = false
		now := g.w.Now()
		g.sum.Paused += now.Sub(g.wished)
		g.begin(now)
	}
}

// begin starts the player inside.
func (g *gcore) begin(wished time.Time) {
	g.since = wished
	g.Player.Start(wished)
}

// Suspend implements Viewer.
func (g *gcore) Suspend() {
	g.Player.Suspend()
	g.rest()
}

// Wake implements Viewer.
func (g *gcore) Wake() {
	g.Player.Wake()
	g.rest()
}

// heard takes a sample of the player inside.
func (g *gcore) heard(s qoe.Sample) {
	switch s := s.(type) {
	case qoe.Startup:
		g.moves(s)
	case qoe.Stall:
		if s.Open { // the viewer goes on waiting
			g.frozen = s.At
			return
		}
		g.w.Emit(s)
	case qoe.Leave:
		g.add(s)
	case qoe.Fatal:
		g.fatal(s)
	case qoe.Note:
		g.w.Emit(s)
		g.noted(s)
	default:
		g.w.Emit(s)
	}
}

// fatal takes what a player gave up for. hls.js names its error first.
func (g *gcore) fatal(f qoe.Fatal) {
	if g.failing || g.dead || g.stopped {
		return
	}
	h, ok := g.Player.(*hls)
	if !ok { // stuck without an ERROR event, which is all that the wrapper looks at
		g.dead = true
		g.w.Emit(f)
		return
	}
	name, _, _ := strings.Cut(f.Why, ":")
	switch name {
	case "manifestLoadError", "manifestLoadTimeOut", "manifestParsingError",
		"levelLoadError", "levelLoadTimeOut", "fragLoadError", "fragLoadTimeOut":
		g.fail(f, true, 0) // MediaSourceUnavailable
	case "bufferStalledError":
		if g.recovers++; g.recovers > hlsRecoveries {
			g.fail(f, false, 0)
			return
		}
		g.again("recoverMediaError", f, h.recover)
	case "manifestIncompatibleCodecsError",
		"keySystemLicenseRequestFailed", "keySystemServerCertificateRequestFailed":
		g.fail(f, false, 0)
	default:
		if g.restarts++; g.restarts > hlsRestarts {
			g.fail(f, false, 0)
			return
		}
		g.again("startLoad", f, h.restart)
	}
}

// again makes hls.js go on after an error that is fatal to it alone.
func (g *gcore) again(what string, f qoe.Fatal, fn func()) {
	name, _, _ := strings.Cut(f.Why, ":")
	g.w.Emit(qoe.Note{At: f.At, Text: "Gcore player: " + what + " after " + name})
	g.w.Set(&g.timer, 0, fn)
}

// noted looks for an ERROR event of dash.js, any of which is fatal
// (DashPlayback.ts, _onDASHJSSError).
func (g *gcore) noted(n qoe.Note) {
	var code int
	if _, err := fmt.Sscanf(n.Text, dashErrorNote, &code); err != nil && !strings.HasPrefix(n.Text, dashNamelessError) || g.failing || g.dead || g.stopped {
		return
	}
	g.fail(qoe.Fatal{At: n.At, Kind: dashErrorKind(code), Why: n.Text}, dashUnavailable(code), dashReset)
}

// dashErrorNote is how the profile tells of an ERROR event.
const (
	dashErrorNote     = "dash.js error %d:"
	dashNamelessError = "dash.js error undefined:" // of the steering manifest
)

func dashErrorKind(code int) qoe.Kind {
	switch code {
	case 0:
		return qoe.Steering
	case 16:
		return qoe.Timing
	case 27:
		return qoe.Segment
	case 28:
		return qoe.Init
	case 29:
		return qoe.Link
	case 114:
		return qoe.License
	}
	return qoe.Manifest
}

// dashUnavailable tells which errors the wrapper calls MediaSourceUnavailable. The
// others, an unsynchronised clock (16) for example, are Generic: SourceController
// does nothing about those.
func dashUnavailable(code int) bool {
	switch code {
	case 10, 11, 15, 25, 27, 28, 31, 32, 34, 35:
		return true
	}
	return false
}

// fail is the error screen: the player inside is reset after a moment, and what it
// had buffered is gone.
func (g *gcore) fail(f qoe.Fatal, unavailable bool, after time.Duration) {
	g.failing = true
	f.Why = "Gcore player: " + f.Why
	reload := unavailable && g.cfg.Gcore.SourceController
	if !reload {
		g.dead = true
		g.w.Emit(f)
	}
	g.w.Set(&g.timer, after, func() {
		g.discard()
		if reload {
			g.wait()
		}
	})
}

// discard ends the player inside. If the picture was frozen already, the wait
// began then (see heard).
func (g *gcore) discard() {
	now := g.w.Now()
	g.restless(now)
	if g.frozen.IsZero() && g.started {
		g.frozen, g.behind = now, g.Player.State().LiveLatency
	}
	g.Player.Stop()
	if !g.frozen.IsZero() && g.behind > 0 {
		g.behind -= now.Sub(g.frozen)
	}
}

// wait is SourceController: the next source, by the URL as the page gave it, the same
// one again where there is no other. A random moment lies between the load and the
// wish to play. dash.js does not even ask for the MPD before; hls.js, preloading, has
// loaded by then, so its viewers all come at once (SourceController.ts, retryPlayback).
func (g *gcore) wait() {
	d := seconds(g.rotation.fail())
	blur := time.Duration(float64(reloadBlur) * g.rng.Float64())
	what := "source loaded anew"
	if len(g.urls) > 1 {
		what = fmt.Sprintf("source %d of %d loaded", g.at+1, len(g.urls))
	}
	g.w.Emit(qoe.Note{At: g.w.Now(), Text: fmt.Sprintf("Gcore player: %s after %v", what, d)})
	if g.rotation.of(g.cfg).Profile == DashJS {
		d, blur = d+blur, 0
	}
	g.w.Set(&g.timer, d, func() { g.reload(blur) })
}

func (g *gcore) reload(blur time.Duration) {
	if err := g.make(); err != nil { // it was made before, of the same
		g.dead = true
		g.w.Emit(qoe.Fatal{At: g.w.Now(), Kind: qoe.Manifest, Why: err.Error()})
		return
	}
	g.begin(g.w.Now())
	if h, ok := g.Player.(*hls); ok {
		h.el.ready = time.Hour // nobody has pressed play yet
		g.w.Set(&g.timer, blur, func() {
			h.el.ready = hlsReady
			h.el.update()
		})
	}
}

// Stop implements Player.
func (g *gcore) Stop() {
	if g.stopped {
		return
	}
	g.timer.Stop()
	if !g.begun {
		g.stopped = true
		return
	}
	gone := g.Player.Phase() == Left
	g.Player.Stop()
	g.stopped = true
	now := g.w.Now()
	if g.started && !g.frozen.IsZero() {
		g.w.Emit(qoe.Stall{At: g.frozen, Took: now.Sub(g.frozen), Open: true})
	}
	l := g.sum
	l.At, l.Watched = now, now.Sub(g.wished)
	if g.held {
		l.Paused = l.Watched
	}
	if !g.started {
		l.Starting = l.Watched - l.Paused - l.Asleep
	}
	if gone { // what was buffered went with the error screen
		l.Buffered = 0
	}
	if p := l.Played.Seconds(); p > 0 {
		l.Latency = seconds(g.late / p)
	}
	g.w.Emit(l)
}

// State implements Player.
func (g *gcore) State() State {
	s := g.Player.State()
	s.Phase = g.seen(s.Phase)
	return s
}

// Phase implements Player.
func (g *gcore) Phase() Phase { return g.seen(g.Player.Phase()) }

// seen is what the viewer sees while the inner player is in a phase.
func (g *gcore) seen(inner Phase) Phase {
	switch {
	case g.stopped:
		return Left
	case g.held:
		return Paused
	case inner != Left && inner != Dead && inner != Loading:
		return inner
	case g.dead && inner == Left:
		return Dead
	case g.started:
		return Stalled
	}
	return Loading
}
