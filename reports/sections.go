package reports

import (
	"strings"

	"soak/qoe"
	"soak/scenarios"
)

// cohorts compares the groups of viewers: a table, or a list where a table has no
// room. One cohort alone is the total already shown.
func (p *page) cohorts(all []qoe.Cohort) {
	if len(all) < 2 {
		return
	}
	if p.narrow() {
		for i := range all {
			p.cohortList(&all[i])
		}
	} else {
		p.cohortTable(all)
	}
	p.line("")
}

// columnsOf are the columns that the page has room for beside the names.
func (p *page) columnsOf() []column {
	all := []column{
		{"viewers", 8, func(c *qoe.Cohort) string { return number(c.Viewers.Arrived) }},
		{"noticed", 8, func(c *qoe.Cohort) string { return number(c.Viewers.Noticed) }},
		{"refused", 8, func(c *qoe.Cohort) string { return number(c.Refused.Count()) }},
		{"stalls", 7, func(c *qoe.Cohort) string { return number(c.Stalls.Count()) }},
		{"margin", 8, func(c *qoe.Cohort) string { return least(&c.Margin) }},
		{"startup", 8, func(c *qoe.Cohort) string { return median(&c.Startup) }},
		{"bit rate", 13, func(c *qoe.Cohort) string { return strings.TrimPrefix(bitrate(&c.Tally)[0], "mean ") }},
	}
	if p.width < 91 {
		all = all[:len(all)-1]
	}
	return all
}

func (p *page) cohortTable(all []qoe.Cohort) {
	p.table("Cohort", all, p.columnsOf())
	p.line(p.dim("margin: worst · startup: median"))
}

func (p *page) cohortList(c *qoe.Cohort) {
	p.paragraph("", cohortName(c))
	const under = "  "
	for _, text := range wrap(p.width-len(under), []string{
		plural(c.Viewers.Arrived, "viewer", "viewers"), number(c.Viewers.Noticed) + " noticed",
		number(c.Refused.Count()) + " refused", plural(c.Stalls.Count(), "stall", "stalls"),
		"margin " + least(&c.Margin), "startup " + median(&c.Startup), bitrate(&c.Tally)[0],
	}) {
		p.line(under + text)
	}
}

func cohortName(c *qoe.Cohort) string {
	if c.Cohort != "" {
		return clean(c.Cohort)
	}
	return clean(strings.Join([]string{c.Player, c.Policy, c.Link}, " "))
}

func median(s *qoe.Sketch) string {
	if s.Count() == 0 {
		return "–"
	}
	return span(s.Quantile(0.50))
}

func least(s *qoe.Sketch) string {
	if s.Count() == 0 {
		return "–"
	}
	return span(s.Min())
}

func (p *page) thresholds(all []scenarios.Outcome) {
	if len(all) == 0 {
		p.facts("Thresholds", "none: only a saturated generator or an interruption keeps this run from passing")
		return
	}
	p.line(p.dim("Thresholds"))
	for _, o := range all {
		mark, paint := "✓", p.green
		if !o.OK {
			mark, paint = "✗", p.red
		}
		for _, part := range wrapWords(p.width-4, clean(o.Text)) {
			p.line("  " + paint(mark) + " " + part)
			mark = " "
		}
	}
}

func (p *page) repeat(r Repeat) {
	if r.Command != "" {
		p.list("Repeat", []string{r.Command})
	}
}
