package reports

import (
	"fmt"
	"strings"
	"time"

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

func (p *page) cohortTable(all []qoe.Cohort) {
	heads := []string{"viewers", "noticed", "refused", "stalls", "startup", "margin", "bit rate"}
	const column = 9
	name := min(p.width-column*len(heads)-4, 40)
	row := func(paint func(string) string, first string, cells []string) {
		var b strings.Builder
		b.WriteString(pad(clip(first, name-1), name))
		for i, c := range cells {
			b.WriteString(padLeft(c, column+4*(i/(len(cells)-1)))) // the last has a unit
		}
		p.line(paint(b.String()))
	}
	row(p.dim, "Cohort", heads)
	for i := range all {
		c := &all[i]
		row(func(s string) string { return s }, cohortName(c), []string{
			number(c.Viewers.Arrived), number(c.Viewers.Noticed), number(c.Refused.Count()), number(c.Stalls.Count()),
			median(&c.Startup), least(&c.Margin), strings.TrimPrefix(bitrate(&c.Tally)[0], "mean "),
		})
	}
	p.line(p.dim(pad("", name) + "startup: median · margin: worst"))
}

func (p *page) cohortList(c *qoe.Cohort) {
	p.paragraph("", cohortName(c))
	const under = "  "
	for _, text := range wrap(p.width-len(under), []string{
		plural(c.Viewers.Arrived, "viewer", "viewers"), number(c.Viewers.Noticed) + " noticed",
		number(c.Refused.Count()) + " refused", plural(c.Stalls.Count(), "stall", "stalls"),
		"startup " + median(&c.Startup), "margin " + least(&c.Margin), bitrate(&c.Tally)[0],
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

func (p *page) health(r Report) {
	p.line("")
	if h := r.Health; h != nil {
		p.facts("Generator", fmt.Sprintf("timers late p50 %s", span(time.Duration(h.LatenessP50))),
			"p99 "+span(time.Duration(h.LatenessP99)), "max "+span(time.Duration(h.LatenessMax)),
			fmt.Sprintf("%.0f %% of %s", 100*h.CPU, plural(int64(h.CPUs), "core", "cores")),
			plural(h.Dials, "connection", "connections"))
	}
}

func (p *page) repeat(r Repeat) {
	if r.Command != "" {
		p.list("Repeat", []string{r.Command})
	}
}
