package tune

import (
	"math"

	"soak/chance"
)

// Exact is the interval of Clopper and Pearson (1934) for a probability of which k of
// n tries came true: whatever it is, the interval holds it at least as often as the
// confidence says. Where k is 0 its upper end is the bound that silence allows.
func Exact(k, n int64, confidence float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	tail := (1 - confidence) / 2
	i := Interval{0, 1}
	if k > 0 {
		i.Low = solve(func(p float64) float64 { return 1 - chance.Binomial(k-1, n, p) }, tail)
	}
	if k < n {
		i.High = solve(func(p float64) float64 { return -chance.Binomial(k, n, p) }, -tail)
	}
	return i
}

// solve finds where a rising function of a probability reaches a value.
func solve(f func(float64) float64, value float64) float64 {
	low, high := 0.0, 1.0
	for range 100 {
		if middle := (low + high) / 2; f(middle) < value {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// Mean is a mean of n values and where it lies, from their sum and the sum of their
// squares.
func meanOf(n, sum, squares int64, confidence float64) (value float64, i Interval) {
	if n == 0 {
		return 0, Interval{}
	}
	value = float64(sum) / float64(n)
	if n == 1 {
		return value, Interval{0, math.MaxFloat64}
	}
	variance := max(0, (float64(squares)-float64(n)*value*value)/float64(n-1))
	half := math.Sqrt2 * math.Erfinv(confidence) * math.Sqrt(variance/float64(n))
	return value, Interval{max(0, value-half), value + half}
}
