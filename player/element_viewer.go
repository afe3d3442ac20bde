package player

import (
	"time"

	"soak/qoe"
)

// What the viewer does to the element, beside what the player does: play, pause,
// jump, close the laptop and open it again.

// sought is a jump of the viewer's.
type sought struct {
	at    instant
	by    time.Duration
	spent time.Duration // in the status seeking before this jump
}

// play lets the picture move as soon as it can; a new element wants to play. With
// nothing to show the element says that it waits, as a browser's does.
func (e *element) play() {
	switch {
	case e.status == asleep:
		e.pausing = false
	case e.status == paused:
		e.book()
		e.resting()
		e.update()
		if e.status == waiting || e.status == seeking {
			e.onWaiting()
		}
	}
}

func (e *element) pause() {
	e.catchUp()
	switch e.status {
	case finished, paused:
	case asleep:
		e.pausing = true
	default:
		e.book()
		e.disarm()
		e.thaw(e.since)
		e.status = paused
	}
}

// jump moves the playhead as the viewer wished. The time to the picture is no
// stall; a jump before this one that has no picture yet will never have one.
// Before the first picture a jump is part of the start.
func (e *element) jump(to time.Duration) {
	e.settle()
	e.found(true)
	by := to - e.pos
	e.pos, e.thirst = to, 0
	e.reckonAnew()
	if !e.started || e.stopped {
		e.update()
		return
	}
	e.sought = &sought{at: e.since, by: by, spent: e.spent[seeking]}
	if e.status != paused && e.status != asleep {
		e.disarm()
		e.thaw(e.since)
		e.status = seeking
	}
	e.update()
}

// found ends the viewer's jump: its picture is there, or (open) never will be.
func (e *element) found(open bool) {
	if s := e.sought; s != nil {
		e.sought = nil
		e.w.Emit(qoe.Seek{At: e.time(s.at), By: s.by, Took: e.spent[seeking] - s.spent, Open: open})
	}
}

// suspend is the closed laptop: nothing moves, whatever was going on.
func (e *element) suspend() {
	e.catchUp()
	if e.stopped || e.status == asleep || e.status == finished {
		return
	}
	e.book()
	e.disarm()
	e.thaw(e.since)
	e.pausing = e.status == paused
	e.status = asleep
}

// wake goes on where suspend found it.
func (e *element) wake() {
	if e.stopped || e.status != asleep {
		return
	}
	e.book()
	if e.pausing {
		e.status = paused
		e.update()
		return
	}
	e.resting()
	e.update()
	if e.status == waiting || e.status == seeking {
		e.onWaiting()
	}
}

// wants tells whether the picture is meant to move: the viewer has not paused it,
// and it is not at its end.
func (e *element) wants() bool {
	return e.status != paused && e.status != asleep && e.status != finished
}
