package player

import (
	"time"

	"soak/manifest"
)

// pick is the segment to ask for next, available or not.
func (t *dashTrack) pick() (manifest.Segment, bool) {
	at := t.at
	if !t.explicit && t.asked {
		if t.repeat {
			at = t.last.Start + t.last.Duration/2
		} else {
			at = t.last.End() + rounding
		}
	}
	s := t.rendition().Segments
	if m := &t.picked; m.from != s || m.at != at {
		m.from, m.at = s, at
		m.segment, m.found = s.At(at)
	}
	return t.picked.segment, t.picked.found
}

// rounding covers what timescales lose: ends and starts that mean the same.
const rounding = time.Millisecond

// available applies the availability window (src/dash/utils/SegmentsUtils.js,
// isSegmentAvailable): not before its time by the synchronised clock, and not
// after it has left the time shift buffer.
func (t *dashTrack) available(seg manifest.Segment) bool {
	if !t.d.p.Live || seg.Available.IsZero() {
		return true
	}
	now := t.d.clock.now()
	if now.Before(seg.Available) {
		return false
	}
	depth := t.d.p.DASH.TimeShiftBufferDepth
	return depth == 0 || !now.After(seg.Available.Add(depth+seg.Duration))
}

// ended tells whether nothing more comes in this period. found is whether the
// manifest names a next segment, which is then not available.
func (t *dashTrack) ended(found bool) bool {
	if found || !t.d.p.Live {
		return !t.d.live // turned static: what is not there by now never comes
	}
	if !t.d.live || t.d.period+1 < len(t.d.p.Periods) {
		return true
	}
	period := &t.d.p.Periods[t.d.period]
	return period.Duration > 0 && t.asked && t.last.End()+rounding >= period.Start+period.Duration
}
