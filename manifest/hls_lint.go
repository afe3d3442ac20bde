package manifest

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The clauses of RFC 8216bis (draft-pantos-hls-rfc8216bis) that more than one
// finding cites.
const (
	clausePlaylist = "RFC 8216bis 4.1"
	clauseTags     = "RFC 8216bis 4.4.3"
	clauseVersion  = "RFC 8216bis 7"
	clauseDefine   = "RFC 8216bis 4.4.2.3"
	clauseTarget   = "RFC 8216bis 4.4.3.1"
	clauseControl  = "RFC 8216bis 4.4.3.8"
	clauseInfo     = "RFC 8216bis 4.4.4.1"
	clauseKey      = "RFC 8216bis 4.4.4.4"
	clauseDate     = "RFC 8216bis 4.4.4.6"
	clausePart     = "RFC 8216bis 4.4.4.9"
	clauseDates    = "RFC 8216bis 4.4.5.1"
	clauseHint     = "RFC 8216bis 4.4.5.3"
	clauseReport   = "RFC 8216bis 4.4.5.4"
	clauseMedia    = "RFC 8216bis 4.4.6.1"
	clauseGroups   = "RFC 8216bis 4.4.6.1.1"
	clauseStream   = "RFC 8216bis 4.4.6.2"
	clauseData     = "RFC 8216bis 4.4.6.4"
	clauseSteering = "RFC 8216bis 4.4.6.6"
	clauseLive     = "RFC 8216bis 6.2.2"
)

// version is what a playlist declares and the most that its features need
// (section 7).
type version struct {
	declared int64
	needed   int64
	line     int
	feature  string
}

func (v *version) need(n int64, line int, feature string) {
	if n > v.needed {
		*v = version{v.declared, n, line, feature}
	}
}

func (v *version) lint(d *Document) {
	if max(v.declared, 1) < v.needed {
		d.find(Illegal, v.line, clauseVersion, "%s needs EXT-X-VERSION %d; the playlist says %d", v.feature, v.needed, max(v.declared, 1))
	}
}

// lintBody looks at the bytes.
func lintBody(d *Document, body string, marked bool) {
	if marked {
		d.find(Illegal, 1, clausePlaylist, "a byte order mark")
	}
	if !utf8.ValidString(body) {
		d.find(Illegal, lineWhere(body, func(s string) bool { return !utf8.ValidString(s) }), clausePlaylist, "not UTF-8")
	}
	if strings.IndexByte(body, 0) >= 0 {
		d.find(Illegal, lineWhere(body, func(s string) bool { return strings.IndexByte(s, 0) >= 0 }), clausePlaylist, "a control character")
	}
}

// lineWhere is the number of the first line that satisfies bad.
func lineWhere(body string, bad func(string) bool) int {
	n := 0
	for line := range strings.SplitSeq(body, "\n") {
		if n++; bad(line) {
			return n
		}
	}
	return 0
}

// lintTag looks at where a tag stands and how often.
func (n *normalizer) lintTag(number int, name, value string) {
	first := n.first[name]
	if first == 0 {
		n.first[name] = number
	}
	tag, known := hlsTags[name]
	switch {
	case first > 0 && tag&onceTag != 0:
		n.doc.find(Illegal, number, onceClause(name), "%s more than once", name[1:])
	case n.media && tag&masterTag != 0:
		n.doc.find(Illegal, number, "RFC 8216bis 4.4", "%s in a media playlist", name[1:])
	case !n.media && tag&mediaTag != 0:
		n.doc.find(Illegal, number, "RFC 8216bis 4.4", "%s in a multivariant playlist", name[1:])
	case first == 0 && !known:
		n.doc.find(Info, number, clausePlaylist, "%s is not in the specification", clip(name[1:]))
	case value != "" && tag&bareTag != 0:
		n.doc.find(Illegal, number, clausePlaylist, "%s takes no value", name[1:])
	}
}

// clip shows a name that the manifest wrote: short, and only when it can be
// neither a token nor break a line.
func clip(name string) string {
	if len(name) > 60 || strings.Trim(name, letters+"0123456789-_.:") != "" {
		return fmt.Sprintf("(%d characters)", len(name))
	}
	return name
}

func onceClause(name string) string {
	switch name {
	case "#EXTM3U":
		return "RFC 8216bis 4.4.1.1"
	case "#EXT-X-VERSION":
		return "RFC 8216bis 4.4.1.2"
	case "#EXT-X-INDEPENDENT-SEGMENTS", "#EXT-X-START":
		return "RFC 8216bis 4.4.2"
	case "#EXT-X-SKIP":
		return "RFC 8216bis 4.4.5.2"
	case "#EXT-X-CONTENT-STEERING":
		return clauseSteering
	}
	return clauseTags
}

func (t *tap) lintKey(k Key) {
	switch {
	case k.Method != "AES-128" && k.Method != "SAMPLE-AES" && k.Method != "SAMPLE-AES-CTR":
		t.find(Warning, clauseKey, "METHOD is not one of AES-128, SAMPLE-AES, SAMPLE-AES-CTR: older players cannot decrypt it")
	case k.IV != "" && (!hexadecimal(k.IV) || len(k.IV) != 34):
		t.find(Illegal, clauseKey, "IV is not a hexadecimal sequence of 128 bits")
	case k.IV == "" && k.Method == "AES-128":
		t.find(Info, clauseKey, "no IV: segments are decrypted with their media sequence number, which must then never be wrong")
	}
	if k.IV != "" {
		t.version.need(2, t.line(), "IV")
	}
	if k.Format == "identity" && strings.HasPrefix(k.Ref.URI, "http://") {
		t.find(Warning, clauseKey, "the key is fetched without TLS")
	}
}

// lintMedia looks at a media playlist as a whole.
func lintMedia(d *Document, t *tap, segments []Segment) {
	t.version.lint(d)
	lintDurations(d, t, segments)
	lintWindow(d, t, segments)
	lintDrift(d, t, segments)
	lintStart(d, t, segments)
	lintLowLatency(d, t)
	if len(t.timing.DateRanges) > 0 && t.text.first["#EXT-X-PROGRAM-DATE-TIME"] == 0 && t.timing.Skipped == 0 {
		d.find(Illegal, t.text.first["#EXT-X-DATERANGE"], clauseDates, "EXT-X-DATERANGE without EXT-X-PROGRAM-DATE-TIME: nothing says where in the media it is")
	}
}

func lintDurations(d *Document, t *tap, segments []Segment) {
	target := t.timing.TargetDuration
	line := t.text.first["#EXT-X-TARGETDURATION"]
	if line == 0 {
		d.find(Illegal, 0, clauseTarget, "EXT-X-TARGETDURATION is missing: nothing says how often to reload")
		return
	}
	if target == 0 {
		d.find(Illegal, line, clauseTarget, "target duration 0")
	}
	if target%time.Second != 0 {
		d.find(Illegal, line, clauseTarget, "the target duration is not a whole number of seconds")
	}
	for i, s := range segments {
		if s.Duration.Round(time.Second) > target {
			d.find(Illegal, t.segments[i].line, clauseTarget, "EXTINF is longer than the target duration of %v", target)
		}
	}
}

// lintWindow is for live playlists that move.
func lintWindow(d *Document, t *tap, segments []Segment) {
	timing := &t.timing
	if timing.VOD && !timing.EndList {
		d.find(Warning, t.text.first["#EXT-X-PLAYLIST-TYPE"], "RFC 8216bis 4.4.3.5", "a VOD playlist without EXT-X-ENDLIST: players reload it for ever")
	}
	if timing.EndList || timing.VOD || timing.Event || timing.Skipped > 0 || timing.MediaSequence == 0 {
		return
	}
	var length time.Duration
	for _, s := range segments {
		length += s.Duration
	}
	if length < 3*timing.TargetDuration {
		d.find(Illegal, 0, clauseLive, "the window is shorter than three target durations")
	}
	if t.text.first["#EXT-X-DISCONTINUITY"] > 0 && t.text.first["#EXT-X-DISCONTINUITY-SEQUENCE"] == 0 {
		d.find(Warning, t.text.first["#EXT-X-DISCONTINUITY"], clauseLive, "discontinuities in a moving window without EXT-X-DISCONTINUITY-SEQUENCE: renditions cannot be aligned once one has left")
	}
}

// lintDrift compares given dates with what the durations add up to.
func lintDrift(d *Document, t *tap, segments []Segment) {
	for i := 1; i < len(segments); i++ {
		a, b := &segments[i-1], &segments[i]
		if a.ProgramDateTime.IsZero() || b.Discontinuity != a.Discontinuity || a.Gap || b.Gap {
			continue
		}
		if off := b.ProgramDateTime.Sub(a.ProgramDateTime) - a.Duration; off.Abs() > max(t.timing.TargetDuration, time.Second) {
			d.find(Warning, t.segments[i].line, clauseDate, "the date jumps by more than a target duration without a discontinuity")
		}
	}
}

func lintStart(d *Document, t *tap, segments []Segment) {
	if d.Start == nil || len(segments) == 0 || t.timing.Skipped > 0 {
		return
	}
	line, length, offset := t.text.first["#EXT-X-START"], segments[len(segments)-1].End(), d.Start.Offset
	switch {
	case offset.Abs() > length:
		d.find(Warning, line, "RFC 8216bis 4.4.2.2", "EXT-X-START lies outside the playlist")
	case d.Live && (offset < 0 && -offset < 3*t.timing.TargetDuration || offset >= 0 && length-offset < 3*t.timing.TargetDuration):
		d.find(Warning, line, "RFC 8216bis 4.4.2.2", "EXT-X-START is within three target durations of the end of a live playlist")
	}
}

// lintLowLatency checks the distances that EXT-X-SERVER-CONTROL promises.
func lintLowLatency(d *Document, t *tap) {
	c, target := t.control, t.timing.TargetDuration
	if c.holdBack > 0 && c.holdBack < 3*target {
		d.find(Illegal, c.line, clauseControl, "HOLD-BACK is less than three target durations")
	}
	if c.skipUntil > 0 && c.skipUntil < 6*target {
		d.find(Illegal, c.line, clauseControl, "CAN-SKIP-UNTIL is less than six target durations")
	}
	if c.infoLine == 0 {
		return
	}
	switch {
	case c.partHoldBack == 0:
		d.find(Illegal, max(c.line, c.infoLine), clauseControl, "PART-HOLD-BACK is missing although there are parts")
	case c.partHoldBack < 2*c.partTarget:
		d.find(Illegal, c.line, clauseControl, "PART-HOLD-BACK is less than twice PART-TARGET")
	case c.partHoldBack < 3*c.partTarget:
		d.find(Warning, c.line, clauseControl, "PART-HOLD-BACK is less than three times PART-TARGET")
	}
	if c.partTarget > target {
		d.find(Illegal, c.infoLine, "RFC 8216bis 4.4.3.7", "PART-TARGET is longer than the target duration")
	}
	if !c.blocking && !t.timing.EndList {
		d.find(Warning, max(c.line, c.infoLine), "RFC 8216bis B.1", "parts without CAN-BLOCK-RELOAD: players that poll come too late for them")
	}
	if len(t.hints) == 0 && !t.timing.EndList {
		d.find(Warning, 0, "RFC 8216bis B.1", "parts without EXT-X-PRELOAD-HINT")
	}
}
