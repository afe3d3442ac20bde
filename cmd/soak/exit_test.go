package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"soak/fleet"
	"soak/reports"
	"soak/scenarios"
)

func TestWorse(t *testing.T) {
	order := []int{codePass, codeFail, codeInvalid, codeUnreachable, codeUsage, codeUnexpected, codeInterrupted}
	for i, a := range order {
		for j, b := range order {
			if got, want := worse(a, b), order[max(i, j)]; got != want {
				t.Errorf("worse(%d, %d) = %d; want %d", a, b, got, want)
			}
		}
	}
}

func TestCodeOf(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	tests := []struct {
		why  string
		ctx  context.Context
		err  error
		want int
	}{
		{"nothing", context.Background(), nil, codePass},
		{"unknown", context.Background(), errors.New("x"), codeUnexpected},
		{"wrapped sentinel", context.Background(), fmt.Errorf("a: %w", fleet.ErrUnreachable), codeUnreachable},
		{"limits of the machine", context.Background(), fmt.Errorf("a: %w", fleet.ErrConfig), codeUsage},
		{"a scenario's own", context.Background(), &scenarios.Error{Problem: "x"}, codeUsage},
		{"Ctrl-C before the first viewer", cancelled, fmt.Errorf("probe: %w", context.Canceled), codeInterrupted},
		{"somebody else's cancellation", context.Background(), context.Canceled, codeUnexpected},
	}
	for _, test := range tests {
		if got := codeOfRun(test.ctx, test.err); got != test.want {
			t.Errorf("codeOfRun(%s) = %d; want %d", test.why, got, test.want)
		}
	}
	if got := codeOfVerdict(reports.Verdict{}); got != codeUnexpected {
		t.Errorf("codeOfVerdict(no decision) = %d; want %d: a verdict nobody made is no pass", got, codeUnexpected)
	}
}
