package loop

import (
	"context"
	"sync"
	"time"
)

// Wall is a loop in real time: one goroutine (the one that calls Run), a mailbox
// that never blocks its senders, and a heap of timers behind one runtime timer.
type Wall struct {
	// Late, when set, is told for every timer how long after its time it ran:
	// the generator's own lateness. It runs on the loop.
	Late func(time.Duration)

	queue queue
	wake  chan struct{}

	mu   sync.Mutex
	mail []func()
}

// NewWall makes a loop; nothing runs until Run is called.
func NewWall() *Wall { return &Wall{wake: make(chan struct{}, 1)} }

// Now reads the real clock.
func (w *Wall) Now() time.Time { return time.Now() }

// After runs fn on the loop once d has passed. Call it on the loop, or before Run.
func (w *Wall) After(d time.Duration, fn func()) *Timer {
	return w.queue.add(time.Now().Add(max(d, 0)), fn)
}

// Post runs fn on the loop. Any goroutine may call it, at any time; what is
// posted after Run has returned never runs.
func (w *Wall) Post(fn func()) {
	w.mu.Lock()
	w.mail = append(w.mail, fn)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // a wake-up is already on its way
	}
}

// Run runs callbacks until ctx is done and returns the context's error. Callbacks
// still to come are dropped.
func (w *Wall) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		w.deliver(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		timer.Reset(w.untilNext())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.wake:
		case <-timer.C:
		}
	}
}

// deliver runs the mail that has come and then the timers that are due. A timer
// made by one of them is not run before the mailbox was looked at again.
func (w *Wall) deliver(ctx context.Context) {
	for _, fn := range w.takeMail() {
		if ctx.Err() != nil {
			return
		}
		fn()
	}
	now := time.Now()
	for t := w.queue.head(); t != nil && !t.at.After(now) && ctx.Err() == nil; t = w.queue.head() {
		w.queue.pop()
		if w.Late != nil {
			w.Late(now.Sub(t.at))
		}
		t.fn()
	}
}

func (w *Wall) takeMail() []func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	mail := w.mail
	w.mail = nil
	return mail
}

func (w *Wall) untilNext() time.Duration {
	if t := w.queue.head(); t != nil {
		return time.Until(t.at)
	}
	return time.Hour
}
