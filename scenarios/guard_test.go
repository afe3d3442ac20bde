package scenarios

import (
	"testing"
	"time"

	"soak/qoe"
)

func TestGuardsJudge(t *testing.T) {
	guarded := func(expr string, after time.Duration) Threshold {
		return Threshold{Expr: expr, AbortOnFail: true, After: after}
	}
	for _, c := range []struct {
		thresholds []Threshold
		at         time.Duration
		want       int // index of the threshold that ends the run; -1: none does
		text       string
		why        string
	}{
		{[]Threshold{{Expr: "refused == 0"}}, time.Second, -1, "", "missed, but only the end counts"},
		{[]Threshold{{Expr: "viewers == 0"}, guarded("refused == 0", 0)}, 62 * time.Second, 1,
			"refused == 0: refused_requests is 2 after 1m2s, which ended the run", "missed"},
		{[]Threshold{guarded("refused < 3", 0)}, time.Second, -1, "", "met so far"},
		{[]Threshold{guarded("refused == 0", 10*time.Second)}, 9 * time.Second, -1, "", "not looked at yet"},
		{[]Threshold{guarded("refused == 0", 10*time.Second)}, 10 * time.Second, 0, "", "looked at from then on"},
		{[]Threshold{guarded("margin_seconds_min > 5s", 0)}, time.Second, -1, "", "nothing signed so far: nobody knows"},
		{[]Threshold{guarded("dead_viewers == 0", 0), guarded("refused == 0", 0)}, time.Second, 0, "", "the first of two"},
		{[]Threshold{{Expr: "refused == 0", Cohort: "good", AbortOnFail: true}}, time.Second, -1, "", "another cohort's trouble"},
	} {
		s := Scenario{Thresholds: c.thresholds}
		guards, err := s.Guards()
		if err != nil {
			t.Fatal(err)
		}
		got, err := guards.Judge(c.at, summary())
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.why, err)
		case got == nil && c.want >= 0:
			t.Errorf("%s: the run goes on", c.why)
		case got != nil && (got.Threshold != c.want || got.At != c.at || c.text != "" && got.Outcome.Text != c.text):
			t.Errorf("%s: ended by %+v; want %d %q", c.why, got, c.want, c.text)
		}
	}
}

func TestGuardsFrom(t *testing.T) {
	for _, c := range []struct {
		after []time.Duration
		want  time.Duration
	}{
		{[]time.Duration{0}, time.Second},
		{[]time.Duration{time.Minute, 2500 * time.Millisecond}, 3 * time.Second},
		{[]time.Duration{2 * time.Second}, 2 * time.Second},
	} {
		var s Scenario
		for _, after := range c.after {
			s.Thresholds = append(s.Thresholds, Threshold{Expr: "refused == 0", AbortOnFail: true, After: after})
		}
		guards, err := s.Guards()
		if err != nil {
			t.Fatal(err)
		}
		if got := guards.From(); got != c.want {
			t.Errorf("From() with after %v = %v; want %v", c.after, got, c.want)
		}
	}
}

// No metric that cannot be known early ends a run; every other one may.
func TestGuardsKnowWhatIsKnown(t *testing.T) {
	for _, n := range qoe.Names() {
		s := Scenario{Thresholds: []Threshold{{Expr: n.Name + " >= 0", AbortOnFail: true}}}
		if _, err := s.Guards(); (err != nil) != n.Closing {
			t.Errorf("%s with abortOnFail: %v; known at the end only: %v", n.Name, err, n.Closing)
		}
	}
}
