package player

import (
	"testing"
	"time"

	"soak/qoe"
)

// A fragment that is given up is marked in the playlist by which it was asked for.
// Once that has come anew the mark is lost, and the fragment is asked for again
// (e2e/fidelity/truth/hls-live-cut-at-expiry: after 8 ms).
func TestHLSGapMarkIsLostWithItsPlaylist(t *testing.T) {
	for _, c := range []struct {
		why   string
		rules []rule
		asks  []float64 // for the segment, since the first refusal came
		skips bool
	}{
		{"refused at once, again and again: tried anew while it is the newest, then marked, and the next is taken", []rule{{url: "seg110", status: 403}}, []float64{0, 1.1, 3.2}, true},
		{"refused after two reloads of the playlist: asked for again at once, and had",
			[]rule{{url: "seg110", to: 11 * time.Second, status: 403, wait: 4500 * time.Millisecond}}, []float64{0, 4.5}, false},
		{"the same, and refused again: now the mark holds",
			[]rule{{url: "seg110", to: 11 * time.Second, status: 403, wait: 4500 * time.Millisecond}, {url: "seg110", status: 403}}, []float64{0, 4.5}, true},
	} {
		o := (&hlsOrigin{live: true, rules: c.rules}).play(t, Config{}, 40*time.Second)
		if got := since(o.times("seg110")); !near(got, c.asks, 0.15) {
			t.Errorf("%s: asked at %.2f; want %v", c.why, got, c.asks)
		}
		if got := len(o.times("seg111")); got != 1 {
			t.Errorf("%s: the next segment asked for %d times; want once", c.why, got)
		}
		skipped := false
		for _, s := range all[qoe.Skip](o) {
			skipped = skipped || s.Amount > time.Second
		}
		if skipped != c.skips {
			t.Errorf("%s: skipped %v; want %v", c.why, skipped, c.skips)
		}
	}
}
