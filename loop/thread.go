package loop

import (
	"context"
	"sync"
	"time"
)

// Thread runs the callbacks of many tabs on one goroutine, the one that calls Run: one
// runtime timer and one mailbox for all of them, where a goroutine each would cost a
// stack each and two switches for every callback.
//
// A thread may wake on a grid only. What falls due between two of its times runs at the
// second, together with whatever else does, and is that late: timers of thousands of
// tabs then wake the processor a hundred times a second instead of thousands. What is
// posted urgently wakes the thread at once, and what is due by then runs with it.
//
//	due      a  b     c        d e f
//	grid   │       │       │       │
//	runs           ab      c       def
type Thread struct {
	base time.Time
	grid time.Duration // 0: timers run when they are due
	wake chan struct{}
	due  tabs // those with timers, the first to wake for at the top

	now time.Time     // when the callback under way began; zero between callbacks
	at  time.Duration // that, since base

	mu     sync.Mutex
	mail   []letter
	closed bool     // Run has returned
	spare  []letter // the mail read last, to be filled again
}

// letter is a callback for a tab.
type letter struct {
	tab *Tab
	fn  func()
}

// NewThread makes a thread that wakes for timers on a grid, or when they are due if
// that is 0; nothing runs until Run is called.
func NewThread(grid time.Duration) *Thread {
	return &Thread{base: time.Now(), grid: grid, wake: make(chan struct{}, 1)}
}

// Tab makes a loop whose callbacks run on the thread. Any goroutine may call it.
func (t *Thread) Tab() *Tab {
	return &Tab{thread: t, queue: queue{base: t.base}, index: -1}
}

// Run runs callbacks until ctx is done and returns the context's error. Callbacks
// still to come are dropped. A thread runs once.
func (t *Thread) Run(ctx context.Context) error {
	defer t.close()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		t.deliver(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		timer.Reset(t.untilNext())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.wake:
		case <-timer.C:
		}
	}
}

// deliver runs the mail that has come, and then the timers that are due. A tab that has
// mail runs its timers with it, while what they touch is at hand: among thousands of tabs
// each is fetched from far away. A timer made by a timer is not run before the mailbox was
// looked at again.
func (t *Thread) deliver(ctx context.Context) {
	defer t.lookAway()
	mail := t.takeMail()
	for i, m := range mail {
		if ctx.Err() != nil {
			return
		}
		mail[i] = letter{}
		if !m.tab.over {
			at := t.look()
			m.fn()
			m.tab.runDue(ctx, at)
			t.place(m.tab)
		}
	}
	t.spare = mail[:0]
	now := t.look()
	for len(t.due) > 0 && t.due[0].at <= now && ctx.Err() == nil {
		tab := t.due[0].tab
		tab.runDue(ctx, now)
		t.place(tab)
	}
}

// look reads the clock for the callback that is about to run, and tells how long after the
// thread's beginning it is.
func (t *Thread) look() time.Duration {
	t.now = time.Now()
	t.at = t.now.Sub(t.base)
	return t.at
}

// lookAway forgets what the clock showed.
func (t *Thread) lookAway() { t.now = time.Time{} }

// takeMail leaves the mailbox empty: while one batch is read the other fills.
func (t *Thread) takeMail() []letter {
	t.mu.Lock()
	defer t.mu.Unlock()
	mail := t.mail
	t.mail = t.spare
	return mail
}

// put puts mail into the mailbox and tells whether it was empty.
func (t *Thread) put(m letter) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.mail = append(t.mail, m)
	}
	return len(t.mail) == 1
}

// rouse wakes the thread if it sleeps.
func (t *Thread) rouse() {
	select {
	case t.wake <- struct{}{}:
	default: // a wake-up is already on its way
	}
}

// close drops the mail that nobody will read.
func (t *Thread) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed, t.mail = true, nil
}

// untilNext is how long there is nothing to do but read mail. On a grid it is until
// the grid's next time, whatever is due: mail that is not urgent is read then.
func (t *Thread) untilNext() time.Duration {
	now := time.Since(t.base)
	switch {
	case t.grid > 0:
		return t.grid - now%t.grid
	case len(t.due) > 0:
		return t.due[0].at - now
	}
	return time.Hour
}

// place puts a tab into the heap where its first timer belongs.
func (t *Thread) place(tab *Tab) {
	first := tab.queue.first
	switch {
	case first == nil || tab.over:
		t.due.remove(tab)
	case tab.index < 0:
		t.due.add(tab, first.at)
	case first.at != t.due[tab.index].at:
		t.due.move(tab, first.at)
	}
}
