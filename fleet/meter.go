package fleet

import (
	"math"
	"sync/atomic"
	"time"

	"soak/player"
	"soak/qoe"
)

// meter counts what progress shows while a run is under way. Loops write, one
// goroutine reads.
type meter struct {
	started, requests, refused, calls, stalls atomic.Int64
	phases                                    [4]atomic.Int64
	margin                                    atomic.Int64 // least so far, nanoseconds
	recent                                    atomic.Int64 // least since progress was asked for
}

// The phases that progress shows.
const (
	waiting = iota // before playback, or over
	playing
	stalled
	dead
)

func newMeter() *meter {
	m := &meter{}
	m.margin.Store(math.MaxInt64)
	m.recent.Store(math.MaxInt64)
	return m
}

// counts are what loops have to add to a meter. Viewers of a lane share one, which goes
// to the meter now and then; those of a real
// one add each event at once.
type counts struct {
	meter                            *meter
	requests, refused, calls, stalls int64
	margin                           time.Duration // least
	now                              bool          // add at once
}

func (m *meter) counts(now bool) *counts {
	return &counts{meter: m, margin: math.MaxInt64, now: now}
}

// sample counts what is no request, and fetched what is one: then counted has to be told.
func (c *counts) sample(s qoe.Sample) {
	switch s.(type) {
	case qoe.Refresh:
		c.calls++
	case qoe.Stall:
		c.stalls++
	}
}

func (c *counts) fetched(f *qoe.Fetch) {
	c.requests++
	if f.Refused() {
		c.refused++
	}
	if f.Signed {
		c.margin = min(c.margin, f.Margin)
	}
}

func (c *counts) counted() {
	if c.now {
		c.flush()
	}
}

// flush hands what was counted to the meter.
func (c *counts) flush() {
	m := c.meter
	m.requests.Add(c.requests)
	m.refused.Add(c.refused)
	m.calls.Add(c.calls)
	m.stalls.Add(c.stalls)
	lower(&m.margin, int64(c.margin))
	lower(&m.recent, int64(c.margin))
	*c = counts{meter: m, margin: math.MaxInt64, now: c.now}
}

func lower(to *atomic.Int64, margin int64) {
	for {
		least := to.Load()
		if margin >= least || to.CompareAndSwap(least, margin) {
			return
		}
	}
}

// move notes that a viewer went from one phase to another.
func (m *meter) move(from, to int) {
	if from != to {
		m.phases[from].Add(-1)
		m.phases[to].Add(1)
	}
}

func phaseOf(v *viewer) int {
	switch {
	case v.dead:
		return dead
	case v.player == nil:
		return waiting
	}
	switch v.player.Phase() {
	case player.Playing:
		return playing
	case player.Stalled:
		return stalled
	case player.Dead:
		return dead
	}
	return waiting
}

func (m *meter) progress(now, of time.Duration, viewers int) Progress {
	p := Progress{
		Now: min(now, of), Of: of, Viewers: viewers, Started: int(m.started.Load()),
		Playing: int(m.phases[playing].Load()), Stalled: int(m.phases[stalled].Load()), Dead: int(m.phases[dead].Load()),
		Requests: m.requests.Load(), Refused: m.refused.Load(), Calls: m.calls.Load(), Stalls: m.stalls.Load(),
	}
	if least := m.margin.Load(); least != math.MaxInt64 {
		p.Signed, p.MarginLow = true, time.Duration(least)
		p.Margin = p.MarginLow
	}
	if recent := m.recent.Swap(math.MaxInt64); recent != math.MaxInt64 {
		p.Margin = time.Duration(recent)
	}
	return p
}
