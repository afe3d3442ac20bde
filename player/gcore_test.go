package player

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func gcoreHLS(options GcoreConfig) Config { return Config{Wrapper: Gcore, Gcore: options} }

// The wrapper keeps four seconds ahead until the picture moves, then sixty at most
// (HlsPlayback.ts).
func TestGcoreBuffers(t *testing.T) {
	for _, c := range []struct {
		why  string
		cfg  Config
		want time.Duration // buffer reached
	}{
		{"60 s: hls.js alone would swallow all of it", gcoreHLS(GcoreConfig{}), 60 * time.Second},
		{"the wrapper's own option", gcoreHLS(GcoreConfig{MaxBufferLength: 10, MaxMaxBufferLength: 20}), 20 * time.Second},
		{"hls.js' own options count until the first picture only", Config{Wrapper: Gcore, MaxMaxBufferLength: 8}, 60 * time.Second},
	} {
		o := (&hlsOrigin{length: 400 * time.Second}).play(t, c.cfg, 100*time.Second)
		if got := o.player.State().Buffer; got < c.want-3*time.Second || got > c.want+3*time.Second {
			t.Errorf("%s: %v buffered after 100 s; want %v", c.why, got, c.want)
		}
	}
	// Before the first picture: it takes audio too, which does not come, and so the
	// main stream stops at 4 s.
	o := (&hlsOrigin{length: 400 * time.Second, audio: true, rules: []rule{{url: "/a/seg", hang: true}}}).play(t, gcoreHLS(GcoreConfig{}), 9*time.Second)
	if n := len(o.times("v0/seg")); n > 3 {
		t.Errorf("%d fragments before the first picture; want no more than 3 of 2 s", n)
	}
}

func TestGcoreConfig(t *testing.T) {
	c := Config{Wrapper: Gcore, Gcore: GcoreConfig{LiveDelay: 7}}.wrapped()
	if c.LiveSyncDuration != 7 || c.MaxLiveSyncPlaybackRate != 1.1 || c.Dash.LiveDelay != 7 || c.Dash.LiveCatchupRateMax != 0.15 || *c.Dash.LiveCatchupMaxDrift != 3 ||
		c.Dash.LiveCatchupMode != "liveCatchupModeLoLP" || c.Dash.LiveCatchupPlaybackBufferMin != 3.5 {
		t.Errorf("wrapped %+v", c)
	}
	own := Config{Wrapper: Gcore, MaxLiveSyncPlaybackRate: 1.5, LiveSyncDuration: 4, Gcore: GcoreConfig{LiveDelay: 7}}.wrapped()
	if own.LiveSyncDuration != 4 || own.MaxLiveSyncPlaybackRate != 1.5 {
		t.Errorf("wrapped %+v; want what the application set", own)
	}
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Wrapper: "clappr"}, "is not known"},
		{Config{Wrapper: Gcore, Profile: Generic}, "not around"},
		{Config{Wrapper: Gcore, Gcore: GcoreConfig{LiveDelay: math.NaN()}}, "liveDelay"},
		{Config{Wrapper: Gcore, Gcore: GcoreConfig{MaxBufferLength: -1}}, "maxBufferLength"},
		{Config{Wrapper: Gcore, Gcore: GcoreConfig{Sources: []string{"index.mpd"}}}, "sourceController"},
		{Config{Wrapper: Gcore, Gcore: GcoreConfig{Sources: []string{"film.mp4"}, SourceController: true}}, ".mpd or .m3u8"},
	} {
		if _, err := New(c.cfg, nil, "http://edge/", nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%+v): %v; want %q", c.cfg, err, c.want)
		}
	}
}

// What hls.js calls fatal is an error screen for some errors, and a startLoad for
// the others. An error screen stops the picture at once.
func TestGcoreHLSErrors(t *testing.T) {
	for _, c := range []struct {
		why    string
		origin *hlsOrigin
		fatal  float64 // -1: none
		text   string
		again  int // startLoad
	}{
		{"live playlist refused: levelLoadError, MediaSourceUnavailable",
			&hlsOrigin{live: true, rules: []rule{{from: 10 * time.Second, url: "index", status: 410}}}, 13, "Gcore player: levelLoadError: HTTP 410", 0},
		{"master refused", &hlsOrigin{live: true, rules: []rule{{url: "master", status: 403}}}, 0, "Gcore player: manifestLoadError: HTTP 403", 0},
		{"audio playlist gone for good: hls.js gives up after 3 s, the wrapper sixteen times later",
			&hlsOrigin{length: 60 * time.Second, audio: true, rules: []rule{{url: "a/index", status: 403}}}, -2, "Gcore player: audioTrackLoadError", 16},
		{"F4: a key that was lost counts against the level for ever, so that the restarts are over in no time",
			&hlsOrigin{length: 60 * time.Second, keys: 1000, rules: []rule{{url: "key", mutate: "token2"}}}, 8.3, "Gcore player: keyLoadError", 16},
	} {
		t.Run(strings.ReplaceAll(c.why, "/", " "), func(t *testing.T) {
			o := c.origin.play(t, gcoreHLS(GcoreConfig{}), forever)
			at, why := o.fatal()
			if c.fatal != -2 && math.Abs(at-c.fatal) > 1.3 || !strings.HasPrefix(why, c.text) {
				t.Errorf("fatal at %.2f %q; want %v %q", at, why, c.fatal, c.text)
			}
			again := 0
			for _, n := range all[qoe.Note](o) {
				if strings.Contains(n.Text, "startLoad") {
					again++
				}
			}
			if again != c.again {
				t.Errorf("%d startLoads; want %d", again, c.again)
			}
			if s := o.player.State(); s.Phase != Dead || s.Buffer != 0 && s.Phase == Playing {
				t.Errorf("state %+v; want dead", s)
			}
			if last := o.requests[len(o.requests)-1].at.Seconds(); last > at+0.1 {
				t.Errorf("a request at %.2f, after the error screen at %.2f", last, at)
			}
		})
	}
}

// An error screen takes what was buffered with it: hls.js alone would have played
// on.
func TestGcoreErrorScreenStopsThePicture(t *testing.T) {
	refused := []rule{{from: 10 * time.Second, url: "index", status: 410}}
	o := (&hlsOrigin{live: true, rules: refused}).play(t, gcoreHLS(GcoreConfig{}), 20*time.Second)
	at, _ := o.fatal()
	o.player.Stop()
	stalls, leave := all[qoe.Stall](o), all[qoe.Leave](o)
	if len(stalls) != 1 || len(leave) != 1 || !stalls[0].Open || math.Abs(stalls[0].At.Sub(epoch).Seconds()-at) > 0.05 {
		t.Errorf("stalls %+v, leave %+v; want one stall from the fatal error at %.2f on", stalls, leave, at)
	}
	if leave[0].Watched != 20*time.Second || len(all[qoe.Fatal](o)) != 1 || len(all[qoe.Startup](o)) != 1 {
		t.Errorf("leave %+v", leave[0])
	}
}

// SourceController loads the source anew 2 s later, then 4, then 5: for the viewer
// one session with a stall and a jump.
func TestGcoreSourceController(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{
		{from: 10 * time.Second, to: 18 * time.Second, url: "index", status: 410},
	}}).play(t, gcoreHLS(GcoreConfig{SourceController: true}), 60*time.Second)
	masters := o.times("master")
	// Refused at 10.0, 11, 13: error screen; master 15.0, refused at 15.0, 16.0, 18.0 ...
	if len(masters) != 2 || math.Abs(masters[1]-15) > 0.5 {
		t.Errorf("master asked for at %.2f; want 0 and about 15", masters)
	}
	if s := o.player.State(); s.Phase != Playing || s.LiveLatency > 8*time.Second {
		t.Errorf("state %+v; want a picture near the live edge", s)
	}
	o.player.Stop()
	if f := all[qoe.Fatal](o); len(f) != 0 {
		t.Errorf("fatal %+v; want none: it came back", f)
	}
	startups, stalls, skips, leaves := all[qoe.Startup](o), all[qoe.Stall](o), all[qoe.Skip](o), all[qoe.Leave](o)
	if len(startups) != 1 || len(stalls) != 1 || stalls[0].Open || len(leaves) != 1 || leaves[0].Watched != time.Minute {
		t.Fatalf("startups %v stalls %v leaves %v; want one of each", startups, stalls, leaves)
	}
	// Media time and wall time agree: what the playhead is ahead of what was shown
	// was skipped.
	shown := leaves[0].Played + stalls[0].Took + startups[0].Took
	if d := shown - time.Minute; d < -100*time.Millisecond || d > 3*time.Second { // 1.1 x catch-up
		t.Errorf("played %v + stalled %v + started %v = %v; want a minute, or a little more by catching up", leaves[0].Played, stalls[0].Took, startups[0].Took, shown)
	}
	if len(skips) != 1 || skips[0].Amount > stalls[0].Took+2*time.Second {
		t.Errorf("skips %+v; want one, about the stall of %v", skips, stalls[0].Took)
	}
}

// A source that stays away is asked for for ever, every 5 s at most.
func TestGcoreSourceControllerNeverGivesUp(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{{url: "master", status: 503}}}).play(t, gcoreHLS(GcoreConfig{SourceController: true}), forever)
	got := o.times("master")
	// Each round is two attempts a second apart, then 2, 4, 5, 5 ... s.
	want := []float64{0, 1, 3, 4, 8, 9, 14, 15, 20, 21}
	if len(got) < len(want) || !near(got[:len(want)], want, 0.2) {
		t.Errorf("master asked for at %.2f; want %v ...", got, want)
	}
	if s := o.player.State(); s.Phase != Loading {
		t.Errorf("state %+v; want loading still", s)
	}
	o.player.Stop()
	if l := all[qoe.Leave](o); len(l) != 1 || l[0].Watched != forever {
		t.Errorf("leave %+v", l)
	}
}

// Any dash.js error is fatal: what F5 and F6 let live on is an error screen here.
func TestGcoreAnyDashErrorIsFatal(t *testing.T) {
	for _, c := range []struct {
		why    string
		kind   qoe.Kind
		media  qoe.Media
		first  float64 // of the refusals, s after the start
		grace  float64 // to the error screen
		code   string
		reload bool
	}{
		{"MPD: 1 + 3 tries 0.5 s apart", qoe.Manifest, qoe.NoMedia, 10, 1.5, "25", false},
		{"video segment: 1 + 3 tries 1 s apart", qoe.Segment, qoe.Video, 10, 3, "27", false},
		{"audio segment", qoe.Segment, qoe.Audio, 10, 3, "27", false},
		{"init segment", qoe.Init, qoe.Video, 0, 3, "28", false},
		{"and SourceController brings it back", qoe.Manifest, qoe.NoMedia, 10, 1.5, "25", true},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := liveOrigin()
			began := -1.0
			o.refuse = func(r Request, at time.Duration) int {
				s := at.Seconds()
				if r.Kind == c.kind && r.Media == c.media && s >= c.first && s < c.first+5 {
					if began < 0 {
						began = s
					}
					return 410
				}
				return 0
			}
			w := newDashWorld(o.serve)
			p, err := New(Config{Profile: DashJS, Wrapper: Gcore, Gcore: GcoreConfig{SourceController: c.reload}}, w, dashURL, rand.New(rand.NewPCG(1, 2)))
			if err != nil {
				t.Fatal(err)
			}
			w.Post(func() { p.Start(dashEpoch) })
			w.run(t, 40*time.Second)
			fatal := samplesOf[qoe.Fatal](w)
			if c.reload {
				if len(fatal) != 0 || p.State().Phase != Playing {
					t.Errorf("fatal %+v, state %+v; want a picture again", fatal, p.State())
				}
				return
			}
			if len(fatal) != 1 || !strings.Contains(fatal[0].Why, "dash.js error "+c.code) || fatal[0].Kind != c.kind {
				t.Fatalf("fatal %+v; want error %s of a %v", fatal, c.code, c.kind)
			}
			at := fatal[0].At.Sub(dashEpoch).Seconds()
			if math.Abs(at-began-c.grace) > 0.2 {
				t.Errorf("error screen %.2f s after the first refusal; want %v", at-began, c.grace)
			}
			if last := w.log[len(w.log)-1].at.Seconds(); last > at+0.02 {
				t.Errorf("a request at %.2f, after the error screen at %.2f", last, at)
			}
			p.Stop()
			if l := samplesOf[qoe.Leave](w); len(l) != 1 || l[0].Watched != 40*time.Second {
				t.Errorf("leave %+v", l)
			}
		})
	}
}

// Before play is pressed hls.js has loaded what it may, dash.js nothing.
func TestGcoreWaitsForPlay(t *testing.T) {
	o := &hlsOrigin{length: time.Minute}
	o.setUp()
	h, err := New(gcoreHLS(GcoreConfig{}), o, "http://edge/master.m3u8", dice())
	if err != nil {
		t.Fatal(err)
	}
	h.Pause()
	h.Start(epoch)
	o.until(t, 10*time.Second)
	if n := len(o.times("seg")); n != 2 {
		t.Errorf("hls.js: %d fragments before play; want 4 s of them", n)
	}
	w := newDashWorld(liveOrigin().serve)
	d, err := New(Config{Profile: DashJS, Wrapper: Gcore}, w, dashURL, dice())
	if err != nil {
		t.Fatal(err)
	}
	d.Pause()
	w.Post(func() { d.Start(dashEpoch) })
	w.run(t, 10*time.Second)
	if s := d.State(); len(w.log) != 0 || s.Phase != Paused {
		t.Errorf("dash.js: %d requests before play, %s", len(w.log), s.Phase)
	}
	d.Play()
	w.run(t, 20*time.Second)
	if s := d.State(); s.Phase != Playing {
		t.Errorf("%+v; want it playing", s)
	}
	d.Stop()
	l := accountOf(t, "held", w.samples)
	if started := samplesOf[qoe.Startup](w); len(started) != 1 || started[0].Took > 2*time.Second || l.Paused != 10*time.Second {
		t.Errorf("startup %+v, %+v; want it counted from play on", started, l)
	}
}
