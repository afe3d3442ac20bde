package manifest

import (
	"strings"
	"time"
)

// serverControl is EXT-X-SERVER-CONTROL and EXT-X-PART-INF (section 4.4.3.7 and
// 4.4.3.8).
type serverControl struct {
	line, infoLine         int // 0 when the tag is absent
	holdBack, partHoldBack time.Duration
	skipUntil              time.Duration
	skipDateRanges         bool
	blocking               bool
	partTarget             time.Duration
}

func (t *tap) seeServerControl(attr attributes) {
	c := &t.control
	c.line = t.line()
	c.holdBack = t.optionalSeconds("HOLD-BACK", attr)
	c.partHoldBack = t.optionalSeconds("PART-HOLD-BACK", attr)
	c.skipUntil = t.optionalSeconds("CAN-SKIP-UNTIL", attr)
	c.skipDateRanges = attr.yes("CAN-SKIP-DATERANGES")
	c.blocking = attr.yes("CAN-BLOCK-RELOAD")
	if c.skipDateRanges && c.skipUntil == 0 {
		t.find(Illegal, clauseControl, "CAN-SKIP-DATERANGES without CAN-SKIP-UNTIL")
	}
}

func (t *tap) seePartInf(attr attributes) {
	t.control.infoLine = t.line()
	if t.control.partTarget = t.optionalSeconds("PART-TARGET", attr); t.control.partTarget == 0 {
		t.find(Illegal, "RFC 8216bis 4.4.3.7", "EXT-X-PART-INF without PART-TARGET")
	}
}

// seePart is EXT-X-PART. One without URI or DURATION is not a part.
func (t *tap) seePart(attr attributes) {
	uri := attr.get("URI")
	if uri == "" || attr.get("DURATION") == "" || !resolvable(uri) {
		t.find(Illegal, clausePart, "EXT-X-PART without DURATION or a URI that can be parsed: it is not read")
		return
	}
	t.doc.refer(t.line(), uri)
	p := Part{Duration: t.seconds("DURATION", attr.get("DURATION")), Ref: Ref{URI: uri}, Independent: attr.yes("INDEPENDENT"), Gap: attr.yes("GAP")}
	if r := attr.get("BYTERANGE"); r != "" {
		var implicit bool
		if p.Range, implicit = t.byteRange(r); implicit {
			if t.partly.uri != uri {
				t.find(Illegal, clausePart, "EXT-X-PART with a BYTERANGE without an offset, and no range of that resource before it: read from 0")
			}
			p.Range.Offset = t.partly.next(uri)
		}
		t.partly = t.after(uri, p.Range)
	}
	t.next.parts = append(t.next.parts, p)
	t.lintPart(p)
}

func (t *tap) lintPart(p Part) {
	switch {
	case t.control.infoLine == 0:
		t.find(Illegal, "RFC 8216bis 4.4.3.7", "EXT-X-PART without EXT-X-PART-INF")
	case p.Duration > t.control.partTarget+time.Millisecond:
		t.find(Illegal, clausePart, "a part is longer than PART-TARGET")
	}
}

// seeHint is EXT-X-PRELOAD-HINT (section 4.4.5.3).
func (t *tap) seeHint(attr attributes) {
	uri, kind := attr.get("URI"), attr.get("TYPE")
	switch {
	case uri == "" || kind == "" || !resolvable(uri):
		t.find(Illegal, clauseHint, "EXT-X-PRELOAD-HINT without TYPE or a URI that can be parsed: it is not read")
		return
	case kind != "PART" && kind != "MAP":
		t.find(Info, clauseHint, "EXT-X-PRELOAD-HINT of a TYPE that is neither PART nor MAP: it is not read")
		return
	}
	t.doc.refer(t.line(), uri)
	h := Hint{Map: kind == "MAP", Ref: Ref{URI: uri}}
	h.Range.Offset = t.optionalInteger("BYTERANGE-START", attr, clauseHint)
	h.Range.Length = t.optionalInteger("BYTERANGE-LENGTH", attr, clauseHint)
	for _, before := range t.hints {
		if before.Map == h.Map {
			t.find(Illegal, clauseHint, "two EXT-X-PRELOAD-HINT of one TYPE")
		}
	}
	t.hints = append(t.hints, h)
}

func (t *tap) optionalInteger(name string, attr attributes, clause string) int64 {
	if attr.get(name) == "" {
		return 0
	}
	return min(t.integer(name, attr.get(name), clause), maxRange)
}

// seeReport is EXT-X-RENDITION-REPORT (section 4.4.5.4).
func (t *tap) seeReport(attr attributes) {
	r := Report{Playlist: Ref{URI: attr.get("URI")}, Part: -1}
	if r.Playlist.URI == "" || !resolvable(r.Playlist.URI) {
		t.find(Illegal, clauseReport, "EXT-X-RENDITION-REPORT without a URI that can be parsed: it is not read")
		return
	}
	t.doc.refer(t.line(), r.Playlist.URI)
	if hasScheme(r.Playlist.URI) {
		t.find(Illegal, clauseReport, "EXT-X-RENDITION-REPORT URI is not relative")
	}
	if r.Sequence = t.optionalInteger("LAST-MSN", attr, clauseReport); !attr.has("LAST-MSN") {
		t.find(Illegal, clauseReport, "EXT-X-RENDITION-REPORT without LAST-MSN")
	}
	if attr.has("LAST-PART") {
		r.Part = t.optionalInteger("LAST-PART", attr, clauseReport)
	}
	t.timing.Reports = append(t.timing.Reports, r)
}

// seeSkip is EXT-X-SKIP (section 4.4.5.2).
func (t *tap) seeSkip(attr attributes) {
	if len(t.segments) > 0 {
		t.fail("EXT-X-SKIP after the first segment")
	}
	if !attr.has("SKIPPED-SEGMENTS") {
		t.fail("EXT-X-SKIP without SKIPPED-SEGMENTS")
	}
	t.timing.Skipped = t.sequence("SKIPPED-SEGMENTS", attr.get("SKIPPED-SEGMENTS"))
	t.version.need(9, t.line(), "EXT-X-SKIP")
	if attr.has("RECENTLY-REMOVED-DATERANGES") {
		t.version.need(10, t.line(), "RECENTLY-REMOVED-DATERANGES")
		t.timing.RemovedDateRanges = []string{}
		if text := attr.get("RECENTLY-REMOVED-DATERANGES"); text != "" {
			t.timing.RemovedDateRanges = strings.Split(text, "\t")
		}
	}
}

// defaultTarget is what hls.js takes for a target duration that is missing
// (src/loader/level-details.ts).
const defaultTarget = 10 * time.Second

// reload and latency answer for a media playlist what both formats are asked.
func (t *tap) reload() Reload {
	if t.timing.EndList {
		return Reload{}
	}
	target := t.timing.TargetDuration
	if target == 0 {
		target = defaultTarget
	}
	return Reload{
		Live: true, Changed: target, Unchanged: target / 2,
		Blocking: t.control.blocking, SkipUntil: t.control.skipUntil, SkipDateRanges: t.control.skipDateRanges,
	}
}

func (t *tap) latency() Latency {
	c := t.control
	l := Latency{HoldBack: c.holdBack, PartHoldBack: c.partHoldBack, PartTarget: c.partTarget}
	switch {
	case t.timing.EndList:
		return l
	case c.partTarget > 0 && c.partHoldBack > 0:
		l.Target = c.partHoldBack
	case c.holdBack > 0:
		l.Target = c.holdBack
	default:
		l.Target = 3 * min(t.timing.TargetDuration, maxTime/3)
	}
	return l
}
