package reports

import (
	"slices"
	"testing"

	"soak/scenarios"
)

func TestJudge(t *testing.T) {
	met := scenarios.Outcome{OK: true, Text: "a == 0: a is 0"}
	missed := scenarios.Outcome{Text: "b == 0: b is 3"}
	late := []string{"timers ran late"}
	tests := []struct {
		why         string
		viewers     int64
		outcomes    []scenarios.Outcome
		saturated   []string
		interrupted bool
		want        Decision
		reasons     []string
	}{
		{"all met", 1, []scenarios.Outcome{met}, nil, false, Pass, nil},
		{"no thresholds: nothing was missed", 1, nil, nil, false, Pass, nil},
		{"one missed of two", 1, []scenarios.Outcome{met, missed}, nil, false, Fail, []string{"missed b == 0: b is 3"}},
		{"a saturated generator cannot pass", 1, []scenarios.Outcome{met}, late, false, Invalid, late},
		{"nor fail, yet what was missed is told", 1, []scenarios.Outcome{missed}, late, false, Invalid, []string{"timers ran late", "missed b == 0: b is 3"}},
		{"nobody watched: no silent zero", 0, []scenarios.Outcome{met}, nil, false, Invalid, []string{"no viewer arrived: there is nothing to judge"}},
		{"half a run neither passes", 1, []scenarios.Outcome{met}, nil, true, Interrupted, []string{"stopped by hand before its end; the figures cover what was"}},
		{"nor fails, nor is it invalid", 1, []scenarios.Outcome{missed}, late, true, Interrupted,
			[]string{"stopped by hand before its end; the figures cover what was", "timers ran late", "missed b == 0: b is 3"}},
	}
	for _, test := range tests {
		got := Judge(test.viewers, test.outcomes, test.saturated, test.interrupted)
		if got.Decision != test.want || !slices.Equal(got.Reasons, test.reasons) {
			t.Errorf("%s: Judge = %v; want %v because of %q", test.why, got, test.want, test.reasons)
		}
	}
	if late[0] != "timers ran late" || len(late) != 1 {
		t.Errorf("Judge changed its argument: %q", late)
	}
}
