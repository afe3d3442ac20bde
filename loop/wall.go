package loop

import "context"

// Wall is a loop in real time that has a [Thread] to itself: one goroutine (the one that
// calls Run), a mailbox that never blocks its senders, and a queue of timers behind one
// runtime timer.
type Wall struct{ *Tab }

// NewWall makes a loop; nothing runs until Run is called.
func NewWall() *Wall { return &Wall{NewThread(0).Tab()} }

// Run runs callbacks until ctx is done and returns the context's error. Callbacks
// still to come are dropped. A loop runs once.
func (w *Wall) Run(ctx context.Context) error {
	w.thread.place(w.Tab) // for what was set before
	return w.thread.Run(ctx)
}
