package qoe

import (
	"math"
	"strings"
	"testing"
	"time"
)

// troubled is one viewer with a bit of everything that has labels.
func troubled() *Summary {
	start := time.Unix(1_800_000_000, 0)
	shard := NewShard(start)
	v := shard.Viewer(0, Labels{Cohort: "one"})
	for _, f := range []Fetch{
		{Kind: Segment, Status: 200, Bytes: 3_000_000},
		{Kind: Segment, Status: 410, Failure: StatusFailure},
		{Kind: Segment, Status: 403, Failure: StatusFailure},
		{Kind: Playlist, Status: 410, Failure: StatusFailure},
		{Kind: Playlist, Failure: TimeoutFailure},
		{Kind: Segment, Failure: CancelFailure},
	} {
		f.Start, f.Took = start, time.Second
		v.Emit(f)
	}
	v.Emit(Refresh{Start: start, Took: time.Second, Reason: FirstToken})
	for i := range 10 {
		v.Emit(Refresh{Start: start, Took: time.Duration(i+1) * time.Second, Reason: AfterError})
	}
	return shard.Summary()
}

func TestWhere(t *testing.T) {
	is := func(label, value string) Match { return Match{Label: label, Value: value} }
	for _, c := range []struct {
		metric  string
		matches []Match
		name    string
		want    float64
		why     string
	}{
		{"refused", []Match{is("kind", "segment")}, `refused_requests{kind="segment"}`, 2, "by the alias, named in full"},
		{"refused_requests", []Match{is("kind", "segment"), is("status", "410")}, `refused_requests{kind="segment",status="410"}`, 1, "both must match"},
		{"refused_requests", []Match{{"kind", true, "segment"}}, `refused_requests{kind!="segment"}`, 1, "all but"},
		{"refused_requests", []Match{{"kind", true, "segment"}, {"kind", true, "playlist"}}, `refused_requests{kind!="segment",kind!="playlist"}`, 0, "neither of two values of one label"},
		{"requests", []Match{is("kind", "segment")}, `requests{kind="segment"}`, 4, "whatever came of them"},
		{"requests", []Match{is("status", "none")}, `requests{status="none"}`, 2, "unanswered"},
		{"failures", []Match{is("kind", "segment")}, `failed_requests{kind="segment"}`, 2, "one that was given up has not failed"},
		{"failures", []Match{is("failure", "timeout")}, `failed_requests{failure="timeout"}`, 1, "by name"},
		{"received_megabytes", []Match{is("kind", "segment")}, `received_megabytes{kind="segment"}`, 3, "bytes too"},
		{"token_calls", []Match{is("reason", "after-error")}, `token_calls{reason="after-error"}`, 10, "calls by reason"},
	} {
		f, ok := Lookup(c.metric)
		if !ok {
			t.Fatalf("Lookup(%s) found nothing", c.metric)
		}
		f, err := f.Where(c.matches...)
		if err != nil {
			t.Errorf("%s: %v", c.why, err)
			continue
		}
		if v, ok := f.Of(troubled()); v != c.want || !ok || f.Name.Name != c.name {
			t.Errorf("%s: %s = %v, %v; want %s = %v", c.why, f.Name.Name, v, ok, c.name, c.want)
		}
	}
}

func TestWhereRefuses(t *testing.T) {
	for _, c := range []struct {
		metric string
		match  Match
		why    string
	}{
		{"viewers", Match{Label: "kind", Value: "segment"}, "a metric without labels"},
		{"refused", Match{Label: "knd", Value: "segment"}, "no such label"},
		{"refused", Match{Label: "kind", Value: "segmnt"}, "no such value: it would be 0 for ever"},
		{"refused", Match{Label: "status", Value: "404"}, "no refusal"},
	} {
		f, _ := Lookup(c.metric)
		if got, err := f.Where(c.match); err == nil {
			t.Errorf("%s: %s was accepted", c.why, got.Name.Name)
		}
	}
}

// The parts of a labelled metric add up to it.
func TestPartsAddUp(t *testing.T) {
	s := troubled()
	for _, m := range labelledMetrics {
		whole, ok := flat(m.name)
		if !ok {
			t.Errorf("%s has labels but is no metric", m.name)
			continue
		}
		want, _ := whole.Of(s)
		for i, label := range m.labels {
			sum := 0.0
			for _, value := range m.values[i] {
				f, err := whole.Where(Match{Label: label, Value: value})
				if err != nil {
					t.Fatal(err)
				}
				v, _ := f.Of(s)
				sum += v
			}
			if sum != want {
				t.Errorf("%s by %s adds up to %v; want %v", m.name, label, sum, want)
			}
		}
	}
}

func TestPercentile(t *testing.T) {
	s := troubled() // refreshes took 1 s and 1 to 10 s
	for _, c := range []struct {
		distribution string
		percent      float64
		name         string
		want         float64
		why          string
	}{
		{"refresh_seconds", 95, "refresh_seconds_p95", 10, "a metric's own name"},
		{"refresh_latency", 99, "refresh_seconds_p99", 10, "by alias"},
		{"refresh_seconds", 40, "refresh_seconds_p40", 4, "any other"},
		{"refresh_seconds", 99.9, "refresh_seconds_p99.9", 10, "and fractions"},
		{"refresh_seconds", 0, "refresh_seconds_p00", 1, "the least"},
		{"refresh_seconds", 100, "refresh_seconds_p100", 10, "the greatest"},
		{"margin", 1, "margin_seconds_p01", 0, "never measured"},
	} {
		f, ok := Percentile(c.distribution, c.percent)
		if !ok || f.Name.Name != c.name {
			t.Errorf("%s: Percentile(%s, %v) is %q, %v; want %s", c.why, c.distribution, c.percent, f.Name.Name, ok, c.name)
			continue
		}
		if v, _ := f.Of(s); math.Abs(v-c.want) > Accuracy*c.want {
			t.Errorf("%s: %s = %v; want %v", c.why, c.name, v, c.want)
		}
	}
	for _, percent := range []float64{-1, 101, math.NaN()} {
		if f, ok := Percentile("refresh_seconds", percent); ok {
			t.Errorf("Percentile(refresh_seconds, %v) is %s; want none", percent, f.Name.Name)
		}
	}
	if _, ok := Percentile("stall_count", 50); ok {
		t.Error("a count has a percentile")
	}
}

// An alias works once its metric exists, and not before.
func TestAliases(t *testing.T) {
	known := map[string]bool{}
	for _, a := range Aliases() {
		known[a.Name] = true
	}
	for _, a := range aliases {
		_, metric := flat(a.For)
		_, distribution := Percentile(a.For, 50)
		if known[a.Name] != (metric || distribution) {
			t.Errorf("alias %s is known: %v; its metric %s exists: %v", a.Name, known[a.Name], a.For, metric || distribution)
		}
		if _, ok := Lookup(a.Name); ok != metric {
			t.Errorf("Lookup(%s) finds %v; %s exists: %v", a.Name, ok, a.For, metric)
		}
		if _, clash := flat(a.Name); clash {
			t.Errorf("alias %s is a metric of its own", a.Name)
		}
		if !metric && !distribution {
			t.Errorf("alias %s leads to %s, which is not there", a.Name, a.For)
		}
	}
}

func TestNamesAreWords(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range Names() {
		if seen[n.Name] {
			t.Errorf("%s is there twice", n.Name)
		}
		seen[n.Name] = true
		if n.Help == "" || strings.ContainsAny(n.Help, "\n|") || strings.Trim(n.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("%q with help %q: want a word and one line", n.Name, n.Help)
		}
		if f, ok := Lookup(n.Name); !ok || f.Name != n {
			t.Errorf("Lookup(%s) = %v, %v", n.Name, f.Name, ok)
		}
	}
	for _, d := range Distributions() {
		if f, ok := Percentile(d, 50); !ok || !seen[f.Name.Name] {
			t.Errorf("the median of %s is no metric", d)
		}
	}
}
