package fleet

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
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
		least     time.Duration
		mostWait  time.Duration
		leastLate time.Duration
	}{
		{0, handling / 2, handling * 3 / 2, 0},
		{handling / 2, 0, handling, 0},
		{time.Second, -time.Second, 0, time.Second - handling*3/2},
	} {
		c, late := &mediaClock{}, time.Duration(0)
		v := &viewer{clock: c, late: func(d time.Duration) { late += d }, pace: stream(1, i, pageStream)}
		v.handle(nil, row.waited, nil)
		if d := c.set[0]; d < row.least || d > row.mostWait || late < row.leastLate || (d >= 0) != (late == 0) {
			t.Errorf("waited %v: handled %v later, %v late; want %v to %v, and %v late or more", row.waited, d, late, row.least, row.mostWait, row.leastLate)
		}
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
					var c call
					c = n.get(&get{url: manifest.AddressOf(srv.URL + "/doc")}, func(a *answer) {
						if a.Status != http.StatusOK {
							t.Errorf("viewer %d: %d %s", i, a.Status, a.Detail)
						}
						if c.free(); left == 1 {
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
	if h.LatenessP50 < r.grid/8 {
		t.Errorf("timers were %v late (p50) on a grid of %v; want about half of it", h.LatenessP50, r.grid)
	}
}
