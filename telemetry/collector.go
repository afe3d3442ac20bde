package telemetry

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
)

// Collector gives a run's families to Prometheus. Each collection looks at the run
// once.
type Collector struct {
	look     func() *Run
	families []Family
	descs    []*prometheus.Desc
}

// NewCollector collects of what look sees.
func NewCollector(look func() *Run) *Collector {
	c := &Collector{look: look, families: Families()}
	for _, f := range c.families {
		c.descs = append(c.descs, prometheus.NewDesc(f.Name, f.Help, f.Labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	run := c.look().grouped()
	for i := range c.families {
		for _, p := range c.families[i].Points(run) {
			m, err := c.metric(i, run, p)
			if err != nil {
				m = prometheus.NewInvalidMetric(c.descs[i], err)
			}
			to <- m
		}
	}
}

func (c *Collector) metric(i int, r *Run, p Point) (prometheus.Metric, error) {
	f, desc := &c.families[i], c.descs[i]
	switch {
	case f.Kind == Histogram:
		return histogram(desc, f.Bounds, r.Started, p)
	case f.Kind == Counter && !r.Started.IsZero():
		return prometheus.NewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, p.Value, r.Started, p.Labels...)
	case f.Kind == Counter:
		return prometheus.NewConstMetric(desc, prometheus.CounterValue, p.Value, p.Labels...)
	}
	return prometheus.NewConstMetric(desc, prometheus.GaugeValue, p.Value, p.Labels...)
}

// both is a histogram with classic and native buckets: who scrapes takes what it
// knows.
type both struct {
	prometheus.Metric // native
	classic           prometheus.Metric
}

// Write implements prometheus.Metric.
func (b both) Write(to *dto.Metric) error {
	var classic dto.Metric
	if err := b.classic.Write(&classic); err != nil {
		return err
	}
	if err := b.Metric.Write(to); err != nil {
		return err
	}
	to.Histogram.Bucket = classic.Histogram.Bucket
	return nil
}

func histogram(desc *prometheus.Desc, bounds []float64, started time.Time, p Point) (prometheus.Metric, error) {
	e := p.Exponential()
	if started.IsZero() {
		started = time.Unix(0, 0)
	}
	n, sum := uint64(p.Sketch.Count()), p.Sketch.Sum().Seconds()
	native, err := prometheus.NewConstNativeHistogram(desc, n, sum, e.Positive, e.Negative, e.Zero, Schema, ZeroThreshold, started, p.Labels...)
	if err != nil {
		return nil, err
	}
	classic, err := prometheus.NewConstHistogram(desc, n, sum, p.upTo(bounds), p.Labels...)
	return both{native, classic}, err
}

// Handler serves the families to Prometheus, in the format that it asks for.
func Handler(look func() *Run) http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(NewCollector(look))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4})
}
