package fleet

import (
	"sync"
	"time"
)

// arrivals is the clock that viewers come by. It stands while somebody holds it, and
// then goes on where it stood: those who were to come come in the order and at the
// distances that were planned.
type arrivals struct {
	mu    sync.Mutex
	start time.Time
	held  time.Time     // since when; zero: it runs
	shift time.Duration // how long it has stood
	moved chan struct{} // closed when it goes on
}

// due is when the viewer comes who was to come at a moment of scenario time; wait is
// nil, or closed when the clock that stands goes on.
func (a *arrivals) due(arrival time.Duration) (at time.Time, wait <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at = a.start.Add(arrival + a.shift)
	if !a.held.IsZero() && !at.Before(a.held) {
		return at, a.moved
	}
	return at, nil
}

// hold stops the clock, or lets it go on; changed is false when it did so already.
func (a *arrivals) hold(stand bool, now time.Time) (changed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case stand && a.held.IsZero():
		a.held, a.moved = now, make(chan struct{})
	case !stand && !a.held.IsZero():
		a.shift += now.Sub(a.held)
		a.held = time.Time{}
		close(a.moved)
	default:
		return false
	}
	return true
}

func (a *arrivals) standing() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.held.IsZero()
}
