package player

import (
	"math"
	"time"
)

// syncPosition is where a live viewer should be according to d.
func (h *hls) syncPosition(d *hlsDetails) time.Duration {
	return d.syncPosition(h.opt, h.stalls, h.date())
}

// edge is the estimated live edge (latency-controller.ts, estimateLiveEdge).
func (h *hls) edge() (time.Duration, bool) {
	if h.latest == nil || !h.latest.live {
		return 0, false
	}
	return h.latest.edge() + h.latest.age(h.date()), true
}

// synchronize seeks back into the live window, or towards the edge, after a
// playlist came (stream-controller.ts, synchronizeToLiveEdge).
func (h *hls) synchronize(d *hlsDetails) {
	pos := h.playhead()
	within := pos >= d.start()-lookUpTolerance && pos <= d.edge()
	tooLate := d.maxLatency(h.opt) < d.edge()-pos
	if !tooLate && (within || h.el.moving() || h.el.playable() >= hlsReady) { // readyState 4
		return
	}
	sync := h.syncPosition(d)
	if within && pos >= sync {
		return
	}
	if !h.started {
		h.main.nextLoad = sync
		return
	}
	why := "seek to live"
	if !within {
		why = "window"
	}
	h.seek(sync, why)
}

// catchUp sets the speed that brings the viewer to the target latency. It is off
// unless maxLiveSyncPlaybackRate is raised; the original then looks at every
// timeupdate, about four times a second.
func (h *hls) catchUp() {
	if h.opt.maxRate <= 1 || !h.opt.lowLatency || h.latest == nil || !h.latest.live || h.stopped {
		return
	}
	h.rateTimer.Stop()
	edge, _ := h.edge()
	target := h.latest.targetLatency(h.opt, h.stalls)
	distance := (edge - h.el.position() - target).Seconds()
	limit := min(h.latest.maxLatency(h.opt), target+h.latest.target).Seconds()
	rate := 1.0
	if distance < limit && distance > 0.05 && h.el.playable() > time.Second {
		stalled := h.latest.edgeStalled(h.opt, h.date()).Seconds()
		rate = math.Round(2/(1+math.Exp(-0.75*distance-stalled))*20) / 20
		rate = min(min(2, h.opt.maxRate), max(1, rate))
	}
	h.el.setRate(rate)
	if h.el.moving() && (rate != 1 || distance > 0.05) {
		h.w.Media(&h.rateTimer, 250*time.Millisecond, h.catchUp)
	}
}
