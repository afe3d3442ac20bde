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
	codecs     string // families: what an automatic switch may not change
	videoCodec string
	audioCodec string
	audioGroup string
	videoRange string
	hdcp       string
	score      float64
	pathway    string

	loadError     int // playlist or fragment failures that count against choosing it
	fragmentError int

	real                   int64 // bit rate of what came so far (abrMaxWithRealBitrate); 0: not measured
	loadedBits, loadedTime float64
	failedAt               time.Time // of the latest loadError
}

// peak and mean are the bit rates that a choice reckons with (maxBitrate and
// averageBitrate of src/types/level.ts).
func (l *hlsLevel) peak() int64 { return max(l.real, l.bitrate) }

func (l *hlsLevel) mean() int64 {
	if l.average != l.bitrate || l.real == 0 {
		return l.average
	}
	return l.real
}

// bottom and top bound the levels that automatic switching may choose.
func (h *hls) bottom() int {
	for i, l := range h.levels {
		if float64(l.peak()) >= h.opt.minAutoBitrate {
			return i
		}
	}
	return 0
}

func (h *hls) top() int {
	return min(len(h.levels)-1, h.opt.cap)
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
	var picture, sized, sound bool
	for _, l := range levels {
		sized = sized || l.width > 0 && l.height > 0
		picture = picture || l.videoCodec != ""
		sound = sound || l.audioCodec != ""
	}
	if (picture || sized) && sound {
		levels = slices.DeleteFunc(levels, func(l *hlsLevel) bool {
			return l.videoCodec == "" && (l.width == 0 || l.height == 0) || !slices.Contains(videoRanges, l.videoRange)
		})
	}
	if len(levels) == 0 {
		return nil, 0
	}
	head := levels[0]
	slices.SortStableFunc(levels, byQuality)
	for i, l := range levels {
		l.id = i
	}
	return levels, slices.Index(levels, head)
}

// videoRanges are the values of VIDEO-RANGE, ascending.
var videoRanges = []string{sdr, "PQ", "HLG"}

func byQuality(a, b *hlsLevel) int {
	codec := func(l *hlsLevel) float64 {
		if l.videoCodec == "" {
			return 2
		}
		return codecPreference(l.videoCodec[:min(len(l.videoCodec), 4)])
	}
	return cmp.Or(
		cmp.Compare(a.hdcp, b.hdcp), cmp.Compare(a.height, b.height), cmp.Compare(a.frameRate, b.frameRate),
		cmp.Compare(slices.Index(videoRanges, a.videoRange), slices.Index(videoRanges, b.videoRange)),
		cmp.Compare(codec(b), codec(a)), cmp.Compare(a.average, b.average))
}

func newLevel(p *manifest.Presentation, r *manifest.Rendition) *hlsLevel {
	l := &hlsLevel{
		hlsPlaylist: hlsPlaylist{url: p.Resolve(r.Playlist)},
		bitrate:     r.Bandwidth, average: cmp.Or(r.AverageBandwidth, r.Bandwidth),
		width: r.Width, height: r.Height, frameRate: r.FrameRate, audioGroup: r.Audio,
		videoRange: cmp.Or(r.VideoRange, sdr), hdcp: r.HDCP, score: r.Score, pathway: cmp.Or(r.Pathway, "."),
	}
	l.codecs, l.videoCodec, l.audioCodec = readCodecs(r.Codecs)
	return l
}

// readCodecs reads CODECS: the set of families that an automatic switch stays
// within, and the video and audio codecs in full (Level.codecSet of
// src/types/level.ts).
func readCodecs(codecs string) (set, video, audio string) {
	var v, a []string
	for c := range strings.SplitSeq(codecs, ",") {
		c = strings.TrimSpace(c)
		switch family, _, _ := strings.Cut(c, "."); family {
		case "", "stpp", "wvtt":
		case "mp4a", "ac-3", "ec-3", "ac-4", "Opus", "opus", "fLaC", "flac", "FLAC", "alac":
			a = append(a, c)
		default:
			v = append(v, c)
		}
	}
	video, audio = strings.Join(v, ","), strings.Join(a, ",")
	var families []string
	for _, c := range []string{video, audio} {
		if c != "" {
			families = append(families, c[:min(len(c), 4)])
		}
	}
	return strings.Join(families, ","), video, audio
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
