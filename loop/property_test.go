package loop

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive is the world as one global list, searched for the least (time, loop,
// creation) at every step: too slow to use, too simple to be wrong.
type naive struct {
	seq    int
	events []*naiveEvent
	now    []time.Duration
}

type naiveEvent struct {
	at        time.Duration
	loop, seq int
	fn        func()
}

func (n *naive) after(loop int, d time.Duration, fn func()) (stop func() bool) {
	n.seq++
	e := &naiveEvent{n.now[loop] + d, loop, n.seq, fn}
	n.events = append(n.events, e)
	return func() bool {
		i := slices.Index(n.events, e)
		if i >= 0 {
			n.events = slices.Delete(n.events, i, i+1)
		}
		return i >= 0
	}
}

func (n *naive) run(until time.Duration) {
	for {
		best := -1
		for i, e := range n.events {
			if e.at <= until && (best < 0 || e.before(n.events[best])) {
				best = i
			}
		}
		if best < 0 {
			return
		}
		e := n.events[best]
		n.events = slices.Delete(n.events, best, best+1)
		n.now[e.loop] = e.at
		e.fn()
	}
}

func (e *naiveEvent) before(o *naiveEvent) bool {
	if e.at != o.at {
		return e.at < o.at
	}
	if e.loop != o.loop {
		return e.loop < o.loop
	}
	return e.seq < o.seq
}

// tab is what a script may do on a loop, real or naive.
type tab struct {
	now          func() time.Duration
	after, share func(d time.Duration, fn func()) (stop func() bool)
	set          func(d time.Duration, fn func()) // one timer that is kept
}

// script is a viewer's made-up life: each event leaves a mark and sets, shares
// and stops timers, as the numbers say.
type script struct {
	tab
	loop    int
	numbers []int
	next    int
	timers  []func() bool
	local   *[]string // this loop's marks
	shared  *[]string // all loops' marks at shared visits
	state   *int      // what the visits share
}

func (s *script) number() int {
	if s.next == len(s.numbers) {
		return -1
	}
	s.next++
	return s.numbers[s.next-1]
}

func (s *script) event() {
	*s.local = append(*s.local, fmt.Sprint(s.now()))
	s.act()
	s.act()
}

func (s *script) visit() {
	*s.state = *s.state*31 + s.loop
	mark := fmt.Sprintf("%d@%d:%d", s.loop, s.now(), *s.state)
	*s.shared = append(*s.shared, mark)
	*s.local = append(*s.local, mark)
	s.act()
}

func (s *script) act() {
	n := s.number()
	if n < 0 {
		return
	}
	d := time.Duration(n/5%4) * time.Second // coarse, so that many fall together
	switch n % 5 {
	case 0, 1:
		s.timers = append(s.timers, s.after(d, s.event))
	case 2:
		s.timers = append(s.timers, s.share(d, s.visit))
	case 3:
		if len(s.timers) > 0 {
			stopped := s.timers[n/5%len(s.timers)]()
			*s.local = append(*s.local, fmt.Sprint("stopped ", stopped))
		}
	case 4:
		s.set(d, s.event)
	}
}

// TestEqualsOneGlobalQueue: letting loops run ahead, in lanes on several cores,
// changes nothing that a loop, or what they share, could see.
func TestEqualsOneGlobalQueue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lives := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 79), 1, 60), 1, 6).Draw(rt, "lives")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 4).Draw(rt, "runs")

		world, reference := NewWorld(epoch), &naive{now: make([]time.Duration, len(lives))}
		world.Workers = rapid.IntRange(1, 3).Draw(rt, "workers")
		world.Turn = time.Duration(rapid.IntRange(0, 5).Draw(rt, "turn")) * time.Second
		lanes := make([]*Lane, rapid.IntRange(1, 4).Draw(rt, "lanes"))
		for i := range lanes {
			lanes[i] = world.Lane()
		}
		real, want := newStage(len(lives)), newStage(len(lives))
		for i, numbers := range lives {
			l, kept := lanes[i%len(lanes)].Loop(), new(Timer)
			real.add(i, numbers, tab{
				func() time.Duration { return l.Now().Sub(epoch) },
				func(d time.Duration, fn func()) func() bool { return l.After(d, fn).Stop },
				func(d time.Duration, fn func()) func() bool { return l.Share(d, fn).Stop },
				func(d time.Duration, fn func()) { l.Set(kept, d, fn) },
			})
			after := func(d time.Duration, fn func()) func() bool { return reference.after(i, d, fn) }
			stop := func() bool { return false }
			set := func(d time.Duration, fn func()) {
				stop()
				stop = after(d, fn)
			}
			want.add(i, numbers, tab{func() time.Duration { return reference.now[i] }, after, after, set})
		}
		until := time.Duration(0)
		for _, pause := range pauses {
			until += time.Duration(pause) * time.Second
			if err := world.Run(context.Background(), epoch.Add(until)); err != nil {
				rt.Fatal(err)
			}
			reference.run(until)
			if !slices.Equal(real.shared, want.shared) {
				rt.Fatalf("shared visits until %s:\n%v\none global queue:\n%v", until, real.shared, want.shared)
			}
			for i := range lives {
				if !slices.Equal(real.local[i], want.local[i]) {
					rt.Fatalf("loop %d until %s:\n%v\none global queue:\n%v", i, until, real.local[i], want.local[i])
				}
			}
		}
	})
}

// stage is one performance of all lives.
type stage struct {
	local  [][]string
	shared []string
	state  int
}

func newStage(n int) *stage { return &stage{local: make([][]string, n)} }

func (st *stage) add(i int, numbers []int, t tab) {
	s := &script{tab: t, loop: i, numbers: numbers, local: &st.local[i], shared: &st.shared, state: &st.state}
	s.after(0, s.event)
	s.share(0, s.visit)
}

// TestQueue: whatever is added, removed and moved in between, the rest stands in order,
// the next one first, and is known to be to come.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var q queue
		var timers []*Timer
		pending := 0
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 50), 30, 100).Draw(rt, "numbers") {
			switch {
			case n%3 == 0 && i > 0:
				if timers[n%len(timers)].Stop() {
					pending--
				}
			case n%5 == 0 && i > 0:
				timers[n%len(timers)].Move(q.base.Add(time.Duration(n)))
			default:
				timers = append(timers, q.add(time.Duration(n), func() {}))
				pending++
			}
			queued := 0
			for e := q.first; e != nil && queued <= pending; e = e.next {
				if !e.Pending() {
					rt.Fatalf("at %d of %d: due at %d, but not to come", queued, pending, e.at)
				}
				if e.next != nil && !e.before(e.next) {
					rt.Fatalf("at %d of %d: due at %d, made %d, before one due at %d, made %d", queued, pending, e.at, e.made, e.next.at, e.next.made)
				}
				queued++
			}
			if queued != pending {
				rt.Fatalf("%d timers are queued; want %d", queued, pending)
			}
		}
	})
}
