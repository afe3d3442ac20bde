package scenarios

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// summary is a run of two cohorts: "good" with nothing to say, "bad" with two
// refused requests, one dead viewer, and startup times of 1 and 5 s.
func summary() *qoe.Summary {
	start := time.Unix(1_700_000_000, 0)
	shard := qoe.NewShard(start)
	good := shard.Viewer(0, qoe.Labels{Cohort: "good"})
	good.Emit(qoe.Fetch{Kind: qoe.Playlist, Start: start, Took: time.Second, Status: 200})
	good.Emit(qoe.Startup{At: start, Took: time.Second})
	bad := shard.Viewer(1, qoe.Labels{Cohort: "bad"})
	bad.Emit(qoe.Startup{At: start, Took: 5 * time.Second})
	for range 2 {
		bad.Emit(qoe.Fetch{Kind: qoe.Segment, Start: start, Status: 410, Failure: qoe.StatusFailure})
	}
	bad.Emit(qoe.Fatal{At: start, Why: "levelLoadError"})
	return shard.Summary()
}

func TestThresholdEvaluate(t *testing.T) {
	for _, c := range []struct {
		threshold Threshold
		ok        bool
		text      string
		why       string
	}{
		{Threshold{Expr: "refused_requests == 0"}, false, "refused_requests == 0: refused_requests is 2", "two were refused"},
		{Threshold{Expr: "refused_requests == 0", Cohort: "good"}, true, "refused_requests == 0 (good): refused_requests is 0", "but not in this cohort"},
		{Threshold{Expr: "noticed_ratio <= 0.5 and dead_viewers <= 1"}, true, "noticed_ratio <= 0.5 and dead_viewers <= 1: dead_viewers is 1, noticed_ratio is 0.5", "values in alphabetical order"},
		{Threshold{Expr: "startup_seconds: p(95)<3"}, false, "startup_seconds: p(95)<3: startup_seconds_p95 is 5", "k6's form"},
		{Threshold{Expr: "startup_seconds: max<=5"}, true, "startup_seconds: max<=5: startup_seconds_max is 5", "k6's max"},
		{Threshold{Expr: "startup_seconds:med < 2"}, true, "startup_seconds:med < 2: startup_seconds_p50 is 1", "k6's median is p50"},
		{Threshold{Expr: "refused_requests: count===2"}, true, "refused_requests: count===2: refused_requests is 2", "k6's count of a count, and its equals sign"},
		{Threshold{Expr: "margin_seconds_min > 0"}, false, "margin_seconds_min > 0: margin_seconds_min was never measured", "no data is no pass"},
		{Threshold{Expr: "not (margin_seconds_min > 0)"}, false, "not (margin_seconds_min > 0): margin_seconds_min was never measured", "nor when negated"},
		{Threshold{Expr: "max(stall_seconds, 1) == 1"}, true, "max(stall_seconds, 1) == 1: stall_seconds is 0", "a function"},
		{Threshold{Expr: "viewers > 0 ? dead_ratio < 1 : false"}, true, "viewers > 0 ? dead_ratio < 1 : false: dead_ratio is 0.5, viewers is 2", "colons that are not k6's"},
		{Threshold{Expr: "1 < 2"}, true, "1 < 2", "no metric at all"},
	} {
		got, err := c.threshold.Evaluate(summary())
		if err != nil || got.OK != c.ok || got.Text != c.text {
			t.Errorf("%s (%s): got %v %q, err %v; want %v %q", c.threshold, c.why, got.OK, got.Text, err, c.ok, c.text)
		}
	}
}

func TestThresholdOutcomeHasValues(t *testing.T) {
	got, err := Threshold{Expr: "refused_requests == 0 or refused_ratio < 0.1"}.Evaluate(summary())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"refused_requests": 2, "refused_ratio": 2.0 / 3}
	if !reflect.DeepEqual(got.Values, want) {
		t.Errorf("Values = %v, want %v", got.Values, want)
	}
}

func TestThresholdErrors(t *testing.T) {
	for _, c := range []struct{ expr, want, why string }{
		{"refused == 0", "unknown name refused", "no such metric"},
		{"refusd_requests == 0", "did you mean refused_requests?", "a slip"},
		{"refused_requests = 0", "| .................^", "one equals sign too few, with a caret"},
		{"refused_requests", "expected bool", "a number"},
		{"refused_requests == \"0\"", "mismatched types", "a text for a number"},
		{"startup_seconds: p(90) < 3", "there are startup_seconds_p50", "a percentile that is not measured"},
		{"startup_seconds: avg < 3", "write an aggregate", "averages of percentiles lie, so there are none"},
		{"startup_seconds: p(95) < 3s", "write an aggregate", "figures are in seconds already"},
		{"token_peak_per_second < 5 ", "", "exists for the run"},
		{"len(map(1..100000000, #)) > 0", "unknown name len", "nothing that loops"},
		{strings.Repeat("(", 2000) + "true", "bytes long", "too long to be meant"},
		{"", "unexpected token EOF", "empty"},
	} {
		_, err := Threshold{Expr: c.expr}.Evaluate(summary())
		switch {
		case c.want == "" && err == nil:
		case c.want == "" || err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%.60q (%s): got %v, want %q", c.expr, c.why, err, c.want)
		}
	}
	if _, err := (Threshold{Expr: "token_peak_per_second < 5", Cohort: "good"}).Evaluate(summary()); err == nil {
		t.Error("the peak rate of calls is known for the whole run only, yet a cohort's was computed")
	}
}

// An expression that takes memory without end is stopped by its budget.
func TestThresholdIsBounded(t *testing.T) {
	_, err := Threshold{Expr: "1 in (1..1000000000)"}.Evaluate(summary())
	if err == nil || !strings.Contains(err.Error(), "memory budget") {
		t.Errorf("got %v, want the memory budget exceeded", err)
	}
}

func FuzzThreshold(f *testing.F) {
	for _, text := range []string{"refused_requests == 0", "startup_seconds: p(95)<3", "a ? b : c", "1..9", "let x = 1; x > 0", "not [1,2][0] == 'x'", "{} == {}"} {
		f.Add(text)
	}
	s := summary()
	f.Fuzz(func(t *testing.T, text string) {
		out, err := Threshold{Expr: text}.Evaluate(s)
		if err != nil && (out.OK || out.Text == "" && out.Expr != "") {
			t.Errorf("%q: an error and an outcome: %+v, %v", text, out, err)
		}
	})
}
