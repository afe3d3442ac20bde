package loop

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Lane is loops of a world of which one runs at a time: what they have in common
// needs no locks. Which lane a loop is in makes no difference to what happens on it.
type Lane struct {
	world   *World
	loops   []*Virtual
	ready   []*Virtual // to run ahead, in this order
	waiting visits
	passed  atomic.Int64 // milliseconds, by all loops together
}

// Loop adds a loop to the lane.
func (l *Lane) Loop() *Virtual {
	w := l.world
	v := &Virtual{id: w.loops, second: w.start.Unix(), rest: int64(w.start.Nanosecond()), queue: queue{base: w.start}}
	w.loops++
	l.loops = append(l.loops, v)
	return v
}

// begin lets every loop find out anew what is before it.
func (l *Lane) begin() {
	l.ready = append(l.ready[:0], l.loops...)
	l.waiting = l.waiting[:0]
}

// finish leaves all loops at end.
func (l *Lane) finish(end time.Duration) {
	for _, v := range l.loops {
		v.now = max(v.now, end)
		l.pass(v, v.now)
	}
}

// pass notes that a loop has come so far.
func (l *Lane) pass(v *Virtual, to time.Duration) {
	if ms := to.Milliseconds(); ms > v.passed {
		l.passed.Add(ms - v.passed)
		v.passed = ms
	}
}

// ahead lets the loops that are ready run ahead, by turns, until each of them waits or
// has come to end.
func (l *Lane) ahead(ctx context.Context, end time.Duration) error {
	for turn := l.turn(end); len(l.ready) > 0; turn = min(turn+l.world.Turn, end) {
		left := l.ready[:0]
		for _, v := range l.ready {
			waiting, err := advance(ctx, v, turn)
			switch {
			case err != nil:
				return err
			case waiting:
				at := v.first.at
				l.waiting.push(visit{at, v})
				l.pass(v, at)
			default:
				left = append(left, v)
				l.pass(v, turn)
			}
		}
		if l.ready = left; turn == end {
			l.ready = left[:0]
		}
	}
	return nil
}

// turn is where the first turn ends: each loop has one, whoever is behind the others.
func (l *Lane) turn(end time.Duration) time.Duration {
	if l.world.Turn <= 0 || len(l.ready) == 0 {
		return end
	}
	behind := slices.MinFunc(l.ready, func(a, b *Virtual) int { return cmp.Compare(a.now, b.now) })
	return min(behind.now+l.world.Turn, end)
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

// ahead lets the loops of all lanes run ahead. Workers take lane after lane.
func (w *World) ahead(ctx context.Context, end time.Duration) error {
	var busy []*Lane
	for _, l := range w.lanes {
		if len(l.ready) > 0 {
			busy = append(busy, l)
		}
	}
	workers := w.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	errs := make([]error, len(busy))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(busy); i = int(next.Add(1)) - 1 {
			errs[i] = busy[i].ahead(ctx, end)
		}
	}
	var all sync.WaitGroup
	for range min(workers, len(busy)) - 1 {
		all.Go(work)
	}
	work()
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
