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

// tap sees every line in order, and keeps what the decoder loses: each tag with the
// segment it belongs to. In multivariant playlists it is the decoder's official hook: a
// custom decoder with an empty tag name.
type tap struct {
	doc   *Document
	text  *hlsText
	lines int    // seen so far
	bad   *Error // the first

	timing  HLSTiming
	control serverControl
	version version

	segments []tapped
	next     tapped // what is known of the segment to come
	keys     []Key  // in force
	mapKeys  []Key  // in force at the last EXT-X-MAP
	mapEarly bool   // that stands before any EXT-X-KEY
	maps     *Init  // the last EXT-X-MAP, when no segment has followed it yet
	date     string // the last EXT-X-PROGRAM-DATE-TIME, when no segment has followed it yet
	bitrate  int64  // in force
	ranges   ranges // of segments
	partly   ranges // of parts
	implicit bool   // next.bytes has no offset
	hints    []Hint
	ranged   map[string]int // date ranges by ID

	master  Master
	streams []tagged // EXT-X-STREAM-INF
	media   []tagged // EXT-X-MEDIA
}

// tagged is the attribute list of a tag, and the line it stands on.
type tagged struct {
	attributes
	line int
}

// tapped is one segment's share.
type tapped struct {
	line          int
	bytes         Range
	keys, mapKeys []Key
	mapEarly      bool
	gap           bool
	discontinuity int64 // EXT-X-DISCONTINUITY tags up to here
	bitrate       int64
	parts         []Part
}

// ranges remembers where the last byte range ended: the next one without an
// offset goes on from there, in the same resource (section 4.4.4.2).
type ranges struct {
	uri string
	end int64
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

// line is the original number of the line seen last.
func (t *tap) line() int { return t.text.line(t.lines) }

func (t *tap) fail(format string, args ...any) {
	if t.bad == nil {
		t.bad = unsupported(t.line(), format, args...)
	}
}

func (t *tap) find(s Severity, clause, format string, args ...any) {
	t.doc.find(s, t.line(), clause, format, args...)
}

func (t *tap) see(line string) {
	switch {
	case line == "":
	case line[0] != '#':
		t.seeURI(line)
	default:
		name, value, _ := strings.Cut(line, ":")
		t.seeTag(name, value)
	}
}

func (t *tap) seeTag(name, value string) {
	switch name {
	case "#EXTINF":
		if strings.Contains(value, ".") {
			t.version.need(3, t.line(), "a decimal EXTINF")
		}
	case "#EXT-X-VERSION":
		t.version.declared = t.integer("EXT-X-VERSION", value, clauseVersion)
	case "#EXT-X-TARGETDURATION":
		t.timing.TargetDuration = t.seconds(name, value)
	case "#EXT-X-MEDIA-SEQUENCE":
		t.timing.MediaSequence = t.sequence(name, value)
	case "#EXT-X-DISCONTINUITY-SEQUENCE":
		t.timing.DiscontinuitySequence = t.sequence(name, value)
	case "#EXT-X-DISCONTINUITY":
		t.next.discontinuity++
	case "#EXT-X-PLAYLIST-TYPE":
		t.seeType(value)
	case "#EXT-X-ENDLIST":
		t.timing.EndList = true
	case "#EXT-X-I-FRAMES-ONLY":
		t.timing.IFramesOnly = true
		t.version.need(4, t.line(), "EXT-X-I-FRAMES-ONLY")
	case "#EXT-X-BYTERANGE":
		t.next.bytes, t.implicit = t.byteRange(value)
		t.version.need(4, t.line(), "EXT-X-BYTERANGE")
	case "#EXT-X-GAP":
		t.next.gap = true
		t.version.need(8, t.line(), "EXT-X-GAP")
	case "#EXT-X-BITRATE":
		t.seeBitrate(value)
	case "#EXT-X-PROGRAM-DATE-TIME":
		t.date = value
		t.lintDate(value)
	default:
		t.seeAttributes(name, value)
	}
}

func (t *tap) seeType(value string) {
	t.timing.VOD, t.timing.Event = value == "VOD", value == "EVENT"
	if !t.timing.VOD && !t.timing.Event {
		t.find(Illegal, "RFC 8216bis 4.4.3.5", "EXT-X-PLAYLIST-TYPE is neither EVENT nor VOD")
	}
}

// seeBitrate is EXT-X-BITRATE: kilobits per second of all segments to come that
// have no byte range (section 4.4.4.8).
func (t *tap) seeBitrate(value string) {
	t.timing.delta.seen(&t.timing.delta.bitrates, len(t.segments))
	t.bitrate = min(t.integer("EXT-X-BITRATE", value, "RFC 8216bis 4.4.4.8"), maxNumber/1000) * 1000
}

// seeAttributes is for tags with an attribute list.
func (t *tap) seeAttributes(name, value string) {
	see := t.attributed(name)
	if see == nil {
		return
	}
	attr, fault := parseAttributes(value)
	if fault != "" {
		t.find(Illegal, "RFC 8216bis 4.2", "%s has %s", name[1:], fault)
	}
	see(attr)
}

// attributed is what to do with a tag; nil when there is nothing to do.
func (t *tap) attributed(name string) func(attributes) {
	switch name {
	case "#EXT-X-KEY":
		return t.seeKey
	case "#EXT-X-MAP":
		return t.seeMap
	case "#EXT-X-PART":
		return t.seePart
	case "#EXT-X-PRELOAD-HINT":
		return t.seeHint
	case "#EXT-X-RENDITION-REPORT":
		return t.seeReport
	case "#EXT-X-DATERANGE":
		return t.seeDateRange
	case "#EXT-X-START":
		return t.seeStart
	case "#EXT-X-SERVER-CONTROL":
		return t.seeServerControl
	case "#EXT-X-PART-INF":
		return t.seePartInf
	case "#EXT-X-SKIP":
		return t.seeSkip
	case "#EXT-X-STREAM-INF":
		return func(a attributes) { t.streams = append(t.streams, tagged{a, t.line()}) }
	case "#EXT-X-MEDIA":
		return func(a attributes) { t.media = append(t.media, tagged{a, t.line()}) }
	case "#EXT-X-SESSION-KEY":
		return t.seeSessionKey
	case "#EXT-X-SESSION-DATA":
		return t.seeSessionData
	case "#EXT-X-CONTENT-STEERING":
		return t.seeSteering
	}
	return nil
}

// seeURI closes a segment. In a multivariant playlist nobody reads the result.
func (t *tap) seeURI(uri string) {
	t.doc.refer(t.line(), uri)
	s := t.next
	s.line = t.line()
	s.keys, s.mapKeys, s.mapEarly = t.keys, t.mapKeys, t.mapEarly
	if s.bytes == (Range{}) {
		s.bitrate = t.bitrate
	}
	if t.implicit {
		first := len(t.segments) == 0 || t.timing.delta.floating == len(t.segments)
		if t.ranges.uri != uri && t.timing.Skipped == 0 {
			t.find(Illegal, "RFC 8216bis 4.4.4.2", "EXT-X-BYTERANGE without an offset, and no range of that resource before it: read from 0")
		}
		if first && (len(t.segments) == 0 || t.ranges.uri == uri) {
			t.timing.delta.floating++
		}
		s.bytes.Offset = t.ranges.next(uri)
		t.implicit = false
	}
	if s.bytes != (Range{}) {
		t.ranges = t.after(uri, s.bytes)
	}
	t.segments = append(t.segments, s)
	t.next = tapped{discontinuity: s.discontinuity}
	t.maps, t.date = nil, ""
}

// maxRange bounds the offset and the length of byte ranges, so that adding them
// cannot overflow.
const maxRange = math.MaxInt64 / 4

// after is where a range without an offset would begin behind r.
func (t *tap) after(uri string, r Range) ranges {
	if r.Offset > maxRange {
		t.fail("byte ranges add up to more than any resource has")
	}
	return ranges{uri, r.Offset + r.Length}
}

// next is where a range of uri without an offset begins.
func (r ranges) next(uri string) int64 {
	if uri == r.uri {
		return r.end
	}
	return 0
}

// seeKey keeps all keys in force (section 4.4.4.4): a key holds until one of the
// same KEYFORMAT, or until METHOD=NONE, which ends all (hls.js: m3u8-parser.ts).
func (t *tap) seeKey(attr attributes) {
	t.timing.delta.seen(&t.timing.delta.keys, len(t.segments))
	if attr.get("METHOD") == "NONE" {
		t.keys = nil
		return
	}
	key, ok := t.key("EXT-X-KEY", attr)
	if !ok {
		return
	}
	// Segments seen before share the old slice.
	t.keys = slices.DeleteFunc(slices.Clone(t.keys), func(k Key) bool { return k.Format == key.Format })
	t.keys = append(t.keys, key)
}

// key reads the attributes that EXT-X-KEY and EXT-X-SESSION-KEY share.
func (t *tap) key(tag string, attr attributes) (Key, bool) {
	key := Key{Method: attr.get("METHOD"), Ref: Ref{URI: attr.get("URI")}, Format: attr.get("KEYFORMAT"), Versions: attr.get("KEYFORMATVERSIONS"), IV: attr.get("IV")}
	switch {
	case key.Method == "":
		t.fail("%s without METHOD", tag)
		return key, false
	case key.Ref.URI == "":
		t.fail("%s without URI", tag)
		return key, false
	case !resolvable(key.Ref.URI):
		t.fail("%s with a URI that cannot be parsed", tag)
		return key, false
	}
	t.doc.refer(t.line(), key.Ref.URI)
	if attr.has("KEYFORMAT") || attr.has("KEYFORMATVERSIONS") || key.Method == "SAMPLE-AES" {
		t.version.need(5, t.line(), "KEYFORMAT or SAMPLE-AES")
	}
	if key.Format == "" {
		key.Format = "identity"
	}
	t.lintKey(key)
	return key, true
}

// seeMap remembers the map for the segment that is still being made; the
// decoder gives it to the others.
func (t *tap) seeMap(attr attributes) {
	t.timing.delta.seen(&t.timing.delta.maps, len(t.segments))
	t.mapKeys = t.keys
	t.maps = &Init{Ref: Ref{URI: attr.get("URI")}, Keys: t.keys, early: t.timing.delta.keys == never}
	t.mapEarly = t.maps.early
	if r := attr.get("BYTERANGE"); r != "" {
		t.maps.Range, _ = t.byteRange(r)
	}
	if t.maps.Ref.URI == "" || !resolvable(t.maps.Ref.URI) {
		t.fail("EXT-X-MAP without a URI that can be parsed")
	}
	t.doc.refer(t.line(), t.maps.Ref.URI)
	if t.text.first["#EXT-X-I-FRAMES-ONLY"] == 0 {
		t.version.need(6, t.line(), "EXT-X-MAP")
	} else {
		t.version.need(5, t.line(), "EXT-X-MAP")
	}
}

func (t *tap) seeStart(attr attributes) {
	v, err := strconv.ParseFloat(attr.get("TIME-OFFSET"), 64)
	if err != nil || math.Abs(v) > maxTime.Seconds() || math.IsNaN(v) {
		t.fail("EXT-X-START TIME-OFFSET %s is not a number of seconds", quote(attr.get("TIME-OFFSET")))
		return
	}
	t.doc.Start = &StartPoint{Offset: time.Duration(math.Round(v * 1e9)), Precise: attr.yes("PRECISE")}
}

func (t *tap) byteRange(value string) (r Range, implicit bool) {
	length, from, hasOffset := strings.Cut(value, "@")
	n, err := strconv.ParseInt(strings.TrimSpace(length), 10, 64)
	if err == nil && hasOffset {
		r.Offset, err = strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	}
	if r.Length = n; err != nil || n < 0 || r.Offset < 0 || r.Offset > maxRange || n > maxRange {
		t.fail("byte range %s is not like 1000@2000", quote(value))
		return Range{}, false
	}
	return r, !hasOffset
}

// sequence reads a decimal-integer; like hls.js it takes nonsense for 0.
func (t *tap) sequence(name, value string) int64 {
	name = strings.TrimPrefix(name, "#")
	if len(t.segments) > 0 {
		t.fail("%s after the first segment", name)
	}
	n := t.integer(name, value, clauseTags)
	if n > maxNumber {
		t.fail("%s is out of range", name)
	}
	return n
}

// integer reads a decimal-integer; what is none is 0 and a finding.
func (t *tap) integer(name, value, clause string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		t.find(Illegal, clause, "%s is not a whole number", name)
		return max(0, decimal(value))
	}
	return n
}

func (t *tap) optionalSeconds(name string, attr attributes) time.Duration {
	if attr.get(name) == "" {
		return 0
	}
	return t.seconds(name, attr.get(name))
}

func (t *tap) seconds(name, value string) time.Duration {
	d, ok := seconds(value)
	if !ok {
		t.fail("%s %s is not a length of time", strings.TrimPrefix(name, "#"), quote(value))
	}
	return d
}

// seconds reads a decimal-floating-point as a length of time; false when it is
// none, or longer than [maxTime].
func seconds(text string) (time.Duration, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxTime.Seconds() {
		return 0, false
	}
	return time.Duration(math.Round(v * 1e9)), true
}
