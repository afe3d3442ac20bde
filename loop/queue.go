package loop

import (
	"math"
	"time"
)

// queue is a heap of timers, earliest first, equal times in order of creation.
// Times are durations since base: one comparison instead of time.Time's several.
type queue struct {
	base time.Time
	heap []entry
	seq  uint64
	slab []Timer // made together, handed out one by one
}

// entry has what the heap compares beside the pointer, so that ordering does not
// visit the timers.
type entry struct {
	at  time.Duration
	seq uint64
	t   *Timer
}

func (e *entry) before(o *entry) bool {
	return e.at < o.at || (e.at == o.at && e.seq < o.seq)
}

// slabSize is small: a viewer has about this many timers, and a slab lives as long
// as any timer of it is known to somebody.
const slabSize = 16

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
	at := now + max(d, 0)
	if at < now {
		at = math.MaxInt64
	}
	if t == nil {
		t = q.make()
	}
	t.Stop()
	t.at, t.fn, t.queue, t.shared = at, fn, q, false
	q.seq++
	q.heap = append(q.heap, entry{})
	q.up(len(q.heap)-1, entry{at, q.seq, t})
}

func (q *queue) head() *Timer {
	if len(q.heap) == 0 {
		return nil
	}
	return q.heap[0].t
}

// take removes the head and gives its callback.
func (q *queue) take() func() {
	t := q.heap[0].t
	fn := t.fn
	q.remove(t)
	return fn
}

// remove takes t out of the heap and forgets its callback, which may hold much.
func (q *queue) remove(t *Timer) {
	i, last := int(t.index), len(q.heap)-1
	t.index, t.fn = -1, nil
	moved := q.heap[last]
	q.heap[last] = entry{}
	q.heap = q.heap[:last]
	switch {
	case i == last:
	case i > 0 && moved.before(&q.heap[(i-1)/2]):
		q.up(i, moved)
	default:
		q.down(i, moved)
	}
}

// move changes the time of a timer that is in the heap.
func (q *queue) move(t *Timer, at time.Time) {
	e := q.heap[t.index]
	t.at = at.Sub(q.base)
	e.at = t.at
	if i := int(t.index); i > 0 && e.before(&q.heap[(i-1)/2]) {
		q.up(i, e)
	} else {
		q.down(i, e)
	}
}

// up places e at i or above.
func (q *queue) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(&q.heap[parent]) {
			break
		}
		q.place(i, q.heap[parent])
		i = parent
	}
	q.place(i, e)
}

// down places e at i or below.
func (q *queue) down(i int, e entry) {
	for {
		child := 2*i + 1
		if child >= len(q.heap) {
			break
		}
		if right := child + 1; right < len(q.heap) && q.heap[right].before(&q.heap[child]) {
			child = right
		}
		if !q.heap[child].before(&e) {
			break
		}
		q.place(i, q.heap[child])
		i = child
	}
	q.place(i, e)
}

func (q *queue) place(i int, e entry) {
	q.heap[i] = e
	e.t.index = int32(i)
}
