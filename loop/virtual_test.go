package loop

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// run lets the world pass until d after epoch.
func run(t *testing.T, w *World, d time.Duration) {
	t.Helper()
	if err := w.Run(context.Background(), epoch.Add(d)); err != nil {
		t.Fatal(err)
	}
}

func TestOrder(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(l *Virtual, say func(string) func())
		want string
		why  string
	}{
		{"by time", func(l *Virtual, say func(string) func()) {
			l.After(2*time.Second, say("b"))
			l.After(time.Second, say("a"))
			l.After(3*time.Second, say("c"))
		}, "a b c", "not by creation"},
		{"equal times", func(l *Virtual, say func(string) func()) {
			for _, s := range strings.Fields("a b c d e f g h") {
				l.After(time.Second, say(s))
			}
		}, "a b c d e f g h", "in order of creation"},
		{"equal times, different delays", func(l *Virtual, say func(string) func()) {
			l.After(time.Second, func() { l.After(time.Second, say("b")) })
			l.After(2*time.Second, say("a"))
		}, "a b", "what was made first runs first, however it came to that instant"},
		{"now", func(l *Virtual, say func(string) func()) {
			l.After(0, func() { say("a")(); l.Post(say("c")) })
			l.After(-time.Hour, say("b"))
		}, "a b c", "d ≤ 0 means after what is already due"},
		{"shared among local", func(l *Virtual, say func(string) func()) {
			l.After(time.Second, say("a"))
			l.Share(time.Second, say("b"))
			l.After(time.Second, say("c"))
		}, "a b c", "sharing changes nothing within a loop"},
		{"for ever", func(l *Virtual, say func(string) func()) {
			l.After(math.MaxInt64, say("never"))
			l.After(time.Second, func() { say("a")(); l.After(math.MaxInt64, say("never")) })
		}, "a", "a time that overflows is not in the past"},
	} {
		w := NewWorld(epoch)
		var got []string
		row.make(w.Loop(), func(s string) func() { return func() { got = append(got, s) } })
		run(t, w, time.Hour)
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s: ran %s; want %s: %s", row.name, s, row.want, row.why)
		}
	}
}

// A timer that is kept counts as made when it was armed last, may be armed in its own
// callback, and forgets that it was shared.
func TestSet(t *testing.T) {
	w := NewWorld(epoch)
	l := w.Loop()
	var got []string
	say := func(s string) func() { return func() { got = append(got, s) } }
	var kept, own, shared Timer
	l.Set(&kept, time.Second, say("never"))
	l.After(2*time.Second, say("a"))
	l.Set(&kept, 2*time.Second, say("b"))
	l.After(2*time.Second, say("c"))
	again := 0
	var fn func()
	fn = func() {
		if again++; again < 3 {
			l.Set(&own, time.Second, fn)
		}
	}
	l.Set(&own, 3*time.Second, fn)
	l.SetShared(&shared, 4*time.Second, say("d"))
	l.Set(&shared, 4*time.Second, say("e"))
	if shared.shared {
		t.Error("armed by Set, the timer is still shared")
	}
	run(t, w, time.Hour)
	if s := strings.Join(got, " "); s != "a b c e" || again != 3 || kept.Pending() {
		t.Errorf("ran %s, the other %d times; want a b c e, 3 times", s, again)
	}
}

func TestNowInCallbacks(t *testing.T) {
	w := NewWorld(epoch)
	l := w.Loop()
	var at []time.Duration
	note := func() { at = append(at, l.Now().Sub(epoch)) }
	l.After(time.Second, func() { note(); l.After(1500*time.Millisecond, note) })
	run(t, w, 10*time.Second)
	note()
	if want := []time.Duration{time.Second, 2500 * time.Millisecond, 10 * time.Second}; !reflect.DeepEqual(at, want) {
		t.Errorf("local times %v; want %v", at, want)
	}
}

func TestStop(t *testing.T) {
	t.Run("before", func(t *testing.T) {
		w := NewWorld(epoch)
		timer := w.Loop().After(time.Second, func() { t.Error("ran after Stop") })
		if !timer.Stop() || timer.Stop() {
			t.Error("Stop must report true, then false")
		}
		run(t, w, time.Hour)
	})
	t.Run("at the same instant", func(t *testing.T) {
		w := NewWorld(epoch)
		l := w.Loop()
		var later *Timer
		l.After(time.Second, func() {
			if !later.Stop() {
				t.Error("Stop reported that a timer still due had fired")
			}
		})
		later = l.After(time.Second, func() { t.Error("ran after Stop, being due at the same instant") })
		run(t, w, time.Hour)
	})
	t.Run("in its own callback", func(t *testing.T) {
		w := NewWorld(epoch)
		var own *Timer
		ran := 0
		own = w.Loop().After(time.Second, func() {
			ran++
			if own.Stop() {
				t.Error("Stop reported that the running timer was still to come")
			}
		})
		run(t, w, time.Hour)
		if own.Stop() || ran != 1 {
			t.Errorf("ran %d times; want once, and Stop false afterwards", ran)
		}
	})
	t.Run("nil and zero", func(t *testing.T) {
		var none *Timer
		if none.Stop() || new(Timer).Stop() || !none.At().IsZero() || !new(Timer).At().IsZero() {
			t.Error("nil and the zero Timer must be stopped timers without a time")
		}
	})
	t.Run("one of many", func(t *testing.T) {
		// Whatever place in the heap is vacated, the others keep their order.
		for gone := range 40 {
			w := NewWorld(epoch)
			l := w.Loop()
			var timers []*Timer
			var got []int
			for i := range 40 {
				due := (i * 17) % 40
				timers = append(timers, l.After(time.Duration(due)*time.Second, func() { got = append(got, due) }))
			}
			timers[gone].Stop()
			run(t, w, time.Hour)
			for i := 1; i < len(got); i++ {
				if got[i] <= got[i-1] {
					t.Fatalf("after stopping %d: %v; want ascending", gone, got)
				}
			}
			if len(got) != 39 {
				t.Fatalf("after stopping %d: %d ran; want 39", gone, len(got))
			}
		}
	})
}

func TestAt(t *testing.T) {
	l := NewWorld(epoch).Loop()
	if got, want := l.After(90*time.Second, func() {}).At(), epoch.Add(90*time.Second); !got.Equal(want) {
		t.Errorf("At() = %v; want %v", got, want)
	}
}

func TestRunFurther(t *testing.T) {
	w := NewWorld(epoch)
	a, b := w.Loop(), w.Loop()
	var got []string
	say := func(s string) func() { return func() { got = append(got, s) } }
	a.After(time.Second, say("a1"))
	a.Share(5*time.Second, say("a5"))
	b.Share(2*time.Second, say("b2"))
	b.After(5*time.Second+1, say("b5+"))
	latest := time.Duration(0)
	for _, step := range []struct {
		until time.Duration
		want  string
		why   string
	}{
		{time.Second, "a1", "up to and including"},
		{1500 * time.Millisecond, "a1", "nothing there"},
		{500 * time.Millisecond, "a1", "time does not go back"},
		{5 * time.Second, "a1 b2 a5", "the rest, without what lies a nanosecond beyond"},
		{time.Minute, "a1 b2 a5 b5+", "all"},
	} {
		run(t, w, step.until)
		if s := strings.Join(got, " "); s != step.want {
			t.Errorf("until %s: %s; want %s: %s", step.until, s, step.want, step.why)
		}
		latest = max(latest, step.until)
		if now := a.Now().Sub(epoch); now != latest {
			t.Errorf("until %s: the loop stands at %s; want %s", step.until, now, latest)
		}
	}
	if !a.Now().Equal(epoch.Add(time.Minute)) || !b.Now().Equal(a.Now()) {
		t.Errorf("loops stand at %v and %v; want both at the end", a.Now(), b.Now())
	}
}

func TestRunCancelled(t *testing.T) {
	t.Run("between visits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		w := NewWorld(epoch)
		l := w.Loop()
		ran := 0
		var visit func()
		visit = func() {
			if ran++; ran == 10 {
				cancel()
			}
			l.Share(time.Second, visit)
		}
		l.Share(time.Second, visit)
		if err := w.Run(ctx, epoch.Add(time.Hour)); !errors.Is(err, context.Canceled) || ran != 10 {
			t.Errorf("Run = %v after %d visits; want context.Canceled after 10", err, ran)
		}
		run(t, w, 20*time.Second)
		if ran != 20 {
			t.Errorf("a later Run went on to %d visits; want 20", ran)
		}
	})
	t.Run("in a loop that never waits", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		w := NewWorld(epoch)
		l := w.Loop()
		ran := 0
		var spin func()
		spin = func() {
			if ran++; ran == 10_000 {
				cancel()
			}
			l.Post(spin)
		}
		l.Post(spin)
		if err := w.Run(ctx, epoch.Add(time.Second)); !errors.Is(err, context.Canceled) || ran > 10_000+breath {
			t.Errorf("Run = %v after %d events; want context.Canceled soon after 10 000", err, ran)
		}
	})
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		w := NewWorld(epoch)
		w.Loop().Post(func() { t.Error("ran") })
		if err := w.Run(ctx, epoch); !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v; want context.Canceled", err)
		}
	})
}

// TestSameTrace: neither another run nor another number of processors changes
// what happens, in which order, at what time.
func TestSameTrace(t *testing.T) {
	trace := func(procs int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		w := NewWorld(epoch)
		lanes := []*Lane{w.Lane(), w.Lane(), w.Lane()}
		var out strings.Builder
		tokens := 0
		for i := range 50 {
			l := lanes[i%len(lanes)].Loop()
			var visit func()
			visit = func() {
				tokens = tokens*31 + i
				fmt.Fprintf(&out, "%d@%d:%d ", i, l.Now().Sub(epoch).Milliseconds(), tokens%1000)
				stopped := l.After(time.Millisecond, func() { t.Error("stopped timer ran") })
				l.Share(time.Duration(100+(tokens%7+7)%7*10)*time.Millisecond, func() { stopped.Stop(); visit() })
				stopped.Stop()
			}
			l.Share(0, visit)
		}
		run(t, w, 5*time.Second)
		return out.String()
	}
	want := trace(1)
	if len(want) < 1000 {
		t.Fatalf("the trace has %d bytes only", len(want))
	}
	for _, procs := range []int{1, 2, 4} {
		if trace(procs) != want {
			t.Errorf("GOMAXPROCS %d: another trace", procs)
		}
	}
}
