package manifest

import (
	"sync"
	"time"
)

// Segments lists or computes the media segments of one rendition. It is
// immutable and safe for concurrent use.
type Segments struct {
	track   track
	init    *Init
	nominal time.Duration

	building *Segment
	hints    []Hint

	once sync.Once
	list []Segment
}

// track is one way of saying which segments there are. Numbers are dense:
// segment(n) exists for every n in bounds.
type track interface {
	bounds() (first, end int64)
	segment(n int64) Segment
	// find is the number of the first segment that ends after t; end of bounds
	// when none does.
	find(t time.Duration) int64
	window(now time.Time) (first, end int64)
	finite() bool // small enough to list
}

// Listed is every segment the manifest lists, in order. It is nil where segments
// are computed, not listed: a DASH @duration template, and a timeline that
// repeats its last entry without end. Do not modify it. A timeline is expanded
// at the first call; Window, Number and At cost less.
func (s *Segments) Listed() []Segment {
	s.once.Do(func() {
		if l, ok := s.track.(*listed); ok {
			s.list = l.segments
			return
		}
		if !s.track.finite() {
			return
		}
		first, end := s.track.bounds()
		s.list = make([]Segment, 0, end-first)
		for n := first; n < end; n++ {
			s.list = append(s.list, s.track.segment(n))
		}
	})
	return s.list
}

// Init is the DASH rendition's initialization segment; nil when there is none,
// and for HLS, where it stands on the segment.
func (s *Segments) Init() *Init { return s.init }

// Nominal is the usual duration of a segment: the template's @duration, else
// that of the first segment listed. Zero when nothing is listed.
func (s *Segments) Nominal() time.Duration { return s.nominal }

// Building is the segment that the server is still making: its Number, Start, the
// Parts there are, their sum as Duration, and no Ref. Nil when there are no parts
// behind the last segment.
func (s *Segments) Building() *Segment { return s.building }

// Hints are what a low-latency server says will be next.
func (s *Segments) Hints() []Hint { return s.hints }

// Window is the range of numbers that can be fetched at now, first <= n < end;
// first == end when there is nothing yet, or nothing any more.
//
// For HLS and static MPDs it is everything. For dynamic MPDs it runs from the
// first segment that reaches into the time-shift buffer to the last one complete
// on the server (ISO/IEC 23009-1 clause 5.3.9.5.3):
//
//	available(n) = availabilityStart + period start + end of n − availabilityTimeOffset
//
// An infinite availabilityTimeOffset counts as none here, because nothing past
// the live edge is worth playing. Segments that a timeline or list still lists
// after they have all left the time-shift buffer are the window then: the
// server's list is better evidence than its clock.
func (s *Segments) Window(now time.Time) (first, end int64) { return s.track.window(now) }

// Number is segment n, also when it is not available yet (see
// [Segment.Available]); false when the manifest has no such segment.
func (s *Segments) Number(n int64) (Segment, bool) {
	first, end := s.track.bounds()
	if n < first || n >= end {
		return Segment{}, false
	}
	return s.track.segment(n), true
}

// At is the segment that contains presentation time t, or the next one when t
// falls into a hole or before the first; false past the end. For an open-ended
// live template it is never past the end: see [Segment.Available].
func (s *Segments) At(t time.Duration) (Segment, bool) { return s.Number(s.track.find(clamp(t))) }
