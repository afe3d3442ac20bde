package otlp

import (
	"maps"
	"slices"
	"strings"
	"time"

	common "go.opentelemetry.io/proto/otlp/common/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"

	"soak/telemetry"
)

// message is a run as OTLP has it. Its field 1 is that of the collector's
// ExportMetricsServiceRequest, of which there is no other: on the wire they are the
// same.
func message(r *telemetry.Run, now time.Time) *metrics.MetricsData {
	from, at := nanos(r.Started), nanos(now)
	var all []*metrics.Metric
	for _, f := range telemetry.Families() {
		if points := f.Points(r); len(points) > 0 {
			all = append(all, metric(&f, points, from, at))
		}
	}
	return &metrics.MetricsData{ResourceMetrics: []*metrics.ResourceMetrics{{
		Resource:     &resource.Resource{Attributes: attributes([]string{"service.name", "service.version"}, []string{"soak", r.Version})},
		ScopeMetrics: []*metrics.ScopeMetrics{{Scope: &common.InstrumentationScope{Name: "soak/telemetry", Version: r.Version}, Metrics: all}},
	}}}
}

func metric(f *telemetry.Family, points []telemetry.Point, from, at uint64) *metrics.Metric {
	m := &metrics.Metric{Name: f.Name, Description: f.Help, Unit: unit(f.Name)}
	const cumulative = metrics.AggregationTemporality_AGGREGATION_TEMPORALITY_CUMULATIVE
	switch f.Kind {
	case telemetry.Histogram:
		h := &metrics.ExponentialHistogram{AggregationTemporality: cumulative}
		for _, p := range points {
			h.DataPoints = append(h.DataPoints, histogram(f, &p, from, at))
		}
		m.Data = &metrics.Metric_ExponentialHistogram{ExponentialHistogram: h}
	case telemetry.Counter:
		m.Data = &metrics.Metric_Sum{Sum: &metrics.Sum{AggregationTemporality: cumulative, IsMonotonic: true, DataPoints: numbers(f, points, from, at)}}
	default:
		m.Data = &metrics.Metric_Gauge{Gauge: &metrics.Gauge{DataPoints: numbers(f, points, 0, at)}}
	}
	return m
}

// unit is told where the name tells it (UCUM): a collector that makes names for
// Prometheus then leaves them as they are.
func unit(name string) string {
	name = strings.TrimSuffix(name, "_total")
	switch {
	case strings.HasSuffix(name, "_seconds"):
		return "s"
	case strings.HasSuffix(name, "_bytes"):
		return "By"
	}
	return ""
}

func numbers(f *telemetry.Family, points []telemetry.Point, from, at uint64) (all []*metrics.NumberDataPoint) {
	for _, p := range points {
		all = append(all, &metrics.NumberDataPoint{
			Attributes: attributes(f.Labels, p.Labels), StartTimeUnixNano: from, TimeUnixNano: at,
			Value: &metrics.NumberDataPoint_AsDouble{AsDouble: p.Value},
		})
	}
	return all
}

func histogram(f *telemetry.Family, p *telemetry.Point, from, at uint64) *metrics.ExponentialHistogramDataPoint {
	e, sum := p.Exponential(), p.Sketch.Sum().Seconds()
	h := &metrics.ExponentialHistogramDataPoint{
		Attributes: attributes(f.Labels, p.Labels), StartTimeUnixNano: from, TimeUnixNano: at,
		Count: uint64(p.Sketch.Count()), Scale: telemetry.Schema, ZeroCount: e.Zero, ZeroThreshold: telemetry.ZeroThreshold,
		Positive: buckets(e.Positive), Negative: buckets(e.Negative),
	}
	if p.Sketch.Min() >= 0 { // where values may be negative a sum is none of a counter's
		h.Sum = &sum
	}
	if p.Sketch.Count() > 0 {
		least, most := p.Sketch.Min().Seconds(), p.Sketch.Max().Seconds()
		h.Min, h.Max = &least, &most
	}
	return h
}

// buckets are the counts from the first to the last. OTLP counts buckets by their
// beginnings, Prometheus by their ends: one further.
func buckets(counts map[int]int64) *metrics.ExponentialHistogramDataPoint_Buckets {
	b := new(metrics.ExponentialHistogramDataPoint_Buckets)
	if len(counts) == 0 {
		return b
	}
	indices := slices.Sorted(maps.Keys(counts))
	first, last := indices[0], indices[len(indices)-1]
	b.Offset, b.BucketCounts = int32(first-1), make([]uint64, last-first+1)
	for i, n := range counts {
		b.BucketCounts[i-first] = uint64(n)
	}
	return b
}

func attributes(names, values []string) (all []*common.KeyValue) {
	for i, name := range names {
		all = append(all, &common.KeyValue{Key: name, Value: &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: values[i]}}})
	}
	return all
}

func nanos(t time.Time) uint64 {
	if t.IsZero() {
		return 0
	}
	return uint64(t.UnixNano())
}
