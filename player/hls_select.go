package player

import (
	"time"
)

// nextFragment is the fragment to fetch for the end of the forward buffer, none
// when there is none yet (base-stream-controller.ts, getNextFragment). Runs of
// fragments that were given up are walked over.
func (p *hlsPipeline) nextFragment(fwd forwardBuffer, d *hlsDetails, list int) hlsFrag {
	frag := p.fragmentFor(fwd.end, d, list)
	if frag.none() || p.nextLoad <= fwd.end {
		return frag
	}
	switch p.tracker.state(list, frag.sn) {
	case appended:
		return hlsFrag{}
	case gapped:
		return p.fragmentFor(p.nextLoad, d, list)
	}
	return frag
}

func (p *hlsPipeline) fragmentFor(pos time.Duration, d *hlsDetails, list int) hlsFrag {
	if d.live && len(d.segs) < p.h.opt.liveListed {
		return hlsFrag{}
	}
	if d.live && p.h.opt.lowLatency && len(d.parts) > 0 && !p.startRequested {
		p.loadingParts = true // for the first live fragment
	}
	switch {
	case d.live && (!d.known && !p.startRequested && p.startPosition == unset || pos < d.start()):
		if frag := p.initialLive(pos, d, list); !frag.none() {
			return frag
		}
	case !d.live && pos <= d.start():
		return p.skipTagged(d.frag(0, list), d, list)
	}
	return p.fragmentAt(pos, d, list, !p.startRequested)
}

// initialLive is the fragment to begin a live playlist with: the one after what
// was appended before, or the one at the sync position (getInitialLiveFragment).
func (p *hlsPipeline) initialLive(pos time.Duration, d *hlsDetails, list int) hlsFrag {
	sync := p.h.syncPosition(p.h.latest)
	var frag hlsFrag
	if !p.prev.none() {
		frag = p.following(d, list)
	} else {
		frag = p.fragmentAt(sync, d, list, true)
	}
	start := sync
	if wish := p.h.main.startPosition; wish != unset && wish >= d.start() {
		start = wish
	}
	if !frag.none() {
		start = max(start, frag.start)
	}
	start = max(start, d.start())
	p.startPosition, p.nextLoad = start, start
	return frag
}

// following is the fragment after the one appended last, found in a playlist
// whose place on the timeline is not certain: by date, by number, or by
// discontinuity.
func (p *hlsPipeline) following(d *hlsDetails, list int) hlsFrag {
	prev := &p.prev
	if d.hasDates() && !prev.seg.ProgramDateTime.IsZero() {
		end := prev.seg.ProgramDateTime.Add(prev.seg.Duration)
		for i := range d.segs {
			s := &d.segs[i]
			if s.ProgramDateTime.Add(s.Duration - min(lookUpTolerance, s.Duration)).After(end) {
				return d.frag(i, list)
			}
		}
	}
	if i := d.at(prev.sn + 1); i >= 0 && d.segs[i].Discontinuity == prev.seg.Discontinuity {
		return d.frag(i, list)
	}
	return d.nearest(prev.seg.Discontinuity, prev.end, list)
}

// nearest is the fragment of a discontinuity closest to pos, none when there
// is none (findNearestWithCC).
func (d *hlsDetails) nearest(cc int64, pos time.Duration, list int) hlsFrag {
	first := firstOfCC(d.segs, cc)
	if first < 0 {
		return hlsFrag{}
	}
	best := first
	for i := first; i < len(d.segs) && d.segs[i].Discontinuity == cc; i++ {
		best = i
		if d.segs[i].End()+d.offset > pos {
			break
		}
	}
	return d.frag(best, list)
}

// fragmentAt is the fragment for pos, or the next when that one is done with, none
// when the playlist does not have it yet (getFragmentAtPosition). While parts are
// loaded, the segment being made counts as the last.
func (p *hlsPipeline) fragmentAt(pos time.Duration, d *hlsDetails, list int, exact bool) hlsFrag {
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
		return hlsFrag{}
	}
	if p.through(d, list, i, prev) {
		if i++; i >= n || i < len(d.segs) && p.tracker.state(list, d.firstSN+int64(i)) == appended {
			return hlsFrag{}
		}
	}
	if i == len(d.segs) {
		return d.hint(list)
	}
	return p.skipTagged(d.frag(i, list), d, list)
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
func (p *hlsPipeline) skipTagged(f hlsFrag, d *hlsDetails, list int) hlsFrag {
	for f.seg.Gap {
		p.tracker.set(f, gapped, p.playhead())
		p.h.gap.poke()
		i := d.at(f.sn) + 1
		if i >= len(d.segs) {
			return hlsFrag{}
		}
		f = d.frag(i, list)
	}
	return f
}
