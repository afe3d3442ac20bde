package reports

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"soak/compare"
	"soak/scenarios"
)

// CompareSchema names the layout of what CompareJSON writes.
const CompareSchema = "soak/compare/1"

// Comparison is a result and who made it.
type Comparison struct {
	Schema string `json:"schema"` // set by CompareJSON
	Soak   string `json:"soak"`
	*compare.Result
}

// CompareJSON writes all of a comparison.
func CompareJSON(w io.Writer, c Comparison) error {
	c.Schema = CompareSchema
	text, err := encode(c, "  ")
	if err != nil {
		return fmt.Errorf("comparison: %w", err)
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// CompareText writes a comparison for a person, in lines of width columns (80 when
// width is not positive): all figures of all viewers, and of cohorts those that changed.
func CompareText(w io.Writer, c Comparison, width int, color bool) error {
	p := newPage(w, width, color)
	word, paint := compareWord(c.Verdict), map[compare.Verdict]func(string) string{compare.Regression: p.red, compare.NoWorse: p.green}[c.Verdict]
	if paint == nil {
		paint = p.amber
	}
	p.paragraph(paint(pad(word, indent)), compareNames(c.Result))
	for _, text := range compareNotes(c.Result) {
		p.paragraph(strings.Repeat(" ", indent), text)
	}
	for _, reason := range c.Reasons {
		p.paragraph(strings.Repeat(" ", indent), "• "+clean(reason))
	}
	if len(c.Differences)+len(c.Alone) > 0 {
		p.line("")
		p.list("Differs", differing(c.Differences, 12))
		p.list("Only in", cleaned(c.Alone))
	}
	for i, g := range c.Groups {
		figures := g.Figures
		if i > 0 {
			figures = changed(g.Figures)
		}
		if len(figures) > 0 {
			p.line("")
			p.compareGroup(&g, figures)
		}
	}
	p.line("")
	p.paragraph("", compareHow(c.Result))
	return p.err
}

func compareWord(v compare.Verdict) string {
	return map[compare.Verdict]string{compare.Regression: "REGRESSION", compare.NoWorse: "NO WORSE", compare.Unlike: "UNLIKE"}[v]
}

func compareNames(r *compare.Result) string { return clean(r.A) + " → " + clean(r.B) }

// compareNotes say what came of it, and of what it was made.
func compareNotes(r *compare.Result) []string {
	counts := fmt.Sprintf("%s worse, %s better, of %s", orNone(r.Worse()), orNone(r.Better()), plural(int64(r.Questions), "figure", "figures"))
	if r.Same {
		counts = "every figure is the same"
	}
	seed := "other seeds"
	if r.SameSeed {
		seed = "the same seed"
	}
	if r.Paired {
		seed += ": viewers who had trouble are compared one by one"
	}
	faults := "the same target, faults and all"
	if !r.SameFaults {
		faults = "another target, or other faults"
	}
	return []string{counts, seed, faults}
}

func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return number(int64(n))
}

// differing lists what differs between the scenarios, the first few.
func differing(all []scenarios.Difference, few int) (items []string) {
	for i, d := range all {
		if i == few {
			return append(items, fmt.Sprintf("and %s", plural(int64(len(all)-few), "more key", "more keys")))
		}
		items = append(items, fmt.Sprintf("%s: %s → %s", clean(d.Key), cmp.Or(clean(d.A), "not set"), cmp.Or(clean(d.B), "not set")))
	}
	return items
}

func cleaned(texts []string) (list []string) {
	for _, t := range texts {
		list = append(list, clean(t))
	}
	return list
}

func changed(all []compare.Figure) (some []compare.Figure) {
	for _, f := range all {
		if f.Change != compare.Same && f.Change != compare.Unknown {
			some = append(some, f)
		}
	}
	return some
}

// compareMarks tell changes without colours.
var compareMarks = map[compare.Change]string{
	compare.Worse: "✗", compare.Better: "✓", compare.More: "+", compare.Less: "−", compare.Same: "·", compare.Unknown: "?",
}

func groupName(g *compare.Group) string {
	if g.Name == "" {
		return "All viewers"
	}
	return clean(g.Name)
}

// compareGroup is a table, or where there is no room for one a list.
func (p *page) compareGroup(g *compare.Group, figures []compare.Figure) {
	const name, value, by = 30, 12, 24
	of := fmt.Sprintf(" (%s)", number(g.Viewers[0]))
	if g.Viewers[0] != g.Viewers[1] {
		of = fmt.Sprintf(" (%s, %s)", number(g.Viewers[0]), number(g.Viewers[1]))
	}
	head := groupName(g) + of
	if p.narrow() {
		p.paragraph("", p.dim(head))
	} else {
		p.line(p.dim(pad(clip(groupName(g), name+1-columns(of))+of, name+2) + padLeft("before", value) + padLeft("now", value) + padLeft("difference", by)))
	}
	for i := range figures {
		f := &figures[i]
		mark := compareMarks[f.Change]
		switch f.Change {
		case compare.Worse:
			mark = p.red(mark)
		case compare.Better:
			mark = p.green(mark)
		}
		if p.narrow() {
			p.paragraph(mark+" ", fmt.Sprintf("%s: %s → %s (%s)", figureName(f), valueText(f.Unit, f.A), valueText(f.Unit, f.B), differenceText(f)))
			continue
		}
		p.line(mark + " " + pad(clip(figureName(f), name), name) + padLeft(valueText(f.Unit, f.A), value) + padLeft(valueText(f.Unit, f.B), value) + padLeft(differenceText(f), by))
	}
}

// figureName says of whom a mean is.
func figureName(f *compare.Figure) string {
	if f.Unit == compare.Each || f.Key == "stalledSeconds" || f.Key == "skippedSeconds" {
		return f.Name + " per viewer"
	}
	return f.Name
}

func valueText(u compare.Unit, v compare.Value) string {
	if !v.Known {
		return "–"
	}
	return amount(u, v.Value)
}

// amount writes a value of a figure.
func amount(u compare.Unit, v float64) string {
	switch u {
	case compare.Share:
		return figure(rounded(100*v)) + " %"
	case compare.Seconds:
		return span(time.Duration(math.Round(v * float64(time.Second))))
	case compare.Rate:
		return rate(v)
	}
	return figure(rounded(v))
}

// differenceText is where the difference lies.
func differenceText(f *compare.Figure) string {
	if f.Change == compare.Unknown {
		return "–"
	}
	if f.A.Value == f.B.Value && f.Difference.Low == 0 && f.Difference.High == 0 {
		return "none"
	}
	low, high := signed(f.Unit, f.Difference.Low), signed(f.Unit, f.Difference.High)
	if number, unit, _ := strings.Cut(low, " "); unit != "" && !strings.Contains(unit, " ") && strings.HasSuffix(high, " "+unit) {
		low = number // the unit once
	}
	return low + " to " + high
}

func signed(u compare.Unit, v float64) string {
	text := amount(u, math.Abs(v))
	switch {
	case strings.Trim(text, "0. %sbkMit/") == "":
		return "0"
	case v < 0:
		return "−" + text
	}
	return "+" + text
}

// compareHow says how to read it.
func compareHow(r *compare.Result) string {
	return fmt.Sprintf("Worse or better is what changed by more than %s %% of before, and so that where nothing differs anything at all would be called "+
		"that in %s %% of comparisons at most (Holm, all figures taken together, viewers as the sample). Differences hold with 95 %%, each by itself.",
		figure(rounded(100*r.Tolerance)), figure(rounded(100*(1-r.Confidence))))
}
