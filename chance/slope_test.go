package chance

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestSlope(t *testing.T) {
	inf := math.Inf(1)
	for _, row := range []struct {
		xs, ys []float64
		slope  float64
		within Interval
		why    string
	}{
		{[]float64{10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5}, []float64{8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68}, 0.5001, Interval{0.2334, 0.7668}, "Anscombe's first: standard error 0.1179, t of nine degrees 2.262"},
		{[]float64{1, 2, 3, 4}, []float64{5, 7, 9, 11}, 2, Interval{2, 2}, "a line without a doubt"},
		{[]float64{1, 2, 3, 4}, []float64{5, 5, 5, 5}, 0, Interval{0, 0}, "what does not move does not grow"},
		{[]float64{1, 2}, []float64{5, 7}, 2, Interval{-inf, inf}, "a line goes through any two points"},
		{[]float64{3, 3, 3}, []float64{5, 7, 9}, 0, Interval{-inf, inf}, "all at one time"},
		{nil, nil, 0, Interval{-inf, inf}, "nothing at all"},
	} {
		slope, within := Slope(row.xs, row.ys, 0.95)
		if !near(slope, row.slope) || !near(within.Low, row.within.Low) && within.Low != row.within.Low || !near(within.High, row.within.High) && within.High != row.within.High {
			t.Errorf("Slope(%v, %v) = %.4f, %.4f; want %v, %v: %s", row.xs, row.ys, slope, within, row.slope, row.within, row.why)
		}
	}
}

// Of points around a line the interval holds its slope as often as it says.
func TestSlopesLieWithin(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const rounds, rises = 4000, 0.7
	within := 0
	for range rounds {
		var xs, ys []float64
		for x := range 12 {
			xs, ys = append(xs, float64(x)), append(ys, 30+rises*float64(x)+4*rng.NormFloat64())
		}
		if _, i := Slope(xs, ys, 0.95); i.Low <= rises && rises <= i.High {
			within++
		}
	}
	if share := float64(within) / rounds; math.Abs(share-0.95) > 0.01 {
		t.Errorf("of %d intervals %.1f %% hold the slope; want 95 %%", rounds, 100*share)
	}
}
