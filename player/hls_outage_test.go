package player

import (
	"math"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// What an outage of everything under the token does to a session: the order in
// which things are asked for again, and when the player gives up. Times count
// from the first refusal. Every wait ends at a tick of the original's 100 ms
// pollers, hence the tolerance.
func TestHLSOutages(t *testing.T) {
	const from = 30 * time.Second
	capped := Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}
	type ask struct {
		at  float64
		url string
	}
	for _, c := range []struct {
		why    string
		origin hlsOrigin
		rules  []rule
		want   []ask
		fatal  float64
	}{
		{"[CHROMIUM] VOD, 3 levels and audio: alternates tried once, then back-off, fatal 12.3 s after the first 410. " +
			"The number is what the shared counter held. v2 (0), v1 (1), v0 (2): 4 s; audio (3): 8 s; " +
			"back to the level played before, for what was forced is forgotten (4): 8 s; audio (5): 8 s; v2 (6): fatal",
			hlsOrigin{levels: three, length: 400 * time.Second, rate: 5e6, audio: true},
			[]rule{{from: from, url: "a/seg", status: 410, wait: 50 * time.Millisecond}, {from: from, url: "seg", status: 410}},
			[]ask{{0, "v2/seg"}, {0, "a/seg"}, {0, "v1/seg"}, {0, "v0/seg"}, {4.1, "v2/seg"}, {8.1, "a/seg"}, {12.2, "v2/seg"}}, 12.2},
		{"the same where audio's refusal comes before the alternates': audio (1) waits 2 s only, so that all is over sooner: the order decides",
			hlsOrigin{levels: three, length: 400 * time.Second, rate: 5e6, audio: true},
			[]rule{{from: from, url: "seg", status: 410}},
			[]ask{{0, "v2/seg"}, {0, "a/seg"}, {0, "v1/seg"}, {0, "v0/seg"}, {2.2, "a/seg"}, {8.1, "v2/seg"}, {10.4, "a/seg"}}, 10.4},
		{"v0's playlist is not known yet and refused too: 1 s. With its second failure v0 has failed more often than the level played " +
			"before: v2 (3), and the playlist is left alone. Audio (1), (4), (6)",
			hlsOrigin{levels: three, length: 400 * time.Second, rate: 5e6, audio: true, init: true},
			[]rule{{from: from, status: 410}},
			[]ask{{0, "v2/seg"}, {0, "a/seg"}, {0, "v1/seg"}, {0, "v0/index"}, {1, "v0/index"}, {1.1, "v2/seg"}, {2.2, "a/seg"}, {9.2, "v2/seg"}, {10.4, "a/seg"}}, 10.4},
		{"the same with audio's refusal later: it is held against the level at the playhead, v2, which now has failed as often as v0: " +
			"the player stays with v0's playlist, 1 s, 2 s, fatal",
			hlsOrigin{levels: three, length: 400 * time.Second, rate: 5e6, audio: true, init: true},
			[]rule{{from: from, url: "a/seg", status: 410, wait: 30 * time.Millisecond}, {from: from, status: 410}},
			[]ask{{0, "v2/seg"}, {0, "a/seg"}, {0, "v1/seg"}, {0, "v0/index"}, {1, "v0/index"}, {3, "v0/index"}}, 3},
		{"[CHROMIUM] live, 3 levels and audio: all levels within milliseconds (each hop clears the counter), audio and v0 again after " +
			"1 s; that makes three: fatal. e2e/fidelity/truth/hls-live-3-gap-2 … -10, -ip-change, -once-late-2: audio and v3 within 0.04 s, " +
			"then v2, v1 up to 0.07, again at 1.02 and 1.05, fatal after 1.04 to 1.10 s",
			hlsOrigin{levels: []int{600_000, 400_000, 200_000}, live: true, audio: true},
			[]rule{{from: from, status: 410}},
			[]ask{{0, "v0/index"}, {0, "a/index"}, {0, "v1/index"}, {0, "v2/index"}, {1, "a/index"}, {1, "v2/index"}}, 1.05},
		{"the same after a change of level at the start: a live level's playlist is loaded anew for it, and stands on a grid of its own " +
			"from then on, here 0.4 s after audio's (the worker's start, then the first append); so audio is refused first, and the end comes later",
			hlsOrigin{levels: three, live: true, audio: true},
			[]rule{{from: from, status: 410}},
			[]ask{{0, "a/index"}, {0.4, "v2/index"}, {0.4, "v1/index"}, {0.4, "v0/index"}, {1, "a/index"}, {1.4, "v0/index"}}, 1.45},
		{"live, 1 level with audio: 2 of the 3 attempts are used up by one reload of both",
			hlsOrigin{live: true, audio: true}, []rule{{from: from, status: 410}},
			[]ask{{0, "v0/index"}, {0, "a/index"}, {1, "v0/index"}}, 1},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := &c.origin
			o.rules = c.rules
			o.play(t, capped, from+40*time.Second)
			var got []string
			var at, want []float64
			for _, r := range o.requests {
				if r.status >= 400 {
					at, got = append(at, r.at.Seconds()), append(got, strings.TrimPrefix(r.url, "http://edge/"))
				}
			}
			for i, a := range c.want {
				want = append(want, a.at)
				if i < len(got) && !strings.HasPrefix(got[i], a.url) {
					t.Errorf("request %d is for %s; want %s", i, got[i], a.url)
				}
			}
			if !near(since(at), want, 0.2) {
				t.Errorf("refused at %.2f; want %v", since(at), want)
			}
			if fatal, why := o.fatal(); len(at) > 0 && math.Abs(fatal-at[0]-c.fatal) > 0.15 {
				t.Errorf("fatal after %.2f s (%s); want %v", fatal-at[0], why, c.fatal)
			}
		})
	}
}

// H30, and [CHROMIUM] a gap survived once: the first outage burns through all
// levels and passes; the second finds every other level penalised for ever
// (errorPenaltyExpireMs 0), hops nowhere, and is fatal with the third failure of
// level and audio playlists together, whichever comes first.
func TestHLSSecondGapIsFatal(t *testing.T) {
	gap := func(expire float64, from, to time.Duration) *hlsOrigin {
		return (&hlsOrigin{levels: three, live: true, audio: true, init: true, rules: []rule{
			{from: 19500 * time.Millisecond, to: 20900 * time.Millisecond, status: 410}, {from: from, to: to, status: 410},
		}}).play(t, Config{ErrorPenaltyExpireMs: expire}, 60*time.Second)
	}
	o := gap(0, 40*time.Second, 43*time.Second)
	var first, second []heard
	for _, r := range o.requests {
		switch {
		case r.status < 400:
		case r.at < 30*time.Second:
			first = append(first, r)
		default:
			second = append(second, r)
		}
	}
	for _, v := range []string{"v2/index", "v1/index", "v0/index", "a/index"} {
		if !wanted(first, v) {
			t.Errorf("the first gap refused %v; want %s among them", first, v)
		}
	}
	if len(second) != 3 || wanted(second, "v1/") || wanted(second, "v2/") {
		t.Errorf("the second gap refused %v; want three requests, all for the level in use and audio", second)
	}
	if fatal, _ := o.fatal(); fatal < second[0].at.Seconds()+0.9 || fatal > second[0].at.Seconds()+1.7 {
		t.Errorf("fatal %.2f s after the second gap's first refusal; want 1 to 1.7", fatal-second[0].at.Seconds())
	}
	for _, r := range o.requests {
		if r.at > 25*time.Second && r.kind == qoe.Segment && r.media == qoe.Video && !strings.Contains(r.url, "/v0/") {
			t.Errorf("%s at %v; want the lowest level only: the others stay penalised", r.url, r.at)
			break
		}
	}
	if again := gap(5000, 40*time.Second, 41*time.Second); !wanted(again.requests[len(again.requests)-20:], "/v2/") {
		t.Error("penalties that expire after 5 s: the best level is not back at the end")
	}
}

// wanted tells whether some request's URL contains s.
func wanted(requests []heard, s string) bool {
	for _, r := range requests {
		if strings.Contains(r.url, s) {
			return true
		}
	}
	return false
}
