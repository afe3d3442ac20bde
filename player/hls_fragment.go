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
	sn         int64
	start, end time.Duration
	list       int  // index of the level or audio track
	last       bool // the playlist's last, and no more will come
}

func (f *hlsFrag) none() bool              { return f.seg == nil }
func (f *hlsFrag) duration() time.Duration { return f.end - f.start }

func (f *hlsFrag) same(g *hlsFrag) bool {
	return !f.none() && !g.none() && f.sn == g.sn && f.list == g.list
}

// frag is segment i of d; none for -1, and the one being made for the one after the last.
func (d *hlsDetails) frag(i, list int) hlsFrag {
	switch {
	case i < 0:
		return hlsFrag{}
	case i == len(d.segs):
		return d.hint(list)
	}
	s := &d.segs[i]
	return hlsFrag{
		seg: s, list: list, sn: s.Number,
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
type fragTracker struct {
	records deque[fragRecord]
	newest  *fragRecord   // the last of them, which is asked for most; nil when that is not known
	top     int64         // no record has a higher sn: most that are asked for are new
	to      time.Duration // no record ends later
	young   time.Duration // what ended after that is not much to forget; zero: to be found
}

// How far behind the playhead fragments are remembered at least, and how many behind
// that are forgotten together.
const (
	trackedBack = time.Minute
	trackedOld  = 32
)

func (t *fragTracker) set(f *hlsFrag, state fragState, playhead time.Duration) {
	if f.sn <= t.top {
		if r := t.record(f.list, f.sn); r != nil {
			r.state, r.start, r.end = state, f.start, f.end
			t.to, t.young = max(t.to, f.end), 0
			return
		}
	}
	t.age(playhead - trackedBack)
	t.top, t.to = max(t.top, f.sn), max(t.to, f.end)
	t.newest = t.records.push(fragRecord{f.start, f.end, f.sn, int32(f.list), state})
}

// age forgets what ended before t when that is much.
func (t *fragTracker) age(before time.Duration) {
	if before <= t.young || t.records.len() <= trackedOld {
		return
	}
	if t.young = t.records.at(trackedOld).end; before <= t.young {
		return
	}
	old := 0
	for old < t.records.len() && t.records.at(old).end < before {
		old++
	}
	if old > trackedOld {
		t.records.shift(old)
		t.newest, t.young = nil, 0
	}
}

func (t *fragTracker) state(list int, sn int64) fragState {
	if sn > t.top {
		return notLoaded
	}
	return t.known(list, sn)
}

// known is state of what may be remembered.
func (t *fragTracker) known(list int, sn int64) fragState {
	if r := t.newest; r != nil && r.sn == sn && r.list == int32(list) {
		return r.state
	}
	if r := t.record(list, sn); r != nil {
		return r.state
	}
	return notLoaded
}

func (t *fragTracker) record(list int, sn int64) *fragRecord {
	if sn > t.top {
		return nil
	}
	if r := t.newest; r != nil && r.sn == sn && r.list == int32(list) {
		return r
	}
	for i := t.records.len() - 1; i >= 0; i-- {
		if r := t.records.at(i); r.sn == sn && r.list == int32(list) {
			return r
		}
	}
	return nil
}

// appended tells whether a fragment of any list is in.
func (t *fragTracker) appended(sn int64) bool {
	for i := t.records.len() - 1; i >= 0 && sn <= t.top; i-- {
		if r := t.records.at(i); r.sn == sn && r.state == appended {
			return true
		}
	}
	return false
}

// at is the latest record that covers pos, ends included.
func (t *fragTracker) at(pos time.Duration) *fragRecord {
	for i := t.records.len() - 1; i >= 0 && pos <= t.to; i-- {
		if r := t.records.at(i); r.start <= pos && pos <= r.end {
			return r
		}
	}
	return nil
}

// forget makes a fragment loadable again.
func (t *fragTracker) forget(list int, sn int64) {
	t.drop(func(r *fragRecord) bool { return r.list == int32(list) && r.sn == sn })
}

// forgetGaps makes fragments from pos on loadable again, as a seek does.
func (t *fragTracker) forgetGaps(pos time.Duration) {
	t.drop(func(r *fragRecord) bool { return r.state == gapped && r.end >= pos })
}

// drop forgets the records that are meant.
func (t *fragTracker) drop(meant func(*fragRecord) bool) {
	kept := 0
	for i := range t.records.len() {
		if r := t.records.at(i); !meant(r) {
			*t.records.at(kept) = *r
			kept++
		}
	}
	t.records.truncate(kept)
	t.newest, t.young = nil, 0
}

// ccSet is a set of discontinuity sequence numbers: one or two.
type ccSet []int64

func (s ccSet) has(cc int64) bool { return slices.Contains(s, cc) }

// add tells whether cc is new.
func (s *ccSet) add(cc int64) bool {
	if s.has(cc) {
		return false
	}
	*s = append(*s, cc)
	return true
}

// forget drops what is below cc.
func (s *ccSet) forget(cc int64) {
	*s = slices.DeleteFunc(*s, func(known int64) bool { return known < cc })
}
