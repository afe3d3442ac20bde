package loop

import (
	"math"
	"slices"
	"time"
)

// queue is the timers to come, the next one last; of equal times the one that was made
// first comes first. A viewer's loop has five of them at a time: to put one in its place
// among so few costs less than to keep a heap in order, and the next one is just taken
// off.
//
// Times are durations since base: one comparison instead of time.Time's several.
type queue struct {
	base time.Time
	line []entry
	made uint32  // so far
	slab []Timer // made together, handed out one by one
}

// entry has what is compared beside the pointer, so that ordering does not visit the
// timers.
type entry struct {
	at time.Duration
	t  *Timer
}

// slabSize is small: of a viewer's timers nearly all are kept by those who set them, and
// a slab lives as long as any timer of it is known to somebody.
const slabSize = 4

// add makes a timer due d after now.
func (q *queue) add(now, d time.Duration, fn func()) *Timer {
	t := q.make()
	q.set(t, now, d, fn)
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

// set arms t, or one that nobody knows, for d after now; a time beyond what can be
// told is the last one that can.
func (q *queue) set(t *Timer, now, d time.Duration, fn func()) {
	if t == nil || t.pending || len(q.line) == cap(q.line) {
		t = q.prepare(t)
	}
	at := now + max(d, 0)
	if at < now {
		at = math.MaxInt64
	}
	q.made++
	t.at, t.fn, t.made, t.pending, t.shared = at, fn, q.made, true, false
	if t.queue != q {
		t.queue = q
	}
	i := len(q.line)
	line := q.line[:i+1]
	for i > 0 && line[i-1].at <= at {
		line[i] = line[i-1]
		i--
	}
	line[i] = entry{at, t}
	q.line = line
}

// prepare gives t, or one that nobody knows, as a timer that can be set, and makes room
// for it.
func (q *queue) prepare(t *Timer) *Timer {
	switch {
	case t == nil:
		t = q.make()
	case t.pending:
		t.queue.remove(t)
	}
	q.line = slices.Grow(q.line, 1)
	return t
}

func (q *queue) head() *Timer {
	if len(q.line) == 0 {
		return nil
	}
	return q.line[len(q.line)-1].t
}

// take removes the head, which is t, and gives its callback. The timer may be part of a
// player that has had its day: what lies behind the line must not keep it.
func (q *queue) take(t *Timer) func() {
	last := len(q.line) - 1
	fn := t.fn
	q.line[last].t, t.fn = nil, nil
	q.line, t.pending = q.line[:last], false
	return fn
}

// remove takes t out and forgets its callback, which may hold much.
func (q *queue) remove(t *Timer) {
	last := len(q.line) - 1
	i := last
	for q.line[i].t != t {
		i--
	}
	copy(q.line[i:], q.line[i+1:])
	q.line[last] = entry{}
	q.line = q.line[:last]
	t.fn, t.pending = nil, false
}

// move changes the time of a timer that is to come.
func (q *queue) move(t *Timer, at time.Duration) {
	fn := t.fn
	q.remove(t)
	t.at, t.fn, t.pending = at, fn, true
	line := append(q.line, entry{})
	i := len(line) - 1
	for i > 0 && line[i-1].before(t) {
		line[i] = line[i-1]
		i--
	}
	line[i] = entry{t.at, t}
	q.line = line
}

// before tells whether e runs before t.
func (e *entry) before(t *Timer) bool {
	return e.at < t.at || e.at == t.at && e.t.made < t.made
}
