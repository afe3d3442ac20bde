package player

import (
	"time"

	"soak/qoe"
)

// waitFor sleeps until the look at which the answer can change; what else may
// change it calls rewait.
func (t *dashTrack) waitFor(kind waitKind) {
	t.wait = kind
	t.rewait()
}

// rewait sets the timer of a waiting track after something it depends on changed.
func (t *dashTrack) rewait() {
	var due instant
	switch t.wait {
	case waitBuffer:
		due = t.dueByBuffer()
	case waitSegment:
		due = t.dueBySegment()
	case waitUpdate:
		due = t.d.now()
	default:
		return
	}
	if due.IsZero() {
		t.timer.Stop()
		return
	}
	at := nextLook(t.looked, due, t.d.lookAgain())
	if t.timer.Pending() && dueAt(&t.timer) == at {
		return
	}
	t.lookIn(at.Sub(t.d.now()))
}

// lookIn sets the timer of the original's chain of short ones: from the fifth on a
// browser takes them for a chain.
func (t *dashTrack) lookIn(d time.Duration) {
	if d >= 5*t.d.lookAgain() {
		t.d.w.Poll(&t.timer, d, t.onLook)
		return
	}
	t.d.w.Set(&t.timer, d, t.onLook)
}

// dueByBuffer is when playback will have made room; zero when only an event can.
func (t *dashTrack) dueByBuffer() instant {
	now := t.d.now()
	d := t.untilDue()
	switch {
	case d <= 0: // an append made room, which is noticed at once
		return now
	case t.d.el.status != playing:
		return 0
	case t.follows():
		d = max(t.level()-t.segment()+1, 1) // video and audio fall together: only the floor is reached by playing
	}
	return t.d.moving.Add(roundUp(now.Add(t.d.el.unscaled(d)).Sub(t.d.moving), timeUpdateEvery))
}

// dueBySegment is when the next segment becomes available, or when the rules turn to
// another quality, if that is earlier; zero when only a new manifest can tell.
func (t *dashTrack) dueBySegment() instant {
	var due instant
	seg, found := t.pick()
	switch {
	case found && t.available(seg), t.ended(found):
		return t.d.now()
	case found && t.d.reference().Before(seg.Available):
		due = t.d.clock.local(seg.Available.Add(t.d.anchor))
	}
	if at, ok := t.turn(due); ok {
		return at
	}
	return due
}

// turn is the look, before due if that is set, at which the rules will want another
// quality though nothing came: dash.js asks them at every look (ScheduleController.js,
// _scheduleNextRequest), while the buffer drains and the drops of late are forgotten.
// BOLA is not foreseen: it decides at levels that no track falls from while it waits.
func (t *dashTrack) turn(due instant) (instant, bool) {
	a, s := &t.abr, &t.d.s
	if !t.check || t.media == qoe.Text || !t.setting.auto || t.ladder.top() == 0 || a.useBola {
		return 0, false
	}
	average := a.through.average(s, t.d.live)
	safe := a.through.usable(average*s.safety, s, t.segment())
	if t.rung == 0 && t.ladder.best(safe) == 0 {
		return 0, false
	}
	history := a.history
	drained := 0 // looks at an empty buffer: after so many there is nothing left to turn
	for at := t.looked.Add(s.lookAgain); drained <= historySize; at = at.Add(s.lookAgain) {
		if s.lookAgain <= 0 || !due.IsZero() && !at.Before(due) {
			return 0, false
		}
		abandoning, level := at.Before(a.resume), t.levelAt(at)
		rung := t.capped(throughputRule(t.ladder, safe, t.starved(level), t.d.live, abandoning), level, average, &history)
		if rung != noChange && rung != t.rung && (rung < t.rung || !abandoning) {
			return at, true
		}
		history.push(t.rung, t.rung)
		if level == 0 || t.d.el.status != playing {
			drained++
		}
	}
	return 0, false
}

// look is the timer: the pause is over, or the answer may have changed.
func (t *dashTrack) look() {
	kind := t.wait
	t.wait = waitNothing
	if kind == waitPause {
		t.fetch()
		return
	}
	if every := t.d.lookAgain(); kind == waitSegment && every > 0 {
		skipped := int(t.d.now().Sub(t.looked)/every) - 1
		t.abr.history.same(t.rung, skipped)
	}
	t.schedule()
}

func (t *dashTrack) stopWaiting() {
	t.timer.Stop()
	t.wait = waitNothing
}
