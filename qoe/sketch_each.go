package qoe

// Each tells the durations of a sketch in ascending order, in seconds within
// [Accuracy], and how many there are of each.
func (s *Sketch) Each(tell func(seconds float64, n int64)) {
	say := func(micros float64, n int64) {
		tell(min(max(micros, float64(s.min)), float64(s.max))/1e6, n)
	}
	for i := len(s.under.counts) - 1; i >= 0; i-- {
		if n := s.under.counts[i]; n > 0 {
			say(-logarithmic.Value(s.under.first+i), n)
		}
	}
	if s.zero > 0 {
		tell(0, s.zero)
	}
	for i, n := range s.over.counts {
		if n > 0 {
			say(logarithmic.Value(s.over.first+i), n)
		}
	}
}
