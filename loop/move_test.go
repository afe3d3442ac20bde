package loop

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Timers that are moved about run in order of their last times, and of age where
// those are equal; what has been stopped stays stopped, and nothing runs in the past.
func TestMovedTimersRunInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		second := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 9).Draw(t, name)) * time.Second
		}
		start := time.Unix(1_700_000_000, 0)
		w := NewWorld(start)
		v := w.Loop()
		type event struct {
			id int
			at time.Duration
		}
		var want, got []event
		var timers []*Timer
		for i := range rapid.IntRange(1, 20).Draw(t, "timers") {
			at := 5*time.Second + second("at")
			timers = append(timers, v.After(at, func() { got = append(got, event{i, v.Now().Sub(start)}) }))
			want = append(want, event{i, at})
		}
		v.After(4*time.Second, func() {
			for range rapid.IntRange(0, 20).Draw(t, "moves") {
				i := rapid.IntRange(0, len(timers)-1).Draw(t, "timer")
				if rapid.IntRange(0, 4).Draw(t, "stop") == 0 {
					timers[i].Stop()
					want[i].at = -1
				} else if timers[i].Pending() {
					want[i].at = second("to")
					timers[i].Move(start.Add(want[i].at))
				}
			}
		})
		if err := w.Run(context.Background(), start.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		want = slices.DeleteFunc(want, func(e event) bool { return e.at < 0 })
		slices.SortStableFunc(want, func(a, b event) int { return cmp.Compare(a.at, b.at) })
		for i := range want {
			want[i].at = max(want[i].at, 4*time.Second) // moved into the past: as soon as can be
		}
		if !slices.Equal(got, want) {
			t.Errorf("ran %v; want %v", got, want)
		}
	})
}

func TestMoveIsForPendingTimers(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	w := NewWorld(start)
	ran := 0
	timer := w.Loop().After(time.Second, func() { ran++ })
	if err := w.Run(context.Background(), start.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	timer.Move(start.Add(3 * time.Second))
	new(Timer).Move(start)
	(*Timer)(nil).Move(start)
	if err := w.Run(context.Background(), start.Add(5*time.Second)); err != nil {
		t.Fatal(err)
	}
	if ran != 1 || timer.Pending() || new(Timer).Pending() || (*Timer)(nil).Pending() {
		t.Errorf("ran %d times; want once: what has fired is not moved", ran)
	}
}
