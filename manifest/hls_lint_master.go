package manifest

import (
	"strconv"
	"strings"
)

// lintMaster looks at a multivariant playlist as a whole.
func lintMaster(d *Document, t *tap) {
	t.version.lint(d)
	groups := lintMedias(d, t)
	lintStreams(d, t, groups)
	for _, m := range t.media {
		if g := groups[groupKey{m.get("TYPE"), m.get("GROUP-ID")}]; !g.used {
			g.used = true
			d.find(Info, m.line, clauseMedia, "%s group %s is used by no variant", clip(m.get("TYPE")), quote(m.get("GROUP-ID")))
		}
	}
	lintPathways(d, t)
}

type groupKey struct{ kind, id string }

// lintedGroup is what must be consistent within one group (section 4.4.6.1.1).
type lintedGroup struct {
	used     bool
	names    map[string]bool
	defaults int
}

func lintMedias(d *Document, t *tap) map[groupKey]*lintedGroup {
	groups := make(map[groupKey]*lintedGroup)
	for _, m := range t.media {
		key := groupKey{m.get("TYPE"), m.get("GROUP-ID")}
		g := groups[key]
		if g == nil {
			g = &lintedGroup{names: make(map[string]bool)}
			groups[key] = g
		}
		if name := m.get("NAME"); g.names[name] {
			d.find(Illegal, m.line, clauseGroups, "two renditions of a group have one NAME")
		} else {
			g.names[name] = true
		}
		if m.yes("DEFAULT") {
			if g.defaults++; g.defaults == 2 {
				d.find(Illegal, m.line, clauseGroups, "a group has more than one DEFAULT rendition")
			}
		}
		lintRendition(d, m)
	}
	return groups
}

// lintRendition looks at one EXT-X-MEDIA.
func lintRendition(d *Document, m tagged) {
	bad := func(s Severity, text string) { d.find(s, m.line, clauseMedia, "%s", text) }
	for _, name := range []string{"TYPE", "GROUP-ID", "NAME"} {
		if m.get(name) == "" {
			bad(Illegal, "EXT-X-MEDIA without "+name)
		}
	}
	if m.yes("DEFAULT") && m.has("AUTOSELECT") && !m.yes("AUTOSELECT") {
		bad(Illegal, "EXT-X-MEDIA with DEFAULT=YES and AUTOSELECT=NO")
	}
	kind := m.get("TYPE")
	if m.has("FORCED") && kind != "SUBTITLES" {
		bad(Illegal, "EXT-X-MEDIA with FORCED that is not for SUBTITLES")
	}
	if m.has("INSTREAM-ID") != (kind == "CLOSED-CAPTIONS") {
		bad(Illegal, "EXT-X-MEDIA: INSTREAM-ID belongs to CLOSED-CAPTIONS, and to nothing else")
	}
	switch kind {
	case "AUDIO":
		if !m.has("CHANNELS") {
			bad(Warning, "EXT-X-MEDIA for AUDIO without CHANNELS")
		}
	case "SUBTITLES":
		if m.get("URI") == "" {
			bad(Illegal, "EXT-X-MEDIA for SUBTITLES without URI")
		}
	case "CLOSED-CAPTIONS":
		if m.has("URI") {
			bad(Illegal, "EXT-X-MEDIA for CLOSED-CAPTIONS with URI")
		}
		if !instream(m.get("INSTREAM-ID")) {
			bad(Illegal, "EXT-X-MEDIA: INSTREAM-ID is not one of CC1 to CC4, SERVICE1 to SERVICE63")
		}
	case "VIDEO", "":
	default:
		bad(Illegal, "EXT-X-MEDIA TYPE is not one of AUDIO, VIDEO, SUBTITLES, CLOSED-CAPTIONS")
	}
}

func instream(id string) bool {
	number, service := strings.CutPrefix(id, "SERVICE")
	limit := 63
	if !service {
		var cc bool
		if number, cc = strings.CutPrefix(id, "CC"); !cc {
			return id == "" // a finding of its own
		}
		limit = 4
	}
	n, err := strconv.Atoi(number)
	return err == nil && n >= 1 && n <= limit
}

// lintStreams looks at the variants, and marks the groups they use.
func lintStreams(d *Document, t *tap, groups map[groupKey]*lintedGroup) {
	renditions := t.doc.Periods[0].Sets[0].Renditions
	type address struct{ uri, audio, video, subtitles, captions, pathway string }
	seen := make(map[address]bool)
	captionless := 0
	for i, v := range t.streams {
		r := &renditions[i]
		lintBandwidth(d, v.line, clauseStream, v.attributes)
		if v.get("CODECS") == "" {
			d.find(Warning, v.line, clauseStream, "a variant without CODECS: players must try it to know whether they can play it")
		}
		if res := v.get("RESOLUTION"); res != "" && (r.Width == 0 || r.Height == 0) {
			d.find(Illegal, v.line, clauseStream, "RESOLUTION is not like 1920x1080")
		}
		if f := v.get("FRAME-RATE"); f != "" && number(f) == 0 {
			d.find(Illegal, v.line, clauseStream, "FRAME-RATE is not a number above 0")
		}
		a := address{r.Playlist.URI, r.Audio, r.Video, r.Subtitles, r.Captions, r.Pathway}
		if seen[a] {
			d.find(Warning, v.line, clauseStream, "two variants with the same URI and groups")
		}
		seen[a] = true
		for _, kind := range []string{"AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS"} {
			lintGroupUse(d, v, kind, groups)
		}
		if v.get("CLOSED-CAPTIONS") == "NONE" {
			captionless++
		}
	}
	if captionless > 0 && captionless < len(t.streams) {
		d.find(Illegal, 0, clauseStream, "CLOSED-CAPTIONS=NONE on some variants only")
	}
}

func lintGroupUse(d *Document, v tagged, kind string, groups map[groupKey]*lintedGroup) {
	id := v.get(kind)
	if id == "" || kind == "CLOSED-CAPTIONS" && id == "NONE" {
		return
	}
	if g := groups[groupKey{kind, id}]; g != nil {
		g.used = true
		return
	}
	d.find(Illegal, v.line, clauseStream, "%s names a group that does not exist", kind)
}

// lintBandwidth looks at the bit rates of a variant or an I-frame playlist.
func lintBandwidth(d *Document, line int, clause string, attr attributes) {
	peak, average := attr.get("BANDWIDTH"), attr.get("AVERAGE-BANDWIDTH")
	switch {
	case peak == "":
		d.find(Illegal, line, clause, "BANDWIDTH is missing")
	case !whole(peak):
		d.find(Illegal, line, clause, "BANDWIDTH is not a whole number")
	case average != "" && !whole(average):
		d.find(Illegal, line, clause, "AVERAGE-BANDWIDTH is not a whole number")
	case average != "" && decimal(average) > decimal(peak):
		d.find(Warning, line, clause, "AVERAGE-BANDWIDTH is above BANDWIDTH")
	}
}

func whole(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// lintPathways holds content steering to what the variants have.
func lintPathways(d *Document, t *tap) {
	if d.Steering == nil {
		return
	}
	known := make(map[string]bool)
	for _, r := range d.Periods[0].Sets[0].Renditions {
		known[r.Pathway] = true
	}
	line := t.text.first["#EXT-X-CONTENT-STEERING"]
	if d.Steering.Pathway != "" && !known[d.Steering.Pathway] {
		d.find(Illegal, line, clauseSteering, "PATHWAY-ID is that of no variant")
	}
	if len(known) == 1 {
		d.find(Info, line, clauseSteering, "content steering with one pathway only")
	}
}
