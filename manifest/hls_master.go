package manifest

import (
	"math"
	"strconv"
	"strings"

	"github.com/grafov/m3u8"

	"soak/qoe"
)

// parseMaster reads a multivariant playlist (RFC 8216 section 4.3.4). The
// decoder gives the variants; numbers it may spoil (BANDWIDTH is 32 bits there)
// and renditions come from the tap.
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
	groups, bad := mediaGroups(t.media)
	if bad != nil {
		return nil, bad
	}
	doc := &Document{Format: HLS, Start: t.start}
	doc.Periods = []Period{{Sets: append([]Set{variants}, groups...)}}
	return doc, nil
}

func variant(i int, v *m3u8.Variant, attr map[string]string) (Rendition, *Error) {
	r := Rendition{
		ID:        strconv.Itoa(i),
		Name:      v.Name,
		Bandwidth: decimal(attr["BANDWIDTH"]),
		FrameRate: v.FrameRate,
		Codecs:    v.Codecs,
		Audio:     v.Audio,
		Subtitles: v.Subtitles,
		Playlist:  Ref{URI: v.URI},
	}
	r.AverageBandwidth = decimal(attr["AVERAGE-BANDWIDTH"])
	if r.AverageBandwidth == 0 {
		r.AverageBandwidth = r.Bandwidth
	}
	if r.Bandwidth == 0 {
		r.Bandwidth = r.AverageBandwidth // hls.js: level.bitrate
	}
	if math.IsNaN(r.FrameRate) || math.IsInf(r.FrameRate, 0) || r.FrameRate < 0 {
		r.FrameRate = 0
	}
	r.Width, r.Height = resolution(v.Resolution)
	if !resolvable(v.URI) {
		return Rendition{}, unsupported(0, "variant %d has a URI that cannot be parsed", i+1)
	}
	return r, nil
}

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

func resolution(text string) (width, height int) {
	w, h, _ := strings.Cut(strings.ToLower(text), "x")
	return int(min(decimal(w), math.MaxInt32)), int(min(decimal(h), math.MaxInt32))
}

// mediaGroups makes a Set of every EXT-X-MEDIA group, in order of appearance
// (RFC 8216 section 4.3.4.1).
func mediaGroups(tags []map[string]string) ([]Set, *Error) {
	type group struct{ kind, id string }
	var sets []Set
	index := make(map[group]int)
	for i, attr := range tags {
		key := group{attr["TYPE"], attr["GROUP-ID"]}
		at, known := index[key]
		if !known {
			at = len(sets)
			index[key] = at
			sets = append(sets, Set{ID: key.kind + ":" + key.id, Media: mediaType(key.kind), Group: key.id})
		}
		if !resolvable(attr["URI"]) && attr["URI"] != "" {
			return nil, unsupported(0, "EXT-X-MEDIA %d has a URI that cannot be parsed", i+1)
		}
		sets[at].Renditions = append(sets[at].Renditions, Rendition{
			ID:         strconv.Itoa(len(sets[at].Renditions)),
			Name:       attr["NAME"],
			Lang:       attr["LANGUAGE"],
			Default:    attr["DEFAULT"] == "YES",
			Autoselect: attr["AUTOSELECT"] == "YES",
			Playlist:   Ref{URI: attr["URI"]},
		})
	}
	return sets, nil
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
