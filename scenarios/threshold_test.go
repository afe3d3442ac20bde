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
		{Threshold{Expr: "viewers_noticed < 0.1%"}, false, "viewers_noticed < 0.1%: noticed_ratio is 0.5", "an alias and a percentage"},
		{Threshold{Expr: "viewers_noticed < 60 % and 7 % 2 == 1"}, true, "", "a percentage with a space, and a remainder"},
		{Threshold{Expr: "viewers_noticed<=50% or false"}, true, "viewers_noticed<=50% or false: noticed_ratio is 0.5", "a percentage before a word"},
		{Threshold{Expr: "p(startup_time,99) < 2s"}, false, "p(startup_time,99) < 2s: startup_seconds_p99 is 5", "a percentile and a duration"},
		{Threshold{Expr: "p(startup_seconds, 12.5) <= 1000ms"}, true, "p(startup_seconds, 12.5) <= 1000ms: startup_seconds_p12.5 is 1", "any percentile"},
		{Threshold{Expr: "startup_seconds_p10 < 1m30s"}, true, "startup_seconds_p10 < 1m30s: startup_seconds_p10 is 1", "by suffix, a duration of two parts"},
		{Threshold{Expr: `refused{kind="segment"} == 0`}, false, `refused{kind="segment"} == 0: refused_requests{kind="segment"} is 2`, "a label"},
		{Threshold{Expr: `refused{kind='segment', status!=410} == 0 and refused{} == 2`}, true, `refused{kind='segment', status!=410} == 0 and refused{} == 2: refused_requests is 2, refused_requests{kind="segment",status!="410"} is 0`, "labels in other quotes, or none"},
		{Threshold{Expr: `failures{kind="segment"} - refused{kind="segment"} == 0`, Cohort: "bad"}, true, "", "in a cohort, counted with"},
		{Threshold{Expr: `requests{kind="playlist"} == 1`, Cohort: "good"}, true, `requests{kind="playlist"} == 1 (good): requests{kind="playlist"} is 1`, "a metric of that name too"},
		{Threshold{Expr: "token_api_peak < 500/s and token_mean_per_second < 30/min"}, true, "token_api_peak < 500/s and token_mean_per_second < 30/min: token_mean_per_second is 0, token_peak_per_second is 0", "rates"},
		{Threshold{Expr: "startup_seconds: p(95)<200ms"}, false, "startup_seconds: p(95)<200ms: startup_seconds_p95 is 5", "k6's form with a duration"},
		{Threshold{Expr: "startup_time: p(90)<=5s"}, true, "startup_time: p(90)<=5s: startup_seconds_p90 is 5", "k6's form, any percentile, by alias"},
		{Threshold{Expr: "noticed_ratio: rate<60%"}, true, "noticed_ratio: rate<60%: noticed_ratio is 0.5", "k6's rate"},
		{Threshold{Expr: "1..3 == [1, 2, 3] and 'p(' != \"viewers\""}, true, "", "what stands in ranges and quotes stays"},
		{Threshold{Expr: "1 < 2"}, true, "1 < 2", "no metric at all"},
	} {
		got, err := c.threshold.Evaluate(summary())
		if err != nil || got.OK != c.ok || c.text != "" && got.Text != c.text {
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
		{"refusd == 0", "did you mean refused?", "a slip in an alias"},
		{"refusd_requests == 0", "did you mean refused_requests?", "a slip"},
		{"viewers > 0 and\nrefusd == 0", "    2 | refusd == 0\n      | ^", "the line that is wrong, with a caret"},
		{"refused_requests = 0", "      |                  ^", "one equals sign too few, with a caret"},
		{"viewers_noticed < 0.1% or refused = 0", "      |                                   ^", "a caret where it was typed, not where it was compiled"},
		{"refused_requests", "expected condition, but got number", "a number"},
		{"refused_requests == \"0\"", "mismatched types", "a text for a number"},
		{"startup_seconds: avg < 3", "write an aggregate", "averages of percentiles lie, so there are none"},
		{"startup_seconds: p(101) < 3", "", "no percentile"},
		{"startup_seconds: p(95) < 3 && p(99) < 4", "goes on with", "one condition at a time"},
		{"refused: p(95) < 3", "takes p(95) of refused, which is one number", "a count has no percentiles"},
		{"startup_seconds < 3", "write p(startup_seconds, 95)", "a distribution is not a number"},
		{"p(refresh_latenci, 99) < 2s", "did you mean refresh_latency?", "a slip in a distribution"},
		{"p(stall_count, 99) < 2", "has no percentiles", "a count"},
		{"p(refresh_latency) < 2s", "write it like p(refresh_latency, 99)", "of which"},
		{"p(refresh_latency, 9.9.9) < 2s", "is no percentile", "no number"},
		{"startup_seconds_p95 < 3sec", "units are: 300ms", "no unit"},
		{`refused{knd="segment"} == 0`, "did you mean kind?", "a slip in a label"},
		{`refused{kind="segmnt"} == 0`, "did you mean segment?", "a slip in a value, which would be 0 for ever"},
		{`viewers{kind="segment"} == 0`, "viewers has no labels", "no labels"},
		{`refused{kind="segment" == 0`, "end them with }", "without an end"},
		{`refused{kind} == 0`, "labels cannot be read", "without a value"},
		{"exposure_seconds_median < 3", "is no metric", "not measured"},
		{"__0 == 0 and p(startup_seconds, 33) > 0", "is no metric", "an identifier of ours"},
		{"token_peak_per_second < 5 ", "ok", "exists for the run"},
		{"len(map(1..100000000, #)) > 0", `"len" is no metric`, "nothing that loops"},
		{strings.Repeat("(", 2000) + "true", "bytes long", "too long to be meant"},
		{"", "unexpected token EOF", "empty"},
	} {
		_, err := Threshold{Expr: c.expr}.Evaluate(summary())
		switch {
		case c.want == "ok" && err == nil:
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%.60q (%s): got %v, want %q", c.expr, c.why, err, c.want)
		}
	}
	if _, err := (Threshold{Expr: "rebuffering_ratio < 1%", AbortOnFail: true}).Evaluate(summary()); err == nil {
		t.Error("a ratio that is known at the end only ends a run")
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
	for _, text := range []string{"refused_requests == 0", "startup_seconds: p(95)<3", "a ? b : c", "1..9", "let x = 1; x > 0", "not [1,2][0] == 'x'", "{} == {}",
		`refused{kind="segment",status!=410} < 0.1%`, "p(refresh_latency, 99) < 1m30s", "token_api_peak < 500/s", "viewers % 2 == .5%"} {
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
