package tune

import "math"

// Interval is where a probability lies, with the confidence it was asked for.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Holds tells whether p lies in it.
func (i Interval) Holds(p float64) bool { return i.Low <= p && p <= i.High }

// Wilson is the score interval for a probability of which k of n tries came true, at a
// confidence such as 0.99 (E. B. Wilson, 1927). It is fair where k is 0 or small, as
// the interval around k/n is not. Without a try it is all from 0 to 1.
func Wilson(k, n int, confidence float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	z := math.Sqrt2 * math.Erfinv(confidence)
	p, tries := float64(k)/float64(n), float64(n)
	middle := (p + z*z/(2*tries)) / (1 + z*z/tries)
	half := z / (1 + z*z/tries) * math.Sqrt(p*(1-p)/tries+z*z/(4*tries*tries))
	return Interval{max(0, middle-half), min(1, middle+half)}
}
