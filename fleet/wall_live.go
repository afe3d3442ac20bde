package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/scenarios"
)

// Live is a run over sockets while it is under way. Its methods may be called from
// any goroutine, and after the run's end too.
type Live struct {
	run     *wallRun
	elapsed func() time.Duration
	before  spent // by this process when the run began

	mu     sync.Mutex
	over   bool
	lab    *lab.Config // with what was injected; nil: as the scenario has it
	byHand []Intervention
}

// Intervention is something that somebody did to a run under way.
type Intervention struct {
	At   time.Duration // scenario time
	What string        // one line
}

// maxInterventions bounds what is remembered, and what edges go through for every
// request.
const maxInterventions = 200

// What cannot be done to a run.
var (
	ErrNoLab    = errors.New("the target is not the lab: faults can be injected into the lab only")
	ErrTooMuch  = fmt.Errorf("more than %d interventions: start a new run", maxInterventions)
	errNotBegun = errors.New("the run has not begun")
	errOver     = errors.New("the run is over")
)

func newLive(r *wallRun) *Live {
	return &Live{run: r, elapsed: stopwatch(), before: spending()}
}

// Result is what the run has measured so far, as if it ended now without anybody's
// leaving. Making it copies and merges all shards.
func (l *Live) Result() *Result {
	r, took := l.run, l.elapsed()
	sc, byHand := l.scenario()
	return &Result{
		Scenario: sc, Summary: r.summary(), Started: r.start, Elapsed: took,
		Health: r.health(l.before), Manifests: r.manifests.Stats(), ByHand: byHand,
	}
}

// Progress is how the run stands now.
func (l *Live) Progress() Progress {
	return l.run.meter.progress(time.Since(l.run.start), l.run.scenario.Duration, l.run.scenario.Viewers.Count)
}

// scenario is the one that is run, with the faults that were injected.
func (l *Live) scenario() (scenarios.Scenario, []Intervention) {
	l.mu.Lock()
	defer l.mu.Unlock()
	sc := *l.run.scenario
	if l.lab != nil {
		cfg := *l.lab
		sc.Target.Lab = &cfg
	}
	return sc, slices.Clone(l.byHand)
}

// Hold keeps viewers from coming, or lets them come again, as far apart as they were
// to come. Those who are there go on, and the run ends when it was to end.
func (l *Live) Hold(hold bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	at, err := l.next(now)
	if err != nil || !l.run.arrivals.hold(hold, now) {
		return err
	}
	what := "arrivals go on"
	if hold {
		what = "arrivals held"
	}
	l.byHand = append(l.byHand, Intervention{at, what})
	return nil
}

// Held tells whether viewers are kept from coming.
func (l *Live) Held() bool { return l.run.arrivals.standing() }

// Inject lets a fault strike the lab from now on.
func (l *Live) Inject(i lab.Injection) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	server := l.run.target.lab
	if server == nil {
		return ErrNoLab
	}
	at, err := l.next(time.Now())
	if err != nil {
		return err
	}
	cfg := labConfig(l.run.scenario)
	if l.lab != nil {
		cfg = *l.lab
	}
	if cfg, err = cfg.Struck(i, at); err != nil {
		return err
	}
	if err := server.Inject(i, at); err != nil {
		return err
	}
	l.lab = &cfg
	l.byHand = append(l.byHand, Intervention{at, i.String()})
	return nil
}

// next is when an intervention happens in scenario time, if there may be one more.
func (l *Live) next(now time.Time) (time.Duration, error) {
	at := now.Sub(l.run.start).Truncate(time.Millisecond) // as files have it
	switch {
	case l.over:
		return 0, errOver
	case len(l.byHand) >= maxInterventions:
		return 0, ErrTooMuch
	case at <= 0:
		return 0, errNotBegun
	}
	return at, nil
}

// end allows no more interventions.
func (l *Live) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}

// attend waits until a viewer is to come, and tells when that was; false when nobody is
// present any more.
func (r *wallRun) attend(present context.Context, arrival time.Duration) (at time.Time, came bool) {
	for {
		var wait <-chan struct{}
		at, wait = r.arrivals.due(arrival)
		if wait == nil {
			left := time.Until(at)
			if left <= 0 {
				return at, present.Err() == nil
			}
			if loop.Sleep(present, left) != nil {
				return at, false
			}
			continue // the clock may have stood meanwhile
		}
		select {
		case <-wait:
		case <-present.Done():
			return at, false
		}
	}
}
