package player

import (
	"time"

	"soak/qoe"
)

// Pause freezes the picture; playlists are reloaded and the buffer is filled all
// the same.
func (h *hls) Pause() {
	switch {
	case h.el == nil:
		h.paused = true
	case !h.stopped:
		h.el.pause()
	}
}

// Play lets the picture move.
func (h *hls) Play() {
	switch {
	case h.el == nil:
		h.paused = false
	case h.stopped:
	case h.el.status == finished:
		h.Seek(Target{Origin: FromStart})
	default:
		h.el.play()
	}
}

// Seek sets the media element's currentTime, as a page does; what follows is
// onMediaSeeking's. A jump before anything is buffered waits until something is.
func (h *hls) Seek(to Target) {
	if h.el == nil || h.stopped {
		return
	}
	if !h.started {
		h.wish = &to
		return
	}
	h.jump(h.seekable().resolve(to, h.el.position()))
}

func (h *hls) jump(to time.Duration) {
	if to == h.el.position() {
		return
	}
	h.gap.moving()
	h.trimBack()
	h.el.jump(to)
	h.sought(to)
	h.gap.poke()
}

// seekable is 0 to the duration for VOD; of a live stream the window. The original
// lets a page jump before the window too, from where the next playlist update
// brings the playhead back (synchronizeToLiveEdge); nobody means to go there.
func (h *hls) seekable() seekable {
	d := h.latest
	if d == nil {
		pos := h.el.position()
		return seekable{pos, pos, pos}
	}
	s := seekable{start: d.start(), end: d.edge()}
	s.live = s.end
	if d.live {
		s.live = h.syncPosition(d)
	}
	return s
}

// Choose sets the level by hand (hls.ts, set currentLevel, nextLevel, loadLevel).
// The original goes back to choosing by itself when the level fails
// (preserveManualLevelOnError is false).
func (h *hls) Choose(q Quality) {
	if h.el == nil || h.stopped || h.dead {
		return
	}
	if h.main == nil {
		h.quality = &q
		return
	}
	h.manual = -1
	if q.Manual {
		h.manual = q.of(len(h.levels), func(i int) int64 { return h.levels[i].bitrate })
		h.setLevel(h.manual)
	}
	switch q.Switch {
	case SwitchNow:
		h.switchNow()
	case SwitchLoad:
	default:
		h.switchNext()
	}
}

// switchNow empties the main buffer (immediateLevelSwitch).
func (h *hls) switchNow() {
	h.main.abortFragment()
	h.main.flush(0, h.el.buffers[h.main.media].end())
	h.main.tick()
}

// switchNext empties the buffer from where a fragment of the new level can be
// there in time (nextLevelSwitch, scheduleTrackSwitch), and the back buffer.
func (h *hls) switchNext() {
	m := h.main
	if h.started {
		if from, ok := m.switchPoint(h.levels[h.abr.next(h.abr.starvation())]); ok {
			m.abortFragment()
			m.flush(from, h.el.buffers[m.media].end())
			if r := m.tracker.buffered(h.el.position()); r != nil && r.start > time.Second {
				m.flush(0, r.start-time.Second)
			}
		}
	}
	m.soon()
}

// switchPoint is where the buffer can be cut without a stall: a little inside the
// fragment after the one that plays when the new level's first has come.
func (p *hlsPipeline) switchPoint(l *hlsLevel) (time.Duration, bool) {
	h, pos, fwd := p.h, p.playhead(), p.forward()
	var wait time.Duration
	if h.el.wants() {
		segment := 6 * time.Second
		if d := h.latest; d != nil {
			segment = d.average()
		}
		ttfb := time.Second + h.abr.bw.firstByte()
		wait = ttfb + seconds(float64(l.bitrate)*segment.Seconds()/(h.abr.bw.estimate()*h.opt.factUp))
		if l.details == nil {
			wait += ttfb
		}
	}
	if h.latest != nil && h.latest.live && fwd.end-pos <= wait*3/2 {
		return 0, false
	}
	now := p.tracker.buffered(pos + wait)
	if now == nil {
		return 0, false
	}
	next := p.tracker.buffered(now.end + 500*time.Millisecond)
	if next == nil {
		return 0, false
	}
	long := next.end - next.start
	from := max(now.end, next.start+min(max(long-lookUpTolerance, long/8), long/4))
	return from, h.latest == nil || h.latest.start() <= from
}

// abortFragment gives up the fragment under way (abortCurrentFrag).
func (p *hlsPipeline) abortFragment() {
	p.cancelLoading()
	p.loading = nil
	switch p.state {
	case hlsFetching, hlsWaitingRetry, hlsParsed:
		p.state = hlsIdle
	}
	if p.h.started {
		p.nextLoad = p.h.el.position()
	}
}

// flush empties part of the source buffer; fragments that lost something are
// loadable again (detectEvictedFragments).
func (p *hlsPipeline) flush(from, to time.Duration) {
	if from >= to {
		return
	}
	p.h.el.endOfStream(false)
	if from == 0 && to < p.h.el.buffers[p.media].end() {
		p.h.forgetCues(to)
	}
	p.store.cut(from, to)
	p.h.el.remove(p.media, from, to)
	if p.media == qoe.Video && p.h.audio != nil && p.h.audio.state == hlsFinished {
		p.h.audio.state = hlsIdle
	}
	p.tracker.evict(p.h.el.buffers[p.media])
	if p.state == hlsFinished {
		p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
	}
}

// evict forgets appended fragments that are not whole in the buffer any more.
func (t *fragTracker) evict(b spans) {
	t.drop(func(r *fragRecord) bool { return r.state == appended && b.reach(r.start, 0) < r.end })
}

// buffered is the appended fragment at pos, nil when there is none.
func (t *fragTracker) buffered(pos time.Duration) *fragRecord {
	for i := t.records.len() - 1; i >= 0; i-- {
		if r := t.records.at(i); r.state == appended && r.start <= pos && pos < r.end {
			return r
		}
	}
	return nil
}

// Suspend and Wake stop and go on with the picture.
func (h *hls) Suspend() {
	if h.el != nil {
		h.el.suspend()
	}
}

// Wake goes on.
func (h *hls) Wake() {
	if h.el != nil {
		h.el.wake()
	}
}
