package player

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"soak/manifest"
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
	audio      []string // groups of alternate audio; none: any will do
	subtitles  []string // groups of subtitles; none: any will do
	videoRange string
	hdcp       string
	score      float64
	pathway    string
	stable     string // STABLE-VARIANT-ID

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
	if h.opt.minAutoBitrate == 0 {
		return 0
	}
	return h.leastAuto()
}

func (h *hls) leastAuto() int {
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

// newLevels makes the levels of a multivariant playlist, sorted as the original
// sorts them, and as they were listed (level-controller.ts, onManifestLoaded and
// filterAndSortMediaOptions).
func newLevels(p *manifest.Presentation, set *manifest.Set) (sorted, listed []*hlsLevel) {
	listed = distinct(p, set.Renditions)
	var picture, sized, sound bool
	for _, l := range listed {
		sized = sized || l.width > 0 && l.height > 0
		picture = picture || l.videoCodec != ""
		sound = sound || l.audioCodec != ""
	}
	if (picture || sized) && sound {
		listed = slices.DeleteFunc(listed, func(l *hlsLevel) bool {
			return l.videoCodec == "" && (l.width == 0 || l.height == 0) || !slices.Contains(videoRanges, l.videoRange)
		})
	}
	sorted = slices.Clone(listed)
	slices.SortStableFunc(sorted, byQuality)
	number(sorted)
	return sorted, listed
}

// number gives levels their indexes.
func number(levels []*hlsLevel) {
	for i, l := range levels {
		l.id = i
	}
}

// variantKey is what two variants that are the same in all but URI or audio share.
type variantKey struct {
	pathway       string
	bitrate       int64
	width, height int
	frameRate     float64
	codecs        string
	videoRange    string
	hdcp          string
}

// distinct makes a level of each variant. Of variants that are the same, those with
// the same URI are one level with several groups of audio; others are redundant
// streams, whose first, second… form pathways of their own, named "..", "..." …
func distinct(p *manifest.Presentation, variants []manifest.Rendition) (levels []*hlsLevel) {
	latest := map[variantKey]*hlsLevel{}
	copies := map[variantKey]int{}
	for i := range variants {
		r, l := &variants[i], newLevel(p, &variants[i])
		key := variantKey{l.pathway, l.bitrate, l.width, l.height, l.frameRate, r.Codecs, l.videoRange, l.hdcp}
		same := latest[key]
		switch {
		case same == nil:
		case same.url != l.url && l.pathway == noPathway:
			copies[key]++
			l.pathway = strings.Repeat(noPathway, copies[key]+1)
		default:
			same.addAudio(r.Audio)
			same.addSubtitles(r.Subtitles)
			continue
		}
		latest[key] = l
		levels = append(levels, l)
	}
	return levels
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
		hlsPlaylist: hlsPlaylist{url: p.Address(r.Playlist)},
		bitrate:     r.Bandwidth, average: cmp.Or(r.AverageBandwidth, r.Bandwidth),
		width: r.Width, height: r.Height, frameRate: r.FrameRate,
		videoRange: cmp.Or(r.VideoRange, sdr), hdcp: r.HDCP, score: r.Score, pathway: cmp.Or(r.Pathway, noPathway), stable: r.StableID,
	}
	l.codecs, l.videoCodec, l.audioCodec = readCodecs(r.Codecs)
	l.addAudio(r.Audio)
	l.addSubtitles(r.Subtitles)
	return l
}

// addAudio lets another group of alternate audio go with the level (addGroupId).
func (l *hlsLevel) addAudio(group string) {
	if group != "" && !slices.Contains(l.audio, group) {
		l.audio = append(l.audio, group)
	}
}

func (l *hlsLevel) addSubtitles(group string) {
	if group != "" && !slices.Contains(l.subtitles, group) {
		l.subtitles = append(l.subtitles, group)
	}
}

// plays tells whether audio of a group may go with the level (inGroupOrNone of
// audio-track-controller.ts).
func (l *hlsLevel) plays(group string) bool {
	return len(l.audio) == 0 || slices.Contains(l.audio, group)
}

// sharesAudio tells whether a group goes with both levels.
func (l *hlsLevel) sharesAudio(o *hlsLevel) bool {
	return slices.ContainsFunc(l.audio, func(group string) bool { return slices.Contains(o.audio, group) })
}

// sharesSubtitles is the same of subtitles.
func (l *hlsLevel) sharesSubtitles(o *hlsLevel) bool {
	return slices.ContainsFunc(l.subtitles, func(group string) bool { return slices.Contains(o.subtitles, group) })
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
