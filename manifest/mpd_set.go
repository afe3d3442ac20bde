package manifest

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zencoder/go-dash/v3/mpd"

	"soak/qoe"
)

// builder reads the AdaptationSets of one period.
type builder struct {
	r      *mpdReader
	period *Period
	shared map[timelineKey]numberedRuns

	producers []sideProducer // of the Representation at hand
}

// timelineKey is what the reading of a timeline depends on.
type timelineKey struct {
	timeline *mpd.SegmentTimeline
	end      int64 // of the period, in media time; -1 when open
	first    int64 // startNumber
}

// numberedRuns is a timeline and the number of its first segment.
type numberedRuns struct {
	timelineRuns
	first int64
}

func (b *builder) readSet(main *mpd.AdaptationSet, side *sideSet, up above) (Set, *Error) {
	if len(main.Representations) != len(side.Representations) {
		return Set{}, unsupported(0, "its Representations cannot be told apart")
	}
	where, bad := b.r.remote("AdaptationSet", side.sideLink, side.Line)
	if bad != nil || where == nowhere {
		return Set{}, bad
	}
	up, bad = b.inherit(up, &side.sideLevel)
	if bad != nil {
		return Set{}, bad
	}
	up.levels[1] = level{main.SegmentTemplate, main.SegmentList, main.SegmentBase, &side.sideLevel}
	set := Set{ID: deref(main.ID), Lang: deref(main.Lang), Trick: trick(main), Media: setMedia(main), line: side.Line}
	for _, role := range side.Roles {
		set.Roles = append(set.Roles, role.Value)
	}
	set.addInband(side.Inband)
	protection, bad := b.protections(side.Protection, up)
	if bad != nil {
		return Set{}, bad
	}
	for i, rep := range main.Representations {
		r, bad := b.readRepresentation(main, rep, &side.Representations[i], up)
		if bad != nil {
			return Set{}, bad.on(side.Representations[i].Line).within("Representation", i)
		}
		r.Protection = append(protection[:len(protection):len(protection)], r.Protection...)
		set.addInband(side.Representations[i].Inband)
		set.Renditions = append(set.Renditions, r)
	}
	return set, nil
}

// addInband adds the events that a set or one of its Representations carries.
func (s *Set) addInband(side []sideTiming) {
	for _, e := range side {
		if scheme := EventScheme(e); !slices.Contains(s.Inband, scheme) {
			s.Inband = append(s.Inband, scheme)
		}
	}
}

// inherit adds a level's BaseURLs and query parameters.
func (b *builder) inherit(up above, side *sideLevel) (above, *Error) {
	up, bad := b.r.below(up, side.BaseURLs)
	if bad != nil {
		return up, bad
	}
	if bad == nil && side.List != nil {
		_, bad = b.r.remote("SegmentList", side.List.sideLink, side.List.Line)
	}
	if bad != nil {
		return up, bad
	}
	up.query, bad = b.r.query(up.query, side.Essential, side.Supplemental)
	return up, bad
}

func (b *builder) readRepresentation(set *mpd.AdaptationSet, main *mpd.Representation, side *sideRepresentation, up above) (Rendition, *Error) {
	r := Rendition{
		ID:        deref(main.ID),
		Lang:      deref(set.Lang),
		Bandwidth: deref(main.Bandwidth),
		Width:     dimension(main.Width, set.Width),
		Height:    dimension(main.Height, set.Height),
		FrameRate: frameRate(cmp.Or(deref(main.FrameRate), deref(set.FrameRate))),
		Codecs:    cmp.Or(deref(main.Codecs), deref(set.Codecs)),
		line:      side.Line,
	}
	if r.Bandwidth < 0 {
		return r, unsupported(0, "@bandwidth is negative")
	}
	r.AverageBandwidth = r.Bandwidth
	up, bad := b.inherit(up, &side.sideLevel)
	if bad != nil {
		return r, bad
	}
	if r.Protection, bad = b.protections(side.Protection, up); bad != nil {
		return r, bad
	}
	up.levels[2] = level{main.SegmentTemplate, main.SegmentList, main.SegmentBase, &side.sideLevel}
	if len(up.levels[1].side.ProducerTimes)+len(side.ProducerTimes) > maxDescriptors {
		return r, unsupported(0, "more than %d ProducerReferenceTimes", maxDescriptors)
	}
	b.producers = append(slices.Clone(up.levels[1].side.ProducerTimes), side.ProducerTimes...)
	r.Segments, bad = b.segments(&r, up)
	return r, bad
}

func dimension(own *int64, set *string) int {
	v := deref(own)
	if own == nil {
		v = decimal(deref(set))
	}
	return int(max(0, min(v, math.MaxInt32)))
}

// frameRate reads "25" or "30000/1001"; 0 when it is neither.
func frameRate(text string) float64 {
	over, under, fraction := strings.Cut(text, "/")
	v, err := strconv.ParseFloat(over, 64)
	if fraction && err == nil {
		var d float64
		if d, err = strconv.ParseFloat(under, 64); err == nil {
			v /= d
		}
	}
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0
	}
	return v
}

// trick tells a trick-mode set (DASH-IF IOP 3.2.9), which players leave alone.
func trick(set *mpd.AdaptationSet) bool {
	for _, p := range set.EssentialProperty {
		if deref(p.SchemeIDURI) == "http://dashif.org/guidelines/trickmode" {
			return true
		}
	}
	return false
}

// setMedia tells what a set carries from, in this order, @contentType,
// @mimeType, @codecs; the set's own first, then its first Representation's.
func setMedia(set *mpd.AdaptationSet) qoe.Media {
	kind, codecs := deref(set.MimeType), deref(set.Codecs)
	if len(set.Representations) > 0 {
		kind = cmp.Or(kind, deref(set.Representations[0].MimeType))
		codecs = cmp.Or(codecs, deref(set.Representations[0].Codecs))
	}
	for _, k := range []string{deref(set.ContentType), kind} {
		switch top, _, _ := strings.Cut(strings.TrimSpace(k), "/"); top {
		case "video":
			return qoe.Video
		case "audio":
			return qoe.Audio
		case "text":
			return qoe.Text
		case "image":
			return qoe.NoMedia
		}
	}
	if strings.HasPrefix(kind, "application/tt") {
		return qoe.Text
	}
	return codecMedia(codecs)
}

func codecMedia(codecs string) qoe.Media {
	name, _, _ := strings.Cut(strings.TrimSpace(codecs), ".")
	switch {
	case name == "stpp", name == "wvtt":
		return qoe.Text
	case name == "mp4a", name == "opus", name == "ac-3", name == "ec-3", name == "ac-4", name == "mhm1", name == "flac":
		return qoe.Audio
	case len(name) >= 3 && strings.Contains("avc hvc hev vp0 vp8 vp9 av0 dvh dva vvc", name[:3]):
		return qoe.Video
	}
	return qoe.NoMedia
}
