package manifest

import (
	"cmp"
	"sort"
	"strings"

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
	numbered                          []numberedS // of timeline
	line                              int         // of the innermost element of its kind
	early                             offset
	growing                           bool   // availabilityTimeComplete="false"
	indexRange                        string // SegmentBase
	initialization                    *sideURL
}

func (t *timing) check() *Error {
	switch {
	case t.scale < 1 || t.scale > 1<<32:
		return unsupported(0, "@timescale %d is out of range", t.scale)
	case t.duration < 0 || t.duration > maxMediaTime || ticks(t.duration, t.scale) >= maxTime:
		return unsupported(0, "@duration %d is out of range", t.duration)
	case t.startNumber < 0 || t.startNumber > maxNumber || t.endNumber > maxNumber:
		return unsupported(0, "@startNumber or @endNumber is out of range")
	case t.pto < -maxMediaTime || t.pto > maxMediaTime:
		return unsupported(0, "@presentationTimeOffset is out of range")
	}
	return nil
}

// sideTiming takes from the side reading what go-dash loses, of each the
// innermost level's.
func (b *builder) sideTiming(t *timing, up above, pick func(*sideLevel) *sideSegment) *Error {
	var end, early, complete, pto string
	for _, l := range up.levels {
		if l.side == nil || pick(l.side) == nil {
			continue
		}
		s := pick(l.side)
		t.line = s.Line
		end, early = cmp.Or(s.EndNumber, end), cmp.Or(s.AvailabilityTimeOffset, early)
		complete, pto = cmp.Or(s.AvailabilityComplete, complete), cmp.Or(s.PresentationOffset, pto)
		t.indexRange = cmp.Or(s.IndexRange, t.indexRange)
		t.initialization = cmp.Or(s.Initialization, t.initialization)
		if s.Timeline != nil {
			t.numbered = b.r.numbered[s.Timeline.Offset]
		}
	}
	var bad *Error
	if t.endNumber, bad = optionalInt("@endNumber", end, -1); bad == nil && end != "" && t.endNumber < 0 {
		bad = unsupported(0, "@endNumber %s is not a number", quote(end))
	}
	if bad == nil && strings.HasPrefix(strings.TrimSpace(pto), "-") {
		t.pto, bad = optionalInt("@presentationTimeOffset", pto, 0)
	}
	if bad != nil {
		return bad.on(t.line)
	}
	own, bad := parseOffset(early)
	if bad != nil {
		return bad.on(t.line)
	}
	t.early = up.early().plus(own)
	t.growing = up.growing || strings.TrimSpace(complete) == "false"
	if bad := t.check(); bad != nil {
		return bad.on(t.line)
	}
	return nil
}

// address is t placed in the period.
func (b *builder) address(r *Rendition, t timing, up above) address {
	a := address{
		period: b.period.Start,
		length: b.period.Duration,
		scale:  t.scale,
		pto:    t.pto,
		first:  t.startNumber,
		ref:    up.ref(""),
	}
	if b.r.dynamic {
		a.dvr = &dvr{epoch: b.r.timing.AvailabilityStart, depth: b.r.timing.TimeShiftBufferDepth, offset: t.early}
	}
	if r.Early = t.early.early; t.early.infinite {
		r.Early = maxTime
	}
	r.Chunked = t.growing
	r.ProducerTimes = b.producerTimes(t)
	return a
}

// runs reads a timeline once for all who share it.
func (b *builder) runs(t timing) (numberedRuns, *Error) {
	key := timelineKey{t.timeline, -1, t.startNumber}
	if b.period.Duration > 0 {
		key.end = saturatingAdd(units(b.period.Duration, t.scale), t.pto)
	}
	if read, ok := b.shared[key]; ok {
		return read, nil
	}
	runs, bad := readTimeline(t.timeline.Segments, key.end)
	if bad != nil {
		return numberedRuns{}, bad.on(t.line)
	}
	read := numberedRuns{runs, t.startNumber}
	if bad := read.number(t.numbered); bad != nil {
		return read, bad
	}
	b.shared[key] = read
	b.r.lintTimeline(t, runs)
	return read, nil
}

// number does what S@n says (clause 5.3.9.6.2): the first one moves the start,
// later ones must agree with the count.
func (read *numberedRuns) number(says []numberedS) *Error {
	for _, s := range says {
		at := sort.Search(len(read.runs), func(i int) bool { return read.runs[i].element >= s.index })
		if at == len(read.runs) || read.runs[at].element != s.index {
			continue // an S of no segments
		}
		switch r := read.runs[at]; {
		case r.index == 0:
			read.first = s.n
		case read.first+r.index != s.n:
			return unsupported(s.line, "S@n %d where the segments before count to %d", s.n, read.first+r.index)
		}
	}
	return nil
}

// timelineOf is the track of t's timeline.
func (b *builder) timelineOf(t timing, a address) (*timeline, *Error) {
	read, bad := b.runs(t)
	if bad != nil {
		return nil, bad
	}
	a.first = read.first
	tl, bad := newTimeline(a, read.timelineRuns)
	if bad != nil {
		return nil, bad.on(t.line)
	}
	return tl, nil
}

func (b *builder) mergeTemplates(up above) (timing, string, string, *Error) {
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
	bad := b.sideTiming(&t, up, func(l *sideLevel) *sideSegment { return l.Template })
	return t, deref(m.Media), deref(m.Initialization), bad
}

func (b *builder) template(r *Rendition, up above) (*Segments, *Error) {
	t, media, initialization, bad := b.mergeTemplates(up)
	if bad != nil {
		return nil, bad
	}
	if media == "" {
		return nil, unsupported(t.line, "a SegmentTemplate without @media: there is nothing to fetch")
	}
	a := b.address(r, t, up)
	if a.media, bad = compile(media, r.ID, r.Bandwidth, false); bad != nil {
		return nil, bad
	}
	a.names = new(names)
	if initialization == "" && t.initialization != nil {
		if a.init, bad = initOf(t.initialization, up); bad != nil {
			return nil, bad.on(t.line)
		}
	}
	if initialization != "" {
		p, bad := compile(initialization, r.ID, r.Bandwidth, true)
		if bad != nil {
			return nil, bad
		}
		a.init = &Init{Ref: up.ref(p.expand(0, 0))}
		if strings.Contains(initialization, "$Number") || strings.Contains(initialization, "$Time") {
			b.r.doc.find(Illegal, t.line, clauseTemplate, "$Number$ or $Time$ in @initialization, where they have no meaning: left as they are")
		}
		if !resolvable(a.init.Ref.URI) {
			return nil, unsupported(0, "@initialization cannot be parsed as a URL")
		}
	}
	if !resolvable(a.media.expand(t.startNumber, 0)) {
		return nil, unsupported(t.line, "@media cannot be parsed as a URL")
	}
	if t.pto < 0 && t.timeline == nil && a.media.uses('T') {
		return nil, unsupported(t.line, "@presentationTimeOffset %d is negative, and $Time$ would be", t.pto)
	}
	b.r.doc.refer(t.line, media)
	b.r.doc.refer(t.line, initialization)
	return b.templateTrack(t, a)
}

func (b *builder) templateTrack(t timing, a address) (*Segments, *Error) {
	switch {
	case t.timeline != nil:
		tl, bad := b.timelineOf(t, a)
		if bad != nil {
			return nil, bad
		}
		if t.endNumber >= 0 {
			tl.count = max(0, min(tl.count, t.endNumber-tl.first+1))
		}
		s := &Segments{track: tl, init: a.init}
		if tl.count > 0 {
			s.nominal = tl.segment(tl.first).Duration
		}
		return s, nil
	case t.duration > 0:
		c, bad := newComputed(a, t.duration, t.endNumber)
		if bad != nil {
			return nil, bad.on(t.line)
		}
		return &Segments{track: c, init: a.init, nominal: ticks(t.duration, t.scale)}, nil
	}
	// Neither: one segment that lasts as long as the period.
	ref := a.ref
	ref.URI = a.media.expand(a.first, a.pto)
	return b.one(a, ref), nil
}

// one is a track of a single segment that covers the period.
func (b *builder) one(a address, ref Ref) *Segments {
	s := Segment{Number: a.first, Start: b.period.Start, Duration: b.period.Duration, Ref: ref, Init: a.init}
	if a.dvr != nil {
		s.Available = a.dvr.available(s.Start)
	}
	return &Segments{track: &listed{[]Segment{s}, a.dvr}, init: a.init, nominal: s.Duration}
}
