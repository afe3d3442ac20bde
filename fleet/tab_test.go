package fleet

import (
	"context"
	"slices"
	"testing"
	"time"

	"soak/loop"
	"soak/scenarios"
)

// page is a tab on a virtual loop.
type page struct {
	*tab
	world *loop.World
	loud  bool
	ran   []time.Duration // since the epoch
}

func newPage() *page {
	w := loop.NewWorld(virtualEpoch)
	p := &page{world: w}
	p.tab = &tab{clock: w.Loop(), heard: func() bool { return p.loud }, phase: 300 * time.Millisecond}
	return p
}

func (p *page) now() time.Duration { return p.clock.Now().Sub(virtualEpoch) }

func (p *page) mark() { p.ran = append(p.ran, p.now()) }

func (p *page) until(t *testing.T, at time.Duration) {
	t.Helper()
	if err := p.world.Run(context.Background(), virtualEpoch.Add(at)); err != nil {
		t.Fatal(err)
	}
}

func (p *page) after(d time.Duration, fn func()) *loop.Timer {
	t := new(loop.Timer)
	p.script(t, d, fn)
	return t
}

// every is a script's chain of timers.
func (p *page) every(d time.Duration) {
	p.after(d, func() {
		p.mark()
		p.every(d)
	})
}

func TestTimersOfHiddenTabs(t *testing.T) {
	const hide = 100 * time.Second
	for _, c := range []struct {
		why   string
		loud  bool
		muted bool
		after time.Duration // hidden so long
		set   func(p *page)
		want  time.Duration // after hiding
	}{
		{"not yet slowed down", false, true, 5 * time.Second, func(p *page) { p.after(400*time.Millisecond, p.mark) }, 5400 * time.Millisecond},
		{"at the browser's next tick of a second", false, true, 20 * time.Second, func(p *page) { p.after(400*time.Millisecond, p.mark) }, 21300 * time.Millisecond},
		{"a page that is heard runs on time", true, false, time.Hour, func(p *page) { p.after(400*time.Millisecond, p.mark) }, time.Hour + 400*time.Millisecond},
		{"a muted one is not heard", true, true, 20 * time.Second, func(p *page) { p.after(400*time.Millisecond, p.mark) }, 21300 * time.Millisecond},
		{"setTimeout(0) outside of a chain runs at once", false, true, 20 * time.Second, func(p *page) { p.after(0, p.mark) }, 20 * time.Second},
		{"the media element is not slowed down", false, true, time.Hour, func(p *page) { p.media(nil, 400*time.Millisecond, p.mark) }, time.Hour + 400*time.Millisecond},
		{"set by a network callback: still once a second after five minutes", false, true, 10 * time.Minute, func(p *page) { p.after(400*time.Millisecond, p.mark) }, 10*time.Minute + 1300*time.Millisecond},
		{"an old setInterval: once a minute after five minutes", false, true, 10 * time.Minute, func(p *page) { p.poll(nil, 400*time.Millisecond, p.mark) }, 10*time.Minute + 20300*time.Millisecond},
	} {
		p := newPage()
		p.loud = c.loud
		p.clock.After(hide, func() { p.hide(c.muted) })
		p.clock.After(hide+c.after, func() { c.set(p) })
		p.until(t, hide+c.after+2*time.Minute)
		if want := []time.Duration{hide + c.want}; !slices.Equal(p.ran, want) {
			t.Errorf("%s: ran at %v; want %v", c.why, p.ran, want)
		}
	}
}

// A chain of timers slows down as the page stays hidden, and catches up at once
// when it is shown again.
func TestChainsOfTimersInAHiddenTab(t *testing.T) {
	p := newPage()
	p.every(100 * time.Millisecond)
	p.clock.After(10*time.Second, func() { p.hide(true) })
	p.clock.After(10*time.Minute, p.show)
	p.until(t, 10*time.Minute+time.Second)
	count := func(from, to time.Duration) (n int) {
		for _, at := range p.ran {
			if at >= from && at < to {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		why      string
		from, to time.Duration
		want     int
	}{
		{"seen", 0, 10 * time.Second, 99},
		{"hidden for less than ten seconds", 10 * time.Second, 20 * time.Second, 100},
		{"once a second", 30 * time.Second, 5 * time.Minute, 270},
		{"once a minute", 6 * time.Minute, 10 * time.Minute, 4},
		{"seen again", 10 * time.Minute, 10*time.Minute + time.Second, 10},
	} {
		if n := count(c.from, c.to); n < c.want-1 || n > c.want+1 {
			t.Errorf("%s: ran %d times, want %d", c.why, n, c.want)
		}
	}
}

// A page that falls silent is slowed down half a minute later.
func TestTabFallsSilent(t *testing.T) {
	p := newPage()
	p.loud = true
	p.clock.After(0, func() { p.hide(false) })
	p.clock.After(2*time.Minute, func() { p.loud = false })
	p.every(100 * time.Millisecond)
	p.until(t, 4*time.Minute)
	slow := time.Duration(0)
	for i := 1; i < len(p.ran); i++ {
		if p.ran[i]-p.ran[i-1] > 900*time.Millisecond {
			slow = p.ran[i-1]
			break
		}
	}
	if slow < 2*time.Minute+20*time.Second || slow > 2*time.Minute+35*time.Second {
		t.Errorf("slow from %v on, want about 30 s after the last sound at 2m", slow)
	}
}

// Timers that the laptop's sleep interrupts run when they have had what they had
// left; those of a tab hidden meanwhile by its rules.
func TestTimersSleep(t *testing.T) {
	p := newPage()
	p.after(30*time.Second, p.mark)
	stopped := p.after(40*time.Second, p.mark)
	p.media(nil, 20*time.Second, p.mark)
	p.clock.After(10*time.Second, p.sleep)
	p.clock.After(time.Hour, func() { p.wake(); stopped.Stop() })
	p.until(t, 2*time.Hour)
	if want := []time.Duration{time.Hour + 10*time.Second, time.Hour + 20*time.Second}; !slices.Equal(p.ran, want) {
		t.Errorf("ran at %v; want %v", p.ran, want)
	}
}

// What has fired or was stopped is forgotten, however many timers there were.
func TestTabForgetsTimers(t *testing.T) {
	p := newPage()
	for range 50 {
		p.after(time.Hour, p.mark)
	}
	p.every(10 * time.Millisecond)
	p.until(t, 10*time.Minute)
	if n := len(p.timers); n > 200 {
		t.Errorf("%d timers remembered, 51 are to come", n)
	}
}

// A timer that is set again goes by what was asked for last, and is known once.
func TestTabKeepsTimersOfTheirOwners(t *testing.T) {
	p := newPage()
	var kept loop.Timer
	p.media(&kept, time.Second, p.mark)
	p.script(&kept, 5*time.Second, p.mark)
	p.clock.After(2*time.Second, p.sleep)
	p.clock.After(time.Hour, p.wake)
	p.until(t, 2*time.Hour)
	if want := []time.Duration{time.Hour + 3*time.Second}; !slices.Equal(p.ran, want) || len(p.timers) != 1 {
		t.Errorf("ran at %v, %d timers known; want %v, one", p.ran, len(p.timers), want)
	}
}

func TestCalendar(t *testing.T) {
	at := func(d time.Duration) time.Time { return virtualEpoch.Add(d) }
	for _, c := range []struct {
		why   string
		clock scenarios.Clock
		now   time.Duration
		want  time.Duration
	}{
		{"ahead", scenarios.Clock{Skew: 30 * time.Second}, time.Minute, 90 * time.Second},
		{"behind", scenarios.Clock{Skew: -30 * time.Second}, time.Minute, 30 * time.Second},
		{"fast by 50 ppm: 180 ms an hour", scenarios.Clock{Drift: 50}, time.Hour, time.Hour + 180*time.Millisecond},
		{"before it is set", scenarios.Clock{Step: &scenarios.ClockStep{By: -time.Second}}, 9 * time.Second, 9 * time.Second},
		{"set back", scenarios.Clock{Step: &scenarios.ClockStep{By: -time.Second}}, 10 * time.Second, 9 * time.Second},
		{"set right", scenarios.Clock{Skew: time.Second, Step: &scenarios.ClockStep{By: -time.Second}}, time.Minute, time.Minute},
	} {
		if got := newCalendar(&c.clock, virtualEpoch, 10*time.Second).date(at(c.now)); !got.Equal(at(c.want)) {
			t.Errorf("%s: date(%v) = %v; want %v", c.why, c.now, got.Sub(virtualEpoch), c.want)
		}
	}
	if newCalendar(nil, virtualEpoch, 0) != nil {
		t.Error("a clock that is right has a calendar; want none")
	}
}
