package qoe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Match narrows a metric to a part of what it counts: kind="segment".
type Match struct {
	Label string
	Not   bool // kind!="segment"
	Value string
}

// String is the match as one writes it.
func (m Match) String() string {
	if m.Not {
		return fmt.Sprintf("%s!=%q", m.Label, m.Value)
	}
	return fmt.Sprintf("%s=%q", m.Label, m.Value)
}

// part is one thing that a metric adds up, and the values of its labels.
type part struct {
	labels []string
	value  float64
}

// labelled is a metric that is a sum of parts.
type labelled struct {
	name   string
	labels []string
	values [][]string // that each label can have
	parts  func(t *Tally) []part
}

var labelledMetrics = []labelled{
	{"requests", []string{"kind", "status", "failure"}, [][]string{kindNames[:], classes[:], failureNames()}, func(t *Tally) []part {
		return requestParts(t, func(r RequestRow) (float64, bool) { return float64(r.Count), true })
	}},
	{"failed_requests", []string{"kind", "status", "failure"}, [][]string{kindNames[:], classes[:], failureNames()}, func(t *Tally) []part {
		return requestParts(t, func(r RequestRow) (float64, bool) {
			return float64(r.Count), r.Failure != NoFailure && r.Failure != CancelFailure
		})
	}},
	{"received_megabytes", []string{"kind", "status", "failure"}, [][]string{kindNames[:], classes[:], failureNames()}, func(t *Tally) []part {
		return requestParts(t, func(r RequestRow) (float64, bool) { return float64(r.Bytes) / 1e6, true })
	}},
	{"refused_requests", []string{"kind", "status"}, [][]string{kindNames[:], refusalNames()}, func(t *Tally) (parts []part) {
		for _, r := range t.Refused.Rows() {
			parts = append(parts, part{[]string{r.Kind.String(), strconv.Itoa(r.Status)}, float64(r.Count)})
		}
		return parts
	}},
	{"token_calls", []string{"reason"}, [][]string{reasonNames[:]}, func(t *Tally) []part {
		r := &t.Refreshes
		var parts []part
		for reason, n := range []int64{FirstToken: r.First, Scheduled: r.Scheduled, AfterError: r.AfterError, AfterRefusal: r.AfterRefusal} {
			parts = append(parts, part{[]string{Reason(reason).String()}, float64(n)})
		}
		return parts
	}},
}

func requestParts(t *Tally, of func(RequestRow) (float64, bool)) (parts []part) {
	for _, r := range t.Requests.Rows() {
		if v, ok := of(r); ok {
			parts = append(parts, part{[]string{r.Kind.String(), r.Status, r.Failure.label()}, v})
		}
	}
	return parts
}

// label is the failure as a label's value, which is never empty.
func (f Failure) label() string {
	if f == NoFailure {
		return "none"
	}
	return string(f)
}

func failureNames() (names []string) {
	for _, f := range failures {
		names = append(names, f.label())
	}
	return names
}

func refusalNames() (names []string) {
	for _, status := range refusals {
		names = append(names, strconv.Itoa(status))
	}
	return names
}

// LabelsOf lists the labels of a metric, by name or alias, and the values that each
// can have; nil for a metric that has none.
func LabelsOf(metric string) (names []string, values [][]string) {
	if m := labelledOf(meant(metric)); m != nil {
		return m.labels, m.values
	}
	return nil, nil
}

func labelledOf(metric string) *labelled {
	for _, m := range labelledMetrics {
		if m.name == metric {
			return &m
		}
	}
	return nil
}

// Where narrows the metric to what all of these match. Labels and values must be
// among [LabelsOf].
func (f Figure) Where(matches ...Match) (Figure, error) {
	m := labelledOf(f.Name.Name)
	if m == nil {
		return Figure{}, fmt.Errorf("%s has no labels", f.Name.Name)
	}
	at, texts := make([]int, len(matches)), make([]string, len(matches))
	for i, x := range matches {
		at[i], texts[i] = slices.Index(m.labels, x.Label), x.String()
		if at[i] < 0 || !slices.Contains(m.values[at[i]], x.Value) {
			return Figure{}, fmt.Errorf("%s matches nothing of %s", x, f.Name.Name)
		}
	}
	fits := func(p part) bool {
		for i, x := range matches {
			if (p.labels[at[i]] == x.Value) == x.Not {
				return false
			}
		}
		return true
	}
	f.Name.Name += "{" + strings.Join(texts, ",") + "}"
	f.group = func(t *Tally) (sum float64, ok bool) {
		for _, p := range m.parts(t) {
			if fits(p) {
				sum += p.value
			}
		}
		return sum, true
	}
	return f, nil
}
