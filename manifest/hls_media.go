package manifest

import (
	"math"
	"strings"
	"time"

	"github.com/grafov/m3u8"

	"soak/qoe"
)

func parseHLS(body string) (*Document, *Error) {
	text, bad := normalize(body)
	if bad != nil {
		return nil, bad
	}
	t := &tap{at: text.line, segments: make([]tapped, 0, text.items)}
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

// parseMedia reads a media playlist (RFC 8216 section 4.3.3). The decoder gives
// URIs, durations, maps and dates; the tap gives the rest.
func parseMedia(text hlsText, t *tap) (*Document, *Error) {
	list, err := m3u8.NewMediaPlaylist(0, uint(text.items)+1)
	if err != nil {
		return nil, unsupported(0, "%v", err)
	}
	list.WithCustomDecoders([]m3u8.CustomDecoder{t})
	if err := list.DecodeFrom(strings.NewReader(text.text), false); err != nil {
		return nil, unsupported(0, "%v", err)
	}
	if t.bad != nil {
		return nil, t.bad
	}
	if int(list.Count()) != len(t.segments) {
		return nil, unsupported(0, "its segments cannot be told apart (%d or %d)", list.Count(), len(t.segments))
	}
	t.timing.MediaSequence += t.timing.Skipped
	segments, bad := mediaSegments(list.Segments[:list.Count()], t)
	if bad != nil {
		return nil, bad
	}
	return mediaDocument(segments, t), nil
}

func mediaDocument(segments []Segment, t *tap) *Document {
	timing := t.timing
	doc := &Document{Format: HLS, Media: true, Live: !timing.EndList, HLS: &timing, Start: t.start}
	period := Period{Sets: []Set{{Media: qoe.Video, Renditions: []Rendition{{
		Segments: &Segments{track: &listed{segments: segments}, nominal: nominal(segments)},
	}}}}}
	if n := len(segments); n > 0 && !doc.Live {
		period.Duration = segments[n-1].End()
	}
	doc.Periods = []Period{period}
	if t.parts {
		doc.find(Info, 0, "RFC 8216bis 4.4.4.9", "low-latency parts (EXT-X-PART) are not played, only whole segments")
	}
	if timing.Skipped > 0 {
		doc.find(Info, 0, "RFC 8216bis 4.4.5.2", "a delta update (EXT-X-SKIP): the skipped segments are not listed")
	}
	return doc
}

func mediaSegments(from []*m3u8.MediaSegment, t *tap) ([]Segment, *Error) {
	segments := make([]Segment, len(from))
	var start time.Duration
	var init *Init
	for i, s := range from {
		share := t.segments[i]
		if s.Map != nil {
			init = &Init{Ref: Ref{URI: s.Map.URI}, Range: Range{Offset: s.Map.Offset, Length: s.Map.Limit}, Keys: share.mapKeys}
			if s.Map.URI == "" || !resolvable(s.Map.URI) {
				return nil, unsupported(0, "segment %d: EXT-X-MAP without a URI that can be parsed", i+1)
			}
		}
		segments[i] = Segment{
			Number:          t.timing.MediaSequence + int64(i),
			Start:           start,
			Duration:        time.Duration(math.Round(min(s.Duration, maxTime.Seconds()) * 1e9)),
			Ref:             Ref{URI: s.URI},
			Range:           share.bytes,
			Init:            init,
			Keys:            share.keys,
			Discontinuity:   t.timing.DiscontinuitySequence + share.discontinuity,
			ProgramDateTime: s.ProgramDateTime,
			Gap:             share.gap,
		}
		if start = segments[i].End(); start >= maxTime {
			return nil, unsupported(0, "segment %d: the playlist is longer than 100 years", i+1)
		}
		if !resolvable(s.URI) {
			return nil, unsupported(0, "segment %d has a URI that cannot be parsed", i+1)
		}
	}
	carryDates(segments)
	return segments, nil
}

// carryDates gives every segment a date once one has it: forward to the next
// EXT-X-PROGRAM-DATE-TIME, and backward from the first (RFC 8216 section 4.3.2.6;
// hls.js: assignProgramDateTime, backfillProgramDateTimes).
func carryDates(segments []Segment) {
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
	if first == len(segments) {
		return
	}
	for i := first - 1; i >= 0; i-- {
		segments[i].ProgramDateTime = segments[i+1].ProgramDateTime.Add(-segments[i].Duration)
	}
}
