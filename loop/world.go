package loop

import (
	"context"
	"slices"
	"time"
)

// World is a set of virtual loops that meet at shared resources. It runs on the
// goroutine that calls Run, and on others that it starts and waits for where its
// loops are in several lanes.
type World struct {
	// Workers is how many lanes are computed at once; 0 is as many as there are cores
	// to compute them on (GOMAXPROCS). It makes no difference to what happens on a loop,
	// nor to the order of what happens in a lane. Set it before Run.
	Workers int
	// Turn is how far a loop that need not wait runs ahead before the next one of its
	// lane does, so that viewers meet the same objects at about the same time; 0 is as
	// far as it can. It makes no difference to what happens on a loop.
	Turn time.Duration

	start  time.Time
	loops  int
	lanes  []*Lane
	sample []time.Duration // scratch
}

// NewWorld makes a world whose loops all begin at start; their time is the calendar's,
// in UTC, and knows no monotonic clock.
func NewWorld(start time.Time) *World { return &World{start: start.UTC().Round(0)} }

// Lane adds a lane to the world, before Run.
func (w *World) Lane() *Lane {
	l := &Lane{world: w}
	w.lanes = append(w.lanes, l)
	return l
}

// Loop adds a loop to the first lane. Loops are numbered in the order in which they
// are added, whatever their lanes; all are added before Run.
func (w *World) Loop() *Virtual {
	if len(w.lanes) == 0 {
		w.Lane()
	}
	return w.lanes[0].Loop()
}

// Reached is how far the loops have come, on average. Any goroutine may ask.
func (w *World) Reached() time.Duration {
	if w.loops == 0 {
		return 0
	}
	mean := 0.0
	for _, l := range w.lanes {
		mean += float64(l.passed.Load()) / float64(w.loops)
	}
	return time.Duration(mean) * time.Millisecond
}

// Run computes every event up to and including until, then leaves all loops at
// until; a later Run goes on from there. It returns early with the context's
// error when ctx is done; loops then stand at different local times.
//
// By turns all loops run ahead until they wait, lane by lane and on several cores,
// and then some of them make their visits, on one:
//
//	lane 0  ──────S              ─────────S
//	lane 1  ────S      ·S··S·S   ───────────S    ·S··
//	lane 2  ───────S             ──────S
//	         all ahead │ visits │ all ahead │ visits …
func (w *World) Run(ctx context.Context, until time.Time) error {
	end := until.Sub(w.start)
	for _, l := range w.lanes {
		l.begin()
	}
	for {
		if err := w.ahead(ctx, end); err != nil {
			return err
		}
		if waiting := w.crowd(); waiting == 0 {
			break
		} else if err := w.visits(ctx, w.horizon(waiting, end)); err != nil {
			return err
		}
	}
	for _, l := range w.lanes {
		l.finish(end)
	}
	return nil
}

// visits makes the visits up to limit, in global order, and lets each loop run ahead
// as far: it may come back before that. Whoever is done is ready for more.
func (w *World) visits(ctx context.Context, limit time.Duration) error {
	for l := w.first(); l != nil && l.waiting[0].at <= limit; l = w.first() {
		v := l.waiting[0].loop
		v.step()
		waiting, err := advance(ctx, v, limit)
		switch {
		case err != nil:
			return err
		case waiting:
			at := v.first.at
			l.waiting.replace(visit{at, v})
			l.pass(v, at)
		default:
			l.waiting.drop()
			l.ready = append(l.ready, v)
			l.pass(v, limit)
		}
	}
	return nil
}

// first is the lane whose first visit is the first of all; nil when nobody waits.
func (w *World) first() (first *Lane) {
	for _, l := range w.lanes {
		if len(l.waiting) > 0 && (first == nil || l.waiting[0].before(first.waiting[0])) {
			first = l
		}
	}
	return first
}

// crowd is how many loops wait.
func (w *World) crowd() (n int) {
	for _, l := range w.lanes {
		n += len(l.waiting)
	}
	return n
}

// What is computed on one core, so that the others do not have to stop for every
// visit: those of a part of the loops that wait, who have half that part of their
// ways to the next visit still before them then. That much of the work is done by one
// core alone.
const (
	visiting = 64   // one in so many
	each     = 2    // at least, of each lane
	sampled  = 1024 // loops that are asked when they visit
)

// horizon is up to when visits are made before all run ahead again. Whatever it is,
// the same happens on each loop. A single lane need never stop for others.
func (w *World) horizon(waiting int, end time.Duration) time.Duration {
	if len(w.lanes) == 1 {
		return end
	}
	every := max(waiting/sampled, 1)
	w.sample = w.sample[:0]
	for _, l := range w.lanes {
		for i := 0; i < len(l.waiting); i += every {
			w.sample = append(w.sample, l.waiting[i].at)
		}
	}
	slices.Sort(w.sample)
	guests := max(waiting/visiting, each*len(w.lanes)) / every
	return max(w.first().waiting[0].at, w.sample[min(guests, len(w.sample)-1)])
}
