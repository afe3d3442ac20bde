package reports

import (
	"fmt"
	"io"
	"strings"

	"soak/scenarios"
	"soak/suite"
)

// SuiteSchema names the layout of a suite's JSON.
const SuiteSchema = "soak/suite/1"

// Suite is a suite's result and what was run.
type Suite struct {
	Schema  string  `json:"schema"` // set by SuiteJSON
	Soak    string  `json:"soak"`   // version that ran it
	Name    string  `json:"suite"`
	Command string  `json:"command"` // that repeats it
	Verdict Verdict `json:"verdict"`
	suite.Result
}

// SuiteJSON writes a suite for machines. The same suite gives the same bytes.
func SuiteJSON(w io.Writer, s Suite) error {
	s.Schema = SuiteSchema
	text, err := encode(s, "  ")
	if err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// Runs are a suite's scenarios as JUnit takes them: a test suite each, a case for
// each condition.
func (s *Suite) Runs() []Run {
	runs := make([]Run, len(s.Cases))
	for i := range s.Cases {
		c := &s.Cases[i]
		runs[i] = Run{Name: c.Name, Err: c.Err}
		if c.Err != nil {
			continue
		}
		outcomes := []scenarios.Outcome{}
		for _, f := range c.Findings {
			outcomes = append(outcomes, f.Conditions...)
		}
		one := suite.Result{Virtual: s.Virtual, Cases: s.Cases[i : i+1]}
		runs[i].Report = &Report{
			Soak: s.Soak, Verdict: JudgeSuite(&one), Virtual: s.Virtual, Outcomes: outcomes, Scenario: c.Scenario,
			Repeat: Repeat{Command: repeatOf(c.Name, s.Virtual)},
		}
	}
	return runs
}

func repeatOf(name string, virtual bool) string {
	command := "soak run --scenario " + name
	if virtual {
		command += " --virtual"
	}
	return command
}

// JudgeSuite decides: interrupted, then what kept a scenario from telling anything,
// then what is not as expected.
func JudgeSuite(r *suite.Result) Verdict {
	var problems, changed []string
	interrupted := false
	for i := range r.Cases {
		c := &r.Cases[i]
		interrupted = interrupted || c.Interrupted
		if c.Problem != "" {
			problems = append(problems, c.Name+": "+c.Problem)
		}
		for _, s := range c.Saturated {
			problems = append(problems, c.Name+": "+s)
		}
		for j := range c.Findings {
			if !c.Findings[j].OK {
				changed = append(changed, c.Name+", "+viewersOf(&c.Findings[j])+": not as expected")
			}
		}
	}
	v := Verdict{Decision: Pass, Reasons: append(problems, changed...)}
	switch {
	case interrupted:
		v.Decision = Interrupted
	case len(problems) > 0:
		v.Decision = Invalid
	case len(changed) > 0:
		v.Decision = Fail
	}
	if v.Reasons == nil {
		v.Reasons = []string{}
	}
	return v
}

// SuiteText writes a suite for a person: the verdict, then a table of hazard ×
// player × integration → effect. Where that changed it says what was measured.
func SuiteText(w io.Writer, s Suite, width int, color bool) error {
	p := newPage(w, width, color)
	p.suiteVerdict(&s)
	who := widest(&s.Result)
	for i := range s.Cases {
		p.suiteCase(&s.Cases[i], who)
	}
	return p.err
}

func (p *page) suiteVerdict(s *Suite) {
	mode := "in real time"
	if s.Virtual {
		mode = "in virtual time"
	}
	all, changed := s.Count()
	word := strings.ToUpper(string(s.Verdict.Decision))
	paint := p.amber
	switch s.Verdict.Decision {
	case Pass:
		paint = p.green
	case Fail:
		paint = p.red
	}
	what := fmt.Sprintf("%s as expected", plural(int64(all), "effect", "effects"))
	if changed > 0 {
		what = fmt.Sprintf("%d of %s changed", changed, plural(int64(all), "effect", "effects"))
	}
	items := []string{"suite " + clean(s.Name), plural(int64(len(s.Cases)), "scenario", "scenarios") + " " + mode, what}
	for i, text := range wrap(p.width-indent, items) {
		if i > 0 {
			word = ""
		}
		p.line(paint(pad(word, indent)) + text)
	}
	for _, reason := range s.Verdict.Reasons {
		p.paragraph(strings.Repeat(" ", indent), "• "+clean(reason))
	}
}

const suiteIndent = 6 // room for H14

func (p *page) suiteCase(c *suite.Case, who int) {
	p.line("")
	id := pad(c.Hazard, suiteIndent)
	for _, text := range wrap(p.width-suiteIndent, []string{clean(c.Name), clean(c.Title)}) {
		p.line(p.dim(id) + text)
		id = strings.Repeat(" ", suiteIndent)
	}
	if c.Problem != "" {
		p.paragraph(strings.Repeat(" ", suiteIndent)+p.amber("! "), clean(c.Problem))
	}
	for i := range c.Findings {
		p.finding(&c.Findings[i], who)
	}
}

// roomForEffects is the width from which on effects stand beside the viewers' names.
const roomForEffects = 52

// finding is one row: mark, whose viewers, effect. On a narrow page the effect
// follows the name.
func (p *page) finding(f *suite.Finding, who int) {
	mark := p.green("✓ ")
	if !f.OK {
		mark = p.red("✗ ")
	}
	prefix, text := strings.Repeat(" ", suiteIndent)+mark, viewersOf(f)+": "+effectOf(f)
	rest := strings.Repeat(" ", suiteIndent+4)
	if p.width-suiteIndent-4-who >= roomForEffects {
		prefix, text = prefix+pad(viewersOf(f), who+2), effectOf(f)
		rest = strings.Repeat(" ", suiteIndent+4+who)
	}
	lines := wrap(p.width-columns(rest), []string{text})
	for i, line := range lines {
		if i > 0 {
			prefix = rest
		}
		p.line(prefix + line)
	}
	for _, o := range f.Missed() {
		p.paragraph(rest+p.red("changed: "), measured(o))
	}
}

// measured is a condition and what was found, without the cohort, which stands
// beside it.
func measured(o scenarios.Outcome) string {
	_, found := split(o.Expr, o.Cohort, o.Text)
	return clean(o.Expr) + ": " + found
}

func effectOf(f *suite.Finding) string {
	if f.Effect != "" {
		return clean(f.Effect)
	}
	return clean(f.Conditions[0].Expr)
}

// viewersOf names the viewers of a finding.
func viewersOf(f *suite.Finding) string {
	if f.Viewers == "" {
		return "all viewers"
	}
	return clean(f.Viewers)
}

// widest is the width of the column of viewers.
func widest(r *suite.Result) int {
	width := 0
	for i := range r.Cases {
		for j := range r.Cases[i].Findings {
			width = max(width, columns(viewersOf(&r.Cases[i].Findings[j])))
		}
	}
	return width
}
