package loop

import "time"

// Virtual is one loop in computed time. Make it with [World.Loop].
type Virtual struct {
	id    int
	now   time.Duration // since the world's start
	queue queue
}

// Now is this loop's local time. It may be ahead of other loops' of the world.
func (v *Virtual) Now() time.Time { return v.queue.base.Add(v.now) }

// After runs fn when local time has advanced by d.
func (v *Virtual) After(d time.Duration, fn func()) *Timer {
	return v.queue.add(v.now, d, fn)
}

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
