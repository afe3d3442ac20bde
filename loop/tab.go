package loop

import (
	"context"
	"time"
)

// Tab is a loop in real time, one of those of a [Thread].
type Tab struct {
	// Late, when set, is told for every timer how long after its time it runs:
	// the generator's own lateness. It is called on the loop, just before the
	// timer's callback. Set it before the first timer, or on the loop.
	Late func(time.Duration)

	thread *Thread
	queue  queue
	index  int32 // in that heap; -1: not there
	over   bool
}

// Now is the real time. It stands still while a callback runs, as it does on a Virtual:
// callbacks ask for it again and again, and reading the clock is a good part of what a
// short one takes. Call it on the loop, or before Run of a [Wall]. What is measured is
// not measured with it but with [Tab.Clock].
func (t *Tab) Now() time.Time {
	if now := t.thread.now; !now.IsZero() {
		return now
	}
	return time.Now()
}

// Since is Now as the time since the thread was made.
func (t *Tab) Since() time.Duration {
	if !t.thread.now.IsZero() {
		return t.thread.at
	}
	return time.Since(t.queue.base)
}

// Clock is the real time at this moment, also while a callback runs. Any goroutine may ask.
func (*Tab) Clock() time.Time { return time.Now() }

// After runs fn on the loop once d has passed. Call it on the loop, or before Run of
// a [Wall].
func (t *Tab) After(d time.Duration, fn func()) *Timer {
	t.queue.now = t.Since()
	return t.queue.add(d, fn)
}

// Set is After with a timer that the caller keeps.
func (t *Tab) Set(timer *Timer, d time.Duration, fn func()) {
	t.queue.now = t.Since()
	t.queue.Set(timer, d, fn)
}

// Post runs fn on the loop. Any goroutine may call it, at any time; what is
// posted after the loop's end never runs.
func (t *Tab) Post(fn func()) {
	t.thread.put(letter{t, fn})
	t.thread.rouse()
}

// Leave is Post for what can wait until the thread wakes anyhow, on its grid at the
// latest.
func (t *Tab) Leave(fn func()) {
	if first := t.thread.put(letter{t, fn}); first && t.thread.grid == 0 {
		t.thread.rouse()
	}
}

// End drops all callbacks still to come. It is called on the loop, once.
func (t *Tab) End() {
	t.over = true
	t.thread.place(t)
}

// runDue runs the timers that are due at now.
func (t *Tab) runDue(ctx context.Context, now time.Duration) {
	for first := t.queue.first; first != nil && first.at <= now && !t.over && ctx.Err() == nil; first = t.queue.first {
		at := t.thread.look()
		if t.Late != nil {
			t.Late(at - first.at)
		}
		t.queue.take(first)()
	}
}

// tabs is a heap of tabs by their first timers.
type tabs []turn

// turn has what is compared beside the tab, so that ordering does not visit the tabs.
type turn struct {
	at  time.Duration
	tab *Tab
}

func (h *tabs) add(t *Tab, at time.Duration) {
	*h = append(*h, turn{})
	h.up(len(*h)-1, turn{at, t})
}

// remove takes out a tab that may be there.
func (h *tabs) remove(t *Tab) {
	if t.index < 0 {
		return
	}
	i, last := int(t.index), len(*h)-1
	moved := (*h)[last]
	(*h)[last] = turn{}
	*h = (*h)[:last]
	if t.index = -1; i < last {
		h.settle(i, moved)
	}
}

func (h tabs) move(t *Tab, at time.Duration) { h.settle(int(t.index), turn{at, t}) }

// settle places t at i, above or below.
func (h tabs) settle(i int, t turn) {
	if i > 0 && t.at < h[(i-1)/2].at {
		h.up(i, t)
	} else {
		h.down(i, t)
	}
}

func (h tabs) up(i int, t turn) {
	for i > 0 && t.at < h[(i-1)/2].at {
		h.place(i, h[(i-1)/2])
		i = (i - 1) / 2
	}
	h.place(i, t)
}

func (h tabs) down(i int, t turn) {
	for child := 2*i + 1; child < len(h); child = 2*i + 1 {
		if child+1 < len(h) && h[child+1].at < h[child].at {
			child++
		}
		if t.at <= h[child].at {
			break
		}
		h.place(i, h[child])
		i = child
	}
	h.place(i, t)
}

func (h tabs) place(i int, t turn) {
	h[i] = t
	t.tab.index = int32(i)
}
