package manifest

import "time"

// dvr is when the segments of a dynamic MPD come and go (ISO/IEC 23009-1 clause
// 5.3.9.5.3). Presentation time zero is epoch.
type dvr struct {
	epoch  time.Time     // MPD@availabilityStartTime
	depth  time.Duration // MPD@timeShiftBufferDepth; 0 without bound
	offset offset        // how much earlier than complete a segment can be fetched
}

// offset is an availabilityTimeOffset: the sum of those on SegmentTemplate (or
// SegmentBase, SegmentList) and on the BaseURLs.
type offset struct {
	early    time.Duration
	infinite bool // "INF": available whatever the time
}

func (o offset) plus(p offset) offset {
	return offset{o.early + p.early, o.infinite || p.infinite}
}

// available is when a segment that ends at presentation time end can be fetched.
func (d *dvr) available(end time.Duration) time.Time {
	if d.offset.infinite {
		return time.Time{}
	}
	return d.epoch.Add(end - d.offset.early)
}

// edge is the presentation time before which all segments can be fetched.
func (d *dvr) edge(now time.Time) time.Duration {
	if d.offset.infinite {
		return clamp(now.Sub(d.epoch))
	}
	return clamp(clamp(now.Sub(d.epoch)) + d.offset.early)
}

// begin is the presentation time at which the time-shift buffer begins.
func (d *dvr) begin(now time.Time) time.Duration {
	if d.depth == 0 {
		return -maxTime
	}
	return clamp(clamp(now.Sub(d.epoch)) - d.depth)
}

// clip narrows first <= n < end to what still reaches into the time-shift
// buffer; alive is the first number that does. A list that is wholly behind the
// buffer stays as it is.
func (d *dvr) clip(alive, first, end int64) (int64, int64) {
	if alive >= end {
		return first, end
	}
	return max(first, alive), end
}

func clamp(d time.Duration) time.Duration { return max(-maxTime, min(d, maxTime)) }
