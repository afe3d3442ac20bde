package suite

import (
	"soak/qoe"
	"soak/scenarios"
)

// Result is what came of a suite.
type Result struct {
	Virtual bool   `json:"virtual"`
	Cases   []Case `json:"scenarios"`
}

// Case is one scenario and what came of it.
type Case struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Group  string `json:"group,omitempty"`
	Hazard string `json:"hazard,omitempty"`
	Seed   uint64 `json:"seed"`
	// Scenario is what was played, whole.
	Scenario scenarios.Scenario `json:"-"`
	// Findings are its thresholds' and its expectations', in their order.
	Findings []Finding `json:"findings"`
	// Saturated tells why the figures mean nothing, in real time.
	Saturated   []string `json:"saturated,omitempty"`
	Interrupted bool     `json:"interrupted,omitempty"`
	// Problem is why there are no findings; Err is the same for programs.
	Problem string `json:"problem,omitempty"`
	Err     error  `json:"-"`
}

// Finding is one expectation and what was measured.
type Finding struct {
	Cohort      string              `json:"cohort,omitempty"`  // empty: all viewers
	Viewers     string              `json:"viewers,omitempty"` // what tables call them
	Player      string              `json:"player,omitempty"`
	Integration string              `json:"integration,omitempty"`
	Stream      string              `json:"stream,omitempty"`
	Effect      string              `json:"effect"` // as expected; empty for a threshold
	OK          bool                `json:"ok"`
	Conditions  []scenarios.Outcome `json:"conditions"`
	// Metrics are all the figures of those viewers.
	Metrics map[string]float64 `json:"metrics"`
}

// Missed are the conditions that do not hold.
func (f *Finding) Missed() (missed []scenarios.Outcome) {
	for _, o := range f.Conditions {
		if !o.OK {
			missed = append(missed, o)
		}
	}
	return missed
}

// Count is how many findings there are and how many are not as expected.
func (r *Result) Count() (all, changed int) {
	for i := range r.Cases {
		for j := range r.Cases[i].Findings {
			all++
			if !r.Cases[i].Findings[j].OK {
				changed++
			}
		}
	}
	return all, changed
}

func newCase(sc *scenarios.Scenario) Case {
	return Case{Name: sc.Name, Title: sc.Title, Group: sc.Group, Hazard: sc.Hazard, Seed: sc.Seed, Scenario: *sc, Findings: []Finding{}}
}

// Expected is the result of a suite in which all is as expected, without playing
// it: what documents show.
func Expected(all []scenarios.Scenario) Result {
	var r Result
	for i := range all {
		c := newCase(&all[i])
		for _, e := range all[i].Expect {
			f := newFinding(&all[i], &qoe.Summary{}, e.Cohort)
			f.Effect = e.Effect
			c.Findings = append(c.Findings, f)
		}
		r.Cases = append(r.Cases, c)
	}
	return r
}

// findings judges a summary by all that its scenario says.
func findings(sc *scenarios.Scenario, s *qoe.Summary) ([]Finding, error) {
	all := []Finding{}
	for _, t := range sc.Thresholds {
		f := newFinding(sc, s, t.Cohort)
		if err := f.judge(s, t); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	for i := range sc.Expect {
		e := &sc.Expect[i]
		f := newFinding(sc, s, e.Cohort)
		f.Effect = e.Effect
		if err := f.judge(s, e.Thresholds()...); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func newFinding(sc *scenarios.Scenario, s *qoe.Summary, cohort string) Finding {
	f := Finding{Cohort: cohort, OK: true, Metrics: metricsOf(s, cohort)}
	if c := sc.Cohort(cohort); c != nil {
		f.Viewers, f.Player, f.Integration, f.Stream = c.Viewers(), c.Player.Label(), c.Integration(), c.Stream
	}
	return f
}

func (f *Finding) judge(s *qoe.Summary, conditions ...scenarios.Threshold) error {
	for _, t := range conditions {
		o, err := t.Evaluate(s)
		if err != nil {
			return err
		}
		f.Conditions = append(f.Conditions, o)
		f.OK = f.OK && o.OK
	}
	return nil
}

// metricsOf are the figures of a cohort, or of all viewers.
func metricsOf(s *qoe.Summary, cohort string) map[string]float64 {
	if cohort == "" {
		return s.Metrics()
	}
	var sum qoe.Tally
	for i := range s.Cohorts {
		if s.Cohorts[i].Cohort == cohort {
			sum.Merge(&s.Cohorts[i].Tally)
		}
	}
	return sum.Metrics()
}
