package player

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/manifest"
	"soak/qoe"
)

// newLow is a stream of 2 s segments in parts of half a second.
func newLow(block bool) *lowOrigin {
	return &lowOrigin{hlsOrigin: &hlsOrigin{levels: one}, part: 500 * time.Millisecond, block: block}
}

// The next playlist is asked for at once, with the number of the part that does
// not exist yet; parts are loaded one after another (players.md 1.5).
func TestHLSLowLatency(t *testing.T) {
	o := newLow(true).play(t, Config{}, 30*time.Second)
	start := []string{
		"master.m3u8", "v0/index.m3u8", "v0/index.m3u8?_HLS_msn=110&_HLS_part=0",
		"v0/part109.0.m4s", "v0/part109.1.m4s", "v0/part109.2.m4s", "v0/part109.3.m4s",
	}
	if got := o.asked(0, 500*time.Millisecond); !slices.Equal(got, start) {
		t.Errorf("at the start %v; want %v: the part that playback can begin with, half a hold-back from the edge", got, start)
	}
	steady := []string{
		"v0/index.m3u8?_HLS_msn=112&_HLS_part=0", "v0/part111.3.m4s",
		"v0/index.m3u8?_HLS_msn=112&_HLS_part=1", "v0/part112.0.m4s",
		"v0/index.m3u8?_HLS_msn=112&_HLS_part=2", "v0/part112.1.m4s",
	}
	if got := o.asked(4*time.Second, 5500*time.Millisecond); !slices.Equal(got, steady) {
		t.Errorf("from 4 s on %v; want %v", got, steady)
	}
	if s := o.player.State(); s.Phase != Playing || s.LiveLatency > 2500*time.Millisecond || len(all[qoe.Stall](o.hlsOrigin)) > 0 {
		t.Errorf("%+v, stalls %v; want to play about a part hold-back (1.5 s) behind the edge", s, all[qoe.Stall](o.hlsOrigin))
	}
}

func TestHLSLowLatencyOff(t *testing.T) {
	off := false
	o := newLow(true).play(t, Config{LowLatencyMode: &off}, 30*time.Second)
	for _, r := range o.requests {
		if strings.Contains(r.url, "part1") {
			t.Fatalf("%s asked for; want whole segments", r.url)
		}
	}
	if got := o.times("_HLS_"); len(got) < 10 || !wanted(o.requests, "_HLS_part=3") {
		t.Errorf("%d requests with directives; want one a segment at least, for its last part", len(got))
	}
	if s := o.player.State(); s.Phase != Playing || s.LiveLatency < 4*time.Second {
		t.Errorf("%+v; want to play three target durations behind the edge", s)
	}
}

// Without blocking reloads the grid of half target durations stays, and parts are
// loaded as they are listed.
func TestHLSPartsWithoutBlocking(t *testing.T) {
	o := newLow(false).play(t, Config{}, 20*time.Second)
	if wanted(o.requests, "_HLS_") || !wanted(o.requests, "/part11") {
		t.Errorf("asked for %v; want parts, and no directives", o.asked(0, 5*time.Second))
	}
}

// A request that the server holds is given up after max(3 parts, 0.8 target
// durations) and made again at once, without directives.
func TestHLSHeldRequestTimesOut(t *testing.T) {
	o := newLow(true)
	o.rules = []rule{{from: 10 * time.Second, to: 12 * time.Second, url: "_HLS_msn", hang: true}}
	o.play(t, Config{}, 20*time.Second)
	var hung, again time.Duration
	for _, r := range o.requests {
		switch {
		case r.kind != qoe.Playlist || r.at < 10*time.Second:
		case hung == 0:
			hung = r.at
		case again == 0:
			again = r.at
			if strings.Contains(r.url, "_HLS_") {
				t.Errorf("asked again for %s; want no directives", r.url)
			}
		}
	}
	if d := again - hung; (d - 1600*time.Millisecond).Abs() > 10*time.Millisecond {
		t.Errorf("asked again after %v; want 1.6 s, 0.8 of a target duration", d)
	}
	if at, why := o.fatal(); at >= 0 || o.player.State().Phase != Playing {
		t.Errorf("fatal at %.2f %s, %+v; want to play on", at, why, o.player.State())
	}
}

// Delta updates are asked for while the playlist is young, and the whole one when
// a delta does not fit.
func TestHLSDeltaUpdates(t *testing.T) {
	o := newLow(true)
	o.skip, o.bad = true, 1
	o.play(t, Config{}, 20*time.Second)
	first := slices.Index(o.asked(0, time.Minute), "v0/index.m3u8?_HLS_msn=110&_HLS_part=0&_HLS_skip=YES")
	next := o.asked(0, time.Minute)[first+1:]
	if whole := slices.Index(next, "v0/index.m3u8?_HLS_msn=110&_HLS_part=0"); first < 0 || whole < 0 || whole > 5 {
		t.Errorf("after a delta that does not fit %v; want the whole playlist asked for at once", next[:min(6, len(next))])
	}
	if o.deltas < 30 || o.player.State().Phase != Playing {
		t.Errorf("%d deltas, %+v; want to play on with them", o.deltas, o.player.State())
	}
}

// An answer that was old already makes the player ask for what should exist by now.
func TestHLSTunesIn(t *testing.T) {
	for _, c := range []struct {
		age  time.Duration
		want string
		why  string
	}{
		{0, "_HLS_msn=110&_HLS_part=0", "fresh: the next part"},
		{1100 * time.Millisecond, "_HLS_msn=109&_HLS_part=3", "2 parts older: one more than the next"},
		{8 * time.Second, "", "more than 3 target durations: no directives"},
	} {
		o := newLow(true)
		o.age = c.age
		o.play(t, Config{}, 60*time.Millisecond)
		var second string
		for _, r := range o.requests[2:] {
			if r.kind == qoe.Playlist {
				second = r.url
				break
			}
		}
		if _, query, _ := strings.Cut(second, "?"); query != c.want {
			t.Errorf("Age %v (%s): asked for %q; want %q", c.age, c.why, second, c.want)
		}
	}
}

// A refused part of the segment being made is asked for again after 1 and 2 s like
// any newest fragment; once it is not the newest any more it is given up, and the
// whole segment fills the hole.
func TestHLSPartRefused(t *testing.T) {
	o := newLow(true)
	o.rules = []rule{{url: "part112.1", status: 403}}
	o.play(t, Config{}, 30*time.Second)
	if at, why := o.fatal(); at >= 0 || o.player.State().Phase != Playing {
		t.Fatalf("fatal at %.2f %s, %+v; want to play on", at, why, o.player.State())
	}
	if got := since(o.times("part112.1")); !near(got, []float64{0, 1, 3}, 0.25) || len(o.times("seg112.m4s")) != 1 {
		t.Errorf("the part asked for at %.2f, the whole segment at %v; want t, +1, +3, then the segment", got, o.times("seg112.m4s"))
	}
	if stalls := all[qoe.Stall](o.hlsOrigin); len(stalls) != 1 || stalls[0].Took > 2500*time.Millisecond || len(all[qoe.Skip](o.hlsOrigin)) > 0 {
		t.Errorf("stalls %+v, skips %v; want one stall, nothing lost", stalls, all[qoe.Skip](o.hlsOrigin))
	}
}

func TestDirectivesOnURL(t *testing.T) {
	for _, c := range []struct{ why, url, want string }{
		{"no query", "http://e/a.m3u8", "http://e/a.m3u8?_HLS_msn=5&_HLS_part=1"},
		{"a token keeps its spelling", "http://e/a.m3u8?t=~a=/%2B&u", "http://e/a.m3u8?t=~a=/%2B&u&_HLS_msn=5&_HLS_part=1"},
		{"replaced in its place", "http://e/a.m3u8?_HLS_msn=4&t=1&_HLS_msn=3", "http://e/a.m3u8?_HLS_msn=5&t=1&_HLS_part=1"},
	} {
		if got := (directives{msn: 5, part: 1}).on(manifest.AddressOf(c.url)); got.String() != c.want {
			t.Errorf("%s: %s; want %s", c.why, got, c.want)
		}
	}
}

// Low-latency streams with any trouble: the promises hold there too.
func TestHLSKeepsItsPromisesInLowLatency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := newLow(rapid.Bool().Draw(t, "block"))
		o.hlsOrigin = drawHLSOrigin(t)
		o.live, o.segment, o.window = true, 2*time.Second, rapid.IntRange(4, 12).Draw(t, "window")
		o.skip, o.bad = rapid.Bool().Draw(t, "skip"), rapid.IntRange(0, 2).Draw(t, "bad")
		o.age = time.Duration(rapid.IntRange(0, 8).Draw(t, "age")) * time.Second
		w := newWitness(t, o, func(r Request) string {
			if r.Kind == qoe.Key {
				return ""
			}
			return fmt.Sprint("kind ", r.Kind, " media ", r.Media)
		})
		w.quiet = true
		p, err := New(Config{}, w, "http://edge/master.m3u8", nil)
		if err != nil {
			t.Fatal(err)
		}
		w.el = func() *element { return p.(*hls).el }
		deeds := drawDeeds(t, drawTime(t, "watched", 0, 2*time.Minute))
		w.live(p, o.world, epoch, deeds)
		w.accounts(deeds[len(deeds)-1].at, true)
	})
}
