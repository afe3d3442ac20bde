package player

import (
	"math"
	"slices"
	"strings"
)

// codecTier is what the levels of one set of codecs have in common: an automatic
// switch stays within one, so the first choice of a level chooses the tier too
// (src/utils/rendition-helper.ts, getCodecTiers).
type codecTier struct {
	codecs    string
	bitrate   int64 // the least of its levels, as are the next three
	height    int
	frameRate float64
	index     int
	score     float64 // the highest
	sdr       bool    // has levels of standard dynamic range
	errors    int
	preferred float64 // lower is better
}

// startChoice is what restricts the first choice of a level.
type startChoice struct {
	codecs    string // "" when no level tells its codecs
	frameRate float64
	bitrate   float64 // an estimate below this is raised to it
	index     int     // of the tier's lowest level, which is never ruled out
	anyRange  bool
}

// codecTiers collects the levels by codecs, in the order of the levels.
func codecTiers(levels []*hlsLevel) []codecTier {
	var tiers []codecTier
	for i, l := range levels {
		if l.codecs == "" {
			continue
		}
		at := slices.IndexFunc(tiers, func(t codecTier) bool { return t.codecs == l.codecs })
		if at < 0 {
			at = len(tiers)
			tiers = append(tiers, codecTier{
				codecs: l.codecs, bitrate: math.MaxInt64, height: math.MaxInt, frameRate: math.Inf(1),
				index: i, preferred: codecPreference(l.codecs),
			})
		}
		t := &tiers[at]
		t.bitrate, t.height = min(t.bitrate, l.bitrate), min(t.height, l.width, l.height)
		t.frameRate, t.score = min(t.frameRate, l.frameRate), max(t.score, l.score)
		t.sdr = t.sdr || l.videoRange == sdr
		t.errors += l.fragmentError
	}
	return tiers
}

// startTier chooses the tier to start with (getStartCodecTier): one that the
// network can carry, of at most 1080 lines and 30 frames a second where there is
// one, in standard dynamic range, of the best score, then of the better codecs.
// Audio channels play no part here.
func startTier(tiers []codecTier, estimate float64) startChoice {
	c := startChoice{anyRange: true}
	if len(tiers) == 0 {
		return c
	}
	height, frameRate, bitrate := math.MaxInt, math.Inf(1), int64(math.MaxInt64)
	for _, t := range tiers {
		height, frameRate, bitrate = min(height, t.height), min(frameRate, t.frameRate), min(bitrate, t.bitrate)
		c.anyRange = c.anyRange && !t.sdr
	}
	c.frameRate, c.bitrate = frameRate, float64(bitrate)
	estimate = max(estimate, c.bitrate)
	best := -1
	for i, t := range tiers {
		if len(tiers) > 1 && (float64(t.bitrate) > estimate || t.height > max(1080, height) || t.frameRate > max(30, frameRate) ||
			!c.anyRange && !t.sdr || best >= 0 && t.score < tiers[best].score) {
			continue
		}
		if best >= 0 && (t.preferred >= tiers[best].preferred || t.errors > tiers[best].errors) {
			continue
		}
		best = i
	}
	if best >= 0 {
		c.codecs, c.index = tiers[best].codecs, tiers[best].index
	}
	return c
}

const sdr = "SDR"

// codecPreference orders sets of codecs (src/utils/codecs.ts,
// codecsSetSelectionPreferenceValue): better compression first.
func codecPreference(set string) float64 {
	value := 0.0
	for codec := range strings.SplitSeq(set, ",") {
		video, audio := 0.0, 1.0
		switch codec {
		case "av01", "dav1":
			video = 0.8
		case "dvh1", "dvhe":
			video = 0.7
		case "hev1", "hvc1":
			video = 0.75
		case "vp09":
			video = 0.9
		case "vp08", "avc1", "avc2", "avc3", "avc4", "dva1", "dvav", "mp4v":
			video = 1
		case "ac-3":
			audio = 0.95
		case "ec-3", "alac", "fLaC", "flac", "FLAC":
			audio = 0.9
		}
		switch {
		case video > 0 && value > 0:
			value = (2*video + value) / 3
		case video > 0:
			value = (2*video + value) / 2
		case value > 0:
			value = (audio + value) / 2
		default:
			value = audio
		}
	}
	return value
}
