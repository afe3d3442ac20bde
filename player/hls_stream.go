package player

import (
	"time"

	"soak/loop"
	"soak/qoe"
)

// hlsState is what a pipeline is doing (State of base-stream-controller.ts).
type hlsState uint8

const (
	hlsStopped     hlsState = iota
	hlsIdle                 // free to ask for the next fragment
	hlsWaitingList          // for a playlist
	hlsFetching             // a fragment
	hlsWaitingRetry
	hlsWaitingMain // audio: for the main stream's first timestamps (WAITING_INIT_PTS)
	hlsParsed      // waiting for the source buffers to be made
	hlsFinished
)

// hlsPipeline fetches fragments of one source buffer, one at a time: the main
// stream-controller or the audio-stream-controller on their common base.
type hlsPipeline struct {
	h     *hls
	media qoe.Media
	state hlsState

	lastLoaded *hlsPlaylist    // playlist that came last (levelLastLoaded)
	loading    *hlsLoadingFrag // latest fragment asked for (fragCurrent)
	sent       *hlsLoadingFrag // fragment whose requests may be under way
	prev       hlsFrag         // latest fragment appended (fragPrevious)
	parked     *hlsLoadingFrag // audio that came before main's timestamps (waitingData)
	tracker    fragTracker
	parts      partLog
	store      hlsStore

	loadingParts   bool // parts of segments instead of whole ones
	testing        bool // the next fragment only measures the bandwidth
	startRequested bool
	startPosition  time.Duration
	nextLoad       time.Duration
	retryAt        instant
	asked          partKey // latest fragment asked for, -1 for all of it, and how often in a row
	attempt        int

	wake    loop.Timer
	onWake  func()        // tick, bound once
	resting instant       // a tick left out that would have done nothing
	rested  instant       // when audio was found to have nothing to do; zero: it has looked since
	recheck time.Duration // from the last idle tick: when to look again; 0 never
	ticking bool
}

func newHLSPipeline(h *hls, m qoe.Media) *hlsPipeline {
	p := &hlsPipeline{h: h, media: m, startPosition: h.opt.startPosition, nextLoad: unset, store: hlsStore{quota: quotas(h.opt.quota, m)}}
	p.onWake = p.tick
	return p
}

func (p *hlsPipeline) isAudio() bool { return p == p.h.audio }

// details are those of the playlist loaded last.
func (p *hlsPipeline) details() *hlsDetails {
	if p.lastLoaded == nil {
		return nil
	}
	return p.lastLoaded.details
}

// list is the playlist with index i among this pipeline's.
func (p *hlsPipeline) list(i int) *hlsPlaylist {
	switch {
	case p.isText():
		return &p.h.subtitles.tracks[i].hlsPlaylist
	case p.isAudio():
		return &p.h.tracks[i].hlsPlaylist
	}
	return &p.h.levels[i].hlsPlaylist
}

// tick does what can be done now and arms the next look (TaskLoop.tick). A call
// from within runs once the present one is over.
func (p *hlsPipeline) tick() {
	if p.state == hlsStopped {
		return
	}
	if p.ticking {
		p.soon()
		return
	}
	p.ticking = true
	p.wake.Stop()
	p.recheck, p.rested = 0, 0
	p.step()
	p.ticking = false
	if p.recheck > 0 || p.state == hlsWaitingRetry || p.state == hlsWaitingList {
		p.arm()
	}
}

// soon ticks once the present callback is over (tickImmediate).
func (p *hlsPipeline) soon() {
	if p.state != hlsStopped {
		p.h.w.Set(&p.wake, 0, p.onWake)
	}
}

// onGrid ticks at the first tick of the original's 100 ms poller not before at.
func (p *hlsPipeline) onGrid(at instant) {
	at = p.grid(at)
	if p.wake.Pending() && !dueAt(&p.wake).After(at) {
		return
	}
	p.h.w.Poll(&p.wake, at.Sub(p.h.now()), p.onWake)
}

// arm sets the timer for the next tick that can change anything.
func (p *hlsPipeline) arm() {
	switch {
	case p.state == hlsWaitingRetry:
		p.onGrid(p.retryAt)
	case p.state == hlsIdle && p.recheck > 0:
		p.onGrid(p.h.now().Add(p.recheck))
	case p.state == hlsWaitingList && !p.isAudio():
		// Another level may be the better choice by now: its penalties change, and
		// the buffer shrinks.
		p.onGrid(p.h.now().Add(1))
	}
}

func (p *hlsPipeline) step() {
	switch p.state {
	case hlsIdle:
	case hlsFetching:
		return
	case hlsWaitingList:
		if p.listed() || !p.isAudio() && p.h.abr.next(p.h.abr.starvation()) != p.h.loadLevel {
			p.state = hlsIdle
		}
	case hlsWaitingRetry:
		if !p.h.now().Before(p.retryAt) {
			p.resetStart()
			p.state = hlsIdle
			if p.isAudio() { // which does one thing a tick (audio-stream-controller.ts, doTick)
				p.recheck = 1
				return
			}
		}
	case hlsWaitingMain:
		p.resumeAudio()
	}
	switch {
	case p.state != hlsIdle:
	case p.isText():
		p.idleText()
	case p.isAudio():
		p.idleAudio()
	default:
		p.idleMain()
	}
}

// selected is the playlist this pipeline takes fragments from.
func (p *hlsPipeline) selected() *hlsPlaylist {
	if p.isAudio() {
		return &p.h.track.hlsPlaylist
	}
	return &p.h.levels[p.h.loadLevel].hlsPlaylist
}

// listed tells whether the playlist that was waited for is there.
func (p *hlsPipeline) listed() bool {
	l := p.selected()
	return l.details != nil && !l.details.tuning() && (!l.details.live || (p.isAudio() || p.lastLoaded == l) && !p.waitForLive(l, p.playhead()))
}

// waitForLive tells that a live playlist must be loaded anew first: it has not
// moved for longer than its window, or it ends before what is to be loaded, unless
// three loads in a row brought nothing new.
func (p *hlsPipeline) waitForLive(l *hlsPlaylist, playhead time.Duration) bool {
	d := l.details
	if !d.live || d.event {
		return false
	}
	now := p.h.date()
	return d.expired(now) || p.loadingParts && d.partsExpired(now) || d.misses < 3 && d.edge() <= p.loadPosition(playhead)
}

// loadPosition is where loading goes on (getLoadPosition).
func (p *hlsPipeline) loadPosition(playhead time.Duration) time.Duration {
	if p.isAudio() && !p.startRequested && p.nextLoad >= 0 {
		return p.nextLoad
	}
	return playhead
}

// idleMain asks for the next main fragment if there is room for it
// (stream-controller.ts, doTickIdle).
func (p *hlsPipeline) idleMain() {
	h := p.h
	if p.lastLoaded == nil {
		return
	}
	fwd := p.forward()
	starve := h.el.unscaled(fwd.length())
	level := h.abr.next(starve)
	if p.ended(fwd) {
		p.state = hlsFinished
		h.endOfStream()
		return
	}
	h.setLevel(level)
	l := h.levels[level]
	if l.details == nil || p.state == hlsWaitingList || p.waitForLive(&l.hlsPlaylist, fwd.pos) {
		p.state, p.startRequested = hlsWaitingList, false
		return
	}
	if over := h.beyondMax(l, fwd.length()); over >= 0 {
		p.lookAgainIn(over)
		return
	}
	next := -1
	if !p.hasAll(l.details, level, fwd.end) {
		next = p.nextFragment(fwd.end, l.details, level)
	}
	if next < 0 {
		p.recheck = h.abr.rethink(starve)
		if fwd.hasNext && p.recheck == 0 { // from inside the gap one sees on (getFwdBufferInfoAtPos)
			p.lookAgainIn(fwd.length())
		}
		return
	}
	if frag := l.details.frag(next, level); p.loadable(&frag) {
		p.load(&frag, l.details, fwd.end)
	}
}

// lookAgainIn looks again when media of this length has been played.
func (p *hlsPipeline) lookAgainIn(d time.Duration) {
	if p.h.el.moving() {
		p.recheck = p.h.el.unscaled(d) + 1
	}
}

// forwardBuffer is what is buffered ahead of the playhead. It has no more fields than a
// function returns in registers.
type forwardBuffer struct {
	pos     time.Duration // the playhead
	end     time.Duration
	next    time.Duration // start of the range after it
	hasNext bool
}

func (b forwardBuffer) length() time.Duration { return b.end - b.pos }

// forward measures over small holes, and over a gap that the playhead stands at
// (getFwdBufferInfoAtPos).
func (p *hlsPipeline) forward() forwardBuffer {
	pos, buf := p.playhead(), p.h.el.buffers[p.media]
	hole := p.h.opt.maxBufferHole
	if end, ok := buf.lastReach(pos, hole); ok && end > pos {
		return forwardBuffer{pos: pos, end: end}
	}
	fwd := forwardAt(buf, pos, hole)
	if fwd.length() == 0 && fwd.hasNext {
		if r := p.tracker.at(pos); r != nil && (fwd.next <= r.end || r.state == gapped) {
			fwd = forwardAt(buf, pos, max(min(fwd.next, r.end)-pos, hole))
		}
	}
	return fwd
}

func forwardAt(buf spans, pos, hole time.Duration) forwardBuffer {
	end := buf.reach(pos, hole)
	next, ok := buf.next(end)
	return forwardBuffer{pos: pos, end: end, next: next, hasNext: ok}
}

// playhead is where loading is judged from: the media position, or before there
// is one the position to load first.
func (p *hlsPipeline) playhead() time.Duration {
	if p.h.started {
		return p.h.el.position()
	}
	return max(p.nextLoad, 0)
}

// booked is the playhead where the element is settled, as it is after an append.
func (p *hlsPipeline) booked() time.Duration {
	if p.h.started {
		return p.h.el.pos
	}
	return max(p.nextLoad, 0)
}

// ended tells that everything up to the end of a complete playlist is buffered.
func (p *hlsPipeline) ended(fwd forwardBuffer) bool {
	d := p.lastLoaded.details
	if d.live || fwd.end <= 0 || fwd.hasNext && fwd.next < d.edge() {
		return false
	}
	return p.tracker.appended(d.endSN())
}

// loadable tells whether a fragment is not in the buffer already. One that seems
// to be on its way there makes the player buffer less, forget it and look again
// (clearTrackerIfNeeded, reduceMaxBufferLength).
func (p *hlsPipeline) loadable(f *hlsFrag) bool {
	switch p.tracker.state(f.list, f.sn) {
	case appended:
		return false
	case appending:
		d := f.duration()
		p.h.aim.wantLess(max(d, p.forward().length()), d)
		p.tracker.forget(f.list, f.sn)
		p.recheck = 1
		return false
	}
	return true
}

// resetStart goes back to the start position when the very first fragment failed
// (resetStartWhenNotLoaded).
func (p *hlsPipeline) resetStart() {
	if p.h.started {
		return
	}
	p.startRequested = false
	if d := p.h.latest; d != nil && d.live {
		p.startPosition = unset
		p.setStartPosition(d, d.start())
		p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
	} else {
		p.nextLoad = p.startPosition
	}
}

// setStartPosition chooses where to begin: the wish, EXT-X-START, the live sync
// position, or 0.
func (p *hlsPipeline) setStartPosition(d *hlsDetails, sliding time.Duration) {
	start := p.startPosition
	if start != unset && start < sliding {
		start = unset
	}
	if start == unset {
		switch offset := p.h.startOffset(d); {
		case offset != nil:
			start = sliding + offset.Offset
			if offset.Offset < 0 {
				start += d.edge()
			}
			start = min(max(start, sliding), sliding+d.total())
			p.startPosition = start
		case d.live:
			start, p.startPosition = p.h.syncPosition(d), unset
		default:
			start, p.startPosition = 0, 0
		}
	}
	p.nextLoad = start
}

// abandoned goes on with another level (onFragLoadEmergencyAborted).
func (p *hlsPipeline) abandoned() {
	p.state = hlsIdle
	if !p.h.started {
		p.startRequested = false
	}
	p.soon()
}

// afterSeek drops what a jump of the playhead has made useless (onMediaSeeking).
func (p *hlsPipeline) afterSeek(to time.Duration) {
	if p.state == hlsStopped {
		return
	}
	if p.h.now().Before(p.resting) {
		p.onGrid(p.resting)
	}
	fwd := forwardAt(p.h.el.buffers[p.media], to, p.h.opt.maxBufferHole)
	switch f := p.loading; {
	case p.state == hlsFinished:
		p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
	case f != nil && p.outside(f, to, fwd):
		p.leaveBehind(f, to)
	}
	if fwd.length() == 0 && to != p.startPosition {
		p.tracker.forgetGaps(to)
	}
	if fwd.length() == 0 {
		p.nextLoad, p.startPosition = to, to
	}
	if d := p.details(); !p.loadingParts && d != nil {
		p.loadingParts = p.shouldLoadParts(d, max(fwd.end, to))
	}
	if fwd.length() < time.Second && p.state == hlsIdle {
		p.soon()
	}
}

// outside tells whether a jump to t leaves the fragment under way and what is
// buffered around it.
func (p *hlsPipeline) outside(f *hlsLoadingFrag, t time.Duration, fwd forwardBuffer) bool {
	if t >= f.frag.start-lookUpTolerance && t <= f.frag.end+lookUpTolerance {
		return false
	}
	sp, _ := p.h.el.buffers[p.media].at(t)
	return fwd.length() == 0 || f.frag.end+lookUpTolerance < sp.start || f.frag.start-lookUpTolerance > fwd.end
}

// leaveBehind gives up a fragment that a jump to t has left, unless it is ahead of
// t and will be there within 150 ms (isFragmentNearlyDownloaded).
func (p *hlsPipeline) leaveBehind(f *hlsLoadingFrag, t time.Duration) {
	if f.media == nil || t < f.frag.start && p.h.abr.nearly(f.media.transfer) {
		p.prev = hlsFrag{}
		return
	}
	p.cancelLoading()
	p.loading, p.prev, p.state = nil, hlsFrag{}, hlsIdle
}

func (a *hlsABR) nearly(t Transfer) bool {
	const soon = 0.15 // seconds
	left := float64(t.Total()-t.Loaded()) * 8
	return t.Total() > 0 && !t.FirstByte().IsZero() && left/a.bw.estimate() <= soon
}

func (p *hlsPipeline) stop() {
	p.cancelLoading()
	p.wake.Stop()
	p.loading, p.state = nil, hlsStopped
}
