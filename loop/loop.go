package loop

import "time"

// Loop is what code on a browser tab may ask of time. After and Now are called
// on the loop only; Post may be called from any goroutine on a Wall.
type Loop interface {
	// Now is the current time: local time on a Virtual, on a Wall the real clock's when the
	// callback under way began.
	Now() time.Time
	// Since is Now as the time since the loop's beginning, which is cheaper.
	Since() time.Duration
	// After runs fn on the loop once d has passed; d ≤ 0 means as soon as the
	// current callback has returned. Timers due at the same instant run in the
	// order in which they were made.
	After(d time.Duration, fn func()) *Timer
	// Set is After with a timer that the caller keeps and sets again and again: one
	// that is still to come is stopped first. It counts as made now. A nil timer is
	// one that nobody stops.
	Set(t *Timer, d time.Duration, fn func())
	// Post runs fn on the loop after what is already due.
	Post(fn func())
}

// Timer is one callback to come. The zero Timer and nil are stopped timers. A Timer
// that was armed by Set must not be copied.
type Timer struct {
	at      time.Duration // since the queue's base
	next    *Timer        // of the queue, while this one is to come
	fn      func()
	queue   *queue
	made    uint32 // by age: the how manyth of its queue, when it was set
	pending bool
	shared  bool // visits something several loops share
}

// Stop cancels the timer and tells whether it was still to come. It is called on
// the loop that made the timer; after it returns the callback never runs.
func (t *Timer) Stop() bool {
	if t == nil || !t.pending {
		return false
	}
	t.queue.remove(t)
	return true
}

// At is when the timer fires or would have fired; zero for nil and the zero Timer.
func (t *Timer) At() time.Time {
	if t == nil || t.queue == nil {
		return time.Time{}
	}
	return t.queue.base.Add(t.at)
}

// Since is At as the time since the loop's beginning.
func (t *Timer) Since() time.Duration {
	if t == nil {
		return 0
	}
	return t.at
}

// Move lets the timer fire at another time, or as soon as the current callback has
// returned when that is past. It does nothing to a timer that has fired or was
// stopped. Among timers due at the same instant it keeps its place by age.
func (t *Timer) Move(at time.Time) {
	if t == nil || !t.pending {
		return
	}
	t.queue.move(t, at.Sub(t.queue.base))
}

// MoveSince is Move with the time since the loop's beginning.
func (t *Timer) MoveSince(at time.Duration) {
	if t.Pending() {
		t.queue.move(t, at)
	}
}

// Pending tells whether the timer is still to come.
func (t *Timer) Pending() bool { return t != nil && t.pending }
