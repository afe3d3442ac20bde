package player

import "time"

// seekBackoff is how far before the end of a VOD a jump beyond it goes
// (streaming.seekDurationBackoff).
const seekBackoff = 500 * time.Millisecond

// Pause freezes the picture. Scheduling and the manifest's timer go on
// (streaming.scheduling.scheduleWhilePaused); the gap controller and the rescue
// into the DVR window do not.
func (d *dash) Pause() {
	switch {
	case d.el == nil:
		d.paused = true
	case !d.stopped:
		d.el.pause()
	}
}

// Play lets the picture move. The first time it is PLAYBACK_STARTED, from when on
// the manifest is refreshed.
func (d *dash) Play() {
	switch {
	case d.el == nil:
		d.paused = false
	case d.stopped:
	case d.el.status == finished:
		d.Seek(Target{Origin: FromStart})
	default:
		d.el.play()
		if d.active {
			d.begin()
		}
	}
}

// Seek is MediaPlayer.seek, or seekToOriginalLive: the live delay becomes what the
// viewer chose (PlaybackController.js, _adjustLiveDelayAfterUserInteraction).
func (d *dash) Seek(to Target) {
	switch {
	case d.el == nil || d.stopped:
		return
	case !d.active:
		d.wish = &to
		return
	}
	pos := d.el.position()
	target := d.seekable().resolve(to, pos)
	if target == pos {
		return
	}
	d.el.book() // before the live edge moves
	if edge, ok := d.edge(); ok {
		d.delay = edge - target
	}
	d.sought(target, d.el.jump)
}

// seekable is the presentation, or the DVR window up to the live delay: dash.js
// lets nobody nearer (MediaPlayer.js, _adjustSeekTimeBasedOnLiveDelay).
func (d *dash) seekable() seekable {
	start := d.p.Periods[0].Start
	if d.live {
		w := window(d.p.DASH, d.clock.now(), d.main())
		live := max(w.end-d.wished, w.start)
		return seekable{start: w.start, end: live, live: live}
	}
	end := max(d.content()-seekBackoff, start)
	return seekable{start: start, end: end, live: end}
}

// Choose is setRepresentationForTypeById of the video, with autoSwitchBitrate
// switched off; without a choice the rules decide again.
func (d *dash) Choose(q Quality) {
	if d.el == nil || d.stopped {
		return
	}
	if !d.active {
		d.quality = &q
		return
	}
	t := d.order[0]
	t.setting.auto = !q.Manual
	if q.Manual {
		t.byHand(q.of(t.ladder.top()+1, func(i int) int64 { return t.ladder.at(i).Bandwidth }), q.Switch)
	}
}

// applyWishes is what the viewer wanted before it was possible.
func (d *dash) applyWishes() {
	if q := d.quality; q != nil {
		d.quality = nil
		d.Choose(*q)
	}
	if to := d.wish; to != nil {
		d.wish = nil
		d.Seek(*to)
	}
}

// byHand changes the quality as StreamProcessor.js does, _handleDifferentSwitchTypes.
// It starts the schedule timer, so that a track that lay idle lives again.
func (t *dashTrack) byHand(rung int, how Switch) {
	t.idle = false
	_, ahead := t.replaceFrom(rung)
	switch {
	case rung == t.rung && how != SwitchNow:
		t.queued = 0
	case how == SwitchNow:
		t.replaceAll(rung)
	case ahead && how != SwitchLoad:
		t.abort()
		t.change(rung)
	case t.load.active || t.adding.Pending() || t.wait == waitPause:
		t.queued = rung + 1
		return
	default:
		t.take(rung)
	}
	t.schedule()
}

// take makes a rung the one to load.
func (t *dashTrack) take(rung int) {
	t.queued, t.check = 0, false
	t.settle(rung)
}

// replaceAll is forceReplace: the request is aborted, the buffer emptied, and
// fetched again from the playhead.
func (t *dashTrack) replaceAll(rung int) {
	t.abort()
	t.d.el.endOfStream(false)
	t.d.el.remove(t.media, 0, t.d.el.buffers[t.media].end())
	t.complete = false
	t.take(rung)
	t.jumpTo(t.d.el.position())
}

// Suspend and Wake stop and go on with the picture.
func (d *dash) Suspend() {
	if d.el != nil {
		d.el.suspend()
	}
}

// Wake goes on.
func (d *dash) Wake() {
	if d.el != nil {
		d.el.wake()
	}
}
