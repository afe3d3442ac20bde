package player

import (
	"fmt"
	"time"

	"soak/loop"
	"soak/qoe"
)

// hlsGap frees a playhead that stands before a gap
// (src/controller/gap-controller.ts). The original polls; here a look is due one
// tick after the picture froze and one tick after anything that could help.
type hlsGap struct {
	h       *hls
	timer   loop.Timer
	onPoll  func() // poll, bound once
	skips   int    // since the playhead last moved
	nudges  int
	counted bool // this stall was reported already
}

// poke looks at the next tick of the poller if the playhead does not move.
func (g *hlsGap) poke() {
	if g.h.el.status != playing {
		g.frozen()
	}
}

func (g *hlsGap) frozen() {
	h := g.h
	if g.timer.Pending() || h.stopped || h.el.status != waiting && h.el.status != starting && h.el.status != seeking {
		return
	}
	at := h.grid(h.now().Add(1))
	if h.el.status != waiting {
		at = at.Add(hlsTick) // the first poll only notes that nothing moves
	}
	h.w.Poll(&g.timer, at.Sub(h.now()), g.onPoll)
}

// moving is told that the picture moves again.
func (g *hlsGap) moving() {
	g.timer.Stop()
	g.counted, g.skips, g.nudges = false, 0, 0
}

func (g *hlsGap) poll() {
	h := g.h
	switch {
	case !h.started || h.main == nil || h.el.moving():
	case h.el.status == starting:
		g.startGap()
	case h.el.status == seeking:
		if pos := h.el.position(); !h.main.fills(pos) && (h.audio == nil || !h.audio.fills(pos)) {
			g.startGap()
		}
	case h.el.status == waiting:
		if !g.counted {
			g.counted = true
			h.stalls++
		}
		g.jump()
	}
}

// startGap jumps to where the buffers begin when that is near.
func (g *hlsGap) startGap() {
	h, pos := g.h, g.h.el.position()
	reach := time.Duration(maxStartGapJump)
	if h.latest != nil && h.latest.live {
		reach = 2 * h.latest.target
	}
	to, ok := h.el.next(pos)
	if ok && !h.el.holds(pos) && (to-pos <= reach || h.main.tracker.at(pos) != nil) {
		h.seek(to+h.opt.holePadding, "")
	}
}

// jump skips a hole that nothing more will fill (_trySkipBufferHole), or else
// nudges the playhead over a small one (_tryNudgeBuffer).
func (g *hlsGap) jump() {
	h, pos := g.h, g.h.el.position()
	if h.el.playable() > h.opt.maxBufferHole {
		g.flush(pos)
		return
	}
	to, ok := h.el.next(pos)
	if !ok {
		return
	}
	known := h.main.tracker.at(pos)
	if known == nil && h.audio != nil {
		if r := h.audio.tracker.at(pos); r != nil && r.state == gapped {
			known = r
		}
	}
	behind := h.latest != nil && h.latest.live && pos < h.latest.start()
	if (known != nil || behind) && g.walked(known, to) {
		g.skips++
		if g.skips > h.opt.nudgeMax {
			h.fail(qoe.Segment, fmt.Sprintf("bufferSeekOverHole: playhead still not moving after %d attempts", h.opt.nudgeMax))
			return
		}
		h.seek(to+h.opt.holePadding, "gap")
		return
	}
	g.nudge(pos, to)
}

// walked tells whether every fragment of the hole was tried, and none that could
// fill it is on its way.
func (g *hlsGap) walked(known *fragRecord, to time.Duration) bool {
	h := g.h
	if to-h.el.position() <= h.opt.maxBufferHole || known == nil {
		return true
	}
	if h.loadLevel < 0 || h.levels[h.loadLevel].details == nil || h.main.fills(to) || h.audio != nil && h.audio.fills(to) {
		return false
	}
	for pos := known.end; pos < to; {
		r := h.main.tracker.at(pos + 1)
		if r == nil && h.audio != nil {
			r = h.audio.tracker.at(pos + 1)
		}
		if r == nil || r.end <= pos {
			return false
		}
		pos = r.end
	}
	return true
}

// fills tells whether a fragment under way starts before t (getInFlightDependency).
func (p *hlsPipeline) fills(t time.Duration) bool {
	return p.loading != nil && p.state != hlsIdle && p.state != hlsFinished && p.state != hlsStopped && p.loading.frag.start <= t
}

// flush frees an element that stands still with more at the playhead than the few
// milliseconds by which sound and video end apart: it has played on with sound over a
// hole of the video, and finds the video behind it only by a seek (see soundAlone).
func (g *hlsGap) flush(pos time.Duration) {
	h := g.h
	if len(h.el.buffers[h.main.media]) > 1 {
		g.push(pos)
	}
}

// nudge moves the playhead over a hole between neighbouring fragments.
func (g *hlsGap) nudge(pos, to time.Duration) {
	h := g.h
	here, there := h.main.tracker.at(pos), h.main.tracker.at(to)
	neighbours := here != nil && there != nil && there.sn-here.sn < 2
	if to-pos >= h.opt.maxBufferHole && !neighbours {
		return
	}
	g.push(pos)
}

// push moves the playhead a little, each time farther, three times, then gives up
// (_tryNudgeBuffer).
func (g *hlsGap) push(pos time.Duration) {
	h := g.h
	if g.nudges >= h.opt.nudgeMax {
		h.fail(qoe.Segment, fmt.Sprintf("bufferStalledError: playhead still not moving after %d nudges", h.opt.nudgeMax))
		return
	}
	g.nudges++
	h.seek(pos+time.Duration(g.nudges)*h.opt.nudgeOffset, "nudge")
	g.poke()
}
