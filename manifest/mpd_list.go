package manifest

import (
	"cmp"
	"strings"

	"github.com/zencoder/go-dash/v3/mpd"
)

// SegmentList (clause 5.3.9.3).

func (b *builder) mergeLists(up above) (timing, []*mpd.SegmentURL, *Error) {
	var m mpd.SegmentList
	for _, l := range up.levels {
		if s := l.list; s != nil {
			m.SegmentTimeline = cmp.Or(s.SegmentTimeline, m.SegmentTimeline)
			m.PresentationTimeOffset = cmp.Or(s.PresentationTimeOffset, m.PresentationTimeOffset)
			m.Duration = cmp.Or(s.Duration, m.Duration)
			m.StartNumber = cmp.Or(s.StartNumber, m.StartNumber)
			m.Timescale = cmp.Or(s.Timescale, m.Timescale)
			if len(s.SegmentURLs) > 0 {
				m.SegmentURLs = s.SegmentURLs
			}
		}
	}
	t := timing{scale: 1, startNumber: 1, duration: int64(deref(m.Duration)), pto: int64(deref(m.PresentationTimeOffset)), timeline: m.SegmentTimeline}
	if m.Timescale != nil {
		t.scale = int64(*m.Timescale)
	}
	if m.StartNumber != nil {
		t.startNumber = int64(*m.StartNumber)
	}
	bad := b.sideTiming(&t, up, func(l *sideLevel) *sideSegment { return l.List })
	return t, m.SegmentURLs, bad
}

// list reads a SegmentList. Its times are a timeline's, or @duration's, or the
// period's when it names a single segment.
func (b *builder) list(r *Rendition, up above) (*Segments, *Error) {
	t, urls, bad := b.mergeLists(up)
	if bad != nil {
		return nil, bad
	}
	a := b.address(r, t, up)
	a.media = pattern{{}}
	if a.init, bad = initOf(t.initialization, up); bad != nil {
		return nil, bad.on(t.line)
	}
	if b.r.listed += len(urls); b.r.listed > maxElements {
		return nil, unsupported(t.line, "SegmentLists of more than %d segments in all", maxElements)
	}
	times, bad := b.listTimes(t, a, len(urls))
	if bad != nil {
		return nil, bad
	}
	segments := make([]Segment, len(urls))
	for i, u := range urls {
		s := times(int64(i))
		if t.timeline == nil {
			s.Number = t.startNumber + int64(i)
		}
		s.Ref.URI = strings.TrimSpace(deref(u.Media))
		if s.Range, bad = parseRange(deref(u.MediaRange)); bad == nil && !resolvable(s.Ref.URI) {
			bad = unsupported(0, "SegmentURL %d cannot be parsed", i+1)
		}
		if bad != nil {
			return nil, bad.on(t.line)
		}
		b.r.doc.refer(t.line, s.Ref.URI)
		segments[i] = s
	}
	return &Segments{track: &listed{segments, a.dvr}, init: a.init, nominal: nominal(segments)}, nil
}

// listTimes is a function that makes the i-th of n segments of a list.
func (b *builder) listTimes(t timing, a address, n int) (func(i int64) Segment, *Error) {
	switch {
	case t.timeline != nil:
		tl, bad := b.timelineOf(t, a)
		if bad == nil && tl.count < int64(n) {
			bad = unsupported(0, "a SegmentList of %d URLs with a timeline of %d segments", n, tl.count)
		}
		if bad != nil {
			return nil, bad.on(t.line)
		}
		return func(i int64) Segment { return tl.segment(tl.first + i) }, nil
	case t.duration > 0:
		if int64(n) > units(maxTime-a.period, a.scale)/t.duration {
			return nil, unsupported(0, "the SegmentList is longer than 100 years")
		}
		return func(i int64) Segment {
			return a.make(a.first+i, a.pto+i*t.duration, a.pto+(i+1)*t.duration)
		}, nil
	case n > 1:
		return nil, unsupported(0, "a SegmentList of %d URLs without @duration or SegmentTimeline", n)
	}
	return func(int64) Segment { return b.one(a, a.ref).Listed()[0] }, nil
}
