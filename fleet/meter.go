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
	return m
}

func (m *meter) count(s qoe.Sample) {
	switch s := s.(type) {
	case qoe.Fetch:
		m.requests.Add(1)
		if s.Refused() {
			m.refused.Add(1)
		}
		if s.Signed {
			m.lower(int64(s.Margin))
		}
	case qoe.Refresh:
		m.calls.Add(1)
	case qoe.Stall:
		m.stalls.Add(1)
	}
}

func (m *meter) lower(margin int64) {
	for {
		least := m.margin.Load()
		if margin >= least || m.margin.CompareAndSwap(least, margin) {
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

func phaseOf(p player.Player) int {
	if p == nil {
		return waiting
	}
	switch p.State().Phase {
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
		p.MarginLow = time.Duration(least)
	}
	return p
}
