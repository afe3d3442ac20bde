package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"soak/tune"
)

// tuneMap is the choices of one policy and jitter: leads down, TTLs across.
type tuneMap struct {
	Title string
	Open  bool // the recommended one is in it
	TTLs  []string
	Rows  []mapRow
}

type mapRow struct {
	Lead   string
	Fields []mapField
}

// mapField is one cell. Its class colours it by how far it is from the target; mark and
// text say the same.
type mapField struct {
	Empty, Chosen, Computed bool
	Index                   int
	Class, Mark, Said, Text string
}

// slice is what the cells of one map have in common.
type slice struct {
	policy string
	jitter tune.Seconds
}

// mapsOf has the recommended cell's map first, then the others in the grid's order.
func mapsOf(r *tune.Result, shown int) (maps []tuneMap) {
	var order []slice
	for i := range r.Cells[:shown] {
		if s := (slice{r.Cells[i].Policy, r.Cells[i].Jitter}); !slices.Contains(order, s) {
			order = append(order, s)
		}
	}
	if c := r.Recommended(); c != nil {
		best := slice{c.Policy, c.Jitter}
		slices.SortStableFunc(order, func(a, b slice) int { return cmp.Compare(rank(a != best), rank(b != best)) })
	}
	for i, s := range order {
		m := mapOf(r, shown, s)
		m.Open = i == 0
		maps = append(maps, m)
	}
	return maps
}

// rank sorts false before true.
func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mapOf(r *tune.Result, shown int, s slice) tuneMap {
	m := tuneMap{Title: fmt.Sprintf("Policy %s, jitter %s", shortened(s.policy), duration(s.jitter))}
	at := map[[2]tune.Seconds]int{} // by TTL and lead; read by key only
	var ttls, leads []tune.Seconds
	for i := range r.Cells[:shown] {
		if c := &r.Cells[i]; c.Policy == s.policy && c.Jitter == s.jitter {
			at[[2]tune.Seconds{c.TTL, c.Lead}] = i
			ttls, leads = append(ttls, c.TTL), append(leads, c.Lead)
		}
	}
	slices.Sort(ttls)
	slices.Sort(leads)
	ttls, leads = slices.Compact(ttls), slices.Compact(leads)
	for _, ttl := range ttls {
		m.TTLs = append(m.TTLs, duration(ttl))
	}
	for _, lead := range leads {
		row := mapRow{Lead: duration(lead)}
		for _, ttl := range ttls {
			field := mapField{Empty: true}
			if i, ok := at[[2]tune.Seconds{ttl, lead}]; ok {
				field = fieldOf(r, i)
			}
			row.Fields = append(row.Fields, field)
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func fieldOf(r *tune.Result, i int) mapField {
	c := &r.Cells[i]
	brief, _ := noticing(c, confidence(r))
	f := mapField{Index: i, Chosen: i == r.Best, Computed: computedOnly(c), Text: brief, Said: string(c.Verdict)}
	value, _, _ := comfort(c)
	goal := cmp.Or(r.Config.Target, 1e-4)
	switch c.Verdict {
	case tune.Met:
		f.Mark, f.Class = "✓", fmt.Sprintf("met%d", decades(goal/value))
	case tune.Missed:
		f.Mark, f.Class = "✗", fmt.Sprintf("missed%d", decades(value/goal))
	case tune.Undecided:
		f.Mark, f.Class = "?", "undecided"
	default:
		f.Mark, f.Class, f.Text = "–", "ruled", ""
	}
	if f.Chosen {
		f.Class += " chosen"
	}
	return f
}

// decades is 1 up to a factor of 10, 2 up to 100, and 3 from there on.
func decades(factor float64) int {
	switch {
	case factor < 10:
		return 1
	case factor < 100:
		return 2
	}
	return 3
}

// comfort is the share of viewers who notice in an hour, and where it lies: what was
// counted; where nobody noticed, what is computed (as tune compares cells), with the most
// that those who were played leave room for.
func comfort(c *tune.Cell) (value, low, high float64) {
	computed := -math.Expm1(-c.Formula) // late tokens an hour: one at least
	switch n := c.Noticed; {
	case n.Events > 0:
		return n.Value, n.Low, n.High
	case n.Hours > 0 && !computedOnly(c):
		return min(computed, n.High), 0, n.High
	}
	return computed, math.NaN(), math.NaN()
}

// computedOnly tells that the closed form is what a cell's figure rests on: nobody was
// played, or too few for what the closed form knows.
func computedOnly(c *tune.Cell) bool {
	return c.Noticed.Events == 0 && (c.Noticed.Hours == 0 || c.By == tune.ByFormula || c.By == tune.ByOrder)
}

// choice names a cell.
func choice(c tune.Choice) string {
	text := "TTL " + duration(c.TTL) + ", lead " + duration(c.Lead)
	if c.Jitter > 0 {
		text += ", jitter " + duration(c.Jitter)
	}
	return text + ", " + shortened(c.Policy)
}

// cellRow is a cell as a row of the table of all.
type cellRow struct {
	Index   int
	Chosen  bool
	Figures []string
}

func cellHead(r *tune.Result) []string {
	return []string{"TTL", "lead", "jitter", "policy", "verdict", "viewers who notice, an hour",
		"refused cycles, a viewer-hour", "computed", "token calls, a viewer-hour",
		"peak of " + plural(int64(r.Config.Viewers), "viewer", "viewers"), "a copied link works", "decided by"}
}

func cellRows(r *tune.Result, shown int) (rows []cellRow) {
	for i := range r.Cells[:shown] {
		c := &r.Cells[i]
		rows = append(rows, cellRow{Index: i, Chosen: i == r.Best, Figures: cellFigures(c, confidence(r))})
	}
	return rows
}

func cellFigures(c *tune.Cell, confidence float64) []string {
	figures := []string{duration(c.TTL), duration(c.Lead), duration(c.Jitter), shortened(c.Policy), string(c.Verdict)}
	if c.Verdict == tune.Ruled {
		return append(figures, "", "", "", "", "", "", shortened(cmp.Or(c.Why, c.By)))
	}
	_, noticed := noticing(c, confidence)
	late := ""
	if c.Late.Hours > 0 {
		late = perHour(c.Late)
		if !c.Agrees {
			late += ": disagrees with what is computed"
		}
	}
	why := shortened(cmp.Or(c.By, "nothing yet"))
	if c.Why != "" {
		why += ": " + shortened(c.Why)
	}
	return append(figures, noticed, late, often(c.Formula)+rough(c), figure(rounded(c.Calls.Value)), asRate.text(c.Peak.Value),
		duration(c.CopiedMean)+" on average, "+duration(c.CopiedMost)+" at most", why)
}
