package player

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/qoe"
)

// [CHROMIUM] A segment of 900 kbit/s that shares a link of 800 kbit/s with audio is
// given up after half a second by 5.x, after a whole one by 4.7 (the audio was through by then): what came with the
// first progress event keeps the mean above 500 kbit/s, which is what 1.8 times the
// segment's duration allows.
func TestProgressOfOldAbandonRule(t *testing.T) {
	var p progress
	const first, rate = 4800, 47_000 // bytes with the first event, bytes a second
	for i := 0; i <= 30; i++ {
		since := time.Duration(i) * 50 * time.Millisecond
		mean, counts := p.event(instant(1).Add(since), first+int64(rate*since.Seconds()))
		if counts != (since > 500*time.Millisecond) {
			t.Errorf("after %v the mean counts: %v; want it to from half a second on", since, counts)
		}
		if i > 0 && (mean > 500) != (since < 1200*time.Millisecond) {
			t.Errorf("after %v the mean is %v kbit/s; want more than 500 for 1.2 s", since, mean)
		}
	}
}

// Progress events that are left out would have done nothing: with and without them the
// player asks for the same at the same instants and tells the same.
func TestDashAbandonLooks(t *testing.T) {
	looks, abandoned := [2]int{}, 0
	for seed := range uint64(8) {
		var seen [2]*dashWorld
		for i := range seen {
			rng := rand.New(rand.NewPCG(seed, 1))
			o := &dashOrigin{ladder: []int{200, 900, 3000}, live: seed%2 == 0, timeline: true, tsbd: time.Minute, length: 3 * time.Minute, rtt: 30 * time.Millisecond, kbps: 4000}
			w := newDashWorld(func(r Request, now time.Time) dashAnswer {
				a := o.serve(r, now)
				if r.Kind != qoe.Segment {
					return a
				}
				what := rng.IntN(25)
				if r.Attempt > 1 {
					what = 0
				}
				switch what {
				case 0: // it begins well and is slow then
					a.head, a.took = a.bytes/int64(1+rng.IntN(20)), time.Duration(2+rng.IntN(20))*time.Second
				case 1: // it fails when most of it is there, and is asked for again
					a.status, a.head, a.took = 503, a.bytes*9/10, time.Duration(100+rng.IntN(4000))*time.Millisecond
				case 2:
					a.took *= time.Duration(1 + rng.IntN(8))
				}
				return a
			})
			w.sized, w.prompt, seen[i] = true, i == 1, w
			d := w.play(t, Config{}, dashURL)
			w.run(t, 4*time.Minute)
			d.Stop()
			looks[i] += w.looks
		}
		if !reflect.DeepEqual(seen[0].log, seen[1].log) || !reflect.DeepEqual(seen[0].samples, seen[1].samples) {
			t.Errorf("seed %d: %d requests and %d samples; with every event %d and %d", seed,
				len(seen[1].log), len(seen[1].samples), len(seen[0].log), len(seen[0].samples))
		}
		abandoned += seen[1].aborted
	}
	if looks[1]*4 > looks[0]*3 || abandoned < 20 {
		t.Errorf("%d looks of %d were left at %d requests abandoned; want at most three of four, and at least 20", looks[1], looks[0], abandoned)
	}
}

// What abandonQuiet says of a download holds however slowly the rest of it comes.
func TestAbandonQuiet(t *testing.T) {
	l := rungs(200, 900, 3000)
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64Range(1, 5_000_000).Draw(t, "total")
		loaded := rapid.Int64Range(0, total).Draw(t, "loaded")
		ms, segment := rapid.Float64Range(0, 20_000).Draw(t, "ms"), rapid.Float64Range(0, 12).Draw(t, "segment")
		quiet := abandonQuiet(loaded, total, ms, segment)
		for event := 1; event <= quiet; event++ {
			ms += progressEveryMs
			if got := abandonRule(l, 2, loaded, total, ms, segment, abandonSafety); got != noChange {
				t.Fatalf("rung %d at event %d of %d that should be quiet", got, event, quiet)
			}
			loaded = min(loaded+rapid.Int64Range(0, total/20).Draw(t, "more"), total)
		}
	})
}
