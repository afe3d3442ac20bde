package player

import (
	"time"
)

// Fragments are looked for by their index in the playlist: -1 is none, and the one after
// the last is the segment being made.

// nextFragment is the fragment to fetch for the end of the forward buffer, none
// when there is none yet (base-stream-controller.ts, getNextFragment). Runs of
// fragments that were given up are walked over.
func (p *hlsPipeline) nextFragment(end time.Duration, d *hlsDetails, list int) int {
	i := d.listed(p.fragmentFor(end, d, list))
	if i < 0 || p.nextLoad <= end {
		return i
	}
	switch p.tracker.state(list, d.sn(i)) {
	case appended:
		return -1
	case gapped:
		return d.listed(p.fragmentFor(p.nextLoad, d, list))
	}
	return i
}

// listed is i where there is such a fragment: of the segment being made there may not be
// any part yet.
func (d *hlsDetails) listed(i int) int {
	if i == len(d.segs) && (d.building == nil || len(d.building.Parts) == 0) {
		return -1
	}
	return i
}

// sn is the number of a fragment that is there.
func (d *hlsDetails) sn(i int) int64 {
	if i == len(d.segs) {
		return d.building.Number
	}
	return d.segs[i].Number
}

func (p *hlsPipeline) fragmentFor(pos time.Duration, d *hlsDetails, list int) int {
	if d.live && len(d.segs) < p.h.opt.liveListed {
		return -1
	}
	if d.live && p.h.opt.lowLatency && len(d.parts) > 0 && !p.startRequested {
		p.loadingParts = true // for the first live fragment
	}
	switch {
	case d.live && (!d.known && !p.startRequested && p.startPosition == unset || pos < d.start()):
		if i := p.initialLive(d, list); i >= 0 {
			return i
		}
	case !d.live && pos <= d.start():
		return p.skipTagged(0, d, list)
	}
	return p.fragmentAt(pos, d, list, !p.startRequested)
}

// initialLive is the fragment to begin a live playlist with: the one after what
// was appended before, or the one at the sync position (getInitialLiveFragment).
func (p *hlsPipeline) initialLive(d *hlsDetails, list int) int {
	sync := p.h.syncPosition(p.h.latest)
	var i int
	if !p.prev.none() {
		i = p.following(d)
	} else {
		i = p.fragmentAt(sync, d, list, true)
	}
	start := sync
	if wish := p.h.main.startPosition; wish != unset && wish >= d.start() {
		start = wish
	}
	if frag := d.frag(i, list); !frag.none() {
		start = max(start, frag.start)
	}
	start = max(start, d.start())
	p.startPosition, p.nextLoad = start, start
	return i
}

// following is the fragment after the one appended last, found in a playlist
// whose place on the timeline is not certain: by date, by number, or by
// discontinuity.
func (p *hlsPipeline) following(d *hlsDetails) int {
	prev := &p.prev
	if d.hasDates() && !prev.seg.ProgramDateTime.IsZero() {
		end := prev.seg.ProgramDateTime.Add(prev.seg.Duration)
		for i := range d.segs {
			s := &d.segs[i]
			if s.ProgramDateTime.Add(s.Duration - min(lookUpTolerance, s.Duration)).After(end) {
				return i
			}
		}
	}
	if i := d.at(prev.sn + 1); i >= 0 && d.segs[i].Discontinuity == prev.seg.Discontinuity {
		return i
	}
	return d.nearest(prev.seg.Discontinuity, prev.end)
}

// nearest is the fragment of a discontinuity closest to pos, none when there
// is none (findNearestWithCC).
func (d *hlsDetails) nearest(cc int64, pos time.Duration) int {
	first := firstOfCC(d.segs, cc)
	best := first
	for i := first; i >= 0 && i < len(d.segs) && d.segs[i].Discontinuity == cc; i++ {
		best = i
		if d.segs[i].End()+d.offset > pos {
			break
		}
	}
	return best
}

// fragmentAt is the fragment for pos, or the next when that one is done with, none
// when the playlist does not have it yet (getFragmentAtPosition). While parts are
// loaded, the segment being made counts as the last.
func (p *hlsPipeline) fragmentAt(pos time.Duration, d *hlsDetails, list int, exact bool) int {
	n, end, building := len(d.segs), d.fragEnd(), false
	if p.loadingParts && len(d.parts) > 0 {
		end = d.edge()
		if sn, _ := d.lastPart(); sn > d.endSN() {
			n, building = n+1, true
		}
	}
	prev := p.previous(d, list)
	i := n - 1
	if pos < end {
		tolerance := lookUpTolerance
		if exact || p.loadingParts || pos > end-lookUpTolerance {
			tolerance = 0
		}
		i = d.within(pos, tolerance, prev)
		if i < 0 && building && pos >= d.fragEnd() {
			i = n - 1
		}
	}
	if i < 0 {
		return -1
	}
	if p.through(d, list, i, prev) {
		if i++; i >= n || i < len(d.segs) && p.tracker.state(list, d.firstSN+int64(i)) == appended {
			return -1
		}
	}
	if i == len(d.segs) {
		return i
	}
	return p.skipTagged(i, d, list)
}

// previous is the index of the fragment appended last, -1 when it is of another
// playlist or was removed since.
func (p *hlsPipeline) previous(d *hlsDetails, list int) int {
	switch {
	case p.prev.none() || p.prev.list != list || p.tracker.state(list, p.prev.sn) == notLoaded:
		return -1
	case d.building != nil && p.prev.sn == d.building.Number:
		return len(d.segs)
	}
	return d.at(p.prev.sn)
}

// through tells whether segment i needs no more loading.
func (p *hlsPipeline) through(d *hlsDetails, list, i, prev int) bool {
	sn := d.firstSN + int64(i)
	state := p.tracker.state(list, sn)
	if state != appended && state != gapped && i != prev {
		return false
	}
	return !p.loadingParts || len(d.parts) == 0 || !d.live || d.parts[0].seg.Number > sn || !p.unloadedPart(d, list, sn)
}

// skipTagged passes over segments with EXT-X-GAP, which are not to be fetched
// (RFC 8216bis section 4.4.4.7). The original looks for a level without the gap
// first; a gap is hardly ever in one level only.
func (p *hlsPipeline) skipTagged(i int, d *hlsDetails, list int) int {
	for d.segs[i].Gap {
		f := d.frag(i, list)
		p.tracker.set(&f, gapped, p.playhead())
		p.h.gap.poke()
		if i++; i >= len(d.segs) {
			return -1
		}
	}
	return i
}
