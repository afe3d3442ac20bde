package tune

import (
	"math"
	"testing"
)

// The bounds that textbooks print.
func TestExactKnown(t *testing.T) {
	for _, row := range []struct {
		k, n int64
		want Interval
		why  string
	}{
		{0, 10, Interval{0, 0.3085}, "none of ten"},
		{10, 10, Interval{0.6915, 1}, "all of ten"},
		{5, 10, Interval{0.1871, 0.8129}, "half of ten"},
		{1, 100, Interval{0.000253, 0.05446}, "one of a hundred"},
		{0, 36_887, Interval{0, 1.0000e-4}, "silence that bounds one in ten thousand"},
		{3, 1_000_000, Interval{6.187e-7, 8.767e-6}, "three in a million, as Poisson has it"},
		{0, 0, Interval{0, 1}, "nothing is known"},
	} {
		got := Exact(row.k, row.n, 0.95)
		if !near(got.Low, row.want.Low) || !near(got.High, row.want.High) {
			t.Errorf("Exact(%d, %d) = %.6g; want %.6g: %s", row.k, row.n, got, row.want, row.why)
		}
	}
}

func near(got, want float64) bool { return math.Abs(got-want) <= 0.001*want+1e-12 }

// Wilson's interval lies within the exact one, or nearly: exact is never the narrower.
func TestExactIsWider(t *testing.T) {
	for _, n := range []int64{4, 64, 1000} {
		for k := int64(1); k < n; k += max(1, n/7) {
			e, w := Exact(k, n, 0.95), Wilson(int(k), int(n), 0.95)
			if e.High-e.Low < (w.High-w.Low)*0.98 {
				t.Errorf("%d of %d: exact %.4g is narrower than Wilson %.4g", k, n, e, w)
			}
		}
	}
}

func TestMeanOf(t *testing.T) {
	value, i := meanOf(4, 20, 110, 0.95) // sd² = (110 − 4·25)/3
	if want := 1.959964 * math.Sqrt(10.0/3/4); value != 5 || !near(i.High-5, want) || !near(5-i.Low, want) {
		t.Errorf("meanOf = %v, %v; want 5 ± %v", value, i, want)
	}
}
