package tune

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestWilsonKnown(t *testing.T) {
	for _, row := range []struct {
		k, n       int
		confidence float64
		want       Interval
		why        string
	}{
		{0, 0, 0.95, Interval{0, 1}, "nothing is known"},
		{0, 100, 0.95, Interval{0, 0.03699}, "none of a hundred: z²/(n+z²) at most"},
		{100, 100, 0.95, Interval{0.96301, 1}, "the same from above"},
		{50, 100, 0.95, Interval{0.40383, 0.59617}, "half, symmetric"},
		{10, 1000, 0.99, Interval{0.00453, 0.02193}, "a rare event"},
	} {
		got := Wilson(row.k, row.n, row.confidence)
		if math.Abs(got.Low-row.want.Low) > 1e-4 || math.Abs(got.High-row.want.High) > 1e-4 {
			t.Errorf("%s: %.5f, want %.5f", row.why, got, row.want)
		}
	}
}

// An interval of 95 % holds the truth about that often.
func TestWilsonCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, p := range []float64{0.01, 0.1, 0.5} {
		held := 0
		const trials, tries = 2000, 500
		for range trials {
			k := 0
			for range tries {
				if rng.Float64() < p {
					k++
				}
			}
			if Wilson(k, tries, 0.95).Holds(p) {
				held++
			}
		}
		if share := float64(held) / trials; share < 0.93 || share > 0.975 {
			t.Errorf("p %v: %.3f of the intervals hold it", p, share)
		}
	}
}
