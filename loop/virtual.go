package loop

import "time"

// Virtual is one loop in computed time. Make it with [World.Loop] or [Lane.Loop].
type Virtual struct {
	id    int
	now   time.Duration // since the world's start
	asked time.Duration // when Now was asked last
	time  time.Time     // what it said: it is asked several times an event
	queue queue

	passed int64 // milliseconds that the lane knows of
}

// Now is this loop's local time. It may be ahead of other loops' of the world.
func (v *Virtual) Now() time.Time {
	if v.asked != v.now {
		v.asked, v.time = v.now, v.queue.base.Add(v.now)
	}
	return v.time
}

// Since is local time since the world's start.
func (v *Virtual) Since() time.Duration { return v.now }

// After runs fn when local time has advanced by d.
func (v *Virtual) After(d time.Duration, fn func()) *Timer {
	return v.queue.add(v.now, d, fn)
}

// Set is After with a timer that the caller keeps.
func (v *Virtual) Set(t *Timer, d time.Duration, fn func()) { v.queue.set(t, v.now, d, fn) }

// Post runs fn after what is already due now.
func (v *Virtual) Post(fn func()) { v.After(0, fn) }

// Share runs fn once d has passed and every other loop of the world has reached
// that instant: fn may touch what loops share, and its own loop, but no other.
// Visits at the same instant run in order of loop, then of creation.
func (v *Virtual) Share(d time.Duration, fn func()) *Timer {
	t := v.After(d, fn)
	t.shared = true
	return t
}

// SetShared is Share with a timer that the caller keeps.
func (v *Virtual) SetShared(t *Timer, d time.Duration, fn func()) {
	v.Set(t, d, fn)
	t.shared = true
}

// breath is how many events a loop runs ahead before it looks at whether the run
// was cancelled.
const breath = 4096

// runAhead runs local events until the next one is shared, lies beyond until, or
// there is none; waiting tells whether a shared visit is next. After breath
// events it comes back unfinished.
func (v *Virtual) runAhead(until time.Duration) (waiting, finished bool) {
	for range breath {
		t := v.queue.head()
		switch {
		case t == nil || t.at > until:
			return false, true
		case t.shared:
			return true, true
		}
		v.step()
	}
	return false, false
}

func (v *Virtual) step() {
	v.now = max(v.now, v.queue.heap[0].at) // a timer may have been moved into the past
	v.queue.take()()
}
