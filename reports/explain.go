package reports

import (
	"fmt"
	"io"
	"strings"

	"soak/scenarios"
)

// Explain says what a scenario is for: why it matters, what to look at, what is
// expected of whom and how that is told, and how to run it.
func Explain(w io.Writer, s scenarios.Scenario, width int, color bool) error {
	p := newPage(w, width, color)
	head := []string{clean(s.Name), clean(s.Title)}
	if s.Hazard != "" {
		head = append([]string{s.Hazard}, head...)
	}
	for _, text := range wrap(p.width, head) {
		p.line(text)
	}
	for _, part := range []struct{ label, text string }{
		{"Why", s.Why}, {"Watch", s.Watch}, {"Viewers", audience(&s)}, {"Tokens", tokens(s.Token)},
	} {
		if part.text != "" {
			p.line("")
			p.paragraph(p.dim(pad(part.label, indent)), clean(part.text))
		}
	}
	p.expected(&s)
	p.line("")
	p.paragraph(p.dim(pad("Run", indent)), fmt.Sprintf("soak run --scenario %s --virtual", clean(s.Name)))
	p.paragraph(p.dim(pad("File", indent)), fmt.Sprintf("soak scenarios show --file %s", clean(s.Name)))
	return p.err
}

func audience(s *scenarios.Scenario) string {
	return fmt.Sprintf("%s for %s, in %s", plural(int64(s.Viewers.Count), "viewer", "viewers"), length(s.Duration), plural(int64(len(s.Viewers.Mix)), "cohort", "cohorts"))
}

func tokens(t scenarios.Token) string {
	text := fmt.Sprintf("live %s, renewed %s before", length(t.TTL), span(t.Lead))
	if t.Mode == scenarios.IP {
		text += ", bound to the viewer's address"
	}
	return text
}

// expected lists effects with the conditions that tell them.
func (p *page) expected(s *scenarios.Scenario) {
	if len(s.Thresholds)+len(s.Expect) == 0 {
		return
	}
	p.line("")
	label := "Expected"
	next := func() string {
		defer func() { label = "" }()
		return p.dim(pad(label, indent))
	}
	for _, t := range s.Thresholds {
		p.paragraph(next(), clean(t.String()))
	}
	for i := range s.Expect {
		e := &s.Expect[i]
		who := "all viewers"
		if c := s.Cohort(e.Cohort); c != nil {
			who = clean(c.Viewers())
		}
		p.paragraph(next(), who+": "+clean(e.Effect))
		for _, expr := range e.Holds {
			p.paragraph(strings.Repeat(" ", indent+2), p.dim(clean(expr)))
		}
	}
}
