package player

import "math"

// restart is hls.startLoad(-1), which an application may call after a fatal error:
// loading goes on from the playhead. What was counted against levels stays counted
// (src/hls.ts, startLoad; stream-controller.ts, startLoad).
func (h *hls) restart() {
	if h.stopped || h.main == nil {
		return
	}
	h.dead = false
	h.steering.start()
	for _, l := range []*hlsPlaylistLoader{h.levelLoader, h.trackLoader, h.textLoader} {
		l.canLoad = true
		l.request()
	}
	for _, p := range h.pipelines() {
		if p == nil {
			continue
		}
		p.loading, p.state = nil, hlsIdle
		if h.started {
			p.nextLoad = h.el.position()
			p.startPosition = p.nextLoad
		}
		p.tick()
	}
}

// recover is hls.recoverMediaError: the media element is taken off and put back,
// which empties its buffers (src/hls.ts).
func (h *hls) recover() {
	if h.stopped || h.main == nil {
		return
	}
	for _, p := range h.pipelines() {
		if p != nil {
			h.el.remove(p.media, 0, h.el.buffers[p.media].end())
			p.store.cut(0, math.MaxInt64)
			p.tracker, p.prev = fragTracker{}, hlsFrag{}
		}
	}
	h.restart()
}
