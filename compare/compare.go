package compare

import (
	"cmp"
	"errors"
	"fmt"

	"soak/qoe"
	"soak/scenarios"
)

// Run is one of the two.
type Run struct {
	Name     string // as the reader calls it: a file's
	Scenario scenarios.Scenario
	Summary  *qoe.Summary
	Virtual  bool
	Doubts   []string // why its figures mean little: interrupted, a saturated generator
}

// Options say how to judge. The zero value is what the command line has.
type Options struct {
	// Tolerance is the change, relative to the first run, up to which nothing is
	// worse, however sure it is. 0: 5 %. Negative: none is tolerated.
	Tolerance float64
	// Confidence is how sure one must be that nothing at all is called better or worse
	// by chance. 0: 95 %.
	Confidence float64
	// Anyway judges runs of different audiences too.
	Anyway bool
}

const (
	defaultTolerance  = 0.05
	maxTolerance      = 1000
	defaultConfidence = 0.95
	shown             = 0.95 // confidence of the intervals that are shown, each by itself
)

// Result is what came of it.
type Result struct {
	A           string                 `json:"a"` // names of the runs
	B           string                 `json:"b"`
	Tolerance   float64                `json:"tolerance"`
	Confidence  float64                `json:"confidence"`
	Verdict     Verdict                `json:"verdict"`
	Reasons     []string               `json:"reasons"`     // why they cannot be compared
	Differences []scenarios.Difference `json:"differences"` // of the scenarios, but for names and thresholds
	SameSeed    bool                   `json:"sameSeed"`
	SameFaults  bool                   `json:"sameFaults"` // the lab did the same
	Paired      bool                   `json:"paired"`     // each viewer of one run has a twin in the other
	Same        bool                   `json:"same"`       // every figure is the same
	Questions   int                    `json:"questions"`  // asked together
	Groups      []Group                `json:"groups"`     // all viewers, then by cohort
	Alone       []string               `json:"alone"`      // cohorts that one run has and the other has not
}

// Verdict is what a comparison comes to.
type Verdict string

// The verdicts.
const (
	Regression Verdict = "regression" // something is worse, and nothing keeps them from being compared
	NoWorse    Verdict = "no-worse"
	Unlike     Verdict = "not-comparable"
)

// Group is a group of viewers of both runs.
type Group struct {
	Name    string   `json:"name"` // empty: all viewers
	Viewers [2]int64 `json:"viewers"`
	Figures []Figure `json:"figures"`
}

// Runs compares b with a.
func Runs(a, b Run, o Options) (*Result, error) {
	o.Tolerance, o.Confidence = cmp.Or(o.Tolerance, defaultTolerance), cmp.Or(o.Confidence, defaultConfidence)
	if !(o.Tolerance < maxTolerance) || !(o.Confidence >= 0.5 && o.Confidence < 1) {
		return nil, fmt.Errorf("tolerance %v and confidence %v: use a tolerance below %d and a confidence from 0.5 to 1", o.Tolerance, o.Confidence, maxTolerance)
	}
	if a.Summary == nil || b.Summary == nil {
		return nil, errors.New("a run without a summary cannot be compared")
	}
	differences, err := scenarios.Differences(a.Scenario, b.Scenario)
	if err != nil {
		return nil, err
	}
	r := &Result{A: a.Name, B: b.Name, Tolerance: max(o.Tolerance, 0), Confidence: o.Confidence, Reasons: []string{}, Differences: []scenarios.Difference{}, Alone: []string{}}
	r.alike(&a, &b, differences, o.Anyway)
	same, err := equal(a.Summary, b.Summary)
	if err != nil {
		return nil, err
	}
	r.Same = same
	r.groups(&a, &b)
	r.judge()
	return r, nil
}

// Worse and Better count what differs.
func (r *Result) Worse() int  { return r.count(Worse) }
func (r *Result) Better() int { return r.count(Better) }

func (r *Result) count(what Change) (n int) {
	for _, g := range r.Groups {
		for _, f := range g.Figures {
			if f.Change == what {
				n++
			}
		}
	}
	return n
}
