package player

import (
	"slices"
	"sort"
	"time"

	"soak/manifest"
)

// hlsFrag is one segment of one rendition on the player's timeline; the zero hlsFrag
// is none.
type hlsFrag struct {
	seg        *manifest.Segment
	pres       *manifest.Presentation
	load       int // of the playlist, by which it is known
	list       int // index of the level or audio track
	sn         int64
	start, end time.Duration
	last       bool // the playlist's last, and no more will come
}

func (f *hlsFrag) none() bool              { return f.seg == nil }
func (f *hlsFrag) duration() time.Duration { return f.end - f.start }

func (f *hlsFrag) same(g *hlsFrag) bool {
	return !f.none() && !g.none() && f.sn == g.sn && f.list == g.list
}

// frag is segment i of d.
func (d *hlsDetails) frag(i, list int) hlsFrag {
	s := &d.segs[i]
	return hlsFrag{
		seg: s, pres: d.pres, load: d.load, list: list, sn: s.Number,
		start: s.Start + d.offset, end: s.End() + d.offset,
		last: !d.live && i == len(d.segs)-1,
	}
}

// within is the index of the segment to load for t, -1 when there is none: the
// one that holds t, or the next when t is within tolerance before it
// (findFragmentByPTS of src/controller/fragment-finders.ts). prev is the index of
// the segment loaded before, -1 when unknown or of another rendition.
func (d *hlsDetails) within(t, tolerance time.Duration, prev int) int {
	t -= d.offset
	if next := prev + 1; prev >= 0 && next < len(d.segs) && d.fits(next, t, tolerance) == 0 {
		return next
	}
	i := sort.Search(len(d.segs), func(i int) bool { return d.fits(i, t, tolerance) <= 0 })
	if i < len(d.segs) && d.fits(i, t, tolerance) == 0 {
		return i
	}
	if prev >= 0 && prev+1 < len(d.segs) {
		return prev + 1
	}
	return -1
}

// fits is 0 when segment i is right for t, 1 when it is too early, -1 when it is
// too late (fragmentWithinToleranceTest).
func (d *hlsDetails) fits(i int, t, tolerance time.Duration) int {
	s := &d.segs[i]
	if s.Start <= t && t < s.End() {
		return 0
	}
	tolerance = min(tolerance, s.Duration)
	switch {
	case s.End()-tolerance <= t:
		return 1
	case s.Start-tolerance > t && i > 0:
		return -1
	}
	return 0
}

// fragState is what became of a fragment.
type fragState uint8

const (
	notLoaded fragState = iota
	appending
	partial // some of its parts
	appended
	gapped // given up: the playhead will jump over it
)

// fragRecord is one fragment that was appended or given up.
type fragRecord struct {
	start, end time.Duration
	sn         int64
	list       int32 // beside state: a viewer remembers a hundred of them
	state      fragState
}

// fragTracker remembers what was appended (src/controller/fragment-tracker.ts),
// the latest last, and forgets what lies well behind the playhead.
type fragTracker []fragRecord

// trackedBack is how far behind the playhead fragments are remembered.
const trackedBack = time.Minute

func (t *fragTracker) set(f hlsFrag, state fragState, playhead time.Duration) {
	if r := t.record(f.list, f.sn); r != nil {
		r.state, r.start, r.end = state, f.start, f.end
		return
	}
	old := 0
	for old < len(*t) && (*t)[old].end < playhead-trackedBack {
		old++
	}
	if old > 32 {
		*t = append((*t)[:0], (*t)[old:]...)
	}
	*t = append(roomy(*t), fragRecord{f.start, f.end, f.sn, int32(f.list), state})
}

func (t fragTracker) state(list int, sn int64) fragState {
	if r := t.record(list, sn); r != nil {
		return r.state
	}
	return notLoaded
}

func (t fragTracker) record(list int, sn int64) *fragRecord {
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].sn == sn && t[i].list == int32(list) {
			return &t[i]
		}
	}
	return nil
}

// at is the latest record that covers pos, ends included.
func (t fragTracker) at(pos time.Duration) *fragRecord {
	for i := len(t) - 1; i >= 0; i-- {
		if t[i].start <= pos && pos <= t[i].end {
			return &t[i]
		}
	}
	return nil
}

// forget makes a fragment loadable again.
func (t *fragTracker) forget(list int, sn int64) {
	*t = slices.DeleteFunc(*t, func(r fragRecord) bool { return r.list == int32(list) && r.sn == sn })
}

// forgetGaps makes fragments from pos on loadable again, as a seek does.
func (t *fragTracker) forgetGaps(pos time.Duration) {
	kept := (*t)[:0]
	for _, r := range *t {
		if r.state != gapped || r.end < pos {
			kept = append(kept, r)
		}
	}
	*t = kept
}

// ccSet is a set of discontinuity sequence numbers: one or two.
type ccSet []int64

func (s ccSet) has(cc int64) bool { return slices.Contains(s, cc) }

func (s *ccSet) add(cc int64) {
	if !s.has(cc) {
		*s = append(*s, cc)
	}
}

// forget drops what is below cc.
func (s *ccSet) forget(cc int64) {
	*s = slices.DeleteFunc(*s, func(known int64) bool { return known < cc })
}
