package fleet

import (
	"context"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short is the default audience for seconds instead of a minute.
func short(viewers int, duration time.Duration) scenarios.Scenario {
	sc := scenarios.Default()
	sc.Viewers.Count, sc.Duration = viewers, duration
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: time.Second}
	return sc
}

func TestViewersPlayTheLabOverSockets(t *testing.T) {
	r, err := Run(t.Context(), short(22, 8*time.Second), Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := r.Summary.Metrics()
	if m["refused_requests"] != 0 || m["dead_viewers"] != 0 || m["started_viewers"] != 22 {
		t.Errorf("%v refused, %v dead, %v started; want 0, 0 and 22", m["refused_requests"], m["dead_viewers"], m["started_viewers"])
	}
	if want := map[string]string{scenarios.AutoTransport: "lean", scenarios.NetTransport: "net/http"}[unsaid]; r.Health.Transport != want {
		t.Errorf("went over %q; want %q, calls of the token API too", r.Health.Transport, want)
	}
	if r.Health.Dials == 0 || r.Health.LatenessP99 <= 0 || r.Health.CPU <= 0 {
		t.Errorf("health %+v; want dials, lateness and CPU measured", r.Health)
	}
}

func TestInterruptedRunsGiveTheirAccount(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	r, err := Run(ctx, short(11, time.Hour), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Summary.Metrics(); !r.Interrupted || m["watched_seconds"] < 11*1.5 {
		t.Errorf("interrupted %v, %v s watched; want true and about 2.5 s by each of 11 viewers", r.Interrupted, m["watched_seconds"])
	}
}

// agreeing is a run in which much goes wrong, with faults keyed by viewer and
// call: the same in both worlds. Links are fast and the ladder is low, so that
// what goes wrong is the tokens' doing and not a busy machine's; viewers come in
// every phase of the segments' and reloads' clocks.
func agreeing() scenarios.Scenario {
	sc := short(120, 40*time.Second)
	sc.Arrival.Over = 8 * time.Second
	sc.Viewers.Mix = slices.DeleteFunc(sc.Viewers.Mix, func(c scenarios.Cohort) bool {
		return c.Link.Name != "fibre" || c.Stream == scenarios.VOD
	})
	sc.Token = scenarios.Token{TTL: 10 * time.Second, Lead: 2 * time.Second, Mode: scenarios.Plain}
	cfg := labConfig(&sc)
	cfg.Ladder = []int64{400_000}
	cfg.API = lab.API{Latency: lab.Uniform(500*time.Millisecond, 7*time.Second), FailureRate: 0.05}
	sc.Target.Lab = &cfg
	return sc
}

// quiet skips the test if the machine was too busy for figures to mean anything:
// neither agreement nor its lack would then. CI has a machine to itself.
func quiet(t *testing.T, h Health) {
	t.Helper()
	why := strings.Join(h.Saturated(), "; ")
	switch {
	case why == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("the machine is too busy to play in real time: %s", why)
	default:
		t.Skipf("the machine is too busy to play in real time: %s", why)
	}
}

// lacking skips a test that this machine has not the means for; in CI it fails.
func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf(format+"; CI allows no skips", args...)
	}
	t.Skipf(format, args...)
}

// fates are the calls of the token API by viewer, in the order of their numbers.
type fates [][]qoe.Refresh

func (f fates) observer() *Observer {
	return &Observer{Sample: func(viewer int, s qoe.Sample) {
		if r, ok := s.(qoe.Refresh); ok && r.Failure != qoe.CancelFailure {
			f[viewer] = append(f[viewer], r)
		}
	}}
}

// handshakes is what a call takes less whose connection was still open.
const handshakes = 30 * time.Millisecond

// alike holds calls over sockets against the same calls as they are computed: answered
// alike, and no sooner. How much later is the machine's affair.
func alike(t *testing.T, played, computed fates) {
	t.Helper()
	calls := 0
	for viewer := range played {
		for i := range min(len(played[viewer]), len(computed[viewer])) {
			a, b := played[viewer][i], computed[viewer][i]
			if a.Call != b.Call {
				break // a call that a busy machine answered after the next
			}
			if a.Failure == qoe.TimeoutFailure || b.Failure == qoe.TimeoutFailure {
				continue // the viewer's own timer came first, if only by a hair
			}
			calls++
			if a.Status != b.Status || a.Failure != b.Failure || a.Took < b.Took-handshakes {
				t.Errorf("viewer %d, call %d: %d %q after %v over sockets, %d %q after %v as computed", viewer, a.Call, a.Status, a.Failure, a.Took, b.Status, b.Failure, b.Took)
			}
		}
	}
	if calls < 120*3 {
		t.Errorf("%d calls were compared; want three or more of each viewer", calls)
	}
}

// TestVirtualAgreesWithWall plays one scenario in both worlds.
func TestVirtualAgreesWithWall(t *testing.T) {
	played, computed := make(fates, 120), make(fates, 120)
	real, err := Run(t.Context(), agreeing(), Options{Observer: played.observer()})
	if err != nil {
		t.Fatal(err)
	}
	virtual, err := Run(t.Context(), agreeing(), Options{Virtual: true, Start: real.Started, Observer: computed.observer()})
	if err != nil {
		t.Fatal(err)
	}
	alike(t, played, computed)
	quiet(t, real.Health)
	wall, model := real.Summary.Metrics(), virtual.Summary.Metrics()
	for _, c := range []struct {
		metric string
		slack  float64 // a count that a phase may move, besides the 10 %
	}{
		{"refused_requests", 2},
		{"token_calls", 1},
		{"stall_count", 2},
	} {
		got, want := model[c.metric], wall[c.metric]
		t.Logf("%s: virtual %v, wall %v", c.metric, got, want)
		if want == 0 || math.Abs(got-want) > 0.1*want+c.slack {
			t.Errorf("%s: virtual %v, wall %v; want within 10 %% and not none; generator %+v", c.metric, got, want, real.Health)
		}
	}
}
