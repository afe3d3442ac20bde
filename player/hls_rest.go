package player

import (
	"time"
)

// A tick after an append finds nothing to do while a live playlist is loaded to its end,
// as mostly: what is new comes with its next load. Where that is certain it is left out.

// onward looks for more at once, where there may be some.
func (p *hlsPipeline) onward() {
	if p.ticking || p.state != hlsIdle || !p.rests() {
		p.tick()
		return
	}
	p.wake.Stop()
	p.recheck = 0
}

func (p *hlsPipeline) rests() bool {
	if !p.isAudio() {
		return p.mainRests()
	}
	now := p.h.now()
	if !p.restsUntil(now.Add(hlsTick)) {
		return false
	}
	p.rested = now
	return true
}

// mainRests tells whether a tick now would do no more than to choose the level again that
// is loaded from.
func (p *hlsPipeline) mainRests() bool {
	h, level := p.h, p.h.loadLevel
	if level < 0 || level >= len(h.levels) || h.dead || p.lastLoaded == nil {
		return false
	}
	l, pos := &h.levels[level].hlsPlaylist, p.booked()
	end, near := h.el.buffers[p.media].lastReach(pos, h.opt.maxBufferHole)
	d, ahead := l.details, end-pos
	return near && d != nil && l == h.levelLoader.current && pos < d.fragEnd() && p.hasAll(d, level, end) &&
		ahead < min(h.aim.length, h.aim.most) && !d.expired(h.date()) && h.abr.stays(h.el.unscaled(ahead))
}

// hasAll tells whether everything that a live playlist lists is in the buffer, so that
// nothing is to fetch before its next load. (What follows in idleAudio and in idleMain
// comes to the same.)
func (p *hlsPipeline) hasAll(d *hlsDetails, list int, end time.Duration) bool {
	return end >= d.fragEnd() && d.live && p.lastLoaded.details.live && p.startRequested &&
		!p.loadingParts && len(d.parts) == 0 && p.tracker.state(list, d.endSN()) == appended
}

// mainAppended looks, at the next tick of the poller, for audio that may be loaded now
// that main has gone on; not where it is certain that there will be none by then.
func (p *hlsPipeline) mainAppended() {
	now := p.h.now()
	if p.h.prompt && !p.wake.Pending() && (p.rested == now || p.restsUntil(now.Add(hlsTick))) {
		p.resting = p.grid(now)
		return
	}
	p.onGrid(now)
}

// restsUntil tells whether ticks up to t would do nothing, unless the playhead jumps.
func (p *hlsPipeline) restsUntil(t instant) bool {
	h, list := p.h, p.h.track
	if list == nil || list.details == nil || p.lastLoaded == nil {
		return false
	}
	const enough = time.Second // the playhead does not come near the end within a tick
	d, pos := list.details, p.booked()
	end, near := h.el.buffers[p.media].lastReach(pos, h.opt.maxBufferHole)
	return near && pos+enough < d.fragEnd() && p.hasAll(d, list.id, end) &&
		!d.expired(h.date().Add(t.Sub(h.now()))) && !d.tuning()
}
