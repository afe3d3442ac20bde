package player

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// hlsLevel is one variant (src/types/level.ts).
type hlsLevel struct {
	hlsPlaylist
	bitrate    int64 // BANDWIDTH: the original's maxBitrate
	average    int64
	width      int
	height     int
	frameRate  float64
	codecs     string // families, sorted: what an automatic switch may not change
	audioCodec string
	hasVideo   bool
	hasAudio   bool
	audioGroup string

	loadError     int // playlist or fragment failures that count against choosing it
	fragmentError int
	failedAt      time.Time // of the latest loadError
}

// pardoned tells that the level failed so long ago that it may be chosen again
// (isPenaltyExpired of src/utils/error-helper.ts); by default never.
func (l *hlsLevel) pardoned(now time.Time, expire time.Duration) bool {
	return expire > 0 && l.loadError > 0 && now.Sub(l.failedAt) > expire
}

// hlsTrack is one alternate audio rendition.
type hlsTrack struct {
	hlsPlaylist
	group, name, lang string
	isDefault         bool
}

// newLevels makes the levels of a multivariant playlist, sorted as the original
// sorts them, and tells which of them was listed first
// (level-controller.ts, filterAndSortMediaOptions).
func newLevels(p *manifest.Presentation, set *manifest.Set) (levels []*hlsLevel, first int) {
	for i := range set.Renditions {
		levels = append(levels, newLevel(p, &set.Renditions[i]))
	}
	var picture, sound bool
	for _, l := range levels {
		picture = picture || l.hasVideo || l.height > 0
		sound = sound || l.hasAudio
	}
	if picture && sound {
		levels = slices.DeleteFunc(levels, func(l *hlsLevel) bool { return !l.hasVideo && l.height == 0 })
	}
	if len(levels) == 0 {
		return nil, 0
	}
	head := levels[0]
	slices.SortStableFunc(levels, func(a, b *hlsLevel) int {
		return cmp.Or(cmp.Compare(a.height, b.height), cmp.Compare(a.frameRate, b.frameRate), cmp.Compare(a.average, b.average))
	})
	for i, l := range levels {
		l.id = i
	}
	return levels, slices.Index(levels, head)
}

func newLevel(p *manifest.Presentation, r *manifest.Rendition) *hlsLevel {
	l := &hlsLevel{
		hlsPlaylist: hlsPlaylist{url: p.Resolve(r.Playlist)},
		bitrate:     r.Bandwidth, average: cmp.Or(r.AverageBandwidth, r.Bandwidth),
		width: r.Width, height: r.Height, frameRate: r.FrameRate, audioGroup: r.Audio,
	}
	l.codecs, l.audioCodec, l.hasVideo, l.hasAudio = codecFamilies(r.Codecs)
	return l
}

// codecFamilies reduces CODECS to its four-letter families: an automatic switch
// stays within them.
func codecFamilies(codecs string) (families, audio string, hasVideo, hasAudio bool) {
	var list []string
	for _, c := range strings.Split(codecs, ",") {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		family, _, _ := strings.Cut(c, ".")
		list = append(list, family)
		switch family {
		case "mp4a", "ac-3", "ec-3", "ac-4", "Opus", "opus", "fLaC", "flac", "alac":
			audio, hasAudio = c, true
		case "stpp", "wvtt":
		default:
			hasVideo = true
		}
	}
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ","), audio, hasVideo, hasAudio
}

// newTracks makes the alternate audio renditions; those without a playlist of
// their own are in the variants' segments.
func newTracks(p *manifest.Presentation, sets []manifest.Set) []*hlsTrack {
	var tracks []*hlsTrack
	for i := range sets {
		set := &sets[i]
		if set.Media != qoe.Audio {
			continue
		}
		for j := range set.Renditions {
			r := &set.Renditions[j]
			t := &hlsTrack{group: set.Group, name: r.Name, lang: r.Lang, isDefault: r.Default}
			t.id = len(tracks)
			if r.Playlist.URI != "" {
				t.url = p.Resolve(r.Playlist)
			}
			tracks = append(tracks, t)
		}
	}
	return tracks
}

// pickTrack chooses an audio track of a group: the one like the track before,
// else the default, else the first (audio-track-controller.ts, findTrackId).
func pickTrack(tracks []*hlsTrack, group string, before *hlsTrack) *hlsTrack {
	var first, def *hlsTrack
	for _, t := range tracks {
		if t.group != group {
			continue
		}
		if before != nil && t.name == before.name && t.lang == before.lang {
			return t
		}
		if first == nil {
			first = t
		}
		if def == nil && t.isDefault {
			def = t
		}
	}
	if def != nil {
		return def
	}
	return first
}
