package player

import (
	"time"

	"soak/qoe"
)

// What the pipeline of subtitles does otherwise than those of the media
// (subtitle-stream-controller.ts): it polls twice a second, knows no waiting state,
// and fills no source buffer. What of the timeline it has cues for is kept as that of
// the element's that nobody waits for. Parts of segments are not loaded as such.

// textTick is the interval of its poller.
const textTick = 500 * time.Millisecond

func (p *hlsPipeline) isText() bool { return p == p.h.text }

// grid is the first tick of the pipeline's poller not before t.
func (p *hlsPipeline) grid(t instant) instant {
	if p.isText() {
		return p.h.gridOf(t, textTick)
	}
	return p.h.grid(t)
}

// idleText asks for the next segment of subtitles: as far ahead as the video aims at
// and a target duration more (doTick).
func (p *hlsPipeline) idleText() {
	h, t := p.h, p.h.subtitle
	if t == nil || !t.laid || p.waitForLive(&t.hlsPlaylist, p.playhead()) || t.details.tuning() {
		p.startRequested = false
		return
	}
	d, fwd := t.details, p.forward()
	limit := max(h.maxBuffer(h.levels[h.loadLevel])+d.target, h.main.forward().length())
	if fwd.length() > limit {
		p.lookAgainIn(fwd.length() - limit)
		return
	}
	frag := d.frag(p.fragmentFor(fwd.end, d, t.id), t.id)
	if frag.none() || frag.end == fwd.end {
		return
	}
	frag = p.before(frag, d)
	if state := p.tracker.state(t.id, frag.sn); state == notLoaded || state == partial {
		p.request(&frag, hlsPart{}, d)
	}
}

// before is the segment before, if that was not loaded: its cues may last longer than
// itself, and playlists may not be cut alike. Else it is the segment itself.
func (p *hlsPipeline) before(f hlsFrag, d *hlsDetails) hlsFrag {
	i := d.at(f.sn) - 1
	if i < 0 || d.segs[i].Discontinuity != f.seg.Discontinuity || len(d.parts) > 0 || p.tracker.state(f.list, d.segs[i].Number) != notLoaded {
		return f
	}
	return d.frag(i, f.list)
}

// cues takes a segment in once the main stream's timestamps tell when its cues are due
// (timeline-controller.ts, _parseVTTs and onInitPtsFound). The page itself reads them.
func (p *hlsPipeline) cues(f *hlsLoadingFrag) {
	p.parked = f
	if p.h.timestamps.has(f.frag.seg.Discontinuity) {
		p.h.w.Set(&p.h.subtitles.reading, decoding(p.h.w, parseTime), p.h.subtitles.onRead)
	}
}

// read goes on once the cues were read.
func (p *hlsPipeline) read() {
	f := p.parked
	if !p.pending() || f.failed {
		return
	}
	start, end := f.span()
	p.h.el.buffers[qoe.Text] = p.h.el.buffers[qoe.Text].add(start, end, 1)
	p.tracker.set(&f.frag, appended, p.playhead())
	p.prev, p.parked, p.state, f.spent = f.frag, nil, hlsIdle, true
	p.soon()
}

// timed tells subtitles that wait that the main stream's timestamps are known.
func (h *hls) timed() {
	if p := h.text; p != nil && p.pending() && !h.subtitles.reading.Pending() {
		p.cues(p.parked)
	}
}

// forgetCues forgets what lies a second and more before t, as the media's back buffer
// goes (onBufferFlushing).
func (h *hls) forgetCues(t time.Duration) {
	if t -= time.Second; h.text != nil && t > 0 {
		h.el.buffers[qoe.Text] = h.el.buffers[qoe.Text].cut(0, t)
		h.text.tracker.evict(h.el.buffers[qoe.Text])
	}
}

// textFailed decides about a segment of subtitles that did not come. It counts against
// the level that plays. Nobody but the error-controller cares for it: what is a case
// for another try is asked for again at the next poll, without a pause and without end;
// what is not, a refusal say, ends the play unless another level, with other subtitles,
// or another pathway helps. (Seen in Chromium 156: one 403 of a segment of subtitles is
// fatal at once.)
func (h *hls) textFailed(f *hlsLoadingFrag, kind qoe.Kind, o *hlsOutcome) {
	p, policy := h.text, h.opt.fragment
	if kind == qoe.Key {
		policy = h.opt.key
	}
	n, variant := h.fragmentErrors(), h.variant()
	h.level(variant).fragmentError++
	if p.loading == f {
		p.cancelLoading()
		p.loading, p.state, p.recheck = nil, hlsIdle, 1
		p.arm()
	}
	if policy.retry(o.timeout).again(n, o) {
		return
	}
	if next := h.otherLevel(variant, (*hlsLevel).sharesSubtitles); next >= 0 {
		h.abr.force(next)
		h.setLevel(next)
	} else if !h.pathways.leave(h.pathways.id) {
		h.fail(kind, errorName(kind, o)+": "+o.why())
	}
}
