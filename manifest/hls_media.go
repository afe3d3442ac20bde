package manifest

import (
	"math"
	"strings"
	"time"

	"github.com/grafov/m3u8"

	"soak/qoe"
)

// parseHLS reads a playlist; marked tells that a byte order mark was in front.
func parseHLS(body string, marked bool, s scope) (*Document, *Error) {
	doc := &Document{Format: HLS}
	text, bad := normalize(doc, body, s)
	if bad != nil {
		return nil, bad
	}
	lintBody(doc, body, marked)
	t := &tap{doc: doc, text: &text, segments: make([]tapped, 0, text.items)}
	t.timing.delta = unseen
	if text.vars != nil {
		t.version.need(8, text.first["#EXT-X-DEFINE"], "EXT-X-DEFINE")
	}
	if text.media {
		return parseMedia(text, t)
	}
	return parseMaster(text, t)
}

// line is the original number of the i-th line of text, 1-based.
func (h hlsText) line(i int) int {
	if i < 1 || i > len(h.numbers) {
		return 0
	}
	return int(h.numbers[i-1])
}

// parseMedia reads a media playlist (RFC 8216bis section 4.4.3). The decoder
// gives URIs, durations, maps and dates; the tap gives the rest.
func parseMedia(text hlsText, t *tap) (*Document, *Error) {
	list, err := m3u8.NewMediaPlaylist(0, uint(text.items)+1)
	if err != nil {
		return nil, unsupported(0, "%v", err)
	}
	decoded := t.seeAll()
	if t.bad != nil {
		return nil, t.bad
	}
	if err := list.DecodeFrom(strings.NewReader(decoded), false); err != nil {
		return nil, unsupported(0, "%v", err)
	}
	if int(list.Count()) != len(t.segments) {
		return nil, unsupported(0, "its segments cannot be told apart (%d or %d)", list.Count(), len(t.segments))
	}
	t.timing.MediaSequence += t.timing.Skipped
	segments, init, bad := mediaSegments(list.Segments[:list.Count()], t)
	if bad != nil {
		return nil, bad
	}
	building, bad := t.building(segments, init)
	if bad != nil {
		return nil, bad
	}
	carryDates(segments, building)
	return mediaDocument(segments, building, t), nil
}

// seeAll sees all lines of a media playlist, and returns those that the decoder is asked
// about. It takes longer over the numbers in a header than over all else.
func (t *tap) seeAll() string {
	var decoded strings.Builder
	decoded.Grow(len(t.text.text))
	for line := range strings.SplitSeq(t.text.text, "\n") {
		line = strings.TrimSpace(line)
		if t.lines++; t.bad == nil {
			t.see(line)
		}
		if !strings.HasPrefix(line, "#") || strings.HasPrefix(line, "#EXTINF:") ||
			strings.HasPrefix(line, "#EXT-X-MAP:") || strings.HasPrefix(line, "#EXT-X-PROGRAM-DATE-TIME:") {
			if decoded.Len() > 0 { // and none at the end: it panics on a blank line
				decoded.WriteByte('\n')
			}
			decoded.WriteString(line)
		}
	}
	return decoded.String()
}

func mediaDocument(segments []Segment, building *Segment, t *tap) *Document {
	timing := t.timing
	timing.HoldBack, timing.PartHoldBack = t.control.holdBack, t.control.partHoldBack
	doc := t.doc
	doc.Media, doc.Live, doc.HLS = true, !timing.EndList, &timing
	doc.Reload, doc.Latency = t.reload(), t.latency()
	lintMedia(doc, t, segments)
	doc.Periods = []Period{mediaPeriod(segments, building, t.hints, doc.Live)}
	if timing.Skipped > 0 {
		doc.find(Info, 0, "RFC 8216bis 4.4.5.2", "a delta update (EXT-X-SKIP): the skipped segments are not listed")
	}
	return doc
}

func mediaPeriod(segments []Segment, building *Segment, hints []Hint, live bool) Period {
	period := Period{Sets: []Set{{Media: qoe.Video, Renditions: []Rendition{{
		Segments: &Segments{track: &listed{segments: segments}, nominal: nominal(segments), building: building, hints: hints},
	}}}}}
	if n := len(segments); n > 0 && !live {
		period.Duration = segments[n-1].End()
	}
	return period
}

// mediaSegments also returns the initialization segment in force at the end.
func mediaSegments(from []*m3u8.MediaSegment, t *tap) ([]Segment, *Init, *Error) {
	segments := make([]Segment, len(from))
	var start time.Duration
	var init *Init
	for i, s := range from {
		share := &t.segments[i]
		if s.Map != nil {
			init = &Init{Ref: Ref{URI: s.Map.URI}, Range: Range{Offset: s.Map.Offset, Length: s.Map.Limit}, Keys: share.mapKeys, early: share.mapEarly}
		}
		segments[i] = Segment{
			Number:          t.timing.MediaSequence + int64(i),
			Start:           start,
			Duration:        time.Duration(math.Round(min(s.Duration, maxTime.Seconds()) * 1e9)),
			Ref:             Ref{URI: s.URI, plain: plainName(s.URI)},
			Range:           share.bytes,
			Init:            init,
			Keys:            share.keys,
			Discontinuity:   t.timing.DiscontinuitySequence + share.discontinuity,
			ProgramDateTime: s.ProgramDateTime,
			Gap:             share.gap,
			Bitrate:         share.bitrate,
		}
		segments[i].setParts(share.parts)
		if start = segments[i].End(); start >= maxTime {
			return nil, nil, unsupported(share.line, "the playlist is longer than 100 years")
		}
		if !resolvable(s.URI) {
			return nil, nil, unsupported(share.line, "segment %d has a URI that cannot be parsed", i+1)
		}
	}
	return segments, init, nil
}

// setParts lays parts one after the other from the segment's start.
func (s *Segment) setParts(parts []Part) {
	at := s.Start
	for i := range parts {
		parts[i].Start = at
		at = min(at+parts[i].Duration, maxTime)
	}
	s.Parts = parts
}

// building is the segment whose parts stand behind the last segment; nil when
// there are none.
func (t *tap) building(segments []Segment, init *Init) (*Segment, *Error) {
	if len(t.next.parts) == 0 {
		return nil, nil
	}
	b := &Segment{
		Number:        t.timing.MediaSequence + int64(len(segments)),
		Init:          init,
		Keys:          t.keys,
		Discontinuity: t.timing.DiscontinuitySequence + t.next.discontinuity,
		Gap:           t.next.gap,
		Bitrate:       t.bitrate,
	}
	if t.maps != nil {
		b.Init = t.maps
	}
	if n := len(segments); n > 0 {
		b.Start = segments[n-1].End()
	}
	if t.date != "" {
		b.ProgramDateTime, _ = parseDate(t.date) // what is none was a finding
	}
	b.setParts(t.next.parts)
	last := b.Parts[len(b.Parts)-1]
	if b.Duration = last.Start + last.Duration - b.Start; b.End() >= maxTime {
		return nil, unsupported(0, "the playlist is longer than 100 years")
	}
	return b, nil
}

// carryDates gives every segment a date once one has it: forward to the next
// EXT-X-PROGRAM-DATE-TIME, and backward from the first (RFC 8216bis section
// 4.4.4.6; hls.js: assignProgramDateTime, backfillProgramDateTimes).
func carryDates(segments []Segment, building *Segment) {
	first := len(segments)
	for i := range segments {
		s := &segments[i]
		switch {
		case !s.ProgramDateTime.IsZero():
			first = min(first, i)
		case i > first:
			s.ProgramDateTime = segments[i-1].ProgramDateTime.Add(segments[i-1].Duration)
		}
	}
	if building != nil && building.ProgramDateTime.IsZero() && first < len(segments) {
		last := &segments[len(segments)-1]
		building.ProgramDateTime = last.ProgramDateTime.Add(last.Duration)
	}
	if first == len(segments) {
		return
	}
	for i := first - 1; i >= 0; i-- {
		segments[i].ProgramDateTime = segments[i+1].ProgramDateTime.Add(-segments[i].Duration)
	}
}
