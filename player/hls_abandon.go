package player

import (
	"math"
	"time"

	"soak/qoe"
)

// timedOut takes in what a fragment that timed out tells of the network.
func (a *hlsABR) timedOut(came arrival) {
	took := a.h.now().Sub(came.start)
	if ttfb, ok := came.ttfb(); ok && came.bytes > 0 {
		a.bw.sample(took-min(a.bw.firstByte(), ttfb), came.bytes)
		return
	}
	a.bw.sampleTTFB(took)
}

// watch looks whether the fragment under way should be abandoned
// (_abandonRulesCheck).
func (a *hlsABR) watch() {
	f := a.frag
	if f == nil || f.media == nil || a.h.main.loading != f {
		return
	}
	if !a.h.started || a.h.manual >= 0 || !a.h.el.wants() || !a.abandon(f) {
		a.h.w.Poll(&a.check, hlsTick, a.onWatch)
	}
}

// abandon gives the fragment up for a lower level if that comes sooner and the
// buffer will not last. It tells whether it did.
func (a *hlsABR) abandon(f *hlsLoadingFrag) bool {
	h, t := a.h, f.media.transfer
	took := h.now().Sub(f.media.start)
	var ttfb time.Duration = -1
	if first := t.FirstByte(); !first.IsZero() {
		ttfb = first.Sub(f.media.start)
	}
	starve, estimate := a.starvation(), a.bw.estimate()
	loaded := float64(t.Loaded())
	expected := max(loaded, float64(h.levels[f.frag.list].mean())*a.duration.Seconds()/8)
	if total := t.Total(); total > 0 {
		expected = float64(total)
	}
	flowing := loaded > 0 && ttfb >= 0 && took > ttfb

	remaining := a.bw.firstByte() + seconds(expected*8/estimate)
	rate := estimate
	if flowing {
		rate = loaded * 8 / (took - ttfb).Seconds()
		remaining = seconds((expected - loaded) * 8 / rate)
	}
	if remaining <= starve {
		return false
	}
	level, need := a.lower(f.frag.list, rate, starve)
	if need >= remaining || need > 10*a.duration {
		return false
	}
	if flowing {
		a.bw.sample(took-min(a.bw.firstByte(), ttfb), t.Loaded())
	} else {
		a.bw.sampleTTFB(took)
	}
	a.drop(f, level, starve, remaining, need)
	return true
}

// lower is the highest level below `from` whose next fragment comes in time, and
// how long it takes. As in the original the lowest level is what remains when
// none does, judged by the time of the one above it; from level 1 nothing is
// computed, so that a fragment of level 1 is never abandoned.
func (a *hlsABR) lower(from int, rate float64, starve time.Duration) (int, time.Duration) {
	h, need := a.h, time.Duration(math.MaxInt64)
	for level := from - 1; level > h.bottom(); level-- {
		l := h.levels[level]
		playlist := l.details == nil || h.latest != nil && h.latest.live
		need = a.fetchTime(rate, float64(l.peak())*a.duration.Seconds(), playlist)
		if need < min(starve, a.duration+a.bw.firstByte()) {
			return level, need
		}
	}
	return h.bottom(), need
}

// drop switches down and aborts: now when the rest would take more than twice as
// long as the lower level, else when that time has passed.
func (a *hlsABR) drop(f *hlsLoadingFrag, level int, starve, remaining, need time.Duration) {
	h := a.h
	bitrate := float64(h.levels[level].peak())
	if a.bw.estimate()*h.opt.factUp > bitrate {
		a.floor = min(level, h.first)
		a.reset(bitrate)
	}
	if best := a.find(bitrate, 0, starve, 1, 1, level); best >= 0 {
		level = best
	}
	h.note("fragment abandoned: loading too slowly")
	a.force(level)
	h.setLevel(level)
	if remaining > 2*need {
		a.abort(f, level)
	} else {
		h.w.Set(&a.check, need, func() { a.abort(f, level) })
	}
	h.main.abandoned()
}

// abort cancels the fragment and starts anew from the bit rate of what the buffer
// still allows. The original does neither for the lowest level: there the load of
// the replacement cancels it.
func (a *hlsABR) abort(f *hlsLoadingFrag, level int) {
	h := a.h
	if a.frag != f || h.loadLevel != level || level <= 0 {
		return
	}
	if h.main.loading == f {
		h.main.cancelLoading()
		h.main.state = hlsIdle
		h.main.soon()
	}
	a.frag = nil
	if level <= h.bottom() {
		return
	}
	low := a.find(float64(h.levels[h.bottom()].bitrate), 0, a.starvation(), 1, 1, level)
	if low < 0 {
		low = h.bottom()
	}
	a.force(low)
	h.setLevel(low)
	a.floor = min(low, h.first)
	a.reset(float64(h.levels[low].bitrate))
}

// bitrate is what the viewer's samples say of a main fragment.
func (f *hlsLoadingFrag) bitrate() int64 {
	p := f.pipe
	if p.media != qoe.Audio && f.frag.list < len(p.h.levels) {
		if b := p.h.levels[f.frag.list].bitrate; b > 0 {
			return b
		}
	}
	if d := f.frag.duration().Seconds(); d > 0 {
		return int64(float64(f.came.bytes) * 8 / d)
	}
	return 0
}
