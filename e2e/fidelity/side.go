package fidelity

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// event is one line of a play: something that happened, and how it went.
type event struct {
	at   float64
	what string // by which the same event of another play is known
	how  string
}

// events are what a play's record tells, in order of time.
func events(o Observation) []event {
	var all []event
	add := func(at float64, what, how string) { all = append(all, event{at, what, how}) }
	for _, r := range o.Requests {
		add(r.At, strings.TrimSpace(r.Media+" "+r.Kind)+" "+r.Object, fmt.Sprintf("%d in %.3f, margin %.1f", r.Status, r.Took, r.Margin))
	}
	for _, c := range o.Refreshes {
		add(c.At, "TOKEN CALL", fmt.Sprintf("%d in %.3f", c.Status, c.Took))
	}
	for _, s := range o.Stalls {
		add(s.At, "STALL", fmt.Sprintf("for %.2f", s.Took))
	}
	for _, s := range o.Skips {
		add(s.At, "SKIP", fmt.Sprintf("of %.2f", s.Amount))
	}
	for _, s := range o.Shown {
		add(s.At, fmt.Sprintf("SHOWN %d", s.Bitrate), "")
	}
	for _, e := range o.Errors {
		how := ""
		if e.GaveUp {
			how = "gives up"
		}
		add(e.At, "ERROR "+e.What, how)
	}
	if o.Startup >= 0 {
		add(o.Startup, "STARTUP", "")
	}
	add(o.Length, "END", string(o.Final))
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	return all
}

// together is how far apart the same event may be in two plays.
const together = 1.5

// Side puts two plays next to each other in order of time, the same events on one
// line, so that a person can see where they part.
func Side(truth, model Observation) string {
	left, right := events(truth), events(model)
	partner := match(left, right)
	type line struct {
		at   float64
		text string
	}
	var lines []line
	taken := make([]bool, len(right))
	for i, e := range left {
		other, mark := "", "<"
		if j := partner[i]; j >= 0 {
			taken[j] = true
			other, mark = right[j].String(), markOf(e.at, right[j].at)
		}
		lines = append(lines, line{e.at, fmt.Sprintf("%-72s %s %s", e, mark, other)})
	}
	for j, e := range right {
		if !taken[j] {
			lines = append(lines, line{e.at, fmt.Sprintf("%-72s > %s", "", e)})
		}
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(strings.TrimRight(l.text, " ") + "\n")
	}
	return b.String()
}

// String is the event in one line.
func (e event) String() string {
	return strings.TrimRight(fmt.Sprintf("%8.3f %-36s %s", e.at, e.what, e.how), " ")
}

// markOf stands between two events that are the same: "~" when they are well apart.
func markOf(a, b float64) string {
	if math.Abs(a-b) > 0.3 {
		return "~"
	}
	return "="
}

// match finds for each event of a the nearest that is the same in b, -1 if there
// is none. None is taken twice.
func match(a, b []event) []int {
	partner, taken := make([]int, len(a)), make([]bool, len(b))
	for i, e := range a {
		best := -1
		for j, f := range b {
			if taken[j] || f.what != e.what || math.Abs(f.at-e.at) > together {
				continue
			}
			if best < 0 || math.Abs(f.at-e.at) < math.Abs(b[best].at-e.at) {
				best = j
			}
		}
		if best >= 0 {
			taken[best] = true
		}
		partner[i] = best
	}
	return partner
}
