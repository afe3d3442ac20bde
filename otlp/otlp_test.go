package otlp

import (
	"compress/gzip"
	"context"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"soak/qoe"
	"soak/scenarios"
	"soak/telemetry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	began = time.Unix(1_800_000_000, 0).UTC()
	at    = began.Add(time.Minute)
)

// run is one of a viewer with margins of -2 to 17 s.
func run() *telemetry.Run {
	sc := scenarios.Default()
	shard := qoe.NewShard(began)
	v := shard.Viewer(0, qoe.Labels{Player: "hlsjs 1.7.4", Policy: "steady", Link: "4g"})
	for s := range 20 {
		v.Emit(qoe.Fetch{Kind: qoe.Segment, Start: began, Took: time.Duration(s) * time.Second, Status: 200, Bytes: 10, Signed: true, Margin: time.Duration(s-2) * time.Second})
	}
	return &telemetry.Run{Scenario: &sc, Version: "v7", Started: began, Summary: shard.Summary(), Playing: 1}
}

// collector keeps what it is sent, and answers with a status.
type collector struct {
	*httptest.Server
	status int
	got    *http.Request
	data   *metrics.MetricsData
}

func newCollector(t *testing.T, status int) *collector {
	c := &collector{status: status}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.got, c.data = r, new(metrics.MetricsData)
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		raw, err := io.ReadAll(zip)
		if err != nil {
			t.Error(err)
		}
		if err := proto.Unmarshal(raw, c.data); err != nil {
			t.Error(err)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(c.status)
	}))
	t.Cleanup(c.Close)
	return c
}

func push(t *testing.T, url, headers string) error {
	t.Helper()
	p, err := New(Config{URL: url, Headers: headers})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	return p.Push(t.Context(), run(), at)
}

// What a collector is sent are all families that have values, cumulative from the
// run's beginning, with the counts of the summary.
func TestPush(t *testing.T) {
	c := newCollector(t, 200)
	if err := push(t, c.URL, "Authorization=Bearer%20abc, X-Scope=a=b"); err != nil {
		t.Fatal(err)
	}
	if h := c.got.Header; c.got.URL.Path != "/v1/metrics" || h.Get("Content-Type") != "application/x-protobuf" || h.Get("Authorization") != "Bearer abc" || h.Get("X-Scope") != "a=b" {
		t.Errorf("%s %v", c.got.URL, h)
	}
	resource := c.data.ResourceMetrics[0]
	if got := resource.Resource.Attributes[0].String() + resource.Resource.Attributes[1].String(); !strings.Contains(got, "soak") || !strings.Contains(got, "v7") {
		t.Errorf("resource %s", got)
	}
	byName := map[string]*metrics.Metric{}
	for _, m := range resource.ScopeMetrics[0].Metrics {
		byName[m.Name] = m
	}
	for _, f := range telemetry.Families() {
		if m := byName[f.Name]; len(f.Points(run())) > 0 && (m == nil || m.Description != f.Help) {
			t.Errorf("%s is not pushed, or not explained: %v", f.Name, m)
		}
	}
	requests := byName["soak_requests_total"].GetSum()
	if p := requests.DataPoints[0]; !requests.IsMonotonic || requests.AggregationTemporality != metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE ||
		p.GetAsDouble() != 20 || p.StartTimeUnixNano != uint64(began.UnixNano()) || p.TimeUnixNano != uint64(at.UnixNano()) || len(p.Attributes) != 8 {
		t.Errorf("requests %v", requests)
	}
	if b := byName["soak_received_bytes_total"]; b.Unit != "By" || byName["soak_viewers"].Unit != "" || byName["soak_viewers"].GetGauge() == nil {
		t.Errorf("units, or kinds: %v", b)
	}
}

// A histogram has each value in the bucket that OTLP has for it: (base^i, base^(i+1)].
func TestHistogram(t *testing.T) {
	for _, f := range telemetry.Families() {
		if f.Name != "soak_token_margin_seconds" {
			continue
		}
		h := histogram(&f, &f.Points(run())[0], 1, 2)
		if h.Count != 20 || h.ZeroCount != 1 || h.GetMin() != -2 || h.GetMax() != 17 || h.Sum != nil {
			t.Errorf("count %d, zero %d, from %v to %v, sum %v", h.Count, h.ZeroCount, h.GetMin(), h.GetMax(), h.Sum)
		}
		base := math.Exp2(math.Exp2(-float64(h.Scale)))
		within := func(b *metrics.ExponentialHistogramDataPoint_Buckets, v float64) (n uint64) {
			for i, count := range b.BucketCounts {
				low := math.Pow(base, float64(int(b.Offset)+i))
				if low < v*1.01 && v*0.99 <= low*base {
					n += count
				}
			}
			return n
		}
		sum := h.ZeroCount
		for _, b := range []*metrics.ExponentialHistogramDataPoint_Buckets{h.Positive, h.Negative} {
			for _, n := range b.BucketCounts {
				sum += n
			}
		}
		if sum != 20 || within(h.Positive, 1) != 1 || within(h.Positive, 5) != 1 || within(h.Negative, 2) != 1 || within(h.Positive, 100) != 0 {
			t.Errorf("%d values; %d near 1, %d near 5, %d near -2, %d near 100; want 20, 1, 1, 1 and none", sum, within(h.Positive, 1), within(h.Positive, 5), within(h.Negative, 2), within(h.Positive, 100))
		}
	}
}

// What goes wrong is told in a line without the URL or what headers hold.
func TestPushFails(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, row := range []struct {
		why, url, says string
	}{
		{"an error", newCollector(t, 503).URL + "/x?key=hidden", "collector: answered 503"},
		{"a redirect is not followed: headers are for this host", newCollector(t, 307).URL, "collector: answered 307"},
		{"nobody there", gone.URL + "/?key=hidden", "connection refused"},
	} {
		err := push(t, row.url, "Authorization=hidden")
		if err == nil || !strings.Contains(err.Error(), row.says) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v; want %q", row.why, err, row.says)
		}
	}
	slow, end := context.WithCancel(t.Context())
	end()
	p, err := New(Config{URL: gone.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Push(slow, run(), at); err == nil {
		t.Error("a push that was given up succeeds")
	}
}

func TestNew(t *testing.T) {
	for _, row := range []struct {
		url, headers string
		ok           bool
	}{
		{"http://127.0.0.1:4318", "", true},
		{"https://collector.example/otlp/v1/metrics", "a=b,,c=d", true},
		{"127.0.0.1:4318", "", false},
		{"ftp://127.0.0.1", "", false},
		{"http://", "", false},
		{"http://user:hidden@127.0.0.1", "", false},
		{"http://127.0.0.1", "hidden", false},
		{"http://127.0.0.1", "a=%hidden", false},
	} {
		_, err := New(Config{URL: row.url, Headers: row.headers})
		if (err == nil) != row.ok || err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("New(%q, %q): %v; want it to work: %v", row.url, row.headers, err, row.ok)
		}
	}
}
