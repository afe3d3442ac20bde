package manifest

import (
	"math"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"

	"soak/qoe"
)

// parseMaster reads a multivariant playlist (RFC 8216bis section 4.4.6). The
// decoder gives the variants; numbers it may spoil (BANDWIDTH is 32 bits there),
// attributes it does not know and renditions come from the tap.
func parseMaster(text hlsText, t *tap) (*Document, *Error) {
	list := m3u8.NewMasterPlaylist()
	list.WithCustomDecoders([]m3u8.CustomDecoder{t})
	if err := list.DecodeFrom(strings.NewReader(text.text), false); err != nil {
		return nil, unsupported(0, "%v", err)
	}
	if t.bad != nil {
		return nil, t.bad
	}
	if len(list.Variants) != len(t.streams) {
		return nil, unsupported(0, "its variants cannot be told apart (%d or %d)", len(list.Variants), len(t.streams))
	}
	if len(list.Variants) == 0 {
		return nil, unsupported(0, "a multivariant playlist without a variant")
	}
	variants := Set{Media: qoe.Video, Renditions: make([]Rendition, len(list.Variants))}
	for i, v := range list.Variants {
		r, bad := variant(i, v, t.streams[i])
		if bad != nil {
			return nil, bad
		}
		variants.Renditions[i] = r
	}
	sets, bad := mediaGroups(t)
	if bad != nil {
		return nil, bad
	}
	sets = append([]Set{variants}, sets...)
	if trick := iframeSet(t); len(trick.Renditions) > 0 {
		sets = append(sets, trick)
	}
	t.master.Variables = text.vars
	t.doc.Master = &t.master
	t.doc.Periods = []Period{{Sets: sets}}
	lintMaster(t.doc, t)
	return t.doc, nil
}

func variant(i int, v *m3u8.Variant, attr tagged) (Rendition, *Error) {
	r := stream(i, attr.attributes)
	r.Name, r.Codecs, r.Audio, r.Subtitles, r.Playlist = v.Name, v.Codecs, v.Audio, v.Subtitles, Ref{URI: v.URI}
	r.Captions = attr.get("CLOSED-CAPTIONS")
	if r.FrameRate = v.FrameRate; math.IsNaN(r.FrameRate) || math.IsInf(r.FrameRate, 0) || r.FrameRate < 0 {
		r.FrameRate = 0
	}
	r.Width, r.Height = resolution(v.Resolution)
	if !resolvable(v.URI) {
		return Rendition{}, unsupported(attr.line, "variant %d has a URI that cannot be parsed", i+1)
	}
	return r, nil
}

// stream is what EXT-X-STREAM-INF and EXT-X-I-FRAME-STREAM-INF share.
func stream(i int, attr attributes) Rendition {
	r := Rendition{
		ID:               strconv.Itoa(i),
		Bandwidth:        decimal(attr.get("BANDWIDTH")),
		AverageBandwidth: decimal(attr.get("AVERAGE-BANDWIDTH")),
		Video:            attr.get("VIDEO"),
		StableID:         attr.get("STABLE-VARIANT-ID"),
		Pathway:          attr.get("PATHWAY-ID"),
		Score:            number(attr.get("SCORE")),
		VideoRange:       attr.get("VIDEO-RANGE"),
		HDCP:             attr.get("HDCP-LEVEL"),
		Supplemental:     attr.get("SUPPLEMENTAL-CODECS"),
	}
	if r.AverageBandwidth == 0 {
		r.AverageBandwidth = r.Bandwidth
	}
	if r.Bandwidth == 0 {
		r.Bandwidth = r.AverageBandwidth // hls.js: level.bitrate
	}
	if r.Pathway == "" {
		r.Pathway = "." // section 4.4.6.2
	}
	return r
}

// iframeSet holds the I-frame playlists: for scrubbing, not for playback.
func iframeSet(t *tap) Set {
	set := Set{ID: "I-FRAMES", Media: qoe.Video, Trick: true}
	for i, tag := range t.text.iframes {
		attr, fault := parseAttributes(tag.text)
		if fault != "" {
			t.doc.find(Illegal, tag.line, "RFC 8216bis 4.2", "EXT-X-I-FRAME-STREAM-INF has %s", fault)
		}
		uri := attr.get("URI")
		if uri == "" || !resolvable(uri) {
			t.doc.find(Illegal, tag.line, clauseIFrames, "EXT-X-I-FRAME-STREAM-INF without a URI that can be parsed: it is not read")
			continue
		}
		lintBandwidth(t.doc, tag.line, clauseIFrames, attr)
		t.doc.refer(tag.line, uri)
		r := stream(i, attr)
		r.Codecs, r.Playlist = attr.get("CODECS"), Ref{URI: uri}
		r.Width, r.Height = resolution(attr.get("RESOLUTION"))
		set.Renditions = append(set.Renditions, r)
	}
	return set
}

const clauseIFrames = "RFC 8216bis 4.4.6.3"

// decimal reads a decimal-integer as JavaScript's parseInt does, up to whatever
// follows the digits; 0 when there are none.
func decimal(text string) int64 {
	text = strings.TrimSpace(text)
	end := 0
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseInt(text[:end], 10, 64)
	if err != nil {
		return 0
	}
	return min(n, maxNumber)
}

// number reads a positive decimal-floating-point; 0 when it is none.
func number(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0
	}
	return v
}

func resolution(text string) (width, height int) {
	w, h, _ := strings.Cut(strings.ToLower(text), "x")
	return int(min(decimal(w), math.MaxInt32)), int(min(decimal(h), math.MaxInt32))
}

// mediaGroups makes a Set of every EXT-X-MEDIA group, in order of appearance
// (RFC 8216bis section 4.4.6.1).
func mediaGroups(t *tap) ([]Set, *Error) {
	type group struct{ kind, id string }
	var sets []Set
	index := make(map[group]int)
	for i, attr := range t.media {
		key := group{attr.get("TYPE"), attr.get("GROUP-ID")}
		at, known := index[key]
		if !known {
			at = len(sets)
			index[key] = at
			sets = append(sets, Set{ID: key.kind + ":" + key.id, Media: mediaType(key.kind), Group: key.id, Captions: key.kind == "CLOSED-CAPTIONS"})
		}
		uri := attr.get("URI")
		if !resolvable(uri) && uri != "" {
			return nil, unsupported(attr.line, "EXT-X-MEDIA %d has a URI that cannot be parsed", i+1)
		}
		t.doc.refer(attr.line, uri)
		sets[at].Renditions = append(sets[at].Renditions, rendition(len(sets[at].Renditions), attr.attributes))
	}
	return sets, nil
}

func rendition(i int, attr attributes) Rendition {
	r := Rendition{
		ID:         strconv.Itoa(i),
		Name:       attr.get("NAME"),
		Lang:       attr.get("LANGUAGE"),
		AssocLang:  attr.get("ASSOC-LANGUAGE"),
		Default:    attr.yes("DEFAULT"),
		Autoselect: attr.yes("AUTOSELECT"),
		Forced:     attr.yes("FORCED"),
		InstreamID: attr.get("INSTREAM-ID"),
		Channels:   attr.get("CHANNELS"),
		StableID:   attr.get("STABLE-RENDITION-ID"),
		Pathway:    attr.get("PATHWAY-ID"),
		Playlist:   Ref{URI: attr.get("URI")},
	}
	if c := attr.get("CHARACTERISTICS"); c != "" {
		r.Characteristics = strings.Split(c, ",")
	}
	return r
}

func mediaType(kind string) qoe.Media {
	switch kind {
	case "VIDEO":
		return qoe.Video
	case "AUDIO":
		return qoe.Audio
	case "SUBTITLES", "CLOSED-CAPTIONS":
		return qoe.Text
	}
	return qoe.NoMedia
}
