package player

import (
	"fmt"
	"testing"
	"time"

	"soak/qoe"
)

// FuzzParseClock: clock answers come from anywhere.
func FuzzParseClock(f *testing.F) {
	for _, s := range []string{"2026-11-24T02:13:12Z", "2026-11-24T02:13:12.345+01:00\n", "2026-11-24T02:13:12", "2026-11-24T02:13:12+0100", "<html>", "", "1764000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, ok := parseClock(s)
		if !ok && !at.IsZero() {
			t.Errorf("parseClock(%q) = %v without ok", s, at)
		}
		if ok {
			if again, ok := parseClock(at.UTC().Format(time.RFC3339Nano)); at.Year() >= 0 && at.Year() < 9999 && (!ok || !again.Equal(at)) {
				t.Errorf("parseClock(%q) = %v, printed and read again %v", s, at, again)
			}
		}
	})
}

// A live viewer of the default profile: where it starts and what it asks for first.
func ExampleNew_dashjs() {
	origin := liveOrigin()
	w := newDashWorld(origin.serve)
	player, err := New(Config{Profile: DashJS}, w, dashURL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	player.Start(w.Now())
	w.run(nil, 10*time.Second)
	for _, r := range w.log[:5] {
		fmt.Println(r.at, r.URL.String()[len("http://edge.lab/cmaf/1_v/T0/1900000000/"):])
	}
	s := player.State()
	fmt.Println(s.Phase, "behind live by", s.LiveLatency.Round(time.Second))
	// Output:
	// 45ms manifest.mpd
	// 116ms v-v2-init.mp4
	// 116ms a-a0-init.mp4
	// 165ms v-v2-1796.m4s
	// 193ms a-a0-1796.m4s
	// playing behind live by 8s
}

// What a low-latency stream asks for, and how long it stands a refusal: the token is
// missing from 10 s on, for the manifest alone.
func ExampleNew_dashjsLowLatency() {
	origin := dashLowOrigin()
	origin.refuse = func(r Request, at time.Duration) int {
		if r.Kind == qoe.Manifest && at > 10*time.Second {
			return 410
		}
		return 0
	}
	w := newDashWorld(origin.serve)
	player, err := New(Config{Profile: DashJS}, w, dashURL, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	player.Start(w.Now())
	w.run(nil, 30*time.Second)
	for _, r := range w.asked(qoe.Segment, qoe.Video)[:4] {
		made := r.at - w.segmentStart(r)
		fmt.Printf("%.2f s %s, %.2f s after it was begun\n", r.at.Seconds(), r.URL.String()[len("http://edge.lab/cmaf/1_v/T0/1900000000/"):], made.Seconds())
	}
	refused := w.asked(qoe.Manifest, qoe.NoMedia)[5:]
	last := refused[len(refused)-1]
	fmt.Printf("manifest refused %d times in %.2f s, and never asked for again\n", len(refused), (last.at - refused[0].at).Seconds())
	s := player.State()
	fmt.Println(s.Phase, "behind live by", s.LiveLatency.Round(100*time.Millisecond))
	// Output:
	// 0.19 s v-v1-1798.m4s, 4.19 s after it was begun
	// 0.31 s v-v1-1799.m4s, 2.31 s after it was begun
	// 0.51 s v-v1-1800.m4s, 0.51 s after it was begun
	// 2.51 s v-v1-1801.m4s, 0.51 s after it was begun
	// manifest refused 16 times in 1.22 s, and never asked for again
	// playing behind live by 3s
}

// segmentStart is when a segment of the scripted origin was begun.
func (w *dashWorld) segmentStart(r dashLogged) time.Duration {
	var rung, n int
	name := r.URL.String()[len("http://edge.lab/cmaf/1_v/T0/1900000000/"):]
	if _, err := fmt.Sscanf(name, "v-v%d-%d", &rung, &n); err != nil {
		return 0
	}
	return dashStart.Add(time.Duration(n) * dashSegment).Sub(dashEpoch)
}
