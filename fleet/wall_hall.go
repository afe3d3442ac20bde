package fleet

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"soak/causes"
	"soak/loop"
	"soak/scenarios"
)

// How viewers' loops are dealt to threads. A thread is held up by its busiest viewer, so
// there are two to a core; more would wake the processor for little each, and have counts
// of their own to fetch from memory every time: four take a twentieth more of it.
const threadsPerCore = 2

// A large audience's loops wake on a grid only: requests then go out together, and
// answers are looked at together. That is within what a page takes to handle an answer
// ([handling]), and much less than a player's tick. A small audience costs little
// anyhow, and is woken when its timers are due.
const (
	wakeGrid    = 10 * time.Millisecond
	gridViewers = 1000 // from so many on
)

func gridOf(viewers int) time.Duration {
	if viewers < gridViewers {
		return 0
	}
	return wakeGrid
}

// hall is the viewers of a run over sockets and the threads that they live on.
type hall struct {
	run     *wallRun
	threads []thread
	alive   context.Context // until the last has left

	mu       sync.Mutex
	sessions []*session
}

// thread is what viewers share whose callbacks run one at a time: none of it needs a lock.
type thread struct {
	*loop.Thread
	fetches *fetches
}

// session is one viewer's life, from its arrival on.
type session struct {
	viewer  *viewer
	sockets *socketNetwork
	tab     *loop.Tab
	gone    chan struct{} // closed when the viewer has left
	phase   int           // as the meter has it
	watch   loop.Timer
	every   time.Duration // between looks at the phase
	onWatch func()        // bound once
}

// play lets every viewer come and waits until they have left. When the time is up, a
// guard's threshold is missed or ctx ends, viewers leave at once and give their accounts.
func (r *wallRun) play(ctx context.Context, guards scenarios.Guards) (abort *scenarios.Abort, err error) {
	present, dismiss := context.WithDeadline(ctx, r.start.Add(r.scenario.Duration))
	defer dismiss()
	var all sync.WaitGroup
	all.Go(func() { r.host(present) })
	all.Go(func() { abort, err = r.guard(present, dismiss, guards) })
	all.Go(func() { r.watchStrain(present) })
	all.Go(func() { r.target.consent.halt(present, dismiss) })
	all.Wait()
	return abort, err
}

// host has the audience in while present lasts, and cleans up after it.
func (r *wallRun) host(present context.Context) {
	alive, end := context.WithCancel(context.WithoutCancel(present))
	h := &hall{run: r, alive: alive}
	var running sync.WaitGroup
	for range r.threads {
		t := thread{loop.NewThread(r.grid), &fetches{}}
		h.threads = append(h.threads, t)
		running.Go(func() { _ = t.Run(alive) }) // its error is end() below
	}
	h.usher(present)
	<-present.Done()
	h.dismiss()
	end()
	running.Wait()
	h.cleanUp()
}

// usher lets viewers in as they come, while present lasts. Leeches come when there is
// something to copy.
func (h *hall) usher(present context.Context) {
	seats := plan(h.run.scenario)
	slices.SortStableFunc(seats, func(x, y seat) int { return cmp.Compare(x.arrival, y.arrival) })
	var copying sync.WaitGroup
	defer copying.Wait()
	for _, s := range seats {
		due, came := h.run.attend(present, s.arrival)
		if !came {
			return
		}
		if s.copies == nil {
			h.admit(s, due)
			continue
		}
		copying.Go(func() {
			select {
			case <-s.copies.taken:
				h.admit(s, time.Now())
			case <-present.Done():
			}
		})
	}
}

// admit begins the session of a viewer who is due.
func (h *hall) admit(s seat, due time.Time) {
	r := h.run
	on := h.threads[r.thread(s.id)]
	one := &session{tab: on.Tab(), gone: make(chan struct{}), every: r.phaseEvery()}
	h.mu.Lock()
	h.sessions = append(h.sessions, one)
	h.mu.Unlock()
	one.tab.Post(func() {
		r.coming.of(r.thread(s.id)).add(time.Since(due))
		v, sockets := r.viewer(h.alive, one.tab, s)
		one.viewer, one.sockets, v.fetches = v, sockets, on.fetches
		v.late = r.lateFor(v)
		one.tab.Late = v.late
		v.arrive()
		if v.leech == nil {
			one.onWatch, sockets.onLanded = one.watchPhase, one.passBy
			one.watchPhase()
		}
	})
}

// dismiss lets all viewers leave, and waits until they have.
func (h *hall) dismiss() {
	for _, s := range h.sessions {
		s.tab.Post(s.leave)
	}
	for _, s := range h.sessions {
		<-s.gone
	}
}

func (s *session) leave() {
	defer close(s.gone)
	v := s.viewer
	v.leave()
	if v.account != nil {
		v.blame(v.account.Judge())
	}
	s.tab.End()
}

// cleanUp ends what is under way on viewers' sockets. Nothing runs on their loops any more.
func (h *hall) cleanUp() {
	for _, s := range h.sessions {
		s.sockets.close()
	}
}

// phaseEvery is how often a viewer notes its phase for progress. Of a large audience each
// does so seldom, at a time of its own: a few viewers more or less show nowhere there.
const (
	phaseEvery      = time.Second
	phaseOccasional = 4 * time.Second // where viewers wake on a grid
)

func (r *wallRun) phaseEvery() time.Duration {
	if r.grid > 0 {
		return phaseOccasional
	}
	return phaseEvery
}

// watchPhase keeps the meter's count of phases current.
func (s *session) watchPhase() {
	now := phaseOf(s.viewer)
	s.viewer.meter.move(s.phase, now)
	s.phase = now
	s.tab.Set(&s.watch, s.every, s.onWatch)
}

// passBy does so when an answer has been looked at, if the time for it is not far: to come
// back to one of thousands for that alone costs more.
func (s *session) passBy() {
	if s.watch.Since()-s.tab.Since() < s.every/2 {
		s.watchPhase()
	}
}

// lateFor is told how late a viewer's timers run.
func (r *wallRun) lateFor(v *viewer) func(time.Duration) {
	all := r.late.of(r.thread(v.id))
	return func(d time.Duration) {
		all.add(d)
		if v.account != nil && d > causes.TooLate {
			v.account.Late(time.Now(), d)
		}
	}
}
