package manifest

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grafov/m3u8"
)

// tap sees every line the decoder sees, in order, and keeps what the decoder
// loses: each tag with the segment it belongs to. It is the decoder's official
// hook: a custom decoder with an empty tag name.
type tap struct {
	lines int // seen so far
	at    func(line int) int
	bad   *Error // the first

	timing HLSTiming
	start  *StartPoint
	parts  bool // EXT-X-PART seen

	segments []tapped
	next     tapped // what is known of the segment to come
	keys     []Key  // in force
	mapKeys  []Key  // in force at the last EXT-X-MAP
	rangeURI string // resource of the last byte range
	rangeEnd int64
	implicit bool // next.bytes has no offset

	streams []map[string]string // attributes of EXT-X-STREAM-INF
	media   []map[string]string // attributes of EXT-X-MEDIA
}

// tapped is one segment's share.
type tapped struct {
	bytes         Range
	keys, mapKeys []Key
	gap           bool
	discontinuity int64 // EXT-X-DISCONTINUITY tags up to here
}

// The decoder's interfaces: m3u8.CustomDecoder and m3u8.CustomTag. A nil tag
// would make it panic.
func (t *tap) TagName() string       { return "" }
func (t *tap) SegmentTag() bool      { return false }
func (t *tap) Encode() *bytes.Buffer { return nil }
func (t *tap) String() string        { return "" }
func (t *tap) Decode(line string) (m3u8.CustomTag, error) {
	t.lines++
	if t.bad == nil {
		t.see(line)
	}
	return t, nil
}

func (t *tap) fail(format string, args ...any) {
	if t.bad == nil {
		t.bad = unsupported(t.at(t.lines), format, args...)
	}
}

func (t *tap) see(line string) {
	if line == "" {
		return
	}
	if line[0] != '#' {
		t.seeURI(line)
		return
	}
	name, value, _ := strings.Cut(line, ":")
	switch name {
	case "#EXT-X-TARGETDURATION":
		t.timing.TargetDuration = t.seconds(name, value)
	case "#EXT-X-MEDIA-SEQUENCE":
		t.timing.MediaSequence = t.sequence(name, value)
	case "#EXT-X-DISCONTINUITY-SEQUENCE":
		t.timing.DiscontinuitySequence = t.sequence(name, value)
	case "#EXT-X-DISCONTINUITY":
		t.next.discontinuity++
	case "#EXT-X-PLAYLIST-TYPE":
		t.timing.VOD = value == "VOD"
	case "#EXT-X-ENDLIST":
		t.timing.EndList = true
	case "#EXT-X-BYTERANGE":
		t.next.bytes, t.implicit = t.byteRange(value)
	case "#EXT-X-GAP":
		t.next.gap = true
	case "#EXT-X-PART":
		t.parts = true
	default:
		t.seeAttributes(name, value)
	}
}

// seeAttributes is for tags with an attribute list.
func (t *tap) seeAttributes(name, value string) {
	switch name {
	case "#EXT-X-KEY":
		t.seeKey(m3u8.DecodeAttributeList(value))
	case "#EXT-X-MAP":
		t.mapKeys = t.keys
		if r := m3u8.DecodeAttributeList(value)["BYTERANGE"]; r != "" {
			t.byteRange(r)
		}
	case "#EXT-X-START":
		t.seeStart(m3u8.DecodeAttributeList(value))
	case "#EXT-X-SERVER-CONTROL":
		attr := m3u8.DecodeAttributeList(value)
		t.timing.HoldBack = t.optionalSeconds("HOLD-BACK", attr)
		t.timing.PartHoldBack = t.optionalSeconds("PART-HOLD-BACK", attr)
	case "#EXT-X-SKIP":
		t.timing.Skipped = t.sequence("SKIPPED-SEGMENTS", m3u8.DecodeAttributeList(value)["SKIPPED-SEGMENTS"])
		if len(t.segments) > 0 {
			t.fail("EXT-X-SKIP after the first segment")
		}
	case "#EXT-X-STREAM-INF":
		t.streams = append(t.streams, m3u8.DecodeAttributeList(value))
	case "#EXT-X-MEDIA":
		t.media = append(t.media, m3u8.DecodeAttributeList(value))
	}
}

// seeURI closes a segment. In a multivariant playlist nobody reads the result.
func (t *tap) seeURI(uri string) {
	s := t.next
	s.keys, s.mapKeys = t.keys, t.mapKeys
	if t.implicit {
		// RFC 8216 section 4.3.2.2: it begins where the range before it ended,
		// in the same resource.
		if uri == t.rangeURI {
			s.bytes.Offset = t.rangeEnd
		}
		t.implicit = false
	}
	if s.bytes != (Range{}) {
		t.rangeURI, t.rangeEnd = uri, s.bytes.Offset+s.bytes.Length
	}
	t.segments = append(t.segments, s)
	t.next = tapped{discontinuity: s.discontinuity}
}

// seeKey keeps all keys in force (RFC 8216 section 4.3.2.4): a key holds until
// one of the same KEYFORMAT, or until METHOD=NONE, which ends all (hls.js:
// m3u8-parser.ts).
func (t *tap) seeKey(attr map[string]string) {
	key := Key{Method: attr["METHOD"], Ref: Ref{URI: attr["URI"]}, Format: attr["KEYFORMAT"], IV: attr["IV"]}
	switch {
	case key.Method == "":
		t.fail("EXT-X-KEY without METHOD")
		return
	case key.Method == "NONE":
		t.keys = nil
		return
	case key.Ref.URI == "":
		t.fail("EXT-X-KEY without URI")
		return
	}
	if !resolvable(key.Ref.URI) {
		t.fail("EXT-X-KEY with a URI that cannot be parsed")
	}
	if key.Format == "" {
		key.Format = "identity"
	}
	// Segments seen before share the old slice.
	t.keys = slices.DeleteFunc(slices.Clone(t.keys), func(k Key) bool { return k.Format == key.Format })
	t.keys = append(t.keys, key)
}

func (t *tap) seeStart(attr map[string]string) {
	v, err := strconv.ParseFloat(attr["TIME-OFFSET"], 64)
	if err != nil || math.Abs(v) > maxTime.Seconds() || math.IsNaN(v) {
		t.fail("EXT-X-START TIME-OFFSET %s is not a number of seconds", quote(attr["TIME-OFFSET"]))
		return
	}
	t.start = &StartPoint{Offset: time.Duration(math.Round(v * 1e9)), Precise: attr["PRECISE"] == "YES"}
}

func (t *tap) byteRange(value string) (r Range, implicit bool) {
	length, from, hasOffset := strings.Cut(value, "@")
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err == nil && hasOffset {
		r.Offset, err = strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	}
	if r.Length = n; err != nil || n < 0 || r.Offset < 0 || r.Offset > math.MaxInt64/4 || n > math.MaxInt64/4 {
		t.fail("byte range %s is not like 1000@2000", quote(value))
		return Range{}, false
	}
	return r, !hasOffset
}

// sequence reads a decimal-integer; like hls.js it takes nonsense for 0.
func (t *tap) sequence(name, value string) int64 {
	if len(t.segments) > 0 {
		t.fail("%s after the first segment", strings.TrimPrefix(name, "#"))
	}
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	if n > maxNumber {
		t.fail("%s is out of range", strings.TrimPrefix(name, "#"))
	}
	return n
}

func (t *tap) optionalSeconds(name string, attr map[string]string) time.Duration {
	if attr[name] == "" {
		return 0
	}
	return t.seconds(name, attr[name])
}

func (t *tap) seconds(name, value string) time.Duration {
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxTime.Seconds() {
		t.fail("%s %s is not a length of time", strings.TrimPrefix(name, "#"), quote(value))
		return 0
	}
	return time.Duration(math.Round(v * 1e9))
}
