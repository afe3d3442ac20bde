package chance

import "math"

// Interval is where a value lies, with the confidence that it was asked for.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// normal is how many standard deviations hold the confidence.
func normal(confidence float64) float64 { return math.Sqrt2 * math.Erfinv(confidence) }

// Wilson is the score interval for a probability of which k of n tries came true, at a
// confidence such as 0.99 (E. B. Wilson, 1927). It is fair where k is 0 or small, as
// the interval around k/n is not. Without a try it is all from 0 to 1.
func Wilson(k, n int64, confidence float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	z := normal(confidence)
	p, tries := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*tries)) / (1 + z*z/tries)
	half := z / (1 + z*z/tries) * math.Sqrt(p*(1-p)/tries+z*z/(4*tries*tries))
	return Interval{max(0, middle-half), min(1, middle+half)}
}

// Ranks are the least and the greatest rank, counted from 1, between which the q-quantile
// of what n values were drawn from lies: order statistics, whatever the distribution
// (H. A. David and H. N. Nagaraja, Order Statistics, 7.1). Rank 0 is below all values
// and n+1 above them: so few do not bound it there.
func Ranks(n int64, q, confidence float64) (low, high int64) {
	tail := (1 - confidence) / 2
	// P(at least low values lie below the quantile) must be 1 - tail at least.
	low = search(n, func(k int64) bool { return Binomial(k, n, q) > tail })
	high = search(n, func(k int64) bool { return Binomial(k, n, q) >= 1-tail }) + 1
	return low, high
}

// search is the least k from 0 to n for which rises holds.
func search(n int64, rises func(k int64) bool) int64 {
	low, high := int64(0), n
	for low < high {
		if middle := low + (high-low)/2; rises(middle) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return low
}

// Mean is where the mean lies of what n values were drawn from, by their sum and the
// sum of their squares (Student, 1908). Of fewer than two nothing is known.
func Mean(n int64, sum, squares, confidence float64) (mean float64, i Interval) {
	if n == 0 {
		return 0, Interval{math.Inf(-1), math.Inf(1)}
	}
	mean = sum / float64(n)
	if n == 1 {
		return mean, Interval{math.Inf(-1), math.Inf(1)}
	}
	half := quantileT(float64(n-1), confidence) * math.Sqrt(variance(n, sum, squares)/float64(n))
	return mean, Interval{mean - half, mean + half}
}

func variance(n int64, sum, squares float64) float64 {
	return max(0, (squares-sum*sum/float64(n))/float64(n-1))
}

// quantileT is the t that holds the confidence.
func quantileT(freedom, confidence float64) float64 {
	low, high := 0.0, 1e6
	for range 80 {
		if middle := (low + high) / 2; 1-Student(middle, freedom) < confidence {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}

// Difference is where b - a lies, given where each of the two does (the method of
// variance estimates recovery; of Wilson's intervals it is R. G. Newcombe's, 1998,
// method 10).
func Difference(a float64, ia Interval, b float64, ib Interval) Interval {
	return Interval{
		b - a - math.Hypot(b-ib.Low, ia.High-a),
		b - a + math.Hypot(ib.High-b, a-ia.Low),
	}
}
