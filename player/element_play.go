package player

import (
	"time"

	"soak/qoe"
)

// How the element goes from one status to the next.

// update brings the status in line with the buffers after any change.
func (e *element) update() {
	e.settle()
	e.turn()
}

// turn is update of an element that is settled.
func (e *element) turn() {
	switch ahead := e.run() - e.pos; {
	case e.status == playing && ahead > 0 && !e.stopped: // as mostly
		e.arm(ahead)
	case e.stopped || e.status == asleep || e.status == finished:
	case e.status == paused:
		if ahead > 0 {
			e.found(false) // a paused picture is a picture
			e.prepare()
		}
		if ahead >= e.ready && !e.started && e.decoded.IsZero() {
			e.decoded = e.since.Add(e.decoder) // and it is decoded before play is pressed
		}
	case e.status == playing:
		e.dryOut()
	case e.atEnd():
		e.finish()
	case ahead > 0 && (ahead >= e.ready && e.soundEnough() || e.complete && e.reach() >= e.end()):
		e.decode()
	}
}

func (e *element) settled(now instant) bool {
	return now == e.since && e.limited == e.status && e.limit >= e.pos
}

// settle books all up to now. There is nothing to book when that was done at this
// instant and nothing has changed since.
func (e *element) settle() {
	now := e.now()
	if e.settled(now) {
		return
	}
	if e.status == playing {
		e.dryUntil(now)
	}
	e.bookUntil(now)
}

// atEnd tells whether everything there is has been shown.
func (e *element) atEnd() bool { return e.complete && e.started && e.pos >= e.end() }

// catchUp books a dry-out that lies in the past: on a real loop the timer may be
// late, and the stall began when the buffer ended, not when we noticed.
func (e *element) catchUp() {
	if e.status == playing {
		if now := e.now(); !e.settled(now) {
			e.dryUntil(now)
		}
	}
}

func (e *element) dryUntil(now instant) {
	if at := e.since.Add(e.unscaled(e.run() - e.pos)); at.Before(now) {
		e.bookUntil(at)
		e.dryOut()
	}
}

// freeze ends the movement at e.since: the buffer is dry there.
func (e *element) freeze() {
	e.disarm()
	if e.atEnd() {
		e.finish()
		return
	}
	e.status, e.frozen = waiting, e.since
	e.onWaiting()
}

func (e *element) finish() {
	e.disarm()
	e.thaw(e.since)
	e.found(false)
	e.status = finished
	e.onEnded()
}

// decode starts the picture, the first one when the decoder has it.
func (e *element) decode() {
	if !e.started {
		e.prepare()
		if e.now().Before(e.decoded) {
			return
		}
	}
	e.move()
}

// prepare has the decoder work at the first picture, which it does while paused too.
func (e *element) prepare() {
	if !e.decoded.IsZero() {
		return
	}
	e.decoded = e.now().Add(e.decoder)
	if e.decoder > 0 {
		e.w.Media(nil, e.decoder, e.onDry)
	}
}

// move starts the picture.
func (e *element) move() {
	if !e.started {
		e.started = true
		e.w.Emit(qoe.Startup{At: e.time(e.since), Took: e.spent[starting]})
	}
	e.thaw(e.since)
	e.found(false)
	e.status, e.seen = playing, e.pos
	e.reckonAnew()
	e.arm(e.run() - e.pos)
	e.onPlaying()
}

// thaw ends a stall, if there is one, and reports it.
func (e *element) thaw(at instant) {
	if e.status != waiting {
		return
	}
	e.lastStall = at.Sub(e.frozen)
	if e.lastStall > 0 {
		e.w.Emit(qoe.Stall{At: e.time(e.frozen), Took: e.lastStall})
	}
}

// arm sets the timer for when the buffer runs dry, so much of it being ahead of the
// picture that moves. A timer already set for an earlier instant stays: it looks again
// when it fires, which costs less than moving it with every append.
func (e *element) arm(ahead time.Duration) {
	dry := e.since.Add(e.unscaled(ahead))
	if !e.dry.Pending() || dueAt(&e.dry).After(dry) {
		e.w.Media(&e.dry, dry.Sub(e.now()), e.onDry)
	}
}

func (e *element) disarm() { e.dry.Stop() }
