package player

import (
	"time"

	"soak/manifest"
)

// hlsPart is one EXT-X-PART of a playlist (Part of src/loader/fragment.ts); the zero
// hlsPart is none.
type hlsPart struct {
	seg   *manifest.Segment // the segment it is of; one without Ref is not complete yet
	part  *manifest.Part
	index int // in the segment
}

func (p hlsPart) none() bool { return p.part == nil }

// listParts collects the parts of a playlist, in order.
func listParts(segs []manifest.Segment, building *manifest.Segment) []hlsPart {
	var parts []hlsPart
	add := func(s *manifest.Segment) {
		for i := range s.Parts {
			parts = append(parts, hlsPart{s, &s.Parts[i], i})
		}
	}
	for i := range segs {
		add(&segs[i])
	}
	if building != nil {
		add(building)
	}
	return parts
}

func (d *hlsDetails) partStart(p hlsPart) time.Duration { return p.part.Start + d.offset }
func (d *hlsDetails) partEnd(p hlsPart) time.Duration {
	return p.part.Start + p.part.Duration + d.offset
}

// lastPart is the number of the segment that the latest part is of, and the
// part's index; the last segment and -1 without parts.
func (d *hlsDetails) lastPart() (sn int64, index int) {
	if n := len(d.parts); n > 0 {
		return d.parts[n-1].seg.Number, d.parts[n-1].index
	}
	return d.endSN(), -1
}

// fullIndex is the highest index of a part of the latest complete segment, which
// is what the segment being made will grow to (maxPartIndex).
func (d *hlsDetails) fullIndex() int {
	_, last := d.lastPart()
	for i := len(d.parts) - 1; i >= 0; i-- {
		if d.parts[i].index > last {
			return d.parts[i].index
		}
	}
	return last
}

// hint is the segment being made, as a fragment; none when no parts of it exist.
func (d *hlsDetails) hint(list int) hlsFrag {
	s := d.building
	if s == nil || len(s.Parts) == 0 {
		return hlsFrag{}
	}
	return hlsFrag{seg: s, list: list, sn: s.Number, start: s.Start + d.offset, end: s.End() + d.offset}
}

// whole is the fragment that a part is of.
func (d *hlsDetails) whole(p hlsPart, list int) hlsFrag {
	if p.seg == d.building {
		return d.hint(list)
	}
	if i := d.at(p.seg.Number); i >= 0 {
		return d.frag(i, list)
	}
	return hlsFrag{}
}

// find is part index of segment sn.
func (d *hlsDetails) find(sn int64, index int) (hlsPart, bool) {
	for i := len(d.parts) - 1; i >= 0; i-- {
		if p := d.parts[i]; p.seg.Number == sn && p.index == index {
			return p, true
		}
	}
	return hlsPart{}, false
}

// partKey names a part across reloads.
type partKey struct {
	list  int
	sn    int64
	index int
}

// partLog remembers which parts a pipeline has loaded or given up.
type partLog struct {
	loaded map[partKey]bool // false: given up, as EXT-X-PART with GAP
}

func (l *partLog) set(key partKey, loaded bool) {
	if l.loaded == nil {
		l.loaded = make(map[partKey]bool)
	}
	l.loaded[key] = loaded
	for old := range l.loaded { // no order shows: everything old goes
		if old.sn < key.sn-8 {
			delete(l.loaded, old)
		}
	}
}

// state tells whether a part was loaded, and whether it is not to be.
func (l *partLog) state(list int, p hlsPart) (loaded, gap bool) {
	was, known := l.loaded[partKey{list, p.seg.Number, p.index}]
	return known && was, p.part.Gap || known && !was
}

// shouldLoadParts tells whether to load parts instead of whole segments: when the
// buffer reaches beyond the first part and what comes after the last segment, and
// the playhead is near enough (base-stream-controller.ts).
func (p *hlsPipeline) shouldLoadParts(d *hlsDetails, bufferEnd time.Duration) bool {
	if !p.h.opt.lowLatency || d == nil || len(d.parts) == 0 {
		return false
	}
	first := d.parts[0]
	safe := d.partEnd(first)
	if d.building != nil {
		safe += d.building.Duration
	}
	return bufferEnd >= safe && p.playhead() > d.partStart(first)-first.seg.Duration
}

// unloadedPart tells whether a segment has parts that could still be loaded.
func (p *hlsPipeline) unloadedPart(d *hlsDetails, list int, sn int64) bool {
	for _, part := range d.parts {
		if loaded, gap := p.parts.state(list, part); part.seg.Number == sn && !loaded && !gap {
			return true
		}
	}
	return false
}

// nextPart is the part to load for a fragment and a moment: the one after the
// last that was loaded, or one that can be begun with (getNextPart).
func (p *hlsPipeline) nextPart(d *hlsDetails, f hlsFrag, target time.Duration) (hlsPart, bool) {
	next, contiguous, noneIndependent := -1, false, true
	for i, part := range d.parts {
		noneIndependent = noneIndependent && !part.part.Independent
		if next >= 0 && target < d.partStart(part) {
			break
		}
		loaded, gap := p.parts.state(f.list, part)
		switch {
		case loaded || gap:
			next = -1
		case contiguous, (part.part.Independent || noneIndependent) && part.seg.Number == f.sn:
			next = i
		}
		contiguous = loaded && !gap
	}
	if next < 0 {
		return hlsPart{}, false
	}
	return d.parts[next], true
}

// partsDone tells that everything up to a moment was loaded (loadedEndOfParts).
func (p *hlsPipeline) partsDone(d *hlsDetails, list int, target time.Duration) bool {
	for i := len(d.parts) - 1; i >= 0; i-- {
		if loaded, _ := p.parts.state(list, d.parts[i]); !loaded {
			return false
		}
		if target > d.partStart(d.parts[i]) {
			return true
		}
	}
	return false
}

// load asks for a fragment, or for the next of its parts (_doFragLoad).
func (p *hlsPipeline) load(f *hlsFrag, d *hlsDetails, target time.Duration) {
	if len(d.parts) == 0 || p.testing {
		p.fetch(f, hlsPart{}, d)
		return
	}
	p.loadPart(*f, d, target)
}

func (p *hlsPipeline) loadPart(f hlsFrag, d *hlsDetails, target time.Duration) {
	if !f.same(&p.prev) {
		p.loadingParts = p.shouldLoadParts(d, f.end)
	}
	whole := f.seg.Ref.URI != ""
	if !p.loadingParts {
		if whole {
			p.fetch(&f, hlsPart{}, d)
		}
		return
	}
	target = max(target, f.start)
	if hint := d.hint(f.list); !hint.none() && target > d.fragEnd() {
		f, whole = hint, false
	}
	part, ok := p.nextPart(d, f, target)
	switch {
	case ok:
		if f = d.whole(part, f.list); f.none() {
			return
		}
		if !f.same(&p.prev) && !p.shouldLoadParts(d, f.end) {
			p.loadingParts = false
			p.recheck = 1
			return
		}
		p.fetch(&f, part, d)
	case whole && !p.partsDone(d, f.list, target):
		p.loadingParts = false
		p.fetch(&f, hlsPart{}, d)
	}
}

// partLoaded goes on with the next part of the segment if there is one already
// (doFragPartsLoad), and tells whether it does.
func (p *hlsPipeline) partLoaded(f *hlsLoadingFrag) bool {
	p.parts.set(partKey{f.frag.list, f.frag.sn, f.part.index}, true)
	d := p.list(f.frag.list).details
	if next, ok := d.find(f.frag.sn, f.part.index+1); ok {
		if frag := d.whole(next, f.frag.list); !frag.none() {
			f.spent = true
			p.request(&frag, next, d)
			return true
		}
	}
	p.loadingParts = f.frag.sn > d.endSN() || p.shouldLoadParts(d, f.frag.end)
	return false
}
