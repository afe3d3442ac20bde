package loop

import "time"

// Instant is a moment of a loop's time: what a time.Time is, for moments that are
// reckoned with many times a request. It counts nanoseconds from one before the loop
// began, so that the zero Instant is none, as the zero time.Time is.
type Instant int64

// InstantAt is the moment at which so long has passed since the loop's beginning.
func InstantAt(since time.Duration) Instant { return Instant(since) + 1 }

// Since is how long after the loop's beginning it is.
func (i Instant) Since() time.Duration { return time.Duration(i - 1) }

func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }
func (i Instant) Sub(o Instant) time.Duration { return time.Duration(i - o) }
func (i Instant) Before(o Instant) bool       { return i < o }
func (i Instant) After(o Instant) bool        { return i > o }
func (i Instant) IsZero() bool                { return i == 0 }

// Instant is the moment of the thread's time that is at, read from the real clock.
func (t *Tab) Instant(at time.Time) Instant { return InstantAt(at.Sub(t.queue.base)) }
