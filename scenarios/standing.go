package scenarios

import (
	"fmt"

	"soak/qoe"
)

// Standings is all conditions of a scenario, ready to be looked at again and again while
// a run is under way.
type Standings []*condition

// Standing is how a condition stands while a run is under way.
type Standing struct {
	Outcome
	// Pending tells that it cannot be judged yet: what it reads has not been measured,
	// or is known at the end only.
	Pending bool
}

// Standings compiles [Scenario.Conditions].
func (s *Scenario) Standings() (Standings, error) {
	var all Standings
	for _, t := range s.Conditions() {
		c, err := t.condition()
		if err != nil {
			return nil, fmt.Errorf("threshold %s: %w", t, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// Judge tells how the conditions stand, in the order of [Scenario.Conditions]; s is
// the summary so far.
func (w Standings) Judge(s *qoe.Summary) ([]Standing, error) {
	all := make([]Standing, len(w))
	for i, c := range w {
		out, measured, err := c.evaluate(s)
		if err != nil {
			return nil, fmt.Errorf("threshold %s: %w", c, err)
		}
		all[i] = Standing{Outcome: out, Pending: !measured || c.closing()}
	}
	return all, nil
}

// closing tells whether it reads what is known at the end only.
func (c *condition) closing() bool {
	for _, f := range c.reads {
		if f.Closing {
			return true
		}
	}
	return false
}
