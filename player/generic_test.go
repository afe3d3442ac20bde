package player

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func dice() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// playGeneric plays a DASH origin with the generic profile.
func playGeneric(t testing.TB, o *dashOrigin, d time.Duration) (*dashWorld, Player) {
	t.Helper()
	w := newDashWorld(o.serve)
	p, err := New(Config{Profile: Generic}, w, dashURL, dice())
	if err != nil {
		t.Fatal(err)
	}
	w.Post(func() { p.Start(dashEpoch) })
	w.run(t, d)
	return w, p
}

var genericPlayer = Config{Profile: Generic}

func TestGenericPlaysHLS(t *testing.T) {
	for _, c := range []struct {
		why    string
		origin *hlsOrigin
		run    time.Duration
		phase  Phase
	}{
		{"live", &hlsOrigin{levels: three, live: true, audio: true, init: true}, time.Minute, Playing},
		{"live by dates", &hlsOrigin{levels: three, live: true, audio: true, dates: true}, time.Minute, Playing},
		{"live with discontinuities", &hlsOrigin{levels: three, live: true, breaks: 4}, time.Minute, Playing},
		{"VOD to its end", &hlsOrigin{levels: three, audio: true, length: 50 * time.Second}, time.Minute, Ended},
		{"a media playlist for a master", &hlsOrigin{single: true, live: true}, time.Minute, Playing},
		{"encrypted", &hlsOrigin{live: true, keys: 3}, time.Minute, Playing},
	} {
		o := c.origin.play(t, genericPlayer, c.run)
		if s := o.player.State(); s.Phase != c.phase || c.origin.live && s.LiveLatency > 9*time.Second {
			t.Errorf("%s: %+v; want %s", c.why, s, c.phase)
		}
		o.player.Stop()
		if n := len(all[qoe.Stall](o)) + len(all[qoe.Skip](o)) + len(all[qoe.Fatal](o)); n != 0 {
			t.Errorf("%s: %d stalls, skips and fatal errors: %+v", c.why, n, o.samples[len(o.samples)-5:])
		}
		if l := all[qoe.Leave](o); len(l) != 1 || l[0].Played < min(c.run-2*time.Second, 50*time.Second-1) {
			t.Errorf("%s: leave %+v", c.why, l)
		}
	}
}

func TestGenericPlaysDASH(t *testing.T) {
	for _, c := range []struct {
		why    string
		origin *dashOrigin
		phase  Phase
	}{
		{"live by number", &dashOrigin{live: true, tsbd: 12 * time.Second, mup: 2 * time.Second}, Playing},
		{"live by timeline", &dashOrigin{live: true, timeline: true, tsbd: 30 * time.Second, mup: 2 * time.Second}, Playing},
		{"live that never changes", &dashOrigin{live: true, tsbd: 30 * time.Second, mup: -1}, Playing},
		{"live that may change at any time", &dashOrigin{live: true, timeline: true, tsbd: 30 * time.Second}, Playing},
		{"VOD to its end", &dashOrigin{length: 50 * time.Second}, Ended},
	} {
		c.origin.ladder, c.origin.rtt, c.origin.kbps = []int{200, 900, 3000}, 20*time.Millisecond, 20000
		w, p := playGeneric(t, c.origin, time.Minute)
		if s := p.State(); s.Phase != c.phase || s.LiveLatency > 9*time.Second {
			t.Errorf("%s: %+v; want %s", c.why, s, c.phase)
		}
		p.Stop()
		if n := len(samplesOf[qoe.Stall](w)) + len(samplesOf[qoe.Skip](w)) + len(samplesOf[qoe.Fatal](w)); n != 0 {
			t.Errorf("%s: %d stalls, skips and fatal errors", c.why, n)
		}
		if l := samplesOf[qoe.Leave](w); len(l) != 1 || l[0].Played < 50*time.Second-1 {
			t.Errorf("%s: leave %+v", c.why, l)
		}
	}
}

// RFC 8216 section 6.3.4: a target duration from one request to the next, half of
// it after one that brought nothing new.
func TestGenericReloads(t *testing.T) {
	o := (&hlsOrigin{live: true, latency: 50 * time.Millisecond, frozen: [2]time.Duration{4 * time.Second, 7500 * time.Millisecond}}).play(t, genericPlayer, 11*time.Second)
	if got, want := since(o.times("v0/index")), []float64{0, 2, 4, 6, 7, 8, 10}; !near(got, want, 0.35) {
		t.Errorf("playlist asked for at %.3f; want about %v", got, want)
	}
	w, _ := playGeneric(t, &dashOrigin{live: true, ladder: []int{200}, tsbd: 30 * time.Second, mup: 3 * time.Second, rtt: 20 * time.Millisecond}, 20*time.Second)
	asked := w.asked(qoe.Manifest, qoe.NoMedia)
	for i := 1; i < len(asked); i++ {
		if d := asked[i].at - asked[i-1].at; d != 3*time.Second {
			t.Errorf("MPD %d asked for %v after the one before; want minimumUpdatePeriod", i, d)
		}
	}
	if len(asked) != 7 {
		t.Errorf("%d MPDs in 20 s; want 7", len(asked))
	}
}

// One fragment in flight a media, and quality by throughput with something in hand.
func TestGenericAdapts(t *testing.T) {
	slow := &hlsOrigin{levels: []int{300_000, 1_000_000, 3_000_000}, length: 300 * time.Second, rate: 20e6,
		rules: []rule{{from: 40 * time.Second, url: "seg", slow: 30}}}
	o := slow.play(t, genericPlayer, 35*time.Second)
	if s := o.player.State(); s.Bitrate != 3_000_000 {
		t.Errorf("on 20 Mbit/s: %+v; want the best", s)
	}
	o.until(t, 2*time.Minute)
	if s := o.player.State(); s.Bitrate != 300_000 || s.Phase != Playing {
		t.Errorf("on 667 kbit/s: %+v; want the lowest, playing", s)
	}
	o.player.Stop()
	if n := len(all[qoe.Stall](o)); n != 0 {
		t.Errorf("%d stalls; want none: 30 s in hand and quality that falls", n)
	}
}

// survival is how a viewer comes out of a fault.
type survival struct {
	stalled, skipped float64 // s
	fatal            bool
	phase            Phase
}

func survivalOf(samples []qoe.Sample, p Player) survival {
	s := survival{phase: p.State().Phase}
	p.Stop()
	for _, v := range samples {
		switch v := v.(type) {
		case qoe.Stall:
			s.stalled += v.Took.Seconds()
		case qoe.Skip:
			s.skipped += v.Amount.Seconds()
		case qoe.Fatal:
			s.fatal = true
		}
	}
	return s
}

// What the generic player survives and the originals do not: the first column of
// each row is the real player's end, as players.md has it.
func TestGenericSurvives(t *testing.T) {
	hls := func(cfg Config, o hlsOrigin) survival {
		(&o).play(t, cfg, 90*time.Second)
		return survivalOf(nil, o.player).with(&o)
	}
	dash := func(cfg Config, o dashOrigin) survival {
		w := newDashWorld(o.serve)
		p, err := New(cfg, w, dashURL, dice())
		if err != nil {
			t.Fatal(err)
		}
		w.Post(func() { p.Start(dashEpoch) })
		w.run(t, 90*time.Second)
		s := survivalOf(nil, p)
		return s.of(w.samples)
	}
	refuse := func(status int, kind qoe.Kind, from, to float64) func(Request, time.Duration) int {
		return func(r Request, at time.Duration) int {
			if s := at.Seconds(); (kind == qoe.Timing || r.Kind == kind) && s >= from && s < to {
				return status
			}
			return 0
		}
	}
	const everything = qoe.Timing
	live := dashOrigin{live: true, ladder: []int{200, 900}, tsbd: 12 * time.Second, mup: 2 * time.Second, rtt: 20 * time.Millisecond}
	timeline := dashOrigin{live: true, timeline: true, ladder: []int{200, 900}, tsbd: time.Minute, mup: 2 * time.Second, rtt: 20 * time.Millisecond}
	film := dashOrigin{length: 5 * time.Minute, ladder: []int{200, 900}, rtt: 20 * time.Millisecond}
	deadSegment := func(r Request, _ time.Duration) int {
		if r.Kind == qoe.Segment && r.Media == qoe.Video && strings.HasSuffix(r.URL.String(), "-20.m4s") {
			return 404
		}
		return 0
	}
	for _, c := range []struct {
		why      string
		original survival
		generic  survival
		worse    string  // what the original must show
		stall    float64 // most the generic player may show
		skip     float64
	}{
		{
			why:      "gap of 3.5 s, 3 levels: hls.js burns them and is dead in 1 s (3.3)",
			original: hls(Config{}, hlsOrigin{levels: three, live: true, audio: true, rules: []rule{{from: 20 * time.Second, to: 23500 * time.Millisecond, url: "/", status: 410}}}),
			generic:  hls(genericPlayer, hlsOrigin{levels: three, live: true, audio: true, rules: []rule{{from: 20 * time.Second, to: 23500 * time.Millisecond, url: "/", status: 410}}}),
			worse:    "fatal", stall: 0.5,
		},
		{
			why:      "gap of 30 s: beyond any buffer; it comes back at the edge",
			original: hls(Config{}, hlsOrigin{levels: one, live: true, rules: []rule{{from: 20 * time.Second, to: 50 * time.Second, url: "/", status: 410}}}),
			generic:  hls(genericPlayer, hlsOrigin{levels: one, live: true, rules: []rule{{from: 20 * time.Second, to: 50 * time.Second, url: "/", status: 410}}}),
			worse:    "fatal", stall: 31, skip: 31,
		},
		{
			why:      "MPD refused for 4 s, timeline: dash.js never asks again (F5)",
			original: dash(Config{Profile: DashJS}, timeline.refusing(refuse(410, qoe.Manifest, 20, 24))),
			generic:  dash(genericPlayer, timeline.refusing(refuse(410, qoe.Manifest, 20, 24))),
			worse:    "fatal", stall: 0.5,
		},
		{
			why:      "everything refused for 4 s, number template: dash.js' tracks die and wait for the window (F6)",
			original: dash(Config{Profile: DashJS}, live.refusing(refuse(410, everything, 20, 24.2))),
			generic:  dash(genericPlayer, live.refusing(refuse(410, everything, 20, 24.2))),
			worse:    "stall", stall: 1.5,
		},
		{
			why:      "one dead segment of a film: dash.js is stuck before it for ever (F6, H28)",
			original: dash(Config{Profile: DashJS}, film.refusing(deadSegment)),
			generic:  dash(genericPlayer, film.refusing(deadSegment)),
			worse:    "fatal", stall: 0.2, skip: 2.1,
		},
		{
			why:      "one dead segment of a film: hls.js gives up after 31 s",
			original: hls(Config{MaxMaxBufferLength: 20, MaxBufferLength: 20}, hlsOrigin{levels: one, length: 5 * time.Minute, rules: []rule{{url: "seg20.", status: 404}}}),
			generic:  hls(genericPlayer, hlsOrigin{levels: one, length: 5 * time.Minute, rules: []rule{{url: "seg20.", status: 404}}}),
			worse:    "fatal", stall: 0.2, skip: 2.1,
		},
		{
			why:      "master refused for 5 s: hls.js gives up at once (3.3)",
			original: hls(Config{}, hlsOrigin{levels: one, live: true, rules: []rule{{to: 5 * time.Second, url: "master", status: 403}}}),
			generic:  hls(genericPlayer, hlsOrigin{levels: one, live: true, rules: []rule{{to: 5 * time.Second, url: "master", status: 403}}}),
			worse:    "fatal",
		},
	} {
		if c.worse == "fatal" && !c.original.fatal || c.worse == "stall" && c.original.stalled <= c.generic.stalled+1 {
			t.Errorf("%s: the original came out as %+v; want %s", c.why, c.original, c.worse)
		}
		if g := c.generic; g.fatal || g.phase != Playing || g.stalled > c.stall || g.skipped > c.skip {
			t.Errorf("%s: the generic player came out as %+v; want it playing, stalled no more than %v s, skipped no more than %v s", c.why, g, c.stall, c.skip)
		}
	}
}

func (s survival) with(o *hlsOrigin) survival { return s.of(o.samples) }

func (s survival) of(samples []qoe.Sample) survival {
	for _, v := range samples {
		switch v := v.(type) {
		case qoe.Stall:
			s.stalled += v.Took.Seconds()
		case qoe.Skip:
			s.skipped += v.Amount.Seconds()
		case qoe.Fatal:
			s.fatal = true
		}
	}
	return s
}

func (o dashOrigin) refusing(fn func(Request, time.Duration) int) dashOrigin {
	o.refuse = fn
	return o
}

// A film is given up in the end, a live event never; retries back off and do not
// come in step.
func TestGenericPatience(t *testing.T) {
	gone := []rule{{from: 20 * time.Second, url: "/", status: 503}}
	film := (&hlsOrigin{length: 5 * time.Minute, rules: gone}).play(t, Config{Profile: Generic, Generic: GenericConfig{Buffer: 10}}, forever)
	if at, why := film.fatal(); math.Abs(at-80) > 6 || !strings.Contains(why, "503") {
		t.Errorf("film: fatal at %.1f %q; want about 60 s after the edge went", at, why)
	}
	live := (&hlsOrigin{live: true, rules: gone}).play(t, genericPlayer, time.Hour)
	if at, why := live.fatal(); at >= 0 {
		t.Errorf("live: fatal at %.1f %q; want never", at, why)
	}
	// One playlist: once in 2 to 4 s; one segment, until the playlist's window is all
	// it has.
	if n := len(live.refused()); n < 900 || n > 2*3600/2 {
		t.Errorf("live: %d requests in an hour of refusals; want one in 2 to 4 s for the playlist, and for the segment", n)
	}
	never := (&hlsOrigin{live: true, rules: []rule{{url: "master", hang: true}}}).play(t, genericPlayer, forever)
	if at, _ := never.fatal(); at < 68 || at > 80 {
		t.Errorf("hung master: fatal at %.1f; want a minute after the first timeout, or the end of the attempt then under way", at)
	}
}

func TestGenericConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  GenericConfig
		want string
	}{
		{GenericConfig{Buffer: -1}, "buffer"},
		{GenericConfig{SafetyFactor: 1.5}, "safetyFactor"},
		{GenericConfig{Patience: math.NaN()}, "patience"},
		{GenericConfig{Format: "smooth"}, "use hls or dash"},
	} {
		if _, err := New(Config{Profile: Generic, Generic: c.cfg}, nil, "http://edge/", nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New(%+v): %v; want %q", c.cfg, err, c.want)
		}
	}
	o, err := GenericConfig{}.options()
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.5, 1, 2, 4, 4} {
		if got := o.backoff(i+1, nil); got != seconds(want) {
			t.Errorf("backoff(%d) = %v; want %v s", i+1, got, want)
		}
		if got := o.backoff(i+1, dice()); got > seconds(want) || got < seconds(want/2) {
			t.Errorf("backoff(%d) = %v with jitter; want %v to %v s", i+1, got, want/2, want)
		}
	}
}
