package player

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// watchdog is what keeps an eye on the playhead: the gap controller, the rescue of
// a playhead that fell out of the DVR window, the pruning of the back buffer and
// the catch-up (src/streaming/controllers/GapController.js, PlaybackController.js,
// BufferController.js, CatchupController.js). dash.js polls every 100 to 250 ms;
// here a timer stands at the instant at which the poll would find something.
type watchdog struct {
	gap       loop.Timer
	gapAt     time.Duration // where the pending jump goes, or the last one went
	rescue    loop.Timer
	steer     loop.Timer
	pruned    instant
	moving    instant // since when the picture moves, or has last moved
	seeking   bool    // nothing is buffered yet where the playhead was put
	onRescue  func()
	onSteer   func()
	gridStart instant
}

const (
	gapEvery       = 250 * time.Millisecond // GAP_HANDLER_INTERVAL
	gapThreshold   = 300 * time.Millisecond // gaps.threshold
	gapEarly       = 100 * time.Millisecond // GAP_JUMP_WAITING_TIME_OFFSET
	windowSlack    = 250 * time.Millisecond // _getAdjustedPresentationTime
	rescueAgain    = time.Second
	wallclockEvery = 100 * time.Millisecond // wallclockTimeUpdateInterval
)

func (w *watchdog) bind(d *dash) { w.onRescue, w.onSteer = d.tryRescue, d.steerLatency }

func (w *watchdog) stop() {
	w.gap.Stop()
	w.rescue.Stop()
	w.steer.Stop()
}

// watchStart begins to watch a playhead that has not moved yet.
func (d *dash) watchStart() {
	d.gridStart = d.now()
	d.watchStall()
}

// playing, waiting and ended are the element's callbacks.
func (d *dash) playing() {
	if d.stopped {
		return
	}
	d.seeking = false
	d.moving = d.now()
	d.gap.Stop()
	d.rescue.Stop()
	if d.catchesUp() && !d.steer.Pending() {
		d.w.Media(&d.steer, steerEvery, d.onSteer)
	}
	d.relook()
}

func (d *dash) waiting() {
	if d.stopped {
		return
	}
	for _, t := range d.order {
		t.metered()
	}
	d.relook()
	d.watchStall()
}

func (d *dash) ended() {
	if !d.stopped {
		d.mpd.stop()
		d.steering.ended()
		d.watchdog.stop()
	}
}

// relook lets waiting tracks reckon anew after the playhead's pace changed.
func (d *dash) relook() {
	for _, t := range d.order {
		t.rewait()
	}
}

// appended follows every segment: the other tracks may have been waiting for it,
// a frozen playhead may have found something to jump to, the back buffer is pruned.
func (d *dash) appended(by *dashTrack) {
	if by.media == qoe.Video {
		if a := d.tracks[qoe.Audio]; a != nil && a.wait == waitBuffer {
			a.rewait()
		}
	}
	if d.el.status != playing {
		d.watchStall()
	}
	now := d.now()
	if now.Sub(d.pruned) < d.s.pruneEvery {
		return
	}
	d.pruned = now
	if to := d.el.position() - d.s.keepBehind; to > 0 {
		for _, t := range d.order {
			d.el.remove(t.media, 0, to)
		}
	}
}

// watchStall looks for a way out of standing still.
func (d *dash) watchStall() {
	if d.stopped || d.el.status == playing || d.el.status == finished {
		return
	}
	d.seeking = d.seeking && !d.el.holds(d.el.position())
	if d.seeking || !d.el.wants() {
		return // neither the gap controller nor the rescue touches a seek, or a paused element
	}
	d.watchGap()
	d.watchWindow()
}

// watchGap jumps to the next buffered range: VOD at the next look, live when it
// has waited for all but 0.1 s of the gap. With a single range ahead of a playhead
// that has moved dash.js does not jump (_getNextRangeIndex).
func (d *dash) watchGap() {
	pos := d.el.position()
	to, ok := d.el.next(pos)
	if !ok || !d.s.jumpGaps || d.el.playable() >= gapThreshold {
		return
	}
	gap := to - pos
	if !d.s.jumpLarge && gap > d.s.smallGap || pos > 0 && !d.behind(pos) || d.gap.Pending() && d.gapAt == to {
		return
	}
	now := d.now()
	at := nextLook(d.gridStart, now, gapEvery)
	if d.live {
		at = at.Add(max(gap-gapEarly, 0))
	}
	d.gap.Stop()
	d.gapAt = to
	d.w.Poll(&d.gap, at.Sub(now), d.jump)
}

// behind tells whether something buffered lies before the playhead.
func (d *dash) behind(pos time.Duration) bool {
	for _, t := range d.order {
		if b := d.el.buffers[t.media]; len(b) > 0 && b[0].start < pos {
			return true
		}
	}
	return false
}

func (d *dash) jump() {
	if d.el.moving() || !d.el.wants() {
		return
	}
	pos := d.el.position()
	if d.gapAt > pos {
		d.w.Emit(qoe.Skip{At: d.w.Now(), Amount: d.gapAt - pos, Why: "gap"})
		d.el.seek(d.gapAt)
	}
}

// watchWindow sets the timer for when the DVR window will have left a frozen
// playhead behind, or the timeline will have taken its place and end before the
// playhead: the rendition shown last may list less than what was played.
func (d *dash) watchWindow() {
	if !d.live || d.p.DASH.TimeShiftBufferDepth == 0 {
		return
	}
	pos := d.el.position()
	leaves := pos + windowSlack
	if listed, ok := d.listed(); ok && listed.end < pos {
		leaves = min(leaves, listed.end)
	}
	out := d.p.DASH.AvailabilityStart.Add(d.p.DASH.TimeShiftBufferDepth + leaves + 1)
	at := nextLook(d.begun, d.clock.local(out), wallclockEvery)
	if d.rescue.Pending() && dueAt(&d.rescue) == at {
		return
	}
	d.rescue.Stop()
	d.w.Poll(&d.rescue, max(at.Sub(d.now()), 0), d.onRescue)
}

// tryRescue seeks a frozen playhead back into the DVR window
// (PlaybackController.js, updateCurrentTime).
func (d *dash) tryRescue() {
	if d.el.moving() || !d.live || d.seeking || !d.el.wants() {
		return
	}
	pos := d.el.position()
	w := window(d.p.DASH, d.clock.now(), d.main())
	switch {
	case pos > w.end:
		d.seek(max(w.end-d.delay, w.start), "window")
	case pos > 0 && pos+windowSlack < w.start && d.low:
		d.seek(max(w.end-d.delay, w.start), "window")
	case pos > 0 && pos+windowSlack < w.start:
		d.seek(w.start, "window")
	default: // the timeline stands in for the window: look again
		d.w.Poll(&d.rescue, rescueAgain, d.onRescue)
	}
}

// seek is a seek as the tracks see it: each drops its buffer unless it has
// something there, and idle ones come back to life.
func (d *dash) seek(to time.Duration, why string) {
	if amount := to - d.el.position(); amount > 0 {
		d.w.Emit(qoe.Skip{At: d.w.Now(), Amount: amount, Why: why})
	}
	d.sought(to, d.el.seek)
}

// sought moves the element and then the tracks.
func (d *dash) sought(to time.Duration, move func(time.Duration)) {
	d.gap.Stop()
	d.seeking = true
	move(to)
	if period := periodAt(d.p, to); period != d.period && !d.el.holds(to) {
		d.seekPeriod(period, to)
	} else {
		for _, t := range d.order {
			t.seek(to)
		}
	}
	d.watchStall()
}

// seekPeriod is a seek to another period than the one being buffered: everything
// is dropped (src/streaming/controllers/StreamController.js, _handleOuterPeriodSeek).
func (d *dash) seekPeriod(period int, to time.Duration) {
	for _, t := range d.order {
		t.abort()
		t.abr.seeked()
		d.el.remove(t.media, 0, d.el.buffers[t.media].end())
	}
	d.el.endOfStream(false)
	d.period = period
	if d.enter(to) {
		d.index(d.scheduleAll)
	}
}

// adjustSeek moves a seek to the segment found for it when that begins later: the
// timeline has a hole there, or has moved on (StreamProcessor.js,
// _noMediaRequestGeneratedAdjustTime).
func (d *dash) adjustSeek(seg manifest.Segment) bool {
	if !d.seeking || seg.Start <= d.el.position()+maxHole {
		return false
	}
	d.seek(seg.Start, "gap")
	return true
}

// lostTarget is a seek that waits for a segment which has left the time shift
// buffer. A timeline is searched for the next one that can still be had. A number
// template is not, and no rescue comes while the element is seeking: that is the end.
func (d *dash) lostTarget(t *dashTrack, seg manifest.Segment) {
	now := d.reference()
	if !d.seeking || !t.explicit || t.media == qoe.Text || now.Before(seg.Available) {
		return
	}
	if !d.runsOut() {
		d.fatal(qoe.Segment, "the segment sought has left the time shift buffer and dash.js looks for no other")
		return
	}
	s := t.rendition().Segments
	first, _ := s.Window(now)
	if next, ok := s.Number(first); ok && t.available(next) {
		d.adjustSeek(next)
	}
}
