package loop

import (
	"context"
	"sync"
	"time"
)

// Wall is a loop in real time: one goroutine (the one that calls Run), a mailbox
// that never blocks its senders, and a queue of timers behind one runtime timer.
type Wall struct {
	// Late, when set, is told for every timer how long after its time it runs:
	// the generator's own lateness. It is called on the loop, just before the
	// timer's callback. Set it before Run.
	Late func(time.Duration)

	queue queue
	wake  chan struct{}

	mu     sync.Mutex
	mail   []func()
	closed bool     // Run has returned
	spare  []func() // the mail read last, to be filled again
}

// NewWall makes a loop; nothing runs until Run is called.
func NewWall() *Wall {
	return &Wall{queue: queue{base: time.Now()}, wake: make(chan struct{}, 1)}
}

// Now reads the real clock.
func (w *Wall) Now() time.Time { return time.Now() }

// Since is the time since the loop was made.
func (w *Wall) Since() time.Duration { return time.Since(w.queue.base) }

// After runs fn on the loop once d has passed. Call it on the loop, or before Run.
func (w *Wall) After(d time.Duration, fn func()) *Timer {
	return w.queue.add(time.Since(w.queue.base), d, fn)
}

// Set is After with a timer that the caller keeps.
func (w *Wall) Set(t *Timer, d time.Duration, fn func()) {
	w.queue.set(t, time.Since(w.queue.base), d, fn)
}

// Post runs fn on the loop. Any goroutine may call it, at any time; what is
// posted after Run has returned never runs.
func (w *Wall) Post(fn func()) {
	w.mu.Lock()
	if !w.closed {
		w.mail = append(w.mail, fn)
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default: // a wake-up is already on its way
	}
}

// Run runs callbacks until ctx is done and returns the context's error. Callbacks
// still to come are dropped. A loop runs once.
func (w *Wall) Run(ctx context.Context) error {
	defer w.close()
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
	mail := w.takeMail()
	for i, fn := range mail {
		if ctx.Err() != nil {
			return
		}
		mail[i] = nil
		fn()
	}
	w.spare = mail[:0]
	now := time.Since(w.queue.base)
	for t := w.queue.head(); t != nil && t.at <= now && ctx.Err() == nil; t = w.queue.head() {
		if w.Late != nil {
			w.Late(time.Since(w.queue.base) - t.at)
		}
		w.queue.take()()
	}
}

// takeMail leaves the mailbox empty: while one batch is read the other fills.
func (w *Wall) takeMail() []func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	mail := w.mail
	w.mail = w.spare
	return mail
}

// close drops the mail that nobody will read.
func (w *Wall) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed, w.mail = true, nil
}

func (w *Wall) untilNext() time.Duration {
	if t := w.queue.head(); t != nil {
		return t.at - time.Since(w.queue.base)
	}
	return time.Hour
}
