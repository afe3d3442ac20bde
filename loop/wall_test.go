package loop

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wall runs a loop for d of a bubble's time.
func wall(t *testing.T, d time.Duration, begin func(w *Wall)) {
	t.Helper()
	w := NewWall()
	begin(w)
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := w.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run = %v; want the context's error", err)
	}
}

func TestWallTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []time.Duration
		wall(t, 10*time.Second, func(w *Wall) {
			begun := w.Now()
			note := func() { got = append(got, w.Now().Sub(begun)) }
			w.After(3*time.Second, note)
			w.After(time.Second, func() {
				note()
				w.After(time.Second, note)
				w.After(0, note)
			})
			stopped := w.After(2*time.Second, func() { t.Error("ran after Stop") })
			w.After(1500*time.Millisecond, func() { stopped.Stop() })
			w.After(time.Minute, func() { t.Error("ran after the end") })
		})
		want := []time.Duration{time.Second, time.Second, 2 * time.Second, 3 * time.Second}
		if !slices.Equal(got, want) {
			t.Errorf("timers ran at %v; want %v", got, want)
		}
	})
}

func TestWallStopAtTheSameInstant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wall(t, 10*time.Second, func(w *Wall) {
			var own, later *Timer
			w.After(time.Second, func() {
				if !later.Stop() {
					t.Error("Stop reported that a timer still due had fired")
				}
			})
			later = w.After(time.Second, func() { t.Error("ran after Stop, being due at the same instant") })
			own = w.After(2*time.Second, func() {
				if own.Stop() {
					t.Error("Stop reported that the running timer was still to come")
				}
			})
		})
	})
}

// TestWallPost: many goroutines post; each one's callbacks run in its order, all
// on one goroutine at a time, and none is lost.
func TestWallPost(t *testing.T) {
	const senders, each = 20, 500
	w := NewWall()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	next, left := make([]int, senders), senders*each // no locks: only the loop touches them
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				w.Post(func() {
					if next[s] != i {
						t.Errorf("sender %d: callback %d ran when %d was due", s, i, next[s])
					}
					next[s]++
					if left--; left == 0 {
						cancel()
					}
				})
			}
		})
	}
	if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want context.Canceled", err)
	}
	wg.Wait()
	if left != 0 {
		t.Errorf("%d callbacks were lost", left)
	}
}

func TestWallPostFromOutsideWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at time.Duration
		wall(t, time.Minute, func(w *Wall) {
			begun := w.Now()
			time.AfterFunc(7*time.Second, func() {
				w.Post(func() { at = w.Now().Sub(begun) })
			})
		})
		if at != 7*time.Second {
			t.Errorf("posted at 7 s, ran at %s; want at once", at)
		}
	})
}

// TestWallNothingAfterRun: neither timers nor mail run once Run has returned, and
// mail that nobody will read is not kept.
func TestWallNothingAfterRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Bool
		check := func() {
			if over.Load() {
				t.Error("a callback ran after Run had returned")
			}
		}
		w := NewWall()
		ctx, cancel := context.WithCancel(context.Background())
		w.After(time.Second, func() {
			cancel()
			w.Post(func() { t.Error("mail ran after the context was done") })
			w.After(0, func() { t.Error("a timer ran after the context was done") })
		})
		w.After(time.Second, func() { t.Error("a timer due at the same instant ran after the context was done") })
		if err := w.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
		over.Store(true)
		for range 100 {
			w.Post(check)
		}
		w.After(0, check)
		time.Sleep(time.Minute) // in the bubble
		if len(w.thread.mail) != 0 {
			t.Errorf("%d callbacks wait in a mailbox nobody reads", len(w.thread.mail))
		}
	})
}

// TestWallMailBeforeNextTimers: a loop that is always late still reads its mail.
func TestWallMailBeforeNextTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mail := 0
		wall(t, time.Second, func(w *Wall) {
			var spin func()
			spins := 0
			spin = func() {
				if spins++; spins > 1000 {
					return
				}
				w.Post(func() { mail++ })
				w.After(0, spin)
			}
			w.After(0, spin)
		})
		if mail != 1000 {
			t.Errorf("%d of 1000 posted callbacks ran beside a timer that sets itself at once", mail)
		}
	})
}

func TestWallLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var late []time.Duration
		wall(t, 10*time.Second, func(w *Wall) {
			w.Late = func(d time.Duration) { late = append(late, d) }
			w.After(time.Second, func() { time.Sleep(300 * time.Millisecond) }) // a callback that takes its time
			w.After(time.Second, func() { time.Sleep(500 * time.Millisecond) })
			w.After(1700*time.Millisecond, func() {})
			w.After(5*time.Second, func() {})
			w.Post(func() {})
		})
		want := []time.Duration{0, 300 * time.Millisecond, 100 * time.Millisecond, 0}
		if !slices.Equal(late, want) {
			t.Errorf("lateness %v; want %v: each timer's own, mail not counted", late, want)
		}
	})
}
