package fleet

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

func TestGridIsForLargeAudiences(t *testing.T) {
	for _, row := range []struct {
		viewers int
		want    time.Duration
		why     string
	}{
		{1, 0, "what one viewer does is looked at closely"},
		{999, 0, "small enough to wake whenever something is due"},
		{1000, wakeGrid, "many wake-ups, which cost more than they are worth"},
	} {
		if got := gridOf(row.viewers); got != row.want {
			t.Errorf("gridOf(%d) = %v; want %v: %s", row.viewers, got, row.want, row.why)
		}
	}
}

// mediaClock notes what timers are set to.
type mediaClock struct {
	clock
	set []time.Duration
}

func (c *mediaClock) Set(_ *loop.Timer, d time.Duration, _ func()) { c.set = append(c.set, d) }

// TestWaitingIsPartOfHandling: what an answer has waited for its loop is taken off the
// time that the page takes; what it has waited longer than that is lateness.
func TestWaitingIsPartOfHandling(t *testing.T) {
	for i, row := range []struct {
		waited    time.Duration
		grid      time.Duration
		least     time.Duration
		mostWait  time.Duration
		leastLate time.Duration
	}{
		{0, 0, handling / 2, handling * 3 / 2, 0},
		{handling / 2, 0, 0, handling, 0},
		{time.Second, 0, -time.Second, 0, time.Second - handling*3/2},
		{0, handling, 0, handling, 0}, // half the grid sooner: that much too soon at most, or too late
		{time.Second, handling, -2 * time.Second, 0, time.Second - handling*3/2},
	} {
		c, late := &mediaClock{}, time.Duration(0)
		v := &viewer{clock: c, late: func(d time.Duration) { late += d }, pace: spring(1, i, pageStream), grid: row.grid}
		v.handle(nil, row.waited, nil)
		if d := c.set[0]; d < row.least || d > row.mostWait || late < row.leastLate || (d+row.grid/2 >= 0) != (late == 0) {
			t.Errorf("waited %v, on a grid of %v: handled %v later, %v late; want %v to %v, and %v late or more", row.waited, row.grid, d, late, row.least, row.mostWait, row.leastLate)
		}
	}
}

// TestPhaseIsNotedInPassing: when an answer is looked at, the phase is noted if that will
// be due before long, and then not for a while.
func TestPhaseIsNotedInPassing(t *testing.T) {
	for _, row := range []struct {
		at, next time.Duration
		noted    int64
		why      string
	}{
		{1500 * time.Millisecond, 4 * time.Second, 0, "noted a moment ago"},
		{2500 * time.Millisecond, 6500 * time.Millisecond, 1, "soon due anyhow"},
		{4500 * time.Millisecond, 8 * time.Second, 1, "no answer came before it was due, and it was noted then"},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := loop.NewWall()
			s := &session{viewer: &viewer{meter: newMeter(), dead: true}, tab: l.Tab, every: 4 * time.Second}
			s.onWatch = s.watchPhase
			ctx, stop := context.WithCancel(t.Context())
			l.Set(&s.watch, s.every, s.onWatch)
			l.After(row.at, func() {
				s.passBy()
				stop()
			})
			_ = l.Run(ctx) // until it is stopped
			if next, noted := s.watch.Since().Round(time.Millisecond), s.viewer.meter.phases[dead].Load(); next != row.next || noted != row.noted {
				t.Errorf("after %v: noted %d times, next at %v; want %d and %v: %s", row.at, noted, next, row.noted, row.next, row.why)
			}
		})
	}
}

// TestCrewMakesEveryRequest: more requests than goroutines are kept for, from many
// loops at once, and nobody stays when all are made.
func TestCrewMakesEveryRequest(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(edgeOfTests))
	defer srv.Close()
	p := newPlumbing()
	const viewers, requests = 8, 50
	var all sync.WaitGroup
	for i := range viewers {
		all.Go(func() {
			l := loop.NewWall()
			n := &socketNetwork{ctx: t.Context(), post: l.Post, leave: l.Leave, timers: l.Tab, stack: newStack(p, scenarios.LeanTransport, new(net.Dialer).DialContext), from: &whereabouts{}}
			defer n.close()
			n.from.Store(&place{})
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			left := requests
			for range requests {
				l.Post(func() {
					n.get(&get{url: manifest.AddressOf(srv.URL + "/doc")}, func(a *answer) {
						if a.Status != http.StatusOK {
							t.Errorf("viewer %d: %d %s", i, a.Status, a.Detail)
						}
						if left == 1 {
							stop()
						}
						left--
					})
				})
			}
			if _ = l.Run(ctx); left != 0 {
				t.Errorf("viewer %d: %d of %d requests were not answered", i, left, requests)
			}
		})
	}
	all.Wait()
	p.crew.close()
	if n := len(p.crew.idle); n != 0 {
		t.Errorf("%d goroutines wait for requests after the end", n)
	}
}

// TestViewersOnAGrid: viewers whose threads wake on a grid see what others see, if some
// milliseconds later, which they say. All of them begin, however long that takes on a
// busy machine; then the run is over.
func TestViewersOnAGrid(t *testing.T) {
	const viewers = 24
	sc := short(viewers, time.Minute)
	sc.Token.TTL = time.Hour // nobody's runs out meanwhile
	target, err := openTarget(t.Context(), &sc)
	if err != nil {
		t.Fatal(err)
	}
	defer target.close()
	r := newWallRun(&sc, target)
	r.grid = 4 * wakeGrid
	present, dismiss := context.WithCancel(t.Context())
	defer dismiss()
	var begun atomic.Int64
	r.observer = &Observer{Sample: func(_ int, s qoe.Sample) {
		if _, ok := s.(qoe.Startup); ok && begun.Add(1) == viewers {
			dismiss()
		}
	}}
	r.observer.begin(r.start)
	if _, err := r.play(present, scenarios.Guards{}); err != nil {
		t.Fatal(err)
	}
	m, h := r.summary().Metrics(), r.health(spending())
	if m["refused_requests"] != 0 || m["dead_viewers"] != 0 || m["started_viewers"] != viewers {
		t.Errorf("%v refused, %v dead, %v started; want 0, 0 and all %d", m["refused_requests"], m["dead_viewers"], m["started_viewers"], viewers)
	}
	if h.LatenessP99 < r.grid/2 {
		t.Errorf("timers were %v late (p99) on a grid of %v; want nearly all of it", h.LatenessP99, r.grid)
	}
}
