package growth

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"soak/chance"
)

const mega = 1 << 20

// confidence of the intervals: of two hundred quantities that gain just their bound one
// is called growing.
const confidence = 0.99

// Bound is what a quantity may gain in an hour: a share of its level, and so much
// besides. Tables that a run fills up to their bounds take their time.
type Bound struct{ Share, Besides float64 }

// Bounds are those of all quantities.
type Bounds struct{ Heap, Goroutines, Descriptors, Connections Bound }

// computedBounds are those of computed runs, whose tables are full after the ramp.
func computedBounds() Bounds {
	few := Bound{0, 1}
	return Bounds{Heap: Bound{0.01, 256 << 10}, Goroutines: few, Descriptors: few, Connections: few}
}

// socketBounds are those of runs over sockets. While one goes on, its tables fill: the
// summary's course has as many slices at the end of any run, a table of bursts and the
// cache of manifests fill by the hour, and of the troubles that faults make a viewer's
// account of causes keeps those of the last ten to twenty minutes, some 500 bytes a cycle
// and what lists grow by ahead. At 2,000 viewers for half an hour, who make 19 million
// requests an hour, it is all together three bytes a request.
func socketBounds(c Course) Bounds {
	few := Bound{0.02, 20}
	tables := 16*mega/c.Lasts.Hours() + 8*mega
	kept := min(c.Lasts, 20*time.Minute).Seconds() / c.Cycle().Seconds() // cycles
	accounts := float64(c.Viewers) * kept * 640 / c.Lasts.Hours()
	return Bounds{Heap: Bound{0.02, min(tables+accounts, 256*mega)}, Goroutines: few, Descriptors: few, Connections: few}
}

// Trend is how one quantity went after the ramp.
type Trend struct {
	Quantity string
	Unit     float64 // what its figures are divided by for people
	Cycles   int
	Level    float64         // mean of all cycles
	PerHour  float64         // gained
	Within   chance.Interval // where that lies
	Bound    float64         // of it
}

// Grows tells whether the quantity surely gains more than its bound.
func (t Trend) Grows() bool { return t.Within.Low > t.Bound }

// Verdict is a word for a table: flat where the gain surely keeps within its bound,
// open where neither is sure.
func (t Trend) Verdict() string {
	switch {
	case t.Grows():
		return "GROWS"
	case t.Within.High <= t.Bound:
		return "flat"
	}
	return "open"
}

// Trends judges readings of a run whose cycles are that long. Cycles that begin before
// the end of the ramp do not count, nor the last one if it is not complete.
func Trends(readings []Reading, cycle, ramp time.Duration, b Bounds) []Trend {
	return []Trend{
		trend("live heap, MiB", mega, readings, func(r Reading) float64 { return r.Heap }, cycle, ramp, b.Heap),
		trend("goroutines", 1, readings, func(r Reading) float64 { return r.Goroutines }, cycle, ramp, b.Goroutines),
		trend("descriptors", 1, readings, func(r Reading) float64 { return r.Descriptors }, cycle, ramp, b.Descriptors),
		trend("connections", 1, readings, func(r Reading) float64 { return r.Connections }, cycle, ramp, b.Connections),
	}
}

func trend(name string, unit float64, readings []Reading, of func(Reading) float64, cycle, ramp time.Duration, b Bound) Trend {
	hours, means := cycles(readings, of, cycle, ramp)
	t := Trend{Quantity: name, Unit: unit, Cycles: len(means)}
	for _, m := range means {
		t.Level += m / float64(len(means))
	}
	t.PerHour, t.Within = chance.Slope(hours, means, confidence)
	t.Bound = b.Share*t.Level + b.Besides
	return t
}

// cycles are the means of a quantity over whole cycles, and their times in hours.
func cycles(readings []Reading, of func(Reading) float64, cycle, ramp time.Duration) (hours, means []float64) {
	if len(readings) == 0 {
		return nil, nil
	}
	first, last := (ramp+cycle-1)/cycle, readings[len(readings)-1].At/cycle // the last is cut short
	for k := first; k < last; k++ {
		var n, sum float64
		for _, r := range readings {
			if r.At/cycle == k {
				n, sum = n+1, sum+of(r)
			}
		}
		if n > 0 {
			hours, means = append(hours, (time.Duration(k)*cycle+cycle/2).Hours()), append(means, sum/n)
		}
	}
	return hours, means
}

// Write prints trends as a table.
func Write(w io.Writer, trends []Trend) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\tlevel\tgained an hour\t%.0f %% sure from\tto\tallowed\tcycles\t\t\n", 100*confidence)
	for _, t := range trends {
		fmt.Fprintf(table, "%s\t%.2f\t%+.2f\t%+.2f\t%+.2f\t%.2f\t%d\t%s\t\n", t.Quantity,
			t.Level/t.Unit, t.PerHour/t.Unit, t.Within.Low/t.Unit, t.Within.High/t.Unit, t.Bound/t.Unit, t.Cycles, t.Verdict())
	}
	return table.Flush()
}
