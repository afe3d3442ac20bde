package player

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
)

var (
	one   = []int{600_000}
	three = []int{200_000, 400_000, 600_000}
)

// forever is a play time long enough for every retry to end.
const forever = 3 * time.Minute

// The retry table of hls.js: when a thing is asked for again, counted from the
// first refusal, and when the player gives up (-1: it does not).
func TestHLSRetries(t *testing.T) {
	vod := func(levels []int) *hlsOrigin {
		return &hlsOrigin{levels: levels, length: 400 * time.Second, rate: 5e6}
	}
	live := func(levels []int, audio bool) *hlsOrigin { return &hlsOrigin{levels: levels, live: true, audio: audio} }
	for _, c := range []struct {
		why    string // what the original was seen to do
		origin *hlsOrigin
		rule   rule
		url    string // requests counted
		want   []float64
		fatal  float64
	}{
		{"[RUN] VOD, 1 level, fragments 403 for ever: t, +1, +2, +4, +8, +8, +8, fatal at t+31",
			vod(one), rule{from: 6 * time.Second, url: "seg", status: 403}, "seg", []float64{0, 1, 3, 7, 15, 23, 31}, 31},
		{"[SRC] 410 is treated as 403",
			vod(one), rule{from: 6 * time.Second, url: "seg", status: 410}, "seg", []float64{0, 1, 3, 7, 15, 23, 31}, 31},
		{"[RUN] fragment 503, 2 levels: 7 requests at t,+1,+3,+7,+15,+23,+31 on one level, one on the other, fatal",
			vod([]int{300_000, 600_000}), rule{from: 6 * time.Second, url: "seg", status: 503}, "seg", []float64{0, 1, 3, 7, 15, 23, 31, 31}, 31},
		{"[SRC] hung fragment: 5 times 10 s",
			vod(one), rule{from: 6 * time.Second, url: "seg", hang: true}, "seg", []float64{0, 10, 20, 30, 40}, 50},
		{"[RUN] live playlist 403, 1 level: t, +1, +3, fatal",
			live(one, false), rule{from: 6 * time.Second, url: "index", status: 403}, "v0/index", []float64{0, 1, 3}, 3},
		{"[RUN] live playlist 503, 1 level: t, +1, +3, fatal",
			live(one, false), rule{from: 6 * time.Second, url: "index", status: 503}, "v0/index", []float64{0, 1, 3}, 3},
		{"[RUN] live playlists 403, 3 levels and audio: 3 at t, again at t+1.0, fatal: the counter is shared with audio",
			live(three, true), rule{from: 6 * time.Second, url: "index", status: 403}, "v", []float64{0, 0, 0, 1}, 1},
		{"[RUN] hung level playlist: 3 requests 10 s apart, fatal at t+30",
			live(one, false), rule{from: 6 * time.Second, url: "index", hang: true}, "v0/index", []float64{0, 10, 20}, 30},
		{"[RUN] master 403: 1 request, fatal at once",
			live(one, false), rule{url: "master", status: 403}, "master", []float64{0}, 0},
		{"[RUN] master 503: 2 requests 1 s apart, fatal",
			live(one, false), rule{url: "master", status: 503}, "master", []float64{0, 1}, 1},
		{"[SRC] hung master: 20 s, 2 retries at once",
			live(one, false), rule{url: "master", hang: true}, "master", []float64{0, 20, 40}, 60},
	} {
		t.Run(strings.ReplaceAll(c.why, "/", " "), func(t *testing.T) {
			c.origin.rules = []rule{c.rule}
			o := c.origin.play(t, Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}, forever)
			var at []float64
			var base float64 = -1
			for _, r := range o.requests {
				s := r.at.Seconds()
				if strings.Contains(r.url, c.url) && (r.status >= 400 || c.rule.hang && r.at >= c.rule.from) {
					if base < 0 {
						base = s
					}
					at = append(at, s-base)
				}
			}
			fatal, why := o.fatal()
			// Every wait ends at a tick of the original's 100 ms poller.
			tolerance := 0.05 + 0.1*float64(len(c.want))
			if !near(at, c.want, tolerance) {
				t.Errorf("requests at %.2f; want %v", at, c.want)
			}
			if math.Abs(fatal-base-c.fatal) > tolerance {
				t.Errorf("fatal %.2f s after the first failure (%s); want %v", fatal-base, why, c.fatal)
			}
			if last := o.requests[len(o.requests)-1].at.Seconds(); last > fatal {
				t.Errorf("a request at %.2f, after the fatal error at %.2f", last, fatal)
			}
		})
	}
}

// [RUN] After a fatal error the buffer plays out: the viewer's stall comes later.
func TestHLSBufferPlaysOutAfterFatal(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{{from: 10 * time.Second, url: "index", status: 403}}}).play(t, Config{}, 14*time.Second)
	fatal, _ := o.fatal()
	if s := o.player.State(); fatal < 0 || s.Phase != Playing || s.Buffer <= 0 {
		t.Fatalf("right after the fatal error at %.2f: %+v; want a player that still plays", fatal, s)
	}
	o.until(t, 30*time.Second)
	if s := o.player.State(); s.Phase != Dead {
		t.Errorf("phase %q; want %q", s.Phase, Dead)
	}
	o.player.Stop()
	if stalls := all[qoe.Stall](o); len(stalls) != 1 || !stalls[0].Open {
		t.Errorf("stalls %+v; want one, still open when the viewer left", stalls)
	}
}

// [RUN] Reloads stand on a grid anchored at the start of the first request, so
// the round trip does not make them drift; an unchanged playlist is asked for
// again after half a target duration.
func TestHLSReloadGrid(t *testing.T) {
	for _, c := range []struct {
		why     string
		latency time.Duration
		frozen  [2]time.Duration
		want    []float64 // since the first request of the playlist
	}{
		{"2.55, 4.55, 6.55 ...: no drift with a round trip of 300 ms", 300 * time.Millisecond, [2]time.Duration{}, []float64{0, 2, 4, 6, 8, 10}},
		{"10.55, 11.55, 12.55 ...: frozen playlist every TD/2, then back to 2 s", 50 * time.Millisecond,
			[2]time.Duration{4 * time.Second, 7500 * time.Millisecond}, []float64{0, 2, 4, 6, 7, 8, 10}},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := (&hlsOrigin{live: true, latency: c.latency, frozen: c.frozen}).play(t, Config{}, 11*time.Second)
			if got := since(o.times("v0/index")); !near(got, c.want, 0.01) {
				t.Errorf("playlist asked for at %.3f; want %v", got, c.want)
			}
		})
	}
}

func TestHLSStart(t *testing.T) {
	t.Run("[RUN] order: master; level and audio playlist; init and fragment; then audio's", func(t *testing.T) {
		o := (&hlsOrigin{levels: three, audio: true, init: true, length: 20 * time.Second, keys: 100}).play(t, Config{}, 60*time.Millisecond)
		var got []string
		for _, r := range o.requests {
			got = append(got, strings.TrimPrefix(r.url, "http://edge/"))
		}
		want := []string{"master.m3u8", "v1/index.m3u8", "a/index.m3u8", "v1/key0", "v1/seg0.m4s", "a/key0", "a/seg0.m4s"}
		if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			t.Errorf("order %v; want %v", got, want)
		}
		if at := o.times("v1/"); at[1] != at[2] {
			t.Errorf("key at %v, fragment at %v; want the same instant", at[1], at[2])
		}
	})
	t.Run("[RUN] window of six 2 s segments: starts at n-3", func(t *testing.T) {
		o := (&hlsOrigin{live: true}).play(t, Config{}, time.Second)
		if first := o.requests[2].url; first != "http://edge/v0/seg103.m4s" {
			t.Errorf("first fragment %s; want seg103 of 100 to 105", first)
		}
	})
	t.Run("liveSyncDurationCount 2 starts a segment later", func(t *testing.T) {
		o := (&hlsOrigin{live: true}).play(t, Config{LiveSyncDurationCount: 2}, time.Second)
		if first := o.requests[2].url; first != "http://edge/v0/seg104.m4s" {
			t.Errorf("first fragment %s; want seg104", first)
		}
	})
	t.Run("EXT-X-START from the edge", func(t *testing.T) {
		o := (&hlsOrigin{live: true, extra: "#EXT-X-START:TIME-OFFSET=-9\n"}).play(t, Config{}, time.Second)
		if first := o.requests[2].url; first != "http://edge/v0/seg101.m4s" {
			t.Errorf("first fragment %s; want seg101: 12-9 = 3 s", first)
		}
	})
	t.Run("VOD starts at 0 whole", func(t *testing.T) {
		o := (&hlsOrigin{length: 20 * time.Second}).play(t, Config{}, time.Second)
		if s := o.player.State(); s.Phase != Playing || s.Position < 500*time.Millisecond {
			t.Errorf("after 1 s %+v; want to be playing from 0", s)
		}
	})
	t.Run("startPosition", func(t *testing.T) {
		at := 11.0
		o := (&hlsOrigin{length: 20 * time.Second}).play(t, Config{StartPosition: &at}, time.Second)
		if first := o.requests[2].url; first != "http://edge/v0/seg5.m4s" || o.player.State().Position < 11500*time.Millisecond {
			t.Errorf("first fragment %s, position %v; want seg5, 12 s", first, o.player.State().Position)
		}
	})
	t.Run("a media playlist as the master", func(t *testing.T) {
		o := (&hlsOrigin{single: true, live: true}).play(t, Config{}, 5*time.Second)
		if s := o.player.State(); s.Phase != Playing {
			t.Errorf("state %+v; want playing", s)
		}
		if got := o.times("master"); !near(got, []float64{0, 2, 4}, 0.01) {
			t.Errorf("reloads at %.2f; want every 2 s", got)
		}
	})
}

// The level to start with: highest BANDWIDTH within the estimate, which is
// 500 kb/s or what the first listed variant needs, up to 5 Mb/s.
func TestHLSStartLevel(t *testing.T) {
	for _, c := range []struct {
		why    string
		levels []int
		want   string
	}{
		{"[RUN] 200/400/600 kb/s ascending -> 400", three, "v1/"},
		{"first listed raises the estimate", []int{3_000_000, 600_000, 6_000_000}, "v0/"},
		{"but not above 5 Mb/s", []int{8_000_000, 4_000_000}, "v1/"},
		{"none fits: the one listed first", []int{600_000_000, 700_000_000}, "v0/"},
		{"an estimate fetches in 4 s at most", []int{400_000}, "v0/"},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := (&hlsOrigin{levels: c.levels, length: 20 * time.Second}).play(t, Config{}, 15*time.Millisecond)
			if got := o.requests[1].url; !strings.Contains(got, c.want) {
				t.Errorf("started with %s; want %s", got, c.want)
			}
		})
	}
}

// Buffer targets: 60 MB of the peak bit rate, at least 30 s, at most 600 s.
func TestHLSBufferTargets(t *testing.T) {
	for _, c := range []struct {
		why   string
		level int
		cfg   Config
		want  time.Duration
	}{
		{"5 Mb/s -> 96 s", 5_000_000, Config{}, 96 * time.Second},
		{"1 Mb/s -> 480 s", 1_000_000, Config{}, 480 * time.Second},
		{"[RUN] 600 kb/s -> 600 s: swallowed whole in one burst", 600_000, Config{}, 600 * time.Second},
		{"above 16 Mb/s 30 s is the floor", 20_000_000, Config{}, 30 * time.Second},
		{"maxMaxBufferLength caps", 1_000_000, Config{MaxMaxBufferLength: 20}, 20 * time.Second},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := (&hlsOrigin{levels: []int{c.level}, length: 1000 * time.Second, rate: 1e9}).play(t, c.cfg, 60*time.Second)
			if got := o.player.State().Buffer; got > c.want+2*time.Second || got < c.want-time.Second {
				t.Errorf("buffer %v; want %v", got, c.want)
			}
		})
	}
}

// [RUN] One refused fragment of a live stream with one level.
func TestHLSLiveFragmentRefused(t *testing.T) {
	t.Run("newest: asked for again, then skipped once it is not the newest", func(t *testing.T) {
		o := (&hlsOrigin{live: true, rules: []rule{{url: "seg108", status: 403}}}).play(t, Config{}, 20*time.Second)
		o.player.Stop()
		if got := since(o.times("seg108")); !near(got, []float64{0, 1, 3}, 0.25) && !near(got, []float64{0, 1}, 0.25) {
			t.Errorf("asked for at %.2f; want t, +1 (and +2 while it is the newest)", got)
		}
		checkSkipped(t, o)
	})
	t.Run("not the newest: skipped at once", func(t *testing.T) {
		o := (&hlsOrigin{live: true, rules: []rule{{url: "seg104", status: 403}}}).play(t, Config{}, 20*time.Second)
		o.player.Stop()
		if got := o.times("seg104"); len(got) != 1 {
			t.Errorf("asked for at %.2f; want once", got)
		}
		checkSkipped(t, o)
	})
	t.Run("not the newest, two levels: the other level has it, nothing is lost", func(t *testing.T) {
		o := (&hlsOrigin{levels: []int{300_000, 400_000}, live: true, rules: []rule{{url: "v1/seg104", status: 403}}}).play(t, Config{}, 20*time.Second)
		if len(all[qoe.Skip](o)) != 0 || len(o.times("v0/seg104")) != 1 {
			t.Errorf("skips %v, the other level's fragment at %v; want none, and once", all[qoe.Skip](o), o.times("v0/seg104"))
		}
	})
}

// checkSkipped: 2 s of content lost with a stall of a tick, and no fatal error.
func checkSkipped(t *testing.T, o *hlsOrigin) {
	t.Helper()
	skips, stalls := all[qoe.Skip](o), all[qoe.Stall](o)
	if len(skips) != 1 || (skips[0].Amount-2100*time.Millisecond).Abs() > 10*time.Millisecond {
		t.Errorf("skips %+v; want one of 2 s (and 0.1 s padding)", skips)
	}
	if len(stalls) != 1 || stalls[0].Took > 100*time.Millisecond {
		t.Errorf("stalls %+v; want one of at most a tick", stalls)
	}
	if at, why := o.fatal(); at >= 0 {
		t.Errorf("fatal at %.2f: %s; want none", at, why)
	}
}

// F12 [RUN]: a refused audio playlist is never fatal in live, because every good
// level playlist resets the shared counter: 11 failures in 14 s, playback frozen.
func TestHLSAudioPlaylistZombie(t *testing.T) {
	o := (&hlsOrigin{levels: three, audio: true, live: true,
		rules: []rule{{from: 8 * time.Second, url: "a/index", status: 403}}}).play(t, Config{}, 22*time.Second)
	if n := len(o.refused()); n < 9 || n > 13 {
		t.Errorf("%d refusals in 14 s at %.2f; want about 11", n, o.refused())
	}
	if at, why := o.fatal(); at >= 0 {
		t.Errorf("fatal at %.2f: %s; want none", at, why)
	}
	if s := o.player.State(); s.Phase != Stalled {
		t.Errorf("state %+v; want stalled", s)
	}
}

// Keys: 9 requests 1 s apart inside the loader for every attempt of the stream
// controller, and the fragment again with every attempt.
func TestHLSKeyUnavailable(t *testing.T) {
	o := (&hlsOrigin{length: 400 * time.Second, keys: 1000, rules: []rule{{url: "key", status: 503}}}).play(t, Config{}, forever)
	keys := since(o.times("key"))
	if n := len(keys); n != 81 {
		t.Errorf("%d key requests; want 81 [RUN: <= 81]", n)
	}
	if at, _ := o.fatal(); math.Abs(at-82) > 9 {
		t.Errorf("fatal at %.1f; want about 82", at)
	}
	if n := len(o.times("seg0.")); n != 9 {
		t.Errorf("fragment fetched %d times; want 9", n)
	}
}

// H12, F4 [RUN]: an integration that rewrites the loader's URL makes hls.js lose
// every new key although it came with 200; retries 8 x 1 s, then fatal.
func TestHLSKeyLookup(t *testing.T) {
	o := (&hlsOrigin{length: 60 * time.Second, keys: 1000,
		rules: []rule{{url: "key", mutate: "token2"}}}).play(t, Config{}, forever)
	at, why := o.fatal()
	if math.Abs(at-8.2) > 1 || !strings.Contains(why, "keyLoadError") {
		t.Errorf("fatal at %.2f %q; want keyLoadError after 8 s", at, why)
	}
	if n := len(o.times("key")); n != 9 {
		t.Errorf("%d key requests; want 9: every attempt asks anew, and loses it anew", n)
	}
	clean := (&hlsOrigin{length: 60 * time.Second, keys: 1000}).play(t, Config{}, 20*time.Second)
	if at, why := clean.fatal(); at >= 0 || clean.player.State().Phase != Playing {
		t.Errorf("without rewriting: fatal at %.2f %q", at, why)
	}
	if n := len(clean.times("key")); n != 1 {
		t.Errorf("%d key requests; want 1: keys are kept by URI", n)
	}
}

// H24: retries inside the loader start from the URL that the first attempt's
// integration left, stale token and all; retries of controllers start afresh.
func TestHLSRetriesInLoaderKeepTheURL(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{
		{to: 500 * time.Millisecond, url: "master", status: 503, mutate: "token1"},
	}}).play(t, Config{}, 2*time.Second)
	if got := o.requests[1].url; got != "http://token1/master.m3u8" || o.requests[1].try != 2 {
		t.Errorf("second attempt asked for %s (try %d); want the first one's rewritten URL", got, o.requests[1].try)
	}
	o = (&hlsOrigin{live: true, rules: []rule{
		{from: time.Second, to: 2500 * time.Millisecond, url: "index", status: 403, mutate: "token1"},
	}}).play(t, Config{}, 5*time.Second)
	for _, r := range o.requests {
		if r.kind == qoe.Playlist && !strings.HasPrefix(r.url, "http://edge/") {
			t.Errorf("playlist asked for as %s; want the master's URL", r.url)
		}
	}
}

// Base URLs: segments stand on the final URL of their playlist; reloads always
// start from the level's URL of the master; a redirected master sticks.
func TestHLSBaseURLs(t *testing.T) {
	t.Run("redirected level: its fragments only", func(t *testing.T) {
		o := (&hlsOrigin{live: true, rules: []rule{{url: "index", final: "cdn2"}}}).play(t, Config{}, 5*time.Second)
		for _, r := range o.requests {
			want := "http://edge/"
			if r.kind == qoe.Segment {
				want = "http://cdn2/"
			}
			if !strings.HasPrefix(r.url, want) {
				t.Errorf("%s; want it on %s", r.url, want)
			}
		}
	})
	t.Run("redirected master: everything, for ever", func(t *testing.T) {
		o := (&hlsOrigin{live: true, audio: true, rules: []rule{{url: "master", final: "cdn2"}}}).play(t, Config{}, 5*time.Second)
		for _, r := range o.requests[1:] {
			if !strings.HasPrefix(r.url, "http://cdn2/") {
				t.Errorf("%s; want it on cdn2", r.url)
			}
		}
	})
}

// A new token in the playlist's URL does not fetch the init segment again, but
// every key (players.md 1.1.5).
func TestHLSInitAndKeysAcrossBases(t *testing.T) {
	o := (&hlsOrigin{live: true, init: true, rules: []rule{{from: 5 * time.Second, url: "index", final: "token2"}}}).play(t, Config{}, 20*time.Second)
	if n := len(o.times("init")); n != 1 {
		t.Errorf("init fetched %d times; want once", n)
	}
	o = (&hlsOrigin{live: true, keys: 1000, rules: []rule{{from: 5 * time.Second, url: "index", final: "token2"}}}).play(t, Config{}, 20*time.Second)
	if n := len(o.times("key")); n != 2 {
		t.Errorf("key fetched %d times; want once under each base", n)
	}
}

// Penalties: a level hit by a refusal is not chosen again until a playlist of it
// came or a fragment of it was buffered.
func TestHLSLevelsStayPenalised(t *testing.T) {
	o := (&hlsOrigin{levels: three, live: true, rules: []rule{
		{from: 10 * time.Second, to: 10500 * time.Millisecond, url: "index", status: 403},
	}}).play(t, Config{}, 30*time.Second)
	if at, why := o.fatal(); at >= 0 {
		t.Fatalf("fatal at %.2f %s; want to survive 0.5 s of refusals", at, why)
	}
	for _, r := range o.requests {
		if r.at > 15*time.Second && r.kind == qoe.Segment && strings.Contains(r.url, "v2/") {
			t.Fatalf("%s at %v: the best level was hit and should stay penalised", r.url, r.at)
		}
	}
}

func TestHLSEndsVOD(t *testing.T) {
	o := (&hlsOrigin{levels: three, audio: true, init: true, length: 30 * time.Second}).play(t, Config{}, 40*time.Second)
	if s := o.player.State(); s.Phase != Ended || s.Position != 30*time.Second {
		t.Errorf("state %+v; want ended at 30 s", s)
	}
	o.player.Stop()
	leave := all[qoe.Leave](o)
	if len(leave) != 1 || leave[0].Played != 30*time.Second || len(all[qoe.Stall](o)) != 0 {
		t.Errorf("leave %+v, stalls %v; want 30 s played without a stall", leave, all[qoe.Stall](o))
	}
}

// Quality follows the network, down without stalling where the ladder allows.
func TestHLSAdapts(t *testing.T) {
	o := (&hlsOrigin{levels: []int{300_000, 1_000_000, 3_000_000}, live: true, rate: 20e6, rules: []rule{
		{from: 20 * time.Second, to: 60 * time.Second, url: "seg", slow: 40}, // 500 kb/s
	}}).play(t, Config{}, 100*time.Second)
	quality := func(from, to float64) (v map[string]int) {
		v = map[string]int{}
		for _, r := range o.requests {
			if s := r.at.Seconds(); r.kind == qoe.Segment && s >= from && s < to {
				v[r.url[len("http://edge/"):][:2]]++
			}
		}
		return v
	}
	if q := quality(5, 20); q["v2"] == 0 || q["v0"] > 0 {
		t.Errorf("fast network: %v; want the top", q)
	}
	if q := quality(45, 60); q["v0"] == 0 || q["v2"] > 0 {
		t.Errorf("slow network: %v; want the bottom", q)
	}
	// Samples weigh as much as their download took, so a fast network is believed
	// slowly: a level every half minute here.
	if q := quality(90, 100); q["v1"] == 0 {
		t.Errorf("fast again: %v; want to have risen", q)
	}
	if len(all[qoe.Switch](o)) < 2 {
		t.Errorf("switches %v; want down and up", all[qoe.Switch](o))
	}
}

// After an outage that outlasts the window the player seeks back into it.
func TestHLSFallsOutOfTheWindow(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{
		{from: 10 * time.Second, to: 22 * time.Second, url: "seg", hang: true},
	}}).play(t, Config{}, 60*time.Second)
	o.player.Stop()
	if s := all[qoe.Skip](o); len(s) == 0 {
		t.Errorf("no skip; stalls %v", all[qoe.Stall](o))
	}
	if l := all[qoe.Leave](o)[0]; l.Latency < 5*time.Second || l.Latency > 12*time.Second {
		t.Errorf("mean latency %v; want to be back near the edge", l.Latency)
	}
}

func TestHLSConfigRefused(t *testing.T) {
	minus := -2
	for _, c := range []Config{
		{Profile: "shaka"}, {Version: "0.14"}, {MaxBufferLength: -1}, {StartLevel: &minus},
		{LiveSyncDuration: 10, LiveMaxLatencyDuration: 5},
	} {
		if _, err := New(c, &hlsOrigin{}, "", nil); err == nil {
			t.Errorf("New(%+v) = nil; want an error", c)
		}
	}
}

// Discontinuities and dates in live: renditions are laid beside each other and
// nothing stalls or is lost, also while the level changes.
func TestHLSAlignsRenditions(t *testing.T) {
	for _, c := range []struct {
		why    string
		origin hlsOrigin
	}{
		{"by number", hlsOrigin{}},
		{"by date", hlsOrigin{dates: true}},
		{"by discontinuity", hlsOrigin{breaks: 4}},
		{"by both, with keys and init", hlsOrigin{breaks: 4, dates: true, keys: 3, init: true}},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := &c.origin
			o.levels, o.audio, o.live, o.rate = three, true, true, 20e6
			o.rules = []rule{{from: 20 * time.Second, to: 40 * time.Second, url: "seg", slow: 36}}
			o.play(t, Config{}, 80*time.Second)
			o.player.Stop()
			leave := all[qoe.Leave](o)[0]
			if stalls, skips := all[qoe.Stall](o), all[qoe.Skip](o); len(stalls)+len(skips) > 0 || leave.Played < 79*time.Second {
				t.Errorf("stalls %+v, skips %+v, played %v; want none, all", stalls, skips, leave.Played)
			}
			if len(all[qoe.Switch](o)) < 3 {
				t.Errorf("switches %+v; want up, down and up", all[qoe.Switch](o))
			}
		})
	}
}

// A main fragment that will not come in time is given up for a lower level; not
// before half its duration has passed, and never one of the two lowest levels.
func TestHLSAbandons(t *testing.T) {
	levels := []int{300_000, 600_000, 1_500_000, 3_000_000}
	play := func(slow string) (*hlsOrigin, []heard) {
		o := (&hlsOrigin{levels: levels, live: true, rate: 50e6, rules: []rule{
			{from: 20 * time.Second, url: slow, slow: 200}, // 250 kb/s
		}}).play(t, Config{}, 40*time.Second)
		var late []heard
		for _, r := range o.requests {
			if r.at > 20*time.Second && r.kind == qoe.Segment {
				late = append(late, r)
			}
		}
		return o, late
	}
	o, late := play("/v3/seg")
	if len(late) < 2 || !strings.Contains(late[0].url, "/v3/") || strings.Contains(late[1].url, "/v3/") {
		t.Fatalf("fragments %v; want the slow one, then a lower level", late)
	}
	if d := late[1].at - late[0].at; d < time.Second || d > 3*time.Second {
		t.Errorf("given up after %v; want between 1 s and the end of the buffer", d)
	}
	if len(all[qoe.Stall](o)) > 0 {
		t.Errorf("stalls %+v; want none: that is what it is for", all[qoe.Stall](o))
	}
	o = (&hlsOrigin{levels: levels[:2], live: true, rate: 50e6, rules: []rule{
		{from: 20 * time.Second, url: "/v1/seg", slow: 200},
	}}).play(t, Config{}, 40*time.Second)
	if notes := all[qoe.Note](o); len(notes) > 0 {
		t.Errorf("%v; want nothing abandoned from level 1", notes)
	}
}

// maxLiveSyncPlaybackRate above 1 brings a viewer back who fell behind.
func TestHLSCatchesUp(t *testing.T) {
	latency := func(rate float64) time.Duration {
		o := (&hlsOrigin{live: true, rules: []rule{
			{from: 10 * time.Second, to: 16 * time.Second, url: "seg", slow: 250},
		}}).play(t, Config{MaxLiveSyncPlaybackRate: rate, LiveSyncOnStallIncrease: new(float64)}, 120*time.Second)
		if len(all[qoe.Stall](o)) == 0 {
			t.Fatal("no stall: the case does not test what it should")
		}
		return o.player.State().LiveLatency
	}
	off, on := latency(0), latency(1.5)
	if on >= off-500*time.Millisecond {
		t.Errorf("latency %v with, %v without; want it shorter", on, off)
	}
}

// A stall raises the target latency by a second, up to a target duration.
func TestHLSTargetLatencyGrowsWithStalls(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{{from: 10 * time.Second, to: 18 * time.Second, url: "seg", slow: 1000}}}).play(t, Config{}, 40*time.Second)
	h := o.player.(*hls)
	if n := len(all[qoe.Stall](o)); n == 0 || h.stalls != n {
		t.Errorf("%d stalls noticed of %d", h.stalls, n)
	}
	for _, c := range []struct {
		stalls int
		want   time.Duration
	}{{0, 6 * time.Second}, {1, 7 * time.Second}, {2, 8 * time.Second}, {9, 8 * time.Second}} {
		if got := h.latest.targetLatency(h.opt, c.stalls); got != c.want {
			t.Errorf("target after %d stalls %v; want %v", c.stalls, got, c.want)
		}
	}
}

// The failures counted against fragments are forgotten once one of the level is
// buffered: the next outage begins with a wait of a second again.
func TestHLSForgetsFragmentErrors(t *testing.T) {
	o := (&hlsOrigin{length: 400 * time.Second, rate: 5e6, rules: []rule{
		{from: 6 * time.Second, to: 8 * time.Second, url: "seg", status: 403},
		{from: 20 * time.Second, to: 22 * time.Second, url: "seg", status: 403},
	}}).play(t, Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}, time.Minute)
	var outages [2][]float64
	for _, at := range o.refused() {
		i := 0
		if at > 15 {
			i = 1
		}
		outages[i] = append(outages[i], at)
	}
	for i, at := range outages {
		if got := since(at); !near(got, []float64{0, 1}, 0.15) {
			t.Errorf("outage %d: refused at %.2f; want t, +1", i, got)
		}
	}
}

// Audio is fetched at most one fragment ahead of the main fragment under way.
func TestHLSAudioWaitsForMain(t *testing.T) {
	o := (&hlsOrigin{length: 100 * time.Second, audio: true, rules: []rule{{url: "/v0/seg", slow: 40}}}).play(t, Config{}, 20*time.Second)
	main, audio := 0, 0
	for _, r := range o.requests {
		switch {
		case strings.Contains(r.url, "/v0/seg"):
			main++
		case strings.Contains(r.url, "/a/seg"):
			audio++
		}
		if audio > main+1 {
			t.Fatalf("at %v %d audio fragments asked for, %d of main; want one ahead at most", r.at, audio, main)
		}
	}
	if main < 10 || audio < 10 {
		t.Errorf("%d main and %d audio fragments in 20 s; want both to go on", main, audio)
	}
}

// Leaving in any state stops all requests, samples and timers.
func TestHLSStopsForGood(t *testing.T) {
	for _, at := range []time.Duration{0, 5 * time.Millisecond, 15 * time.Millisecond, 25 * time.Millisecond, 60 * time.Millisecond, 3 * time.Second, 12 * time.Second, 20 * time.Second} {
		o := (&hlsOrigin{levels: three, audio: true, live: true, init: true, keys: 2,
			rules: []rule{{from: 10 * time.Second, url: "index", status: 403}}}).play(t, Config{}, at)
		o.player.Stop()
		o.player.Stop()
		requests, samples := len(o.requests), len(o.samples)
		o.until(t, at+time.Minute)
		if len(o.requests) != requests || len(o.samples) != samples {
			t.Errorf("left at %v: %d requests and %d samples afterwards", at, len(o.requests)-requests, len(o.samples)-samples)
		}
		if n := len(all[qoe.Leave](o)); n != 1 || o.player.State().Phase != Left {
			t.Errorf("left at %v: %d leave samples, phase %q", at, n, o.player.State().Phase)
		}
	}
}

// Nothing ticks without need: a playing live viewer sets a handful of timers per
// segment, not the original's twenty polls a second.
func TestHLSDoesNotPoll(t *testing.T) {
	o := &hlsOrigin{live: true, audio: true}
	timers := 0
	counting := &countingWorld{hlsOrigin: o, timers: &timers}
	o.setUp()
	p, err := New(Config{}, counting, "http://edge/master.m3u8", nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Start(epoch)
	o.until(t, 10*time.Second)
	timers = 0
	o.until(t, 110*time.Second) // 50 segments
	if per := float64(timers) / 50; per > 12 {
		t.Errorf("%.1f timers per segment; want at most 12: 4 requests' limits, 2 reloads, a few looks", per)
	}
}

type countingWorld struct {
	*hlsOrigin
	timers *int
}

func (c *countingWorld) Set(t *loop.Timer, d time.Duration, fn func()) {
	*c.timers++
	c.hlsOrigin.Set(t, d, fn)
}

// A media playlist may use variables of the multivariant playlist.
func TestHLSImportsVariables(t *testing.T) {
	o := (&hlsOrigin{live: true, suffix: "?k={$pass}",
		head: "#EXT-X-DEFINE:NAME=\"pass\",VALUE=\"p1\"\n", extra: "#EXT-X-DEFINE:IMPORT=\"pass\"\n"}).play(t, Config{}, 10*time.Second)
	if at, why := o.fatal(); at >= 0 || o.player.State().Phase != Playing || len(o.times("?k=p1")) < 5 {
		t.Errorf("fatal at %.2f %s, asked for %v; want to play, with the variable in every segment's URL", at, why, o.times("?k=p1"))
	}
}

// A playlist asked for twice is asked for once, unless the integration writes into
// the loader's context: then the original takes its own request for another one,
// gives it up and asks again (players.md 1.9).
func TestHLSPlaylistAskedForTwice(t *testing.T) {
	for _, c := range []struct {
		why    string
		mutate string
		want   int
	}{{"the URL is as it was", "", 1}, {"rewritten in the context", "token1", 2}} {
		o := (&hlsOrigin{live: true, rules: []rule{{url: "index", wait: 500 * time.Millisecond, mutate: c.mutate}}}).play(t, Config{}, 100*time.Millisecond)
		o.player.(*hls).levelLoader.request()
		if got := len(o.times("index")); got != c.want {
			t.Errorf("%s: %d requests; want %d", c.why, got, c.want)
		}
	}
}

// Options that hls.js has for holes and for young live streams do what they say.
func TestHLSHoleAndStartOptions(t *testing.T) {
	none := 0.0
	lost := func(cfg Config) time.Duration {
		o := (&hlsOrigin{live: true, rules: []rule{{url: "seg104", status: 403}}}).play(t, cfg, 20*time.Second)
		return all[qoe.Skip](o)[0].Amount
	}
	if with, without := lost(Config{}), lost(Config{SkipBufferHolePadding: &none}); (with - without - 100*time.Millisecond).Abs() > 5*time.Millisecond {
		t.Errorf("skipped %v, %v without padding; want 0.1 s less", with, without)
	}
	o := (&hlsOrigin{live: true, window: 3}).play(t, Config{InitialLiveManifestSize: 4}, 10*time.Second)
	if wanted(o.requests, "seg") || len(o.times("index")) < 4 {
		t.Errorf("3 segments listed, 4 wanted: %v", o.requests)
	}
}
