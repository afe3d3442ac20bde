package manifest

import (
	"strconv"
	"strings"
)

// SegmentBase, or only a BaseURL (clause 5.3.9.2).

// whole is a Representation that is one resource. Until its index is read (see
// [Segments.Indexed]) it is one segment as long as the period.
func (b *builder) whole(r *Rendition, up above) (*Segments, *Error) {
	t := timing{scale: 1, startNumber: 1}
	indexed := false
	for _, l := range up.levels {
		if s := l.base; s != nil {
			indexed = true
			if s.Timescale != nil {
				t.scale = int64(*s.Timescale)
			}
			if s.PresentationTimeOffset != nil {
				t.pto = int64(*s.PresentationTimeOffset)
			}
		}
	}
	bad := b.sideTiming(&t, up, func(l *sideLevel) *sideSegment { return l.Base })
	if bad != nil {
		return nil, bad
	}
	a := b.address(r, t, up)
	if a.init, bad = initOf(t.initialization, up); bad != nil {
		return nil, bad.on(t.line)
	}
	if !indexed {
		return b.one(a, a.ref), nil
	}
	at, bad := parseRange(t.indexRange)
	if bad != nil {
		return nil, bad.on(t.line)
	}
	b.r.doc.find(Info, r.line, clauseSegmentBase, "one resource with an index: until that is read it counts as one segment")
	s := b.one(a, a.ref)
	s.track = &unread{listed: *s.track.(*listed), index: Index{Ref: a.ref, Range: at}, address: a}
	return s, nil
}

func initOf(u *sideURL, up above) (*Init, *Error) {
	if u == nil {
		return nil, nil
	}
	in := &Init{Ref: up.ref(strings.TrimSpace(u.Source))}
	var bad *Error
	if in.Range, bad = parseRange(u.Range); bad == nil && !resolvable(in.Ref.URI) {
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
