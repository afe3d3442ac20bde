package player

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// timeline is what a viewer lived through, in tenths of seconds: requests that
// failed with their attempt, dash.js' errors, stalls, skips, and what was asked
// for after the last of them.
func timeline(w *dashWorld) []string {
	type line struct {
		at   time.Duration
		text string
	}
	var lines []line
	add := func(at time.Duration, format string, args ...any) {
		lines = append(lines, line{at, fmt.Sprintf(format, args...)})
	}
	for _, l := range w.log {
		if l.status != 200 {
			add(l.at, "%s %d", what(l), l.Attempt)
		}
	}
	for _, s := range w.samples {
		switch s := s.(type) {
		case qoe.Note:
			if code, ok := strings.CutPrefix(s.Text, "dash.js error "); ok {
				add(s.At.Sub(dashEpoch), "error %s", code[:2])
			}
		case qoe.Stall:
			add(s.At.Sub(dashEpoch), "stall of %.1f", s.Took.Seconds())
		case qoe.Skip:
			add(s.At.Sub(dashEpoch), "%s skips %.1f", s.Why, s.Amount.Seconds())
		case qoe.Fatal:
			add(s.At.Sub(dashEpoch), "fatal")
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return int(a.at - b.at) })
	var out []string
	for _, l := range lines {
		out = append(out, fmt.Sprintf("%.1f %s", l.at.Seconds(), l.text))
	}
	return out
}

func what(l dashLogged) string {
	switch l.Kind {
	case qoe.Manifest:
		return "mpd"
	case qoe.Init:
		return l.Media.String() + " init"
	}
	return l.Media.String()
}

// The runs of the originals that are on record, and the hazards that concern
// dash.js, each with its course (players.md 2.5, 3.3, 4 and 6; e2e/fidelity/truth, where
// the browser's own times are). Segments of 2 s, a
// window of six, the manifest every 2 s; the token is missing from t0 for so long.
func TestDashTimelines(t *testing.T) {
	all := func(r Request) bool { return r.Kind != qoe.Timing }
	vod := func() *dashOrigin {
		return &dashOrigin{length: 300 * time.Second, ladder: []int{400}, rtt: 20 * time.Millisecond, kbps: 20000}
	}
	listed := func() *dashOrigin {
		o := liveOrigin()
		o.timeline = true
		return o
	}
	hung := "20.3 video 1 · 20.3 audio 1 · 20.4 mpd 1 · 21.0 mpd 2 · 21.4 video 2 · 21.4 audio 2 · 21.5 mpd 3 · 22.0 mpd 4 · 22.1 error 25 · " +
		"22.4 video 3 · 22.4 audio 3 · 23.4 video 4 · 23.4 audio 4 · " +
		"23.5 audio 1 · 23.5 error 27 · 24.5 audio 2 · 25.5 audio 3 · 26.6 audio 4 · 26.6 audio 1 · 26.6 error 27 · 27.6 audio 2 · 28.6 audio 3 · " +
		"29.7 audio 4 · 29.7 audio 1 · 29.7 error 27 · 30.4 video init 1 · 30.4 audio init 1 · 30.4 window skips 0.3 · 31.4 video init 2 · 31.4 audio init 2 · 32.4"
	seldom := func() *dashOrigin {
		o := liveOrigin()
		o.mup = 3 * time.Second
		return o
	}
	for _, c := range []struct {
		source string // where the course is on record
		origin *dashOrigin
		cfg    Config
		refuse func(Request, time.Duration) int
		phase  Phase  // a minute after t0
		asks   string // kinds that are still asked for then
		course string // its beginning, when the phase is Stalled
	}{
		{
			"3.3: D = 1 s is absorbed", liveOrigin(), Config{}, refuseBetween(20*time.Second, 21*time.Second, all), Playing, "mpd video audio",
			"20.3 video 1 · 20.3 audio 1 · 20.4 mpd 1 · 21.0 mpd 2",
		},
		{
			"3.3: D = 4.5 s: 25 after 1.5 s, 27 after 3 s, both tracks idle, rescued by the window after 4 s of stall, the manifest loop dead; " +
				"truth/dash-live-gap-6: 3.96 and 4.12 s of stall, 0.27 and 0.30 s skipped",
			liveOrigin(), Config{}, refuseBetween(20*time.Second, 24500*time.Millisecond, all), Playing, "video audio",
			"20.3 video 1 · 20.3 audio 1 · 20.4 mpd 1 · 21.0 mpd 2 · 21.4 video 2 · 21.4 audio 2 · 21.5 mpd 3 · 22.0 mpd 4 · 22.1 error 25 · " +
				"22.4 video 3 · 22.4 audio 3 · 23.4 video 4 · 23.4 audio 4 · 23.5 audio 1 · 23.5 error 27 · 24.5 audio 2 · 29.2 stall of 4.3 · 33.4 window skips 0.3",
		},
		{
			"6: gap of 2.6 s: the manifest denied four times in 1.54 s; a SegmentTimeline is frozen from then on",
			listed(), Config{}, refuseBetween(20*time.Second, 22600*time.Millisecond, all), Dead, "",
			"20.4 mpd 1 · 21.0 mpd 2 · 21.5 mpd 3 · 22.0 mpd 4 · 22.1 error 25 · 22.1 fatal",
		},
		{
			"truth/dash-live-gap-3, first token: v+a at 10.97, mpd at 11.22, 11.74, v+a at 11.99, mpd at 12.26, the 4th of them after the token: nothing is noticed",
			liveOrigin(), Config{}, refuseBetween(20*time.Second, 21800*time.Millisecond, all), Playing, "mpd video audio",
			"20.3 video 1 · 20.3 audio 1 · 20.4 mpd 1 · 21.0 mpd 2 · 21.4 video 2 · 21.4 audio 2 · 21.5 mpd 3",
		},
		{
			"truth/dash-live-gap-3, second token: v+a at 18.65, mpd at 18.83, 19.35, 19.87, 20.38, error 25 at 20.39; 6 s of buffer and a number template carry on",
			liveOrigin(), Config{}, refuseBetween(20*time.Second, 22200*time.Millisecond, all), Playing, "video audio",
			"20.3 video 1 · 20.3 audio 1 · 20.4 mpd 1 · 21.0 mpd 2 · 21.4 video 2 · 21.4 audio 2 · 21.5 mpd 3 · 22.0 mpd 4 · 22.1 error 25",
		},
		{
			// Where in a second the segments are asked for decides between a stall of
			// 2.7 s and one of 3.1: the one play on record stalled for 3.0.
			"6: gap of 3 s close to the edge, survived with a stall of 3 s: the manifest's 4th try comes just after the token",
			seldom(), Config{Dash: DashConfig{LiveDelay: 2.4}}, refuseBetween(19900*time.Millisecond, 22900*time.Millisecond, all), Playing, "mpd video audio",
			"20.1 video 1 · 20.3 audio 1 · 20.6 stall of 2.7 · 21.1 video 2 · 21.3 audio 2 · 21.4 mpd 1 · 21.9 mpd 2 · 22.2 video 3 · 22.3 audio 3 · 22.4 mpd 3",
		},
		{
			"6: token API hung: inits about every second for ever, in rounds of four", liveOrigin(), Config{},
			refuseBetween(20*time.Second, time.Hour, all), Stalled, "video init audio init", hung,
		},
		{
			"H27, F5: the manifest alone refused for 2.5 s: a number template goes on by the clock", liveOrigin(), Config{},
			refuseBetween(20*time.Second, 22500*time.Millisecond, isManifest), Playing, "video audio",
			"20.4 mpd 1 · 21.0 mpd 2 · 21.5 mpd 3 · 22.0 mpd 4 · 22.1 error 25",
		},
		{
			"H28, F6: one segment refused four times ends VOD", vod(), Config{}, refuseTimes("v-v0-30.", 4), Dead, "",
			"32.7 video 1 · 33.8 video 2 · 34.8 video 3 · 35.8 video 4 · 35.8 error 27 · 35.8 fatal",
		},
		{
			"H28, F6: live is rescued by the window, once the sound has run out too: Chromium plays it alone for up to 3 s",
			liveOrigin(), Config{}, refuseTimes("v-v2-1808.", 4), Playing, "mpd video audio",
			"18.2 video 1 · 19.2 video 2 · 20.3 video 3 · 21.3 video 4 · 21.3 error 27 · 26.2 stall of 4.3 · 30.4 window skips 0.3",
		},
		{
			"H23: the redirect of the manifest sticks, segments too; the edge it leads to dies", redirected(), Config{},
			func(r Request, at time.Duration) int {
				if at > 20*time.Second && strings.Contains(r.URL.String(), "edge2") {
					return 503
				}
				return 0
			},
			Stalled, "video init audio init", hung,
		},
	} {
		c.origin.refuse = c.refuse
		w := newDashWorld(c.origin.serve)
		d := w.play(t, c.cfg, dashURL)
		w.run(t, 80*time.Second)
		got := strings.Join(timeline(w), " · ")
		if c.phase == Stalled {
			got = got[:min(len(got), len(c.course))]
		}
		if phase := d.State().Phase; phase != c.phase || got != c.course {
			t.Errorf("%s: %s after\n%s\nwant %s after\n%s", c.source, phase, got, c.phase, c.course)
		}
		if asks := askedFor(w, 75*time.Second); asks != c.asks {
			t.Errorf("%s: in the end it asks for %q; want %q", c.source, asks, c.asks)
		}
	}
}

// askedFor are the kinds of request made from a time on.
func askedFor(w *dashWorld, from time.Duration) string {
	var kinds []string
	for _, k := range []string{"mpd", "video init", "audio init", "video", "audio"} {
		if slices.ContainsFunc(w.log, func(l dashLogged) bool { return l.at >= from && what(l) == k }) {
			kinds = append(kinds, k)
		}
	}
	return strings.Join(kinds, " ")
}

// refuseTimes answers 410 to the first n requests of what has this in its URL.
func refuseTimes(part string, n int) func(Request, time.Duration) int {
	return func(r Request, _ time.Duration) int {
		if n > 0 && strings.Contains(r.URL.String(), part) {
			n--
			return 410
		}
		return 0
	}
}

func redirected() *dashOrigin {
	o := liveOrigin()
	o.location = func(r Request) string { return strings.Replace(r.URL.String(), "edge.", "edge2.", 1) }
	return o
}
