package reports

import (
	"cmp"
	"strings"
)

// Run is one scenario of a command: its report, or why there is none.
type Run struct {
	Name   string // of the scenario
	Report *Report
	Err    error // set when Report is nil
}

func (r Run) name() string { return cmp.Or(clean(r.Name), "unnamed") }

// problem is why there is no report, in one line.
func (r Run) problem() string {
	if r.Err == nil {
		return "was not run"
	}
	return clean(r.Err.Error())
}

// condition is what stands before the colon of an outcome's text, and found what
// stands behind it: the figures.
func split(expr, cohort, text string) (condition, found string) {
	condition = clean(expr)
	if cohort != "" {
		condition += " (" + clean(cohort) + ")"
	}
	found = clean(text)
	if rest, ok := strings.CutPrefix(found, condition); ok {
		found = strings.TrimPrefix(rest, ": ")
	}
	return condition, found
}
