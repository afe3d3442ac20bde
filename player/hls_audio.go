package player

import (
	"time"
)

// idleAudio asks for the next audio fragment (audio-stream-controller.ts,
// doTickIdle): with main's buffer limit, and at most one fragment ahead of the
// main fragment under way.
func (p *hlsPipeline) idleAudio() {
	h := p.h
	t := h.track
	if t == nil {
		return
	}
	d, fwd := t.details, p.forward()
	if d == nil || p.waitForLive(&t.hlsPlaylist, fwd.pos) || d.tuning() {
		p.state, p.startRequested = hlsWaitingList, false
		return
	}
	if p.hasAll(d, t.id, fwd.end) {
		return
	}
	if p.ended(fwd) {
		p.state = hlsFinished
		h.endOfStream()
		return
	}
	if over := h.beyondMax(h.levels[h.loadLevel], fwd.length()); over >= 0 && fwd.end < d.last().Start+d.offset {
		p.lookAgainIn(over)
		return
	}
	next := p.nextFragment(fwd.end, d, t.id)
	if next < 0 {
		return
	}
	frag := d.frag(next, t.id)
	if !p.loadable(&frag) || p.tooFarAhead(&frag, fwd.end, d) {
		return
	}
	if d.live && !h.timestamps.has(frag.seg.Discontinuity) {
		p.state, p.parked = hlsWaitingMain, nil
		d.align(h.latest)
		return
	}
	p.load(&frag, d, fwd.end)
}

// tooFarAhead keeps audio from running away from main.
func (p *hlsPipeline) tooFarAhead(frag *hlsFrag, end time.Duration, d *hlsDetails) bool {
	h := p.h
	main := &h.mainFrag
	if !p.startRequested || main.none() || frag.last || d.live && (p.loadingParts || end >= h.syncPosition(h.latest)) {
		return false
	}
	if h.main.tracker.state(main.list, main.sn) == appended {
		h.mainFrag = hlsFrag{}
		return false
	}
	if frag.start <= main.end {
		return false
	}
	ahead := h.main.tracker.at(end)
	return ahead == nil || frag.start > max(main.end, ahead.end)
}

// mainLoading tells the audio pipeline which main fragment is under way.
func (h *hls) mainLoading(frag *hlsFrag) {
	h.mainFrag = *frag
	if h.audio != nil && h.audio.state == hlsIdle {
		h.audio.tick()
	}
}

// mainParsed tells the audio pipeline that the main stream's timestamps of a
// discontinuity are known (onInitPtsFound).
func (h *hls) mainParsed(frag *hlsFrag) {
	a := h.audio
	cc := frag.seg.Discontinuity
	switch {
	case a.state == hlsWaitingMain && (!a.pending() && !a.loadingParts || a.pending() && a.loading.frag.seg.Discontinuity != cc):
		a.syncWith(cc)
	case a.state == hlsWaitingMain:
		a.onGrid(h.now())
	case a.state == hlsIdle:
		a.tick()
	}
}

// pending tells that a whole audio fragment waits for the main stream.
func (p *hlsPipeline) pending() bool { return p.parked != nil && p.parked == p.loading }

// syncWith begins again in the main stream's discontinuity (syncWithAnchor).
func (p *hlsPipeline) syncWith(cc int64) {
	if p.lastLoaded == nil {
		return
	}
	d := p.lastLoaded.details
	i := d.nearest(cc, p.playhead())
	if i < 0 {
		return
	}
	p.cancelLoading()
	p.startRequested, p.nextLoad = false, d.segs[i].Start+d.offset
	p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
	p.tick()
}

// resumeAudio appends the fragment that waited, or looks for one again.
func (p *hlsPipeline) resumeAudio() {
	switch {
	case !p.pending():
		p.state = hlsIdle
	case p.h.timestamps.has(p.loading.frag.seg.Discontinuity):
		p.state, p.parked = hlsFetching, nil
		p.complete(p.loading)
	}
}

// heldTrack is a load of an audio playlist that waits for the level's.
type heldTrack struct {
	list    *hlsPlaylist
	details *hlsDetails // nil when none waits
}

// trackArrived takes in an audio playlist; before the level's it has to wait
// (onAudioTrackLoaded).
func (h *hls) trackArrived(l *hlsPlaylist, d *hlsDetails, _ arrival) {
	a := h.audio
	if l != &h.track.hlsPlaylist {
		return // of a group that was left
	}
	if h.latest == nil || d.lastCC() > h.latest.lastCC() || h.latest.expired(h.date()) {
		h.heldTrack = heldTrack{l, d}
		if a.state != hlsStopped {
			a.state = hlsWaitingList
		}
		return
	}
	h.heldTrack = heldTrack{}
	if d.live && (l.details == nil || !d.known) {
		d.align(h.latest)
	}
	l.details, a.lastLoaded = d, l
	if !a.startRequested {
		a.setStartPosition(h.latest, d.start())
	}
	if a.state == hlsWaitingList && !d.tuning() {
		a.state = hlsIdle
	}
	a.tick()
}
