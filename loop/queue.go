package loop

import (
	"math"
	"time"
)

// queue is the timers to come, in a chain of which first is the next one; of equal times
// the one that was made first comes first. A viewer's loop has five of them at a time: to
// find the place of one among so few costs less than to keep a heap in order, and the
// next one is just taken off.
//
// Times are durations since base: one comparison instead of time.Time's several.
type queue struct {
	now   time.Duration // in computed time; of a Tab when it last looked at the clock
	first *Timer
	made  uint32  // so far
	slab  []Timer // made together, handed out one by one
	base  time.Time
}

// slabSize is small: of a viewer's timers nearly all are kept by those who set them, and
// a slab lives as long as any timer of it is known to somebody.
const slabSize = 4

// add makes a timer due d after now.
func (q *queue) add(d time.Duration, fn func()) *Timer {
	t := q.make()
	q.Set(t, d, fn)
	return t
}

func (q *queue) make() *Timer {
	if len(q.slab) == 0 {
		q.slab = make([]Timer, slabSize)
	}
	t := &q.slab[0]
	q.slab = q.slab[1:]
	return t
}

// Set arms t, or one that nobody knows, for d after now; a time beyond what can be
// told is the last one that can.
func (q *queue) Set(t *Timer, d time.Duration, fn func()) {
	if t == nil {
		t = q.make()
	} else if t.pending {
		t.queue.remove(t)
	}
	at := q.now + max(d, 0)
	if at < q.now {
		at = math.MaxInt64
	}
	q.made++
	t.at, t.fn, t.made, t.pending, t.shared = at, fn, q.made, true, false
	if t.queue != q {
		t.queue = q
	}
	place := &q.first
	for e := *place; e != nil && e.at <= at; e = *place {
		place = &e.next
	}
	t.next, *place = *place, t
}

// take removes the first timer, which is t, and gives its callback. The timer may be part
// of a player that has had its day: it must neither be kept by others nor keep them.
func (q *queue) take(t *Timer) func() {
	fn := t.fn
	q.first, t.next, t.fn, t.pending = t.next, nil, nil, false
	return fn
}

// remove takes t out and forgets its callback, which may hold much.
func (q *queue) remove(t *Timer) {
	place := &q.first
	for *place != t {
		place = &(*place).next
	}
	*place, t.next, t.fn, t.pending = t.next, nil, nil, false
}

// move changes the time of a timer that is to come.
func (q *queue) move(t *Timer, at time.Duration) {
	fn := t.fn
	q.remove(t)
	t.at, t.fn, t.pending = at, fn, true
	place := &q.first
	for *place != nil && (*place).before(t) {
		place = &(*place).next
	}
	t.next, *place = *place, t
}

// before tells whether t runs before o.
func (t *Timer) before(o *Timer) bool {
	return t.at < o.at || t.at == o.at && t.made < o.made
}
