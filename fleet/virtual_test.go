package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"testing"
	"time"

	"soak/lab"
	"soak/scenarios"
)

// tight is the default audience with a lead that the token API's latency eats up.
func tight() scenarios.Scenario {
	sc := scenarios.Default()
	sc.Token.Lead = 0
	cfg := labConfig(&sc)
	cfg.API.Latency = lab.Fixed(2 * time.Second)
	sc.Target.Lab = &cfg
	return sc
}

func compute(t testing.TB, sc scenarios.Scenario) *Result {
	t.Helper()
	r, err := Run(context.Background(), sc, Options{Virtual: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestDefaultScenarioIsCleanInVirtualTime(t *testing.T) {
	m := compute(t, scenarios.Default()).Summary.Metrics()
	for _, name := range []string{"refused_requests", "noticed_viewers", "dead_viewers"} {
		if m[name] != 0 {
			t.Errorf("%s = %v; want 0", name, m[name])
		}
	}
	if got, least := m["token_calls"], 66*3.0; got < least {
		t.Errorf("token_calls = %v; want at least %v: a first token and three cycles for each viewer", got, least)
	}
}

func TestLateTokensAreRefusedInVirtualTime(t *testing.T) {
	if m := compute(t, tight()).Summary.Metrics(); m["refused_requests"] == 0 {
		t.Error("refused_requests = 0; want some: every new token comes 2 s after expiry")
	}
}

// TestVirtualRunsRepeat holds the promise of byte-identical reports.
func TestVirtualRunsRepeat(t *testing.T) {
	var first []byte
	for _, procs := range []int{1, 2, 4} {
		was := runtime.GOMAXPROCS(procs)
		r, err := Run(t.Context(), tight(), Options{Virtual: true, Causes: true})
		runtime.GOMAXPROCS(was)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(r.Summary)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Errorf("GOMAXPROCS %d: summary differs from the first run's", procs)
		}
	}
}

func TestVirtualTimeNeedsTheLab(t *testing.T) {
	_, err := Run(context.Background(), protected("http://127.0.0.1:1/a.m3u8", ""), Options{Virtual: true})
	if !errors.Is(err, ErrConfig) {
		t.Errorf("Run = %v; want ErrConfig", err)
	}
}

func TestInterruptedVirtualRunsKeepWhatTheyHave(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := Run(ctx, scenarios.Default(), Options{Virtual: true})
	if err != nil || !r.Interrupted || r.Summary == nil {
		t.Errorf("Run with an ended context = %+v, %v; want an interrupted result", r, err)
	}
}

// TestLibraryHolds runs every built-in scenario: what each says is expected of
// its players and policies has to be what happens. Unless the race detector slows it
// down it does so twice: the summary is the same in several lanes on several cores.
func TestLibraryHolds(t *testing.T) {
	for _, entry := range scenarios.List() {
		name := entry.Name
		t.Run(name, func(t *testing.T) {
			sc, err := scenarios.Builtin(name)
			if err != nil {
				t.Fatal(err)
			}
			summary := compute(t, sc).Summary
			for _, threshold := range sc.Thresholds {
				if got, err := threshold.Evaluate(summary); err != nil || !got.OK {
					t.Errorf("%s: %s (%v)", threshold.Expr, got.Text, err)
				}
			}
			if racing {
				return
			}
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
			r := inLanes(t, &sc, 8)
			if _, err := r.play(t.Context(), plan(&sc), nil, nil); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(text(t, r.summary()), text(t, summary)) {
				t.Error("in 8 lanes on 4 cores: another summary than in one lane")
			}
		})
	}
}
