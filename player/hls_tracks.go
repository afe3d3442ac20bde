package player

import (
	"strings"

	"soak/manifest"
	"soak/qoe"
)

// hlsTrack is one rendition of alternate audio, or of subtitles.
type hlsTrack struct {
	hlsPlaylist
	group, name, lang         string
	assoc, channels, features string // ASSOC-LANGUAGE, CHANNELS, CHARACTERISTICS
	stable                    string // STABLE-RENDITION-ID
	isDefault, forced         bool
	laid                      bool // of subtitles: its playlist is on the timeline
}

// newTracks makes the renditions of a media; those without a playlist of their own
// are in the variants' segments.
func newTracks(p *manifest.Presentation, sets []manifest.Set, media qoe.Media) []*hlsTrack {
	var tracks []*hlsTrack
	for i := range sets {
		set := &sets[i]
		if set.Media != media {
			continue
		}
		for j := range set.Renditions {
			r := &set.Renditions[j]
			t := &hlsTrack{
				group: set.Group, name: r.Name, lang: r.Lang, isDefault: r.Default, forced: r.Forced,
				assoc: r.AssocLang, channels: r.Channels, features: strings.Join(r.Characteristics, ","), stable: r.StableID,
			}
			t.id = len(tracks)
			if r.Playlist.URI != "" {
				t.url = p.Address(r.Playlist)
			}
			tracks = append(tracks, t)
		}
	}
	return tracks
}

// pickTrack chooses an audio track that may go with a level: at first the default,
// else the first; later the one most like the track before, in the order of
// audio-track-controller.ts (findTrackId): the same in all, in language and
// characteristics, in language, else the first.
func pickTrack(tracks []*hlsTrack, l *hlsLevel, before *hlsTrack) *hlsTrack {
	likeness := []func(t *hlsTrack) bool{
		func(t *hlsTrack) bool { return t.isDefault },
		func(*hlsTrack) bool { return true },
	}
	if before != nil {
		likeness = []func(t *hlsTrack) bool{before.same, before.alike, before.speaks, likeness[1]}
	}
	for _, like := range likeness {
		for _, t := range tracks {
			if l.plays(t.group) && like(t) {
				return t
			}
		}
	}
	return nil
}

func (t *hlsTrack) same(o *hlsTrack) bool {
	return t.name == o.name && t.channels == o.channels && t.alike(o)
}

func (t *hlsTrack) alike(o *hlsTrack) bool {
	return t.assoc == o.assoc && t.features == o.features && t.speaks(o)
}

func (t *hlsTrack) speaks(o *hlsTrack) bool { return t.lang == o.lang }

// switchAudio follows a level to its groups of audio
// (audio-track-controller.ts, switchLevel). What is buffered of the track before
// plays on when the new one is the same in another group; another language, say,
// replaces it at once (flushAudioIfNeeded).
func (h *hls) switchAudio(level int) {
	l := h.levels[level]
	if h.track != nil && l.plays(h.track.group) {
		return
	}
	t := pickTrack(h.tracks, l, h.track)
	if t == nil || t.url.IsZero() || h.audio == nil {
		return
	}
	before := h.track
	h.track = t
	a := h.audio
	a.cancelLoading()
	a.loading, a.prev, h.blocked = nil, hlsFrag{}, nil
	if a.state != hlsStopped {
		a.state = hlsIdle
	}
	if before != nil && !before.same(t) {
		a.flush(0, h.el.buffers[a.media].end())
	}
	h.trackLoader.selectList(&t.hlsPlaylist)
	a.tick()
}
