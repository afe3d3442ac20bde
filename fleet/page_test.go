package fleet

import (
	"math/rand/v2"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/refresher"
)

// slow is a token API that answers a second after it was called, and notes what it is
// told to stop.
type slow struct {
	loop    *loop.Virtual
	stopped []int
}

func (s *slow) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	timer := s.loop.After(time.Second, func() { done(refresher.Answer{Status: 200 + n}) })
	return func(qoe.Failure) {
		timer.Stop()
		s.stopped = append(s.stopped, n)
	}
}

// A page gives calls up until it has the answer. One whose answer is being handed over
// has ended for the network: there it may be another call by now.
func TestPageGivesCallsUp(t *testing.T) {
	for _, c := range []struct {
		why           string
		after         time.Duration // before the second call is made
		told, stopped int
	}{
		{"on its way", 500 * time.Millisecond, 202, 1},
		{"answered, and being handed over", time.Second + handling/4, 202, 0},
	} {
		world := loop.NewWorld(virtualEpoch)
		l := world.Loop()
		site, pool := &slow{loop: l}, &fetches{}
		v := &viewer{clock: l, fetches: pool, spring: func(part int) *rand.PCG { return spring(1, 1, part) }}
		source, told := &pageSource{site, v}, []int{}
		done := func(a refresher.Answer) { told = append(told, a.Status) }
		cancel := source.Call(1, done)
		l.After(c.after, func() {
			cancel(qoe.TimeoutFailure)
			source.Call(2, done)
		})
		if err := world.Run(t.Context(), virtualEpoch.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0] != c.told || len(site.stopped) != c.stopped {
			t.Errorf("%s: told %v, stopped %v; want one answer of %d and %d stopped", c.why, told, site.stopped, c.told, c.stopped)
		}
		source.Call(3, done)
		source.Call(4, done)
		if err := world.Run(t.Context(), virtualEpoch.Add(2*time.Minute)); err != nil {
			t.Fatal(err)
		}
		if len(told) != 3 || told[1]+told[2] != 203+204 || len(pool.calls) != 2 {
			t.Errorf("%s: then told %v with %d calls to be used anew; want those of calls 3 and 4, and two", c.why, told, len(pool.calls))
		}
	}
}

// What pages are drawn is what rand.Rand draws of the same source.
func TestHandlingIsDrawnAsEver(t *testing.T) {
	from, rng := spring(1, 7, pageStream), stream(1, 7, pageStream)
	for i := range 100_000 {
		if got, want := drawHandling(from), time.Duration(rng.Int64N(int64(handling))); got != want {
			t.Fatalf("the %dth draw is %v; want %v", i, got, want)
		}
	}
}
