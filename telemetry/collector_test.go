package telemetry

import (
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"soak/qoe"
	"soak/scenarios"
)

var started = time.Unix(1_800_000_000, 0).UTC()

// hostile is what a scenario's author may call a link.
const hostile = "4g\"\\\n} 1\xff"

// run is one of 60 viewers in three cohorts, two of which have the same labels, and
// one of which plays copied links.
func run() *Run {
	sc := scenarios.Default()
	shard := qoe.NewShard(started)
	for i := range 60 {
		l := qoe.Labels{Cohort: sc.Viewers.Mix[0].Name, Player: "hlsjs 1.7.4", Policy: "steady", Link: hostile}
		switch i % 3 {
		case 1:
			l.Cohort = "another"
			l.Player = "dashjs 5.2.1"
		case 2:
			l = qoe.Labels{Cohort: "thieves", Player: "hlsjs 1.7.4", Policy: "copied link", Leech: true}
		}
		live(shard.Viewer(i, l), i)
	}
	return &Run{
		Scenario: &sc, Version: "v1", Started: started, At: time.Minute, Summary: shard.Summary(), Playing: 30, Stalled: 4, Dead: 1,
		Generator:  Generator{CPU: 0.5, CPUs: 2, Dials: 77},
		Thresholds: []Threshold{{Expr: "refused == 0", OK: true}, {Expr: "played_seconds > 0", Pending: true}, {Expr: "refused == 0"}},
	}
}

func live(v *qoe.Viewer, i int) {
	v.Emit(qoe.Startup{At: started, Took: time.Duration(300+40*i) * time.Millisecond})
	for s := range 30 {
		f := qoe.Fetch{Kind: qoe.Segment, Start: started.Add(time.Duration(s) * time.Second), Took: time.Duration(5+s*i) * time.Millisecond, Bytes: 1000, Status: 200, Signed: true, Margin: time.Duration(s-3)*time.Second + 500*time.Millisecond}
		if s < 3 {
			f.Status, f.Failure = 410, qoe.StatusFailure
		}
		v.Emit(f)
	}
	v.Emit(qoe.Refresh{Call: 1, Start: started, Took: 80 * time.Millisecond, Status: 200, Installed: true})
	v.Emit(qoe.Stall{At: started, Took: time.Duration(i) * 100 * time.Millisecond})
	v.Emit(qoe.Switch{From: 1, To: 2})
}

// Prometheus' own linter finds nothing, nor does a registry that checks everything.
func TestPrometheusLintsNothing(t *testing.T) {
	for _, r := range []*Run{run(), {Scenario: &scenarios.Scenario{}}} {
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(NewCollector(func() *Run { return r }))
		problems, err := testutil.GatherAndLint(registry)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// scrape asks as Prometheus does, and reads the answer with Prometheus' own parser.
func scrape(t *testing.T, accept string) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/metrics", nil)
	r.Header.Set("Accept", accept)
	Handler(run).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", accept, w.Code, w.Body)
	}
	format := expfmt.ResponseFormat(w.Result().Header)
	if accept != "" && !strings.Contains(string(format), strings.Split(accept, ";")[0]) {
		t.Fatalf("asked for %q, got %q", accept, format)
	}
	families := map[string]*dto.MetricFamily{}
	if accept == "" {
		parser := expfmt.NewTextParser(model.UTF8Validation)
		all, err := parser.TextToMetricFamilies(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for d := expfmt.NewDecoder(w.Body, format); ; {
		f := new(dto.MetricFamily)
		if err := d.Decode(f); err != nil {
			return families
		}
		families[f.GetName()] = f
	}
}

const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// What is scraped, as text and as protobuf, are the families of the table with the
// figures of the summary.
func TestScrape(t *testing.T) {
	total := run().Summary.Total
	for _, accept := range []string{"", protobuf} {
		families := scrape(t, accept)
		for _, f := range Families() {
			got := families[f.Name]
			if got == nil {
				t.Errorf("%q: %s is not there", accept, f.Name)
				continue
			}
			if kind := strings.ToLower(got.GetType().String()); kind != string(f.Kind) || got.GetHelp() != f.Help {
				t.Errorf("%q: %s is a %s: %s; want a %s: %s", accept, f.Name, kind, got.GetHelp(), f.Kind, f.Help)
			}
		}
		if len(families) != len(Families()) {
			t.Errorf("%q: %d families; want %d", accept, len(families), len(Families()))
		}
		for name, want := range map[string]float64{
			"soak_viewers_arrived_total": float64(total.Viewers.Arrived),
			"soak_requests_total":        60. * 30 * 2 / 3, "soak_refused_requests_total": float64(total.Refused.Count()),
			"soak_token_calls_total": float64(total.Refreshes.Calls), "soak_viewers": 40, "soak_threshold_met": 1,
		} {
			if got := sum(families[name]); got != want {
				t.Errorf("%q: %s adds up to %v; want %v", accept, name, got, want)
			}
		}
		var n, inf uint64
		for _, m := range families["soak_token_margin_seconds"].GetMetric() {
			n += m.Histogram.GetSampleCount()
			inf += m.Histogram.Bucket[len(m.Histogram.Bucket)-1].GetCumulativeCount()
		}
		if n != uint64(total.Margin.Count()) || inf != n {
			t.Errorf("%q: %d margins, the last bucket has %d; want %d", accept, n, inf, total.Margin.Count())
		}
	}
}

func sum(f *dto.MetricFamily) (all float64) {
	for _, m := range f.GetMetric() {
		all += m.GetCounter().GetValue() + m.GetGauge().GetValue()
	}
	return all
}

// A native histogram has every value in the bucket that it belongs to, negative ones
// too, and classic buckets beside them.
func TestNativeHistograms(t *testing.T) {
	m := scrape(t, protobuf)["soak_token_margin_seconds"].GetMetric()[0].Histogram
	if m.GetSchema() != Schema || len(m.NegativeSpan) == 0 || len(m.PositiveSpan) == 0 || len(m.Bucket) == 0 || m.CreatedTimestamp.AsTime() != started {
		t.Fatalf("no native histogram, or no classic one: %v", m)
	}
	count := m.GetZeroCount()
	for _, side := range [][]int64{m.PositiveDelta, m.NegativeDelta} { // each from the one before
		n := int64(0)
		for _, delta := range side {
			n += delta
			count += uint64(n)
		}
	}
	if count != m.GetSampleCount() {
		t.Errorf("the buckets hold %d values of %d", count, m.GetSampleCount())
	}
	for _, v := range []float64{1, 1.05, 2, 0.3, 1e-6, 3600} {
		i := index(v)
		low, high := math.Exp2(float64(i-1)/8), math.Exp2(float64(i)/8)
		if v <= low || v > high {
			t.Errorf("%v is put into the bucket from %v to %v", v, low, high)
		}
	}
	// Three of thirty requests went out with dead tokens, at -2.5, -1.5 and -0.5 s.
	at := func(bound float64) (n uint64) {
		for _, b := range m.Bucket {
			if b.GetUpperBound() == bound {
				n = b.GetCumulativeCount()
			}
		}
		return n * 30 / m.GetSampleCount()
	}
	if at(-5) != 0 || at(-2) != 1 || at(-1) != 2 || at(0) != 3 || at(1) != 4 {
		t.Errorf("of thirty, %d are at most -5, %d -2, %d -1, %d 0 and %d 1; want 0, 1, 2, 3 and 4", at(-5), at(-2), at(-1), at(0), at(1))
	}
}

// Labels are few, and nothing that grows with the audience is one.
func TestLabelsAreBounded(t *testing.T) {
	known := []string{"scenario", "version", "threshold", "cohort", "player", "format", "policy", "link", "state", "kind", "status", "failure", "code", "reason", "direction"}
	series := 0
	for _, f := range Families() {
		for _, l := range f.Labels {
			if !slices.Contains(known, l) {
				t.Errorf("%s has a label %s, which nobody has looked at", f.Name, l)
			}
		}
		points := f.Points(run())
		series += len(points)
		for _, p := range points {
			if len(p.Labels) != len(f.Labels) {
				t.Errorf("%s: labels %q of %q", f.Name, p.Labels, f.Labels)
			}
			for _, v := range p.Labels {
				if strings.Contains(v, "://") || regexp.MustCompile(`[A-Za-z0-9_-]{22}`).MatchString(v) || len(v) > longestLabel {
					t.Errorf("%s: label %q may be a URL or a token", f.Name, v)
				}
			}
		}
		if !regexp.MustCompile(`^soak_[a-z0-9_]+$`).MatchString(f.Name) || strings.HasSuffix(f.Name, "_total") != (f.Kind == Counter) {
			t.Errorf("%s is no name for a %s", f.Name, f.Kind)
		}
	}
	if series > 150 {
		t.Errorf("%d series of two kinds of viewers", series)
	}
}

func TestGroupsWithTheSameLabelsAreOne(t *testing.T) {
	r := run()
	r.Summary.Cohorts[1].Labels.Player = r.Summary.Cohorts[0].Labels.Player
	r.Summary.Cohorts[1].Labels.Cohort = r.Summary.Cohorts[0].Labels.Cohort
	groups := r.groups()
	if len(groups) != 1 || groups[0].tally.Viewers.Arrived != 40 || r.Summary.Cohorts[0].Viewers.Arrived != 20 {
		t.Errorf("%d groups, the first of %d viewers, and a cohort of %d; want one of 40, and cohorts as they were", len(groups), groups[0].tally.Viewers.Arrived, r.Summary.Cohorts[0].Viewers.Arrived)
	}
}

// BenchmarkScrape is what one scrape of nine kinds of viewers costs, without the look.
func BenchmarkScrape(b *testing.B) {
	sc := scenarios.Default()
	shard := qoe.NewShard(started)
	for i := range 2000 {
		c := sc.Viewers.Mix[i%len(sc.Viewers.Mix)]
		live(shard.Viewer(i, qoe.Labels{Cohort: c.Name, Player: c.Player.Label(), Policy: c.Policy.Name, Link: c.Link.Name}), i)
	}
	r := &Run{Scenario: &sc, Started: started, Summary: shard.Summary()}
	h := Handler(func() *Run { return r })
	for name, accept := range map[string]string{"text": "text/plain", "protobuf": protobuf} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				q := httptest.NewRequest("GET", "/metrics", nil)
				q.Header.Set("Accept", accept)
				h.ServeHTTP(w, q)
				b.SetBytes(int64(w.Body.Len()))
			}
		})
	}
}
