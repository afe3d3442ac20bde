package loop

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// threaded runs a thread on a grid for d of a bubble's time; begin runs beside it.
func threaded(t *testing.T, grid, d time.Duration, begin func(th *Thread)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		th := NewThread(grid)
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		go begin(th)
		if err := th.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run = %v; want the context's error", err)
		}
	})
}

// TestThreadGrid: timers of all tabs run at the grid's next time and are that late;
// urgent mail comes at once, and what is due by then with it.
func TestThreadGrid(t *testing.T) {
	var got []string
	threaded(t, 10*time.Millisecond, time.Second, func(th *Thread) {
		begun := time.Now()
		note := func(what string) func() {
			return func() { got = append(got, fmt.Sprint(what, " ", time.Since(begun))) }
		}
		a, b := th.Tab(), th.Tab()
		late := func(d time.Duration) { got = append(got, fmt.Sprint("late ", d)) }
		a.Post(func() {
			a.Late = late
			a.After(103*time.Millisecond, note("a"))
			a.After(120*time.Millisecond, note("on the grid"))
		})
		b.Post(func() { b.After(101*time.Millisecond, note("b")); b.After(131*time.Millisecond, note("with mail")) })
		time.Sleep(105 * time.Millisecond)
		b.Leave(note("left"))
		time.Sleep(28 * time.Millisecond)
		a.Post(note("posted"))
	})
	want := []string{"left 110ms", "b 110ms", "late 7ms", "a 110ms", "late 0s", "on the grid 120ms", "posted 133ms", "with mail 133ms"}
	if !slices.Equal(got, want) {
		t.Errorf("ran %q; want %q", got, want)
	}
}

// TestTimeStandsStill: a callback that takes long sees one time only, and sets its timers
// from there; the next one sees what time it is by then.
func TestTimeStandsStill(t *testing.T) {
	var got []string
	threaded(t, 0, time.Minute, func(th *Thread) {
		begun := time.Now()
		note := func(tab *Tab, what string) {
			got = append(got, fmt.Sprint(what, " ", tab.Now().Sub(begun), " ", tab.Since()))
		}
		a, b := th.Tab(), th.Tab()
		a.Post(func() {
			a.Late = func(d time.Duration) { got = append(got, fmt.Sprint("late ", d)) }
			b.Post(func() { note(b, "neighbour's mail") })
			time.Sleep(2 * time.Second)
			note(a, "mail")
			a.After(3*time.Second, func() { note(a, "timer") })
			a.After(time.Second, func() { time.Sleep(time.Second); note(a, "late timer") })
			if real := a.Instant(a.Clock()).Since(); real != 2*time.Second {
				t.Errorf("what is measured says %v; want the 2 s that it took", real)
			}
		})
	})
	want := []string{"mail 0s 0s", "late 1s", "late timer 2s 2s", "neighbour's mail 3s 3s", "late 0s", "timer 3s 3s"}
	if !slices.Equal(got, want) {
		t.Errorf("ran %q; want %q", got, want)
	}
}

// TestThreadLeaveWithoutGrid: where there is no grid to wait for, nothing waits.
func TestThreadLeaveWithoutGrid(t *testing.T) {
	var at time.Duration
	threaded(t, 0, time.Minute, func(th *Thread) {
		begun := time.Now()
		time.Sleep(7 * time.Second)
		th.Tab().Leave(func() { at = time.Since(begun) })
	})
	if at != 7*time.Second {
		t.Errorf("left at 7 s, ran at %s; want at once", at)
	}
}

// TestTabEnd: a tab that has ended hears nothing more, and its neighbours go on.
func TestTabEnd(t *testing.T) {
	var got []string
	threaded(t, 0, time.Minute, func(th *Thread) {
		a, b := th.Tab(), th.Tab()
		b.Post(func() { b.After(3*time.Second, func() { got = append(got, "b") }) })
		a.Post(func() {
			timer := a.After(2*time.Second, func() { t.Error("a timer ran after the end") })
			a.After(time.Second, func() {
				a.Post(func() { t.Error("mail ran after the end") })
				a.After(0, func() { t.Error("a timer due at once ran after the end") })
				a.End()
				if !timer.Stop() { // whoever still knows one may stop it
					t.Error("a timer to come cannot be stopped after the end")
				}
			})
		})
		time.Sleep(2 * time.Second)
		a.Post(func() { t.Error("mail ran after the end") })
	})
	if !slices.Equal(got, []string{"b"}) {
		t.Errorf("the neighbour ran %v; want once", got)
	}
}

// TestThreadKeepsOrder: whatever timers of many tabs do to each other, each runs at its
// time, in the order of times.
func TestThreadKeepsOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	ran, last := 0, time.Duration(0)
	threaded(t, 0, time.Hour, func(th *Thread) {
		for range 50 {
			tab := th.Tab()
			tab.Late = func(d time.Duration) {
				if d != 0 {
					t.Errorf("a timer ran %v late", d)
				}
			}
			var kept [4]Timer
			var again func()
			again = func() {
				if ran++; tab.Since() < last {
					t.Errorf("ran at %v after one at %v", tab.Since(), last)
				}
				last = tab.Since()
				other := &kept[rng.IntN(4)]
				switch rng.IntN(4) {
				case 0:
					other.Stop()
				case 1:
					other.Move(tab.Now().Add(time.Duration(rng.IntN(5000)) * time.Millisecond))
				}
				tab.Set(&kept[rng.IntN(4)], time.Duration(rng.IntN(5000))*time.Millisecond, again)
				tab.Set(&kept[0], time.Duration(1+rng.IntN(5000))*time.Millisecond, again)
			}
			tab.Post(again)
		}
	})
	if ran < 50*1000 {
		t.Errorf("%d callbacks ran; want many thousands", ran)
	}
}

// BenchmarkThread is a timer of one of a thousand tabs on one thread.
func BenchmarkThread(b *testing.B) {
	th := NewThread(0)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left := b.N
	b.ReportAllocs()
	for range 1000 {
		tab := th.Tab()
		var timer Timer
		var again func()
		again = func() {
			if left--; left <= 0 {
				cancel()
			}
			tab.Set(&timer, time.Microsecond, again)
		}
		tab.Post(again)
	}
	if err := th.Run(ctx); err != context.Canceled {
		b.Fatal(err)
	}
}
