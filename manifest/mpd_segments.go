package manifest

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/zencoder/go-dash/v3/mpd"
)

// segments reads a Representation's segment information. The lowest level that
// has any decides of which kind it is; within a kind every attribute is
// inherited by itself (clause 5.3.9.1).
func (b *builder) segments(r *Rendition, up above) (*Segments, *Error) {
	for i := len(up.levels) - 1; i >= 0; i-- {
		switch l := up.levels[i]; {
		case l.template != nil:
			return b.template(r, up)
		case l.list != nil:
			return b.list(r, up)
		case l.base != nil:
			return b.whole(r, up)
		}
	}
	return b.whole(r, up)
}

// timing is the part of segment information that does not name anything.
type timing struct {
	scale, duration, startNumber, pto int64
	endNumber                         int64 // -1 when absent
	timeline                          *mpd.SegmentTimeline
	early                             offset
}

func (t *timing) check() *Error {
	switch {
	case t.scale < 1 || t.scale > 1<<32:
		return unsupported(0, "@timescale %d is out of range", t.scale)
	case t.duration < 0 || t.duration > maxMediaTime || ticks(t.duration, t.scale) >= maxTime:
		return unsupported(0, "@duration %d is out of range", t.duration)
	case t.startNumber < 0 || t.startNumber > maxNumber || t.endNumber > maxNumber:
		return unsupported(0, "@startNumber or @endNumber is out of range")
	case t.pto < 0 || t.pto > maxMediaTime:
		return unsupported(0, "@presentationTimeOffset is out of range")
	}
	return nil
}

// sideTiming takes endNumber and availabilityTimeOffset from the side reading,
// the innermost level's.
func (t *timing) sideTiming(up above, pick func(*sideLevel) *sideSegment) *Error {
	t.endNumber, t.early = -1, up.early
	var end, early string
	for _, l := range up.levels {
		if l.side == nil || pick(l.side) == nil {
			continue
		}
		s := pick(l.side)
		end, early = cmp.Or(s.EndNumber, end), cmp.Or(s.AvailabilityTimeOffset, early)
	}
	if end != "" {
		n, err := strconv.ParseInt(strings.TrimSpace(end), 10, 64)
		if err != nil || n < 0 {
			return unsupported(0, "@endNumber %s is not a number", quote(end))
		}
		t.endNumber = n
	}
	o, bad := parseOffset(early)
	t.early = t.early.plus(o)
	return bad
}

// address is t placed in the period.
func (b *builder) address(t timing, up above) address {
	a := address{
		period: b.period.Start,
		length: b.period.Duration,
		scale:  t.scale,
		pto:    t.pto,
		first:  t.startNumber,
		bases:  up.bases,
	}
	if b.r.dynamic {
		a.dvr = &dvr{epoch: b.r.timing.AvailabilityStart, depth: b.r.timing.TimeShiftBufferDepth, offset: t.early}
	}
	return a
}

// runs reads a timeline once for all who share it.
func (b *builder) runs(t timing) (timelineRuns, *Error) {
	key := timelineKey{t.timeline, -1}
	if b.period.Duration > 0 {
		key.end = saturatingAdd(units(b.period.Duration, t.scale), t.pto)
	}
	if read, ok := b.shared[key]; ok {
		return read, nil
	}
	read, bad := readTimeline(t.timeline.Segments, key.end)
	if bad == nil {
		b.shared[key] = read
	}
	return read, bad
}

// ---- SegmentTemplate

func mergeTemplates(up above) (timing, string, string, *Error) {
	var m mpd.SegmentTemplate
	for _, l := range up.levels {
		if s := l.template; s != nil {
			m.SegmentTimeline = cmp.Or(s.SegmentTimeline, m.SegmentTimeline)
			m.PresentationTimeOffset = cmp.Or(s.PresentationTimeOffset, m.PresentationTimeOffset)
			m.Duration = cmp.Or(s.Duration, m.Duration)
			m.Initialization = cmp.Or(s.Initialization, m.Initialization)
			m.Media = cmp.Or(s.Media, m.Media)
			m.StartNumber = cmp.Or(s.StartNumber, m.StartNumber)
			m.Timescale = cmp.Or(s.Timescale, m.Timescale)
		}
	}
	t := timing{scale: 1, startNumber: 1, duration: deref(m.Duration), pto: int64(deref(m.PresentationTimeOffset)), timeline: m.SegmentTimeline}
	if m.Timescale != nil {
		t.scale = *m.Timescale
	}
	if m.StartNumber != nil {
		t.startNumber = *m.StartNumber
	}
	bad := t.sideTiming(up, func(l *sideLevel) *sideSegment { return l.Template })
	if bad == nil {
		bad = t.check()
	}
	return t, deref(m.Media), deref(m.Initialization), bad
}

func (b *builder) template(r *Rendition, up above) (*Segments, *Error) {
	t, media, initialization, bad := mergeTemplates(up)
	if bad != nil {
		return nil, bad
	}
	if media == "" {
		return nil, unsupported(0, "a SegmentTemplate without @media")
	}
	a := b.address(t, up)
	if a.media, bad = compile(media, r.ID, r.Bandwidth, false); bad != nil {
		return nil, bad
	}
	if initialization != "" {
		p, bad := compile(initialization, r.ID, r.Bandwidth, true)
		if bad != nil {
			return nil, bad
		}
		a.init = &Init{Ref: Ref{Bases: up.bases, URI: p.expand(0, 0)}}
		if !resolvable(a.init.Ref.URI) {
			return nil, unsupported(0, "@initialization cannot be parsed as a URL")
		}
	}
	if !resolvable(a.media.expand(t.startNumber, 0)) {
		return nil, unsupported(0, "@media cannot be parsed as a URL")
	}
	return b.templateTrack(t, a)
}

func (b *builder) templateTrack(t timing, a address) (*Segments, *Error) {
	switch {
	case t.timeline != nil:
		runs, bad := b.runs(t)
		if bad != nil {
			return nil, bad
		}
		tl, bad := newTimeline(a, runs)
		if bad != nil {
			return nil, bad
		}
		s := &Segments{track: tl, init: a.init}
		if tl.count > 0 {
			s.nominal = tl.segment(tl.first).Duration
		}
		return s, nil
	case t.duration > 0:
		c, bad := newComputed(a, t.duration, t.endNumber)
		if bad != nil {
			return nil, bad
		}
		return &Segments{track: c, init: a.init, nominal: ticks(t.duration, t.scale)}, nil
	}
	// Neither: one segment that lasts as long as the period.
	return b.one(a, Ref{Bases: a.bases, URI: a.media.expand(a.first, a.pto)}), nil
}

// one is a track of a single segment that covers the period.
func (b *builder) one(a address, ref Ref) *Segments {
	s := Segment{Number: a.first, Start: b.period.Start, Duration: b.period.Duration, Ref: ref, Init: a.init}
	if a.dvr != nil {
		s.Available = a.dvr.available(s.Start)
	}
	return &Segments{track: &listed{[]Segment{s}, a.dvr}, init: a.init, nominal: s.Duration}
}

// ---- SegmentList

func mergeLists(up above) (timing, []*mpd.SegmentURL, *mpd.URL, *Error) {
	var m mpd.SegmentList
	for _, l := range up.levels {
		if s := l.list; s != nil {
			m.SegmentTimeline = cmp.Or(s.SegmentTimeline, m.SegmentTimeline)
			m.PresentationTimeOffset = cmp.Or(s.PresentationTimeOffset, m.PresentationTimeOffset)
			m.Duration = cmp.Or(s.Duration, m.Duration)
			m.Initialization = cmp.Or(s.Initialization, m.Initialization)
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
	bad := t.sideTiming(up, func(l *sideLevel) *sideSegment { return l.List })
	if bad == nil {
		bad = t.check()
	}
	return t, m.SegmentURLs, m.Initialization, bad
}

// list reads a SegmentList. Its times are a timeline's, or @duration's, or the
// period's when it names a single segment.
func (b *builder) list(r *Rendition, up above) (*Segments, *Error) {
	t, urls, initialization, bad := mergeLists(up)
	if bad != nil {
		return nil, bad
	}
	a := b.address(t, up)
	a.media = pattern{{}}
	if a.init, bad = initOf(initialization, up.bases); bad != nil {
		return nil, bad
	}
	times, bad := b.listTimes(t, a, len(urls))
	if bad != nil {
		return nil, bad
	}
	segments := make([]Segment, len(urls))
	for i, u := range urls {
		s := times(int64(i))
		s.Number = t.startNumber + int64(i)
		s.Ref.URI = strings.TrimSpace(deref(u.Media))
		if s.Range, bad = parseRange(deref(u.MediaRange)); bad == nil && !resolvable(s.Ref.URI) {
			bad = unsupported(0, "SegmentURL %d cannot be parsed", i+1)
		}
		if bad != nil {
			return nil, bad
		}
		segments[i] = s
	}
	return &Segments{track: &listed{segments, a.dvr}, init: a.init, nominal: nominal(segments)}, nil
}

// listTimes is a function that makes the i-th of n segments of a list.
func (b *builder) listTimes(t timing, a address, n int) (func(i int64) Segment, *Error) {
	switch {
	case t.timeline != nil:
		runs, bad := b.runs(t)
		if bad != nil {
			return nil, bad
		}
		tl, bad := newTimeline(a, runs)
		if bad == nil && tl.count < int64(n) {
			bad = unsupported(0, "a SegmentList of %d URLs with a timeline of %d segments", n, tl.count)
		}
		return func(i int64) Segment { return tl.segment(tl.first + i) }, bad
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
	return func(int64) Segment { return b.one(a, Ref{Bases: a.bases}).Listed()[0] }, nil
}

// ---- SegmentBase, or only a BaseURL

// whole is a Representation that is one resource. Its sidx is not read: the
// resource is played as one segment as long as the period.
func (b *builder) whole(r *Rendition, up above) (*Segments, *Error) {
	var initialization *mpd.URL
	t := timing{scale: 1, startNumber: 1}
	for _, l := range up.levels {
		if l.base != nil && l.base.Initialization != nil {
			initialization = l.base.Initialization
		}
	}
	bad := t.sideTiming(up, func(l *sideLevel) *sideSegment { return l.Base })
	if bad != nil {
		return nil, bad
	}
	a := b.address(t, up)
	if a.init, bad = initOf(initialization, up.bases); bad != nil {
		return nil, bad
	}
	b.r.note("Representation %s is one resource whose index is not read: it counts as one segment of %v",
		quote(r.ID), b.period.Duration.Round(time.Millisecond))
	return b.one(a, Ref{Bases: up.bases}), nil
}

func initOf(u *mpd.URL, bases []string) (*Init, *Error) {
	if u == nil {
		return nil, nil
	}
	in := &Init{Ref: Ref{Bases: bases, URI: strings.TrimSpace(deref(u.SourceURL))}}
	var bad *Error
	if in.Range, bad = parseRange(deref(u.Range)); bad == nil && !resolvable(in.Ref.URI) {
		bad = unsupported(0, "Initialization@sourceURL cannot be parsed")
	}
	return in, bad
}

// parseRange reads a byte-range-spec, "0-499" (RFC 9110 section 14.1.2); the
// zero Range when there is none.
func parseRange(text string) (Range, *Error) {
	if text == "" {
		return Range{}, nil
	}
	from, to, ok := strings.Cut(strings.TrimSpace(text), "-")
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if !ok || err1 != nil || err2 != nil || first < 0 || last < first || last > maxMediaTime {
		return Range{}, unsupported(0, "byte range %s is not like 0-499", quote(text))
	}
	return Range{Offset: first, Length: last - first + 1}, nil
}
