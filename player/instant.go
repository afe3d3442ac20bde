package player

import (
	"time"

	"soak/loop"
)

// instant is a moment of the World's true time.
type instant = loop.Instant

// dueAt is when a timer fires, or would have fired.
func dueAt(t *loop.Timer) instant { return instant(t.Since()) + 1 }

// stopwatch tells a World's time in instants. What a player is made of has the player's.
type stopwatch struct {
	w     World
	clock Clock // of w
	began time.Time
	unix  int64 // began in nanoseconds, where times have no monotonic reading; 0 where they have
	dates Clock // w's Date, as clock tells its Now
}

// newStopwatch begins with the World; players that are made to have their options
// checked have none.
func newStopwatch(w World) *stopwatch {
	if w == nil {
		return new(stopwatch)
	}
	s := &stopwatch{w: w, clock: w, began: w.Now().Add(-w.Since())}
	if c, ok := w.(interface{ Clock() Clock }); ok {
		s.clock = c.Clock()
	}
	if s.began == s.began.Round(0) {
		s.unix = s.began.UnixNano()
	}
	s.dates = s.clock
	if c, ok := w.(interface{ Right() bool }); !ok || !c.Right() {
		s.dates = &calendar{stopwatch: s}
	}
	return s
}

func (s *stopwatch) now() instant { return instant(s.clock.Since()) + 1 }

// date is the viewer's calendar clock, for what is only compared with itself.
func (s *stopwatch) date() instant { return instant(s.dates.Since()) + 1 }

// calendar is the clock of a World whose Date may be wrong.
type calendar struct {
	*stopwatch
	asked, dated instant // when it was asked last, and what it was: it is asked several times an event
}

func (c *calendar) Since() time.Duration {
	if now := c.now(); now != c.asked {
		c.asked, c.dated = now, c.of(c.w.Date())
	}
	return time.Duration(c.dated - 1)
}

// of is the instant of a time.
func (s *stopwatch) of(t time.Time) instant {
	switch {
	case t.IsZero():
		return 0
	case s.unix != 0: // what Sub does besides is four times the work
		return instant(t.UnixNano()-s.unix) + 1
	}
	return instant(t.Sub(s.began)) + 1
}

// time is for the World to see.
func (s *stopwatch) time(i instant) time.Time {
	if i == 0 {
		return time.Time{}
	}
	return s.began.Add(time.Duration(i - 1))
}
