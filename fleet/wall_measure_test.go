package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// What is measured is what the token API does.
func TestMeasure(t *testing.T) {
	sc := scenarios.Default()
	sc.Target.Lab = &lab.Config{API: lab.API{Latency: lab.Fixed(30 * time.Millisecond), FailureRate: 0.3}}
	told := 0
	calls, err := Measure(t.Context(), sc, 20, time.Millisecond, func(Call) { told++ })
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for _, c := range calls {
		if c.Took < 30*time.Millisecond {
			t.Errorf("a call took %v; want 30ms at least", c.Took)
		}
		if c.Failure == qoe.StatusFailure {
			failed++
		} else if c.Failure != qoe.NoFailure {
			t.Errorf("a call failed with %s", c.Failure)
		}
	}
	want := 0
	for call := 1; call <= 20; call++ { // keyed as in every run
		want += min(sc.Target.Lab.API.Fate(sc.Seed, 0, call).Status, 1)
	}
	if len(calls) != 20 || told != 20 || failed != want {
		t.Errorf("%d calls, %d told of, %d failed; want 20, 20, %d", len(calls), told, failed, want)
	}
}

func TestMeasureEnds(t *testing.T) {
	sc := scenarios.Default()
	sc.Target.Lab = &lab.Config{API: lab.API{HangRate: 1}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, sc, 3, 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v; want the context's end", err)
	}
	sc.Target = scenarios.Target{URL: "http://127.0.0.1:1/x/master.m3u8"}
	if _, err := Measure(t.Context(), sc, 3, 0, nil); !errors.Is(err, ErrConfig) {
		t.Errorf("%v; want ErrConfig: no token API", err)
	}
}
