package tune

import "soak/chance"

// Interval is where a probability lies, with the confidence it was asked for.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Holds tells whether p lies in it.
func (i Interval) Holds(p float64) bool { return i.Low <= p && p <= i.High }

// Wilson is [chance.Wilson].
func Wilson(k, n int, confidence float64) Interval {
	return Interval(chance.Wilson(int64(k), int64(n), confidence))
}
