package player

import (
	"fmt"
	"testing"
	"time"
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
		fmt.Println(r.at, r.URL[len("http://edge.lab/cmaf/1_v/T0/1900000000/"):])
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
