package scenarios

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Expectation is what happens to viewers today, in words and as conditions that
// hold as long as it does: one for each cohort, or for all viewers together.
type Expectation struct {
	// Cohort is the name of the cohort it speaks of. Empty: all viewers.
	Cohort string `yaml:"cohort,omitempty" json:"cohort,omitempty"`
	// Effect is one line: what happens.
	Effect string `yaml:"effect" json:"effect"`
	// Holds are the conditions, written like thresholds.
	Holds []string `yaml:"holds" json:"holds"`
}

// Thresholds are the expectation's conditions.
func (e *Expectation) Thresholds() []Threshold {
	list := make([]Threshold, len(e.Holds))
	for i, text := range e.Holds {
		list[i] = Threshold{Expr: text, Cohort: e.Cohort}
	}
	return list
}

// Conditions are all that a run is judged by: the thresholds, then what is
// expected.
func (s *Scenario) Conditions() []Threshold {
	all := append([]Threshold(nil), s.Thresholds...)
	for i := range s.Expect {
		all = append(all, s.Expect[i].Thresholds()...)
	}
	return all
}

// Cohort is the cohort of that name; nil when there is none.
func (s *Scenario) Cohort(name string) *Cohort {
	for i := range s.Viewers.Mix {
		if s.Viewers.Mix[i].Name == name {
			return &s.Viewers.Mix[i]
		}
	}
	return nil
}

// Integration is how the cohort's tokens come into its URLs: the policy, and its
// hook where that is not the policy's own.
func (c *Cohort) Integration() string { return policyName(&c.Policy) }

// Viewers is what tables call the cohort: the name it was given, or player and
// integration.
func (c *Cohort) Viewers() string {
	if !strings.Contains(c.Name, "/") {
		return c.Name
	}
	name := c.Player.Label() + " · " + c.Integration()
	if c.Stream == VOD {
		name += " · vod"
	}
	return name
}

const maxExpectations = 2 * maxCohorts

var hazardNumber = regexp.MustCompile(`^H[0-9]{2}$`)

// oneLine tells whether a text is some, and has no more than one line.
func oneLine(text string) bool {
	n := utf8.RuneCountInString(text)
	return 1 <= n && n <= 300 && !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' })
}

func (s *Scenario) checkExpect(f *faults) {
	if n := len(s.Expect); n > maxExpectations {
		f.add("expect", "", "has %d entries, at most %d are read", n, maxExpectations)
		return
	}
	for i := range s.Expect {
		e := &s.Expect[i]
		key := fmt.Sprintf("expect[%d]", i)
		if !oneLine(e.Effect) {
			f.add(key+".effect", "write what happens in one line: plays on, nothing refused", "%.60q: use one line of at most 300 bytes", e.Effect)
		}
		if len(e.Holds) == 0 {
			f.add(key+".holds", "add the conditions that tell it: holds: [refused_requests == 0]", "is empty: nothing would fail when the effect changes")
		}
		s.checkCohortName(f, key+".cohort", e.Cohort)
		for j, t := range e.Thresholds() {
			t.check(f, fmt.Sprintf("%s.holds[%d]", key, j), s.Duration)
		}
	}
}
