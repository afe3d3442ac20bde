package tune

import "math"

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
		i.Low = solve(func(p float64) float64 { return 1 - binomial(k-1, n, p) }, tail)
	}
	if k < n {
		i.High = solve(func(p float64) float64 { return -binomial(k, n, p) }, -tail)
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

// binomial is the probability of at most k of n.
func binomial(k, n int64, p float64) float64 {
	switch {
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return incomplete(float64(n-k), float64(k+1), 1-p)
}

// incomplete is the regularised incomplete beta function, by its continued fraction
// (Abramowitz and Stegun 26.5.8, evaluated by Lentz's method).
func incomplete(a, b, x float64) float64 {
	if x > (a+1)/(a+b+2) {
		return 1 - incomplete(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const tiny = 1e-300
	c, d, f := 1.0, 0.0, 1.0
	for i := range 2000 {
		m := float64(i / 2)
		t := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			t = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			t = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		d = 1 + t*d
		if math.Abs(d) < tiny {
			d = tiny
		}
		c = 1 + t/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		d = 1 / d
		f *= c * d
		if math.Abs(1-c*d) < 1e-14 {
			break
		}
	}
	return front * (f - 1)
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
