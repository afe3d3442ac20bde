package player

import (
	"slices"
	"sort"
	"time"
)

// span is buffered media [start, end) of one bit rate.
type span struct {
	start, end time.Duration
	bitrate    int64 // bits per second
}

// spans is a source buffer: disjoint, in order. Touching spans of one bit rate
// are one span, so an hour at one quality is one element.
type spans []span

// first is the index of the first span that ends after t, which is seldom another
// than the last.
func (s spans) first(t time.Duration) int {
	last := len(s) - 1
	switch {
	case last < 0 || s[last].start > t:
		return s.search(t)
	case s[last].end > t:
		return last
	}
	return last + 1
}

func (s spans) search(t time.Duration) int {
	return sort.Search(len(s), func(i int) bool { return s[i].end > t })
}

// at is the span that holds t.
func (s spans) at(t time.Duration) (span, bool) {
	if i := s.first(t); i < len(s) && s[i].start <= t {
		return s[i], true
	}
	return span{}, false
}

// next is where the first span that starts after t starts.
func (s spans) next(t time.Duration) (time.Duration, bool) {
	if n := len(s); n == 0 || s[n-1].start <= t {
		return 0, false
	}
	i := sort.Search(len(s), func(i int) bool { return s[i].start > t })
	return s[i].start, true
}

// reach is the end of what plays on from t when holes of up to hole are passed
// over; t itself when there is nothing.
func (s spans) reach(t, hole time.Duration) time.Duration {
	if end, ok := s.lastReach(t, hole); ok {
		return end
	}
	return s.reachOver(t, hole)
}

// lastReach is reach where the last span is near or at t, as it nearly always is.
func (s spans) lastReach(t, hole time.Duration) (end time.Duration, ok bool) {
	if last := len(s) - 1; last >= 0 && s[last].start <= t+hole {
		return max(t, s[last].end), true
	}
	return 0, false
}

func (s spans) reachOver(t, hole time.Duration) time.Duration {
	end := t
	for i := s.first(t); i < len(s) && s[i].start <= end+hole; i++ {
		end = s[i].end
	}
	return end
}

// end is the end of the last span.
func (s spans) end() time.Duration {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].end
}

// shorten is behind where only a part of the first span goes, and tells whether it is so.
func (s spans) shorten(t time.Duration) bool {
	if len(s) == 0 || s[0].end <= t {
		return false
	}
	s[0].start = max(s[0].start, t)
	return true
}

// behind takes out what lies before t.
func (s spans) behind(t time.Duration) spans {
	gone := 0
	for gone < len(s) && s[gone].end <= t {
		gone++
	}
	if gone < len(s) {
		s[gone].start = max(s[gone].start, t)
	}
	return slices.Delete(s, 0, gone)
}

// cut removes [from, to).
func (s spans) cut(from, to time.Duration) spans {
	i := s.first(from)
	if from >= to || i == len(s) || s[i].start >= to {
		return s
	}
	j := i
	var ends [2]span
	rest := ends[:0]
	for ; j < len(s) && s[j].start < to; j++ {
		if s[j].start < from {
			rest = append(rest, span{s[j].start, from, s[j].bitrate})
		}
		if s[j].end > to {
			rest = append(rest, span{to, s[j].end, s[j].bitrate})
		}
	}
	return slices.Replace(s, i, j, rest...)
}

// add puts [start, end) in, over whatever was there, as an append to a
// SourceBuffer does.
func (s spans) add(start, end time.Duration, bitrate int64) spans {
	if start >= end || s.extend(start, end, bitrate) {
		return s
	}
	s = s.cut(start, end)
	i := s.first(start)
	if i > 0 && s[i-1].end == start && s[i-1].bitrate == bitrate {
		i--
		s[i].end = end
	} else {
		s = slices.Insert(s, i, span{start, end, bitrate})
	}
	if i+1 < len(s) && s[i+1].start == end && s[i+1].bitrate == bitrate {
		s[i].end = s[i+1].end
		s = slices.Delete(s, i+1, i+2)
	}
	return s
}

// extend is add where the last span just grows, and tells whether it does.
func (s spans) extend(start, end time.Duration, bitrate int64) bool {
	last := len(s) - 1
	if last < 0 || s[last].end != start || s[last].bitrate != bitrate || start >= end {
		return false
	}
	s[last].end = end
	return true
}

// latest is the bit rate of the last span, and whether that has all of [from, to), as it
// nearly always has: weigh comes to as much a second.
func (s spans) latest(from, to time.Duration) (int64, bool) {
	last := len(s) - 1
	if last < 0 || s[last].start > from || s[last].end < to || from >= to {
		return 0, false
	}
	return s[last].bitrate, true
}

// weigh is the integral of bit rate over [from, to): bits, and the time covered.
func (s spans) weigh(from, to time.Duration) (bits float64, covered time.Duration) {
	for i := s.first(from); i < len(s) && s[i].start < to; i++ {
		sp := &s[i]
		d := min(sp.end, to) - max(sp.start, from)
		bits += float64(sp.bitrate) * d.Seconds()
		covered += d
	}
	return bits, covered
}
