package telemetry

import (
	"slices"

	"soak/qoe"
)

// Kind says how a family's values behave.
type Kind string

// The kinds of families.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
)

// Family is one metric: its name, and what it measures.
type Family struct {
	Name   string
	Help   string
	Kind   Kind
	Labels []string
	Bounds []float64 // upper ends of a histogram's classic buckets, in seconds

	points func(r *Run, put func(Point))
}

// Point is one value of a family.
type Point struct {
	Labels []string    // values, in the order of the family's labels
	Value  float64     // of counters and gauges
	Sketch *qoe.Sketch // of histograms
}

// Points are the family's values in a run.
func (f *Family) Points(r *Run) (all []Point) {
	f.points(r.grouped(), func(p Point) { all = append(all, p) })
	return all
}

// ofRun has one value, or one for each value of its own labels.
func ofRun(name, help string, kind Kind, own []string, each func(r *Run, put func(value float64, own ...string))) Family {
	return Family{Name: name, Help: help, Kind: kind, Labels: append([]string{"scenario"}, own...), points: func(r *Run, put func(Point)) {
		each(r, func(value float64, own ...string) {
			put(Point{Labels: append([]string{label(r.Scenario.Name)}, own...), Value: value})
		})
	}}
}

// groupLabels are those that tell kinds of viewers apart.
func groupLabels() []string { return []string{"scenario", "player", "format", "policy", "link"} }

// ofGroups has such values for each kind of viewers.
func ofGroups(name, help string, kind Kind, own []string, each func(t *qoe.Tally, put func(value float64, own ...string))) Family {
	return Family{Name: name, Help: help, Kind: kind, Labels: append(groupLabels(), own...), points: func(r *Run, put func(Point)) {
		for _, g := range *r.kinds {
			common := append([]string{label(r.Scenario.Name)}, g.labels()...)
			each(g.tally, func(value float64, own ...string) {
				put(Point{Labels: slices.Concat(common, own), Value: value})
			})
		}
	}}
}

// count has one value for each kind of viewers.
func count(name, help string, of func(t *qoe.Tally) int64) Family {
	return ofGroups(name, help, Counter, nil, func(t *qoe.Tally, put func(float64, ...string)) { put(float64(of(t))) })
}

// seconds counts time, which tallies have in microseconds.
func seconds(name, help string, micros func(t *qoe.Tally) int64) Family {
	return ofGroups(name, help, Counter, nil, func(t *qoe.Tally, put func(float64, ...string)) { put(float64(micros(t)) / 1e6) })
}

// distribution is a histogram for each kind of viewers.
func distribution(name, help string, bounds []float64, of func(t *qoe.Tally) *qoe.Sketch) Family {
	return Family{Name: name, Help: help, Kind: Histogram, Labels: groupLabels(), Bounds: bounds, points: func(r *Run, put func(Point)) {
		for _, g := range *r.kinds {
			put(Point{Labels: append([]string{label(r.Scenario.Name)}, g.labels()...), Sketch: of(g.tally)})
		}
	}}
}
