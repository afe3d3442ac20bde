package manifest

import "time"

// Segments lists or computes the media segments of one rendition. It is immutable.
type Segments struct {
	list []Segment // ascending by Number and by Start
	init *Init
}

// Listed is every segment the manifest lists, in order; nil for a DASH @duration
// template, whose segments are computed. Do not modify it.
func (s *Segments) Listed() []Segment { return s.list }

// Init is the DASH rendition's initialization segment; nil for HLS, where it
// stands on the segment.
func (s *Segments) Init() *Init { return s.init }

// Nominal is the usual duration of a segment: the template's @duration, else the
// first listed segment's. Zero when nothing is listed.
func (s *Segments) Nominal() time.Duration {
	if len(s.list) == 0 {
		return 0
	}
	return s.list[0].Duration
}

// Window is the range of numbers that can be fetched at now: first <= n < end.
// It is empty when first == end.
func (s *Segments) Window(now time.Time) (first, end int64) {
	if len(s.list) == 0 {
		return 0, 0
	}
	return s.list[0].Number, s.list[len(s.list)-1].Number + 1
}

// Number is segment n.
func (s *Segments) Number(n int64) (Segment, bool) {
	if len(s.list) == 0 {
		return Segment{}, false
	}
	i := n - s.list[0].Number
	if i < 0 || i >= int64(len(s.list)) {
		return Segment{}, false
	}
	return s.list[i], true
}

// At is the segment that contains presentation time t, or the next one when t
// falls into a hole; false past the end.
func (s *Segments) At(t time.Duration) (Segment, bool) {
	for _, seg := range s.list {
		if seg.End() > t {
			return seg, true
		}
	}
	return Segment{}, false
}
