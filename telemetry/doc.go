// Package telemetry is a run under way as metrics systems want it: families of
// counters, gauges and histograms, with names that begin with soak_, base units and
// few labels.
//
// The one idea: [Families] is a table. Whatever exports metrics (the [Collector] for
// Prometheus, OTLP), the page that documents them and the test of the dashboard read
// the same table.
//
// Labels are bounded by the scenario: its name, its players, policies and links, kinds
// of request, classes of status. A URL, a token or the number of a viewer is never
// one.
//
// telemetry does not know how a run works, and starts nothing.
package telemetry
