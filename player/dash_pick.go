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
// isSegmentAvailable): not before its time by the reference time, and not after it
// has left the time shift buffer.
func (t *dashTrack) available(seg manifest.Segment) bool {
	if !t.d.p.Live || seg.Available.IsZero() {
		return true
	}
	now := t.d.reference()
	if now.Before(seg.Available) {
		return false
	}
	depth := t.d.p.DASH.TimeShiftBufferDepth
	return depth == 0 || !now.After(seg.Available.Add(depth+seg.Duration)) || t.d.fallBack()
}

// reference is the time that segments' availability is judged by.
func (d *dash) reference() time.Time { return d.clock.now().Add(-d.anchor) }

// fallBack tells whether a SegmentTimeline lies wholly before the DVR window and
// has taken its place. From then on segments are available as if the end of the
// timeline were now, and as far behind also by later manifests: the anchor is never
// taken back (TimelineConverter.js, _adjustTimelineAnchorAvailabilityOffset).
func (d *dash) fallBack() bool {
	if d.p == nil || !d.p.Live || len(d.order) == 0 {
		return false
	}
	listed, ok := d.listed()
	now := d.clock.now().Sub(d.p.DASH.AvailabilityStart)
	if !ok || listed.end >= now-d.p.DASH.TimeShiftBufferDepth {
		return false
	}
	d.anchor = now - listed.end
	return true
}

// listed is what a SegmentTimeline lists; false for numbers, which go on by the
// clock, and without a time shift buffer, which everything stays in.
func (d *dash) listed() (dvrWindow, bool) {
	const ahead = 1000 * time.Hour
	t, then := d.p.DASH, d.clock.now().Add(ahead)
	w := window(t, then, d.main())
	return w, w.end < then.Sub(t.AvailabilityStart)-t.TimeShiftBufferDepth
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
