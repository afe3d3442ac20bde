package manifest

import (
	"math"
	"sort"
	"time"

	"github.com/zencoder/go-dash/v3/mpd"
)

// maxSegments bounds how many segments a timeline may have: eleven days of
// two-second segments. More is a mistake or an attack (S@r="1000000000000").
const maxSegments = 500_000

// timeline is a SegmentTimeline (clause 5.3.9.6), kept as the runs it is written
// in: a rendition costs no memory per segment, and @r cannot make it grow.
type timeline struct {
	address
	timelineRuns
	count int64 // of segments
}

// timelineRuns is shared between the renditions of a set.
type timelineRuns struct {
	runs []run
	open bool // the last run goes on for ever

	longest int64 // of all @d
}

// run is an S element: count segments of d units from t on.
type run struct {
	t, d  int64
	count int64
	index int64 // of its first segment

	element int // of which S, counted from 0
}

func (r run) end() int64 { return r.t + r.d*r.count }

// maxMediaTime keeps sums of media times from overflowing.
const maxMediaTime = math.MaxInt64 / 4

// readTimeline makes runs of S elements. A negative @r repeats to the next S or
// to the end of the period, periodEnd in media time; with no period end yet
// (periodEnd < 0) it is open.
func readTimeline(from []*mpd.SegmentTimelineSegment, periodEnd int64) (timelineRuns, *Error) {
	runs, open, longest := make([]run, 0, len(from)), false, int64(0)
	var next, index int64
	for i, s := range from {
		r := run{t: next, d: int64(s.Duration), count: 1, index: index, element: i}
		if s.StartTime != nil {
			r.t = int64(*s.StartTime)
		}
		if s.Duration == 0 || s.Duration > maxMediaTime || r.t < 0 || r.t > maxMediaTime {
			return timelineRuns{}, unsupported(0, "S element %d: @t or @d is out of range", i+1)
		}
		if last := len(runs) - 1; last >= 0 && (r.t <= runs[last].end()-runs[last].d || r.t+r.d < runs[last].end()) {
			return timelineRuns{}, unsupported(0, "S element %d begins before the one before it", i+1)
		}
		var bad *Error
		if r.count, open, bad = repeats(from, i, r, periodEnd); bad != nil {
			return timelineRuns{}, bad
		}
		if r.count > 0 {
			runs, longest = append(runs, r), max(longest, r.d)
			next, index = r.end(), index+r.count
		}
	}
	return timelineRuns{runs, open, longest}, nil
}

// repeats is how many segments an S element stands for.
func repeats(from []*mpd.SegmentTimelineSegment, i int, r run, periodEnd int64) (count int64, open bool, bad *Error) {
	repeat := int64(0)
	if from[i].RepeatCount != nil {
		repeat = int64(*from[i].RepeatCount)
	}
	switch last := i == len(from)-1; {
	case repeat >= 0:
		count = min(repeat, maxSegments) + 1
	case !last && from[i+1].StartTime == nil:
		return 0, false, unsupported(0, "S element %d has @r < 0 and the next one has no @t", i+1)
	case !last:
		count = ceilDiv(int64(min(*from[i+1].StartTime, maxMediaTime))-r.t, r.d)
	case periodEnd >= 0:
		count = ceilDiv(periodEnd-r.t, r.d)
	default:
		return (maxMediaTime - r.t) / r.d, true, nil
	}
	if count > maxSegments || r.index+count > maxSegments {
		return 0, false, unsupported(0, "S element %d makes more than %d segments", i+1, maxSegments)
	}
	if r.d > (maxMediaTime-r.t)/max(count, 1) {
		return 0, false, unsupported(0, "S element %d reaches out of range", i+1)
	}
	return count, false, nil
}

func newTimeline(a address, runs timelineRuns) (*timeline, *Error) {
	tl := &timeline{address: a, timelineRuns: runs}
	if len(runs.runs) == 0 {
		return tl, nil
	}
	last := runs.runs[len(runs.runs)-1]
	tl.count = last.index + last.count
	if runs.open {
		room := (a.mediaTime(maxTime) - last.t) / last.d
		tl.count = last.index + max(0, min(last.count, room))
	} else if a.at(last.end()) >= maxTime {
		return nil, unsupported(0, "the SegmentTimeline is longer than 100 years")
	}
	return tl, nil
}

func (tl *timeline) bounds() (first, end int64) { return tl.first, tl.first + tl.count }

func (tl *timeline) segment(n int64) Segment {
	i := n - tl.first
	at := sort.Search(len(tl.runs), func(j int) bool { return tl.runs[j].index > i }) - 1
	r := tl.runs[at]
	t := r.t + (i-r.index)*r.d
	return tl.make(n, t, t+r.d)
}

// ended is how many segments end at or before media time t.
func (tl *timeline) ended(t int64) int64 {
	at := sort.Search(len(tl.runs), func(j int) bool { return tl.runs[j].t+tl.runs[j].d > t }) - 1
	if at < 0 {
		return 0
	}
	r := tl.runs[at]
	return min(tl.count, r.index+min(r.count, (t-r.t)/r.d))
}

func (tl *timeline) find(t time.Duration) int64 { return tl.first + tl.ended(tl.mediaTime(t)) }

func (tl *timeline) window(now time.Time) (first, end int64) {
	first, end = tl.bounds()
	if tl.dvr == nil {
		return first, end
	}
	end = min(end, tl.find(tl.dvr.edge(now)))
	return tl.dvr.clip(tl.find(tl.dvr.begin(now)), first, end)
}

func (tl *timeline) finite() bool { return !tl.open }
