package scenarios

import (
	"testing"

	"soak/qoe"
)

func TestStandings(t *testing.T) {
	s := Scenario{Thresholds: []Threshold{
		{Expr: "refused == 0"},
		{Expr: "viewers > 0"},
		{Expr: "played_seconds > 10"},
		{Expr: "startup_seconds_p95 < 3"},
		{Expr: "refused == 0", Cohort: "good"},
	}}
	w, err := s.Standings()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		why  string
		s    *qoe.Summary
		want []Standing // OK and Pending alone
	}{
		{"a run with two refusals", summary(), []Standing{{}, ok(false), {Pending: true}, {}, ok(false)}},
		{"a run that has just begun", new(qoe.Summary), []Standing{ok(false), {}, {Pending: true}, {Pending: true}, ok(false)}},
	} {
		got, err := w.Judge(c.s)
		if err != nil {
			t.Fatal(err)
		}
		for i, g := range got {
			if g.Pending != c.want[i].Pending || !g.Pending && g.OK != c.want[i].OK {
				t.Errorf("%s: %q is met %v, pending %v; want %v, %v", c.why, g.Text, g.OK, g.Pending, c.want[i].OK, c.want[i].Pending)
			}
		}
	}
	if _, err := (&Scenario{Thresholds: []Threshold{{Expr: "viewers >"}}}).Standings(); err == nil {
		t.Error("a threshold that is none can be watched")
	}
}

// ok is a condition that holds, pending or not.
func ok(pending bool) Standing { return Standing{Outcome: Outcome{OK: true}, Pending: pending} }
