package compare

import (
	"math"

	"soak/chance"
	"soak/qoe"
)

// Change is what became of a figure.
type Change string

// The changes.
const (
	Same    Change = "same"    // within what is tolerated, or maybe chance
	Better  Change = "better"  // beyond both
	Worse   Change = "worse"   // beyond both
	More    Change = "more"    // beyond both, of what is neither good nor bad
	Less    Change = "less"    //
	Unknown Change = "unknown" // not measured in both
)

// Unit is what a figure is measured in.
type Unit string

// The units.
const (
	Share   Unit = "share"     // of the viewers, 0 to 1
	Each    Unit = "perViewer" // a mean
	Seconds Unit = "seconds"
	Rate    Unit = "bitPerSecond"
)

// Value is a figure of one run, and where it lies with 95 % confidence.
type Value struct {
	Value float64 `json:"value"`
	chance.Interval
	Known bool `json:"known"`
}

// Figure is one figure of both runs.
type Figure struct {
	Key    string `json:"key"`  // for programs
	Name   string `json:"name"` // for people
	Unit   Unit   `json:"unit"`
	Better string `json:"better,omitempty"` // less or more; empty: neither
	A      Value  `json:"a"`
	B      Value  `json:"b"`
	// Difference is where B - A lies with 95 % confidence.
	Difference chance.Interval `json:"difference"`
	Paired     bool            `json:"paired,omitempty"` // compared viewer by viewer
	P          float64         `json:"p"`                // so far apart by chance
	Adjusted   float64         `json:"adjusted"`         // P, with all questions taken together
	Change     Change          `json:"change"`

	exact bool // not read from a sketch, which is right within 1 %
}

// question is something that is asked of each group of viewers.
type question struct {
	key, name, better string
	of                func(x, y *qoe.Tally, twins *twins) (Figure, bool)
}

const (
	less = "less"
	more = "more"
)

// questions in the order in which they are told.
var questions = []question{
	share("noticed", "viewers who noticed something", func(v *qoe.Viewers) int64 { return v.Noticed }, func(w *qoe.Worst) bool { return w.Noticed }),
	share("died", "playbacks that ended", func(v *qoe.Viewers) int64 { return v.Dead }, func(w *qoe.Worst) bool { return w.Dead }),
	share("stalled", "viewers who stalled", func(v *qoe.Viewers) int64 { return v.Stalled }, nil),
	share("skipped", "viewers who skipped", func(v *qoe.Viewers) int64 { return v.Skipped }, nil),
	share("neverStarted", "viewers who saw nothing", func(v *qoe.Viewers) int64 { return v.NeverStarted }, nil),
	each("refused", "refused requests", Each, less, 1, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Refused }, func(w *qoe.Worst) int64 { return w.Refused }),
	each("failed", "failed requests", Each, less, 1, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Failed }, nil),
	each("failedCalls", "failed token calls", Each, less, 1, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.FailedCalls }, nil),
	each("stalls", "stalls", Each, less, 1, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Stalls }, nil),
	each("stalledSeconds", "time stalled", Seconds, less, 1000, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Stalled }, nil),
	each("skippedSeconds", "media skipped", Seconds, less, 1000, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Skipped }, nil),
	quantile("leastMargin50", "least life left, median", more, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.PerViewer.LeastMargin }),
	quantile("leastMargin10", "least life left, 10 %", more, 0.10, func(t *qoe.Tally) *qoe.Sketch { return &t.PerViewer.LeastMargin }),
	quantile("margin50", "life left in tokens, median", more, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Margin }),
	quantile("startup50", "startup, median", less, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Startup }),
	quantile("startup95", "startup, 95 %", less, 0.95, func(t *qoe.Tally) *qoe.Sketch { return &t.Startup }),
	quantile("refresh50", "token calls, median", less, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Refreshes.Took }),
	quantile("refresh95", "token calls, 95 %", less, 0.95, func(t *qoe.Tally) *qoe.Sketch { return &t.Refreshes.Took }),
	quantile("answer95", "requests, 95 %", less, 0.95, func(t *qoe.Tally) *qoe.Sketch { return &t.Answers }),
	quantile("seek50", "seeks, median", less, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Seeks }),
	quantile("zap50", "changes of stream, median", less, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Zaps }),
	quantile("latency50", "latency, median", less, 0.50, func(t *qoe.Tally) *qoe.Sketch { return &t.Latency }),
	each("bitRate", "bit rate", Rate, more, 1e-3, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Shown, p.BitRate }, nil),
	each("tokenCalls", "token calls", Each, "", 1, func(p *qoe.PerViewer) (int64, qoe.Moments) { return p.Viewers, p.Calls }, nil),
}

// share asks how many of the viewers; of twins, which of them.
func share(key, name string, of func(*qoe.Viewers) int64, who func(*qoe.Worst) bool) question {
	return question{key, name, less, func(x, y *qoe.Tally, t *twins) (f Figure, ok bool) {
		n, m := x.Viewers.Arrived, y.Viewers.Arrived
		k, l := of(&x.Viewers), of(&y.Viewers)
		if n < 1 || m < 1 || k < 0 || l < 0 || k > n || l > m {
			return f, false
		}
		f.A = Value{float64(k) / float64(n), chance.Wilson(k, n, shown), true}
		f.B = Value{float64(l) / float64(m), chance.Wilson(l, m, shown), true}
		f.Unit, f.exact = Share, true
		if t == nil || who == nil {
			f.apart(chance.Fisher(k, n, l, m))
			return f, true
		}
		a, b := t.count(who)
		f.twins(n, float64(b-a), float64(a+b), chance.McNemar(a, b))
		return f, true
	}}
}

// each asks for a mean over viewers; scale is what of the sums is one of the unit.
func each(key, name string, unit Unit, better string, scale float64, of func(*qoe.PerViewer) (int64, qoe.Moments), ofTwin func(*qoe.Worst) int64) question {
	return question{key, name, better, func(x, y *qoe.Tally, t *twins) (f Figure, ok bool) {
		n, a := of(&x.PerViewer)
		m, b := of(&y.PerViewer)
		if n < 2 || m < 2 || !sound(a) || !sound(b) {
			return f, false
		}
		sums := [4]float64{float64(a.Sum) / scale, float64(a.Squares) / scale / scale, float64(b.Sum) / scale, float64(b.Squares) / scale / scale}
		f.A.Value, f.A.Interval = chance.Mean(n, sums[0], sums[1], shown)
		f.B.Value, f.B.Interval = chance.Mean(m, sums[2], sums[3], shown)
		f.A.Low, f.B.Low = max(f.A.Low, 0), max(f.B.Low, 0)
		f.A.Known, f.B.Known, f.Unit, f.exact = true, true, unit, true
		if t == nil || ofTwin == nil || n != m {
			f.apart(chance.Welch(n, sums[0], sums[1], m, sums[2], sums[3]))
			return f, true
		}
		sum, squares := t.sums(ofTwin)
		f.twins(n, sum, squares, chance.Paired(n, sum, squares))
		return f, true
	}}
}

// sound tells whether sums were never too great, and not written by hand.
func sound(m qoe.Moments) bool { return m.Sum >= 0 && m.Squares >= 0 && m.Squares < math.MaxInt64 }

// quantile asks for a percentile. Whether two differ is asked of the value at which both
// runs together have it: as many viewers' values must lie below it in either.
func quantile(key, name, better string, q float64, of func(*qoe.Tally) *qoe.Sketch) question {
	return question{key, name, better, func(x, y *qoe.Tally, _ *twins) (f Figure, ok bool) {
		a, b := of(x), of(y)
		n, m := min(a.Count(), x.Viewers.Arrived), min(b.Count(), y.Viewers.Arrived)
		if n < 1 || m < 1 {
			return f, false
		}
		f.A, f.B, f.Unit = at(a, q, n), at(b, q, m), Seconds
		var both qoe.Sketch
		both.Merge(a)
		both.Merge(b)
		middle := both.Quantile(q)
		below := func(s *qoe.Sketch, of int64) int64 {
			return int64(math.Round(float64(s.UpTo(middle)) / float64(s.Count()) * float64(of)))
		}
		f.apart(chance.Fisher(below(a, n), n, below(b, m), m))
		return f, true
	}}
}

// at is a percentile of n viewers' values, and where it lies by ranks.
func at(s *qoe.Sketch, q float64, n int64) Value {
	low, high := chance.Ranks(n, q, shown)
	rank := func(k int64) float64 { return s.Quantile(float64(k) / float64(n)).Seconds() }
	return Value{s.Quantile(q).Seconds(), chance.Interval{Low: rank(low), High: rank(min(high, n))}, true}
}

// apart is the difference of two groups.
func (f *Figure) apart(p float64) {
	f.Difference = chance.Difference(f.A.Value, f.A.Interval, f.B.Value, f.B.Interval)
	f.P = p
}

// twins is that of n pairs, of which the sum of differences and of their squares is
// known.
func (f *Figure) twins(n int64, sum, squares, p float64) {
	f.Paired, f.P = true, p
	if n > 1 {
		_, f.Difference = chance.Mean(n, sum, squares, shown)
		return
	}
	f.Difference = chance.Difference(f.A.Value, f.A.Interval, f.B.Value, f.B.Interval)
}

// finite tells whether all of it can be written: of a summary made by hand it may not.
func (f *Figure) finite() bool {
	for _, v := range []float64{f.A.Value, f.A.Low, f.A.High, f.B.Value, f.B.Low, f.B.High, f.Difference.Low, f.Difference.High, f.P} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}
