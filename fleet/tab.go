package fleet

import (
	"math"
	"time"

	"soak/loop"
)

// How Chrome slows down the timers of pages that are not seen ("Heavy throttling
// of chained JS timers", developer.chrome.com, and page_scheduler_impl.cc). A page
// that is heard, or was a moment ago, is not slowed down at all.
const (
	throttleAfter = 10 * time.Second // hidden so long: timers run once a second
	deepAfter     = 5 * time.Minute  // hidden so long: those in a chain, once a minute
	quietAfter    = 30 * time.Second // heard so long ago: not heard
	throttleTick  = time.Second
	deepTick      = time.Minute
	chained       = 5               // timers set by timers set by timers …
	listenEvery   = 5 * time.Second // to a hidden tab that may be heard
)

// tab is the browser's part in a viewer's timers: it slows a hidden page's down,
// and lets all of them stand still while the laptop sleeps. Only viewers who hide
// or sleep have one. Network callbacks and the media element are not slowed down.
//
// A tab does not run timers itself: it knows when each was meant to fire and moves
// it on the loop when the rules change.
type tab struct {
	clock clock
	heard func() bool   // the page makes a sound now
	phase time.Duration // of the browser's ticks

	hidden  bool
	muted   bool
	since   time.Time // hidden
	sound   time.Time // last heard
	asleep  bool
	chain   int // of the timer whose callback runs
	timers  []tabTimer
	pending int // of timers, when it was cleared up last
	watch   *loop.Timer
}

type tabTimer struct {
	*loop.Timer
	due   time.Time     // as was asked for
	left  time.Duration // while asleep
	chain int
	kind  timerKind
}

type timerKind uint8

const (
	plain  timerKind = iota // slowed down in hidden tabs
	prompt                  // setTimeout(0) outside of a chain: not slowed down
	media                   // the media element's: not slowed down
)

// script sets a timer of the page's.
func (t *tab) script(timer *loop.Timer, d time.Duration, fn func()) {
	e := tabTimer{Timer: timer, chain: t.chain + 1}
	if d <= 0 && e.chain < chained {
		e.kind = prompt
	}
	t.set(e, d, fn)
}

// poll is a setInterval that has been running for a while.
func (t *tab) poll(timer *loop.Timer, d time.Duration, fn func()) {
	t.set(tabTimer{Timer: timer, chain: max(t.chain+1, chained)}, d, fn)
}

func (t *tab) media(timer *loop.Timer, d time.Duration, fn func()) {
	t.set(tabTimer{Timer: timer, kind: media}, d, fn)
}

func (t *tab) set(e tabTimer, d time.Duration, fn func()) {
	if e.Timer == nil {
		e.Timer = new(loop.Timer)
	}
	now, chain := t.clock.Now(), e.chain
	e.due = now.Add(max(d, 0))
	t.clock.Set(e.Timer, t.fires(&e, now).Sub(now), func() {
		t.chain = chain
		fn()
		t.chain = 0
	})
	t.know(e)
}

// know keeps a timer's entry in the place of the one that it had when it was set
// before.
func (t *tab) know(e tabTimer) {
	for i := range t.timers {
		if t.timers[i].Timer == e.Timer {
			t.timers[i] = e
			return
		}
	}
	t.clear()
	t.timers = append(t.timers, e)
}

// clear forgets timers that have fired or were stopped, now and then.
func (t *tab) clear() {
	if len(t.timers) < 2*t.pending+16 {
		return
	}
	kept := t.timers[:0]
	for _, e := range t.timers {
		if e.Pending() {
			kept = append(kept, e)
		}
	}
	clear(t.timers[len(kept):])
	t.timers, t.pending = kept, len(kept)
}

// fires is when a timer runs by the rules in force now.
func (t *tab) fires(e *tabTimer, now time.Time) time.Time {
	at := e.due
	if at.Before(now) {
		at = now
	}
	hidden := now.Sub(t.since)
	switch {
	case !t.hidden || e.kind != plain || hidden < throttleAfter || now.Sub(t.sound) < quietAfter:
		return at
	case hidden >= deepAfter && e.chain >= chained:
		return t.align(at, deepTick)
	}
	return t.align(at, throttleTick)
}

// align is the first of the browser's ticks not before at.
func (t *tab) align(at time.Time, every time.Duration) time.Time {
	origin := time.Unix(0, 0).Add(t.phase)
	n := (at.Sub(origin) + every - 1) / every
	return origin.Add(n * every)
}

// realign applies the rules in force now to all timers.
func (t *tab) realign() {
	now := t.clock.Now()
	for i := range t.timers {
		t.timers[i].Move(t.fires(&t.timers[i], now))
	}
}

// hide puts another tab before this one.
func (t *tab) hide(muted bool) {
	now := t.clock.Now()
	t.watch.Stop()
	if !t.hidden {
		t.since = now
	}
	t.hidden, t.muted = true, muted
	t.sound = time.Time{}
	t.listen()
}

// listen notes whether the hidden page is heard, and applies the rules of the time;
// those change at multiples of listenEvery. A muted page is looked at until it is
// as slow as it gets.
func (t *tab) listen() {
	now := t.clock.Now()
	if !t.muted && t.heard() {
		t.sound = now
	}
	if !t.asleep {
		t.realign()
	}
	if !t.muted || now.Sub(t.since) < deepAfter {
		t.watch = t.clock.After(listenEvery, t.listen)
	}
}

// show brings the tab to the front: what is overdue runs at once.
func (t *tab) show() {
	t.watch.Stop()
	t.hidden = false
	if !t.asleep {
		t.realign()
	}
}

// sleep stops all timers with what they have left.
func (t *tab) sleep() {
	now := t.clock.Now()
	t.asleep = true
	for i := range t.timers {
		e := &t.timers[i]
		e.left = max(e.due.Sub(now), 0)
		e.Move(now.Add(math.MaxInt64 / 4))
	}
}

// wake lets them go on.
func (t *tab) wake() {
	now := t.clock.Now()
	t.asleep = false
	for i := range t.timers {
		e := &t.timers[i]
		e.due = now.Add(e.left)
	}
	t.realign()
}
