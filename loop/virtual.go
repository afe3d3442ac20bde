package loop

import "time"

// Virtual is one loop in computed time. Make it with [World.Loop] or [Lane.Loop].
type Virtual struct {
	queue // its Set is the loop's: it is called several times a request

	id     int
	passed int64 // milliseconds that the lane knows of

	second, rest int64 // the world's start: of Unix time, and nanoseconds
}

// Now is this loop's local time. It may be ahead of other loops' of the world.
func (v *Virtual) Now() time.Time { return time.Unix(v.second, v.rest+int64(v.now)).UTC() }

// Time is when so long has passed since the world's start. It is what time.Time.Add
// does, which, for any time, takes twice as long.
func (v *Virtual) Time(since time.Duration) time.Time {
	return time.Unix(v.second, v.rest+int64(since)).UTC()
}

// Since is local time since the world's start.
func (v *Virtual) Since() time.Duration { return v.now }

// After runs fn when local time has advanced by d.
func (v *Virtual) After(d time.Duration, fn func()) *Timer {
	return v.add(d, fn)
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
		t := v.first
		switch {
		case t == nil || t.at > until:
			return false, true
		case t.shared:
			return true, true
		}
		fn := v.take(t)
		v.now = max(v.now, t.at) // a timer may have been moved into the past
		fn()
	}
	return false, false
}

// step runs the first event.
func (v *Virtual) step() {
	t := v.first
	v.now = max(v.now, t.at)
	v.take(t)()
}
