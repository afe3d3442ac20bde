package loop

import (
	"context"
	"time"
)

// World is a set of virtual loops that meet at shared resources. It runs on the
// goroutine that calls Run.
type World struct {
	start   time.Time
	loops   []*Virtual
	waiting []visit // heap
}

// visit is a loop that waits with a shared event at the head of its queue.
type visit struct {
	at   time.Duration
	loop *Virtual
}

func (a visit) before(b visit) bool {
	return a.at < b.at || (a.at == b.at && a.loop.id < b.loop.id)
}

// NewWorld makes a world whose loops all begin at start.
func NewWorld(start time.Time) *World { return &World{start: start} }

// Loop adds a loop. Loops are numbered in the order in which they are added; all
// are added before Run.
func (w *World) Loop() *Virtual {
	v := &Virtual{id: len(w.loops), time: w.start, queue: queue{base: w.start}}
	w.loops = append(w.loops, v)
	return v
}

// Run computes every event up to and including until, then leaves all loops at
// until; a later Run goes on from there. It returns early with the context's
// error when ctx is done; loops then stand at different local times.
func (w *World) Run(ctx context.Context, until time.Time) error {
	end := until.Sub(w.start)
	w.waiting = w.waiting[:0]
	for _, v := range w.loops {
		waiting, err := advance(ctx, v, end)
		if err != nil {
			return err
		}
		if waiting {
			w.push(visit{v.queue.head().at, v})
		}
	}
	if err := w.visits(ctx, end); err != nil {
		return err
	}
	for _, v := range w.loops {
		v.now = max(v.now, end)
	}
	return nil
}

// visits runs the waiting visit that is first in global order and its loop ahead
// to the next, until none waits.
func (w *World) visits(ctx context.Context, end time.Duration) error {
	for len(w.waiting) > 0 {
		v := w.waiting[0].loop
		v.step()
		waiting, err := advance(ctx, v, end)
		if err != nil {
			return err
		}
		if waiting {
			w.down(visit{v.queue.head().at, v})
		} else {
			w.drop()
		}
	}
	return nil
}

func advance(ctx context.Context, v *Virtual, end time.Duration) (waiting bool, err error) {
	for finished := false; !finished; {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		waiting, finished = v.runAhead(end)
	}
	return waiting, nil
}

func (w *World) push(e visit) {
	w.waiting = append(w.waiting, e)
	i := len(w.waiting) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(w.waiting[parent]) {
			break
		}
		w.waiting[i] = w.waiting[parent]
		i = parent
	}
	w.waiting[i] = e
}

// drop removes the first.
func (w *World) drop() {
	last := len(w.waiting) - 1
	e := w.waiting[last]
	w.waiting = w.waiting[:last]
	if last > 0 {
		w.down(e)
	}
}

// down replaces the first by e and moves it to its place.
func (w *World) down(e visit) {
	i := 0
	for {
		child := 2*i + 1
		if child >= len(w.waiting) {
			break
		}
		if right := child + 1; right < len(w.waiting) && w.waiting[right].before(w.waiting[child]) {
			child = right
		}
		if !w.waiting[child].before(e) {
			break
		}
		w.waiting[i] = w.waiting[child]
		i = child
	}
	w.waiting[i] = e
}
