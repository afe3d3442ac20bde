package loop

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// A loop that need not wait runs ahead for a turn only, so that others meet what it
// met soon after. The order within a lane is the same however many lanes are computed
// at once.
func TestTurns(t *testing.T) {
	for _, c := range []struct {
		turn time.Duration
		want []int
		why  string
	}{
		{0, []int{0, 0, 0, 0, 1, 1, 1, 1}, "as far as they can"},
		{2 * time.Second, []int{0, 0, 1, 1, 0, 0, 1, 1}, "two seconds each"},
		{time.Hour, []int{0, 0, 0, 0, 1, 1, 1, 1}, "no further than the end"},
	} {
		for _, workers := range []int{1, 3} {
			w := NewWorld(epoch)
			w.Turn, w.Workers = c.turn, workers
			lane, other := w.Lane(), w.Lane()
			var ran []int
			for i := range 2 {
				l := lane.Loop()
				for s := range 4 {
					l.After(time.Duration(s+1)*time.Second, func() { ran = append(ran, i) })
				}
				other.Loop().After(time.Second, func() {})
			}
			run(t, w, 4*time.Second)
			if !slices.Equal(ran, c.want) {
				t.Errorf("turns of %v, %d workers: loops ran %v; want %v: %s", c.turn, workers, ran, c.want, c.why)
			}
		}
	}
}

// Reached is the mean over all loops, and the end at the end.
func TestReached(t *testing.T) {
	w := NewWorld(epoch)
	if got := w.Reached(); got != 0 {
		t.Errorf("a world without loops has reached %v; want 0", got)
	}
	a, b := w.Lane().Loop(), w.Lane().Loop()
	var seen []time.Duration
	a.Share(4*time.Second, func() { seen = append(seen, w.Reached()) })
	b.Share(8*time.Second, func() { seen = append(seen, w.Reached()) })
	run(t, w, 10*time.Second)
	if want := []time.Duration{6 * time.Second, 8 * time.Second}; !slices.Equal(seen, want) {
		t.Errorf("reached %v at the two visits; want %v: the means of where both loops stood", seen, want)
	}
	if got := w.Reached(); got != 10*time.Second {
		t.Errorf("reached %v at the end; want 10s", got)
	}
}

// Lanes that are computed at once all end soon after the context has.
func TestRunCancelledInLanes(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := NewWorld(epoch)
	w.Workers = 2
	ran := make([]int, 4)
	for i := range ran {
		l := w.Lane().Loop()
		var spin func()
		spin = func() {
			if ran[i]++; i == 0 && ran[i] == 10_000 {
				cancel()
			}
			l.Post(spin)
		}
		l.Post(spin)
	}
	if err := w.Run(ctx, epoch.Add(time.Second)); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want context.Canceled", err)
	}
	if ran[0] > 10_000+breath {
		t.Errorf("%d events after the context's end at 10 000; want to have stopped soon", ran[0])
	}
}

// Visits are made on one core up to where a small part of those who wait have made
// theirs; a single lane has nobody to stop for.
func TestHorizon(t *testing.T) {
	for _, c := range []struct {
		lanes, loops int
		want         time.Duration
		why          string
	}{
		{1, 640, time.Hour, "one lane"},
		{2, 2, 2, "fewer than two a lane: all"},
		{2, 100, 5, "two a lane, and the next"},
		{2, 640, 11, "one in 64, and the next"},
		{2, 6400, 97, "the same by a sample of every sixth"},
	} {
		w := NewWorld(epoch)
		for range c.lanes {
			w.Lane()
		}
		for i := range c.loops {
			w.lanes[i%c.lanes].waiting.push(visit{time.Duration(i + 1), nil})
		}
		if got := w.horizon(w.crowd(), time.Hour); got != c.want {
			t.Errorf("%d loops in %d lanes: %v; want %v: %s", c.loops, c.lanes, got, c.want, c.why)
		}
	}
}
