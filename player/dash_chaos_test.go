package player

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"soak/qoe"
)

// Whatever the origin does, the player keeps its rules: one request in flight per
// media type, four attempts an object, no hot loop, every session closed by one
// Leave, and no more media shown than time has passed.
func TestDashKeepsItsRulesInChaos(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		o := &dashOrigin{
			live: seed%3 != 0, timeline: seed%2 == 0, tsbd: time.Duration(rng.IntN(4)) * 12 * time.Second, mup: time.Duration(rng.IntN(4)-1) * time.Second,
			length: time.Duration(20+rng.IntN(200)) * time.Second, ladder: []int{200, 900, 3000}[:1+rng.IntN(3)], rtt: 15 * time.Millisecond, kbps: 500 + rng.Float64()*9000,
		}
		if o.timeline && o.tsbd == 0 {
			o.tsbd = time.Minute
		}
		flying := map[string]int{}
		var w *dashWorld
		w = newDashWorld(func(r Request, now time.Time) dashAnswer {
			slot := fmt.Sprint(r.Media, r.Kind == qoe.Manifest, r.Kind == qoe.Timing)
			if flying[slot]++; flying[slot] > 1 {
				t.Errorf("seed %d: %d requests of %s in flight at %v", seed, flying[slot], slot, now)
			}
			a := o.serve(r, now)
			switch rng.IntN(12) {
			case 0:
				a.status = 410
			case 1:
				a = dashAnswer{took: -1}
			case 2:
				a.took += time.Duration(rng.IntN(5000)) * time.Millisecond
			case 3:
				a.body = "<html>not here</html>"
			}
			w.ending = func() { flying[slot]-- }
			return a
		})
		d := w.play(t, Config{Version: []string{"5.2", "4.7"}[seed%2]}, dashURL)
		w.run(t, 10*time.Minute)
		d.Stop()
		if n := len(w.log); n > 10*60*12 {
			t.Errorf("seed %d: %d requests in 10 minutes; want no hot loop", seed, n)
		}
		for _, l := range w.log {
			if l.Attempt < 1 || l.Attempt > 4 {
				t.Errorf("seed %d: attempt %d of %s", seed, l.Attempt, l.URL)
			}
		}
		leaves := samplesOf[qoe.Leave](w)
		if len(leaves) != 1 || leaves[0].Played > leaves[0].Watched {
			t.Errorf("seed %d: leaves = %+v; want one, played no more than watched", seed, leaves)
		}
		if len(samplesOf[qoe.Fatal](w)) > 1 {
			t.Errorf("seed %d: more than one Fatal", seed)
		}
	}
}

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
	// 0s manifest.mpd
	// 21ms v-v2-init.mp4
	// 21ms a-a0-init.mp4
	// 42ms v-v2-1796.m4s
	// 42ms a-a0-1796.m4s
	// playing behind live by 8s
}
