package manifest

import (
	"sort"
	"time"
)

// listed is a track written out: HLS, SegmentList, SegmentBase.
type listed struct {
	segments []Segment
	dvr      *dvr // dynamic MPDs only
}

func (l *listed) bounds() (first, end int64) {
	if len(l.segments) == 0 {
		return 0, 0
	}
	first = l.segments[0].Number
	return first, first + int64(len(l.segments))
}

func (l *listed) segment(n int64) Segment { return l.segments[n-l.segments[0].Number] }

func (l *listed) find(t time.Duration) int64 {
	first, _ := l.bounds()
	return first + int64(sort.Search(len(l.segments), func(i int) bool { return l.segments[i].End() > t }))
}

func (l *listed) window(now time.Time) (first, end int64) {
	first, end = l.bounds()
	if l.dvr == nil {
		return first, end
	}
	available := sort.Search(len(l.segments), func(i int) bool { return l.segments[i].Available.After(now) })
	end = first + int64(available)
	return l.dvr.clip(l.find(l.dvr.begin(now)), first, end)
}

func (l *listed) finite() bool { return true }

// nominal is the duration of the first of segments.
func nominal(segments []Segment) time.Duration {
	if len(segments) == 0 {
		return 0
	}
	return segments[0].Duration
}
