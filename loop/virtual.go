package loop

import (
	"container/heap"
	"context"
	"time"
)

// Virtual is one loop in computed time. Make it with [World.Loop].
type Virtual struct {
	id    int
	now   time.Time
	queue queue
}

// Now is this loop's local time. It may be ahead of other loops' of the world.
func (v *Virtual) Now() time.Time { return v.now }

// After runs fn when local time has advanced by d.
func (v *Virtual) After(d time.Duration, fn func()) *Timer {
	return v.queue.add(v.now.Add(max(d, 0)), fn)
}

// Post runs fn after what is already due now.
func (v *Virtual) Post(fn func()) { v.After(0, fn) }

// Share runs fn once d has passed and every other loop of the world has reached
// that instant: fn may touch what loops share. Visits at the same instant run in
// order of loop, then of creation.
func (v *Virtual) Share(d time.Duration, fn func()) *Timer {
	t := v.After(d, fn)
	t.shared = true
	return t
}

// runAhead runs local events until the next one is shared, lies beyond until, or
// there is none. It tells whether a shared visit is waiting.
func (v *Virtual) runAhead(until time.Time) (waiting bool) {
	for {
		t := v.queue.head()
		if t == nil || t.at.After(until) {
			return false
		}
		if t.shared {
			return true
		}
		v.step()
	}
}

func (v *Virtual) step() {
	t := v.queue.pop()
	v.now = t.at
	t.fn()
}

// World is a set of virtual loops that meet at shared resources.
type World struct {
	start   time.Time
	loops   []*Virtual
	waiting loopHeap
}

// NewWorld makes a world whose loops all begin at start.
func NewWorld(start time.Time) *World { return &World{start: start} }

// Loop adds a loop. Loops are numbered in the order in which they are added; all
// are added before Run.
func (w *World) Loop() *Virtual {
	v := &Virtual{id: len(w.loops), now: w.start}
	w.loops = append(w.loops, v)
	return v
}

// Run computes every event up to and including until, then leaves all loops at
// until. It returns early with the context's error when ctx is done; loops then
// stand at different local times.
func (w *World) Run(ctx context.Context, until time.Time) error {
	w.waiting = w.waiting[:0]
	for _, v := range w.loops {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.advance(v, until)
	}
	for len(w.waiting) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		v := heap.Pop(&w.waiting).(*Virtual)
		v.step()
		w.advance(v, until)
	}
	for _, v := range w.loops {
		v.now = until
	}
	return nil
}

// advance runs v ahead and files it under its next shared visit, if it has one.
func (w *World) advance(v *Virtual, until time.Time) {
	if v.runAhead(until) {
		heap.Push(&w.waiting, v)
	}
}

// loopHeap orders loops by (time of their waiting visit, loop number).
type loopHeap []*Virtual

func (h loopHeap) Len() int { return len(h) }

func (h loopHeap) Less(i, j int) bool {
	a, b := h[i].queue.head().at, h[j].queue.head().at
	if !a.Equal(b) {
		return a.Before(b)
	}
	return h[i].id < h[j].id
}

func (h loopHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

func (h *loopHeap) Push(x any) { *h = append(*h, x.(*Virtual)) }

func (h *loopHeap) Pop() any {
	old := *h
	v := old[len(old)-1]
	*h = old[:len(old)-1]
	return v
}
