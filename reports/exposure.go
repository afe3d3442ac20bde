package reports

import (
	"fmt"
	"slices"

	"soak/qoe"
	"soak/scenarios"
)

// exposure tells what copied links were worth; nothing when nobody copied any.
func (p *page) exposure(r Report) {
	e := &r.Summary.Total.Exposure
	if e.Links == 0 {
		return
	}
	p.facts("Exposure", plural(e.Links, "copied link", "copied links"), number(e.Exposed)+" of any use", size(e.Bytes)+" taken")
	if e.Exposed > 0 {
		p.facts("", "worked for "+span(e.Worked.Max())+" at most", "p50 "+span(e.Worked.Quantile(0.50)),
			beyond(e)+" beyond the token's end", "showed "+span(e.Played.Max())+" at most")
	}
	p.line("")
	leeches := slices.DeleteFunc(slices.Clone(r.Summary.Cohorts), func(c qoe.Cohort) bool { return !c.Leech })
	if p.narrow() {
		for i := range leeches {
			p.paragraph("", cohortName(&leeches[i])+": "+worth(&leeches[i].Exposure))
		}
	} else {
		p.linkTable(r.Scenario, leeches)
	}
	p.line("")
}

// linkTable compares cohorts of leeches.
func (p *page) linkTable(sc scenarios.Scenario, leeches []qoe.Cohort) {
	columns := []column{
		{"token", 12, func(c *qoe.Cohort) string { return tokenOf(sc, c.Cohort) }},
		{"links", 7, func(c *qoe.Cohort) string { return number(c.Exposure.Links) }},
		{"useful", 8, func(c *qoe.Cohort) string { return number(c.Exposure.Exposed) }},
		{"worked", 9, func(c *qoe.Cohort) string { return span(c.Exposure.Worked.Max()) }},
		{"beyond", 9, func(c *qoe.Cohort) string { return beyond(&c.Exposure) }},
		{"shown", 10, func(c *qoe.Cohort) string { return span(c.Exposure.Played.Max()) }},
	}
	p.table("Copied by", leeches, columns)
	for _, text := range wrap(p.width, []string{"longest, each", "worked: since copied", "beyond: the token's end", edgeRules(sc)}) {
		p.line(p.dim(text))
	}
}

// worth is one cohort's links in words.
func worth(e *qoe.Exposure) string {
	if e.Links == 0 {
		return "found no link to copy"
	}
	if e.Exposed == 0 {
		return plural(e.Links, "link", "links") + " of no use"
	}
	return fmt.Sprintf("%s, %s of use, worked for %s at most, %s beyond the token's end, showed %s at most",
		plural(e.Links, "link", "links"), number(e.Exposed), span(e.Worked.Max()), beyond(e), span(e.Played.Max()))
}

func beyond(e *qoe.Exposure) string { return span(e.Beyond.Max()) }

// tokenOf is the kind of token in the links that a cohort copies: "plain 60 s".
func tokenOf(sc scenarios.Scenario, leech string) string {
	for i := range sc.Viewers.Mix {
		if c := &sc.Viewers.Mix[i]; c.Name == leech && c.Leech != nil {
			if k := slices.IndexFunc(sc.Viewers.Mix, func(o scenarios.Cohort) bool { return o.Name == c.Leech.Of }); k >= 0 {
				t := sc.TokenOf(&sc.Viewers.Mix[k])
				return t.Mode + " " + length(t.TTL)
			}
		}
	}
	return "–"
}

// edgeRules are what the lab's edges give on top of a token's life.
func edgeRules(sc scenarios.Scenario) string {
	if sc.Target.Lab == nil {
		return "edge: not ours"
	}
	text := fmt.Sprintf("edge: %s", sc.Target.Lab.Boundary)
	if g := sc.Target.Lab.Grace; g > 0 {
		text += ", grace " + length(g)
	}
	return text
}
