package chance

import "math"

// Binomial is the probability that at most k of n come true.
func Binomial(k, n int64, p float64) float64 {
	switch {
	case k < 0:
		return 0
	case k >= n || p <= 0:
		return 1
	case p >= 1:
		return 0
	}
	return Beta(float64(n-k), float64(k+1), 1-p)
}

// Beta is the regularised incomplete beta function, by its continued fraction
// (Abramowitz and Stegun 26.5.8, evaluated by Lentz's method).
func Beta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - Beta(b, a, 1-x)
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

// Student is the probability that a t of so many degrees of freedom lies at least that
// far from 0, either way (Abramowitz and Stegun 26.7.1).
func Student(t, freedom float64) float64 {
	if math.IsInf(t, 0) {
		return 0
	}
	return Beta(freedom/2, 0.5, freedom/(freedom+t*t))
}
