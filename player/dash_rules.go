package player

import "math"

// noChange is a rule's answer when it has no opinion.
const noChange = -1

// throughputRule is the highest rung within the safe throughput
// (src/streaming/rules/abr/ThroughputRule.js). It keeps silent while a request
// that was abandoned is being made up for, and in VOD while the buffer is empty.
func throughputRule(l ladder, safe float64, empty, live, abandoning bool) int {
	if math.IsNaN(safe) || abandoning || empty && !live {
		return noChange
	}
	return l.best(safe)
}

const (
	insufficientFactor    = 0.7 // insufficientBufferRule.parameters.throughputSafetyFactor
	insufficientFactorOld = 0.5 // INSUFFICIENT_BUFFER_SAFETY_FACTOR of 4.x
	insufficientIgnore    = 2   // segmentIgnoreCount, after the start and each seek
)

// insufficientBufferRule caps quality so that the next segment arrives before the
// buffer ends (src/streaming/rules/abr/InsufficientBufferRule.js): carries is the
// share of the average throughput that is counted on, in kbit/s, buffer and segment
// are seconds, ignore the segments still to be ignored. 4.x takes the lowest when
// nothing was measured.
func insufficientBufferRule(l ladder, carries, buffer, segment float64, empty, old bool, ignore int) int {
	if ignore > 0 || segment <= 0 {
		return noChange
	}
	if empty {
		return l.best(0)
	}
	kbps := carries * buffer / segment
	switch {
	case kbps > 0:
		return l.best(kbps)
	case old:
		return l.best(0)
	}
	return noChange
}

const (
	historySize      = 8     // switchHistoryRule.parameters.sampleSize
	historyEnoughOld = 6     // SAMPLE_SIZE of 4.x, which remembers 8 too
	historyThreshold = 0.075 // switchPercentageThreshold
)

// switchHistory remembers the last decisions: from which rung, and whether down
// (src/streaming/rules/SwitchRequestHistory.js).
type switchHistory struct {
	last  [historySize]struct{ rung, drop int8 }
	count int
}

func (h *switchHistory) push(from, to int) {
	drop := int8(0)
	if to < from {
		drop = 1
	}
	h.last[h.count%historySize] = struct{ rung, drop int8 }{int8(from), drop}
	h.count++
}

// same pushes n decisions to stay: the looks that were left out because nothing
// could have come of them but this.
func (h *switchHistory) same(rung, n int) {
	for range min(n, historySize) {
		h.push(rung, rung)
	}
}

func (h *switchHistory) reset() { *h = switchHistory{} }

// switchHistoryRule caps quality one below a rung that was left downwards too
// often (src/streaming/rules/abr/SwitchHistoryRule.js): counts are summed from the
// lowest rung up, and the first rung at which all samples are in and the drops
// too many decides. enough is how many samples are needed.
func switchHistoryRule(l ladder, h *switchHistory, enough int) int {
	have := min(h.count, historySize)
	if have < enough {
		return noChange
	}
	drops, stays := 0, 0
	for r := 0; r <= l.top(); r++ {
		here := 0
		for _, s := range h.last[:have] {
			if int(s.rung) == r {
				here += int(s.drop)
				stays += 1 - int(s.drop)
			}
		}
		drops += here
		if drops+stays < enough || float64(drops) <= historyThreshold*float64(stays) {
			continue
		}
		if r > 0 && here > 0 {
			return r - 1
		}
		return r
	}
	return noChange
}

// lowest is the answer with the lowest bandwidth among rules of equal priority
// (src/streaming/rules/abr/ABRRulesCollection.js, getMinSwitchRequest).
func lowest(l ladder, answers ...int) int {
	min := noChange
	for _, r := range answers {
		if r != noChange && (min == noChange || l.kbps(r) < l.kbps(min)) {
			min = r
		}
	}
	return min
}

const (
	abandonMultiplier = 1.8      // abandonDurationMultiplier
	abandonSafety     = 1.0      // share of the measured bandwidth that the other quality may need
	abandonSafetyOld  = 0.9      // 4.x: bandwidthSafetyFactor
	abandonSamplesOld = 5        // 4.x: minLengthToAverage
	abandonAfterMs    = 500      // minSegmentDownloadTimeThresholdInMs, since the first byte
	abandonLoaded     = 6 * 1460 // minThroughputSamplesThreshold: six progress events are six packets at least
	progressEveryMs   = 50       // XHR reports progress at most this often (XMLHttpRequest, "fire a progress event")
)

// abandonRule looks at a download under way (src/streaming/rules/abr/
// AbandonRequestsRule.js): loaded of total bytes came in ms milliseconds since the
// first byte, for a segment of so many seconds at rung. It answers with the rung
// to ask for instead when the rest of this download is more than all of that one.
func abandonRule(l ladder, rung int, loaded, total int64, ms, segment, safety float64) int {
	if ms <= abandonAfterMs || loaded < abandonLoaded || loaded >= total || rung == 0 {
		return noChange
	}
	return abandonFor(l, rung, loaded, total, math.Round(8*float64(loaded)/ms), segment, safety)
}

// abandonQuiet is at how many progress events to come abandonRule has no answer whatever
// else comes of this download: what has come already is enough for them.
func abandonQuiet(loaded, total int64, ms, segment float64) int {
	if loaded <= 0 || loaded >= total {
		return 0
	}
	const rounded, most = 1, 1 << 16 // kbit/s by which the measured throughput may be off; events
	least := float64(total) * 8 / 1000 / (segment * abandonMultiplier)
	until := 8 * float64(loaded) / (least + rounded) // ms since the first byte
	return int(min(max((until-ms)/progressEveryMs, 0), most))
}

// abandonFor is the rule's answer to a measured throughput in kbit/s.
func abandonFor(l ladder, rung int, loaded, total int64, measured, segment, safety float64) int {
	if float64(total)*8/measured/1000 < segment*abandonMultiplier {
		return noChange
	}
	instead := l.best(measured * safety)
	if float64(total-loaded) > float64(total)*l.kbps(instead)/l.kbps(rung) {
		return instead
	}
	return noChange
}
