package loop

import (
	"container/heap"
	"time"
)

// queue is a heap of timers, earliest first, equal times in order of creation.
type queue struct {
	timers timerHeap
	seq    uint64
}

func (q *queue) add(at time.Time, fn func()) *Timer {
	q.seq++
	t := &Timer{at: at, seq: q.seq, fn: fn, queue: q}
	heap.Push(&q.timers, t)
	return t
}

func (q *queue) head() *Timer {
	if len(q.timers) == 0 {
		return nil
	}
	return q.timers[0]
}

func (q *queue) pop() *Timer { return heap.Pop(&q.timers).(*Timer) }

func (q *queue) remove(t *Timer) { heap.Remove(&q.timers, t.index) }

type timerHeap []*Timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].seq < h[j].seq
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	t := x.(*Timer)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
