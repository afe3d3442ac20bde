package reports

import (
	"fmt"
	"io"
	"math"

	"soak/compare"
)

// ComparePage writes a comparison as one self-contained HTML page.
func ComparePage(w io.Writer, c Comparison) error {
	v := comparePage(c)
	return webPage{Title: "soak compare: " + c.A + " → " + c.B + ": " + v.Verdict, Body: "compare", Values: v}.write(w)
}

// compareView is what page/compare.html shows.
type compareView struct {
	Verdict, Class, Mark, A, B, How, Version string
	Notes                                    []string
	Notices                                  []notice
	Groups                                   []compareGroup
}

type compareGroup struct {
	Name, Viewers string
	Changed       string // in one line: how much is worse and better
	Open          bool
	Rows          []compareRow
}

type compareRow struct {
	Class, Mark, Word, Name, A, B, Difference, Chance string
	Span                                              *spans
}

// spans are the intervals of a figure in both runs, in hundredths of the width that
// holds both.
type spans struct {
	ALow, AWidth, AAt, BLow, BWidth, BAt float64
	Text                                 string // the same in words
}

const (
	compareGroups = 200 // that a page shows at most
	compareKeys   = 40
)

func comparePage(c Comparison) *compareView {
	v := &compareView{A: shortened(c.A), B: shortened(c.B), How: compareHow(c.Result), Notes: compareNotes(c.Result), Version: shortened(c.Soak)}
	switch c.Verdict {
	case compare.Regression:
		v.Class, v.Mark, v.Verdict = "bad", "✗", "REGRESSION"
	case compare.NoWorse:
		v.Class, v.Mark, v.Verdict = "good", "✓", "NO WORSE"
	default:
		v.Class, v.Mark, v.Verdict = "doubt", "?", "NOT COMPARABLE"
	}
	for _, n := range []notice{
		{Title: "Why they cannot be compared", Items: c.Reasons, Loud: true},
		{Title: "What differs", Items: differing(c.Differences, compareKeys-1)},
		{Title: "Cohorts of one run only", Items: c.Alone},
	} {
		if len(n.Items) == 0 {
			continue
		}
		shown := notice{Title: n.Title, Loud: n.Loud}
		for _, text := range n.Items[:min(len(n.Items), compareKeys)] {
			shown.Items = append(shown.Items, shortened(text))
		}
		v.Notices = append(v.Notices, shown)
	}
	for i := range c.Groups[:min(len(c.Groups), compareGroups)] {
		v.Groups = append(v.Groups, groupView(&c.Groups[i], i == 0))
	}
	return v
}

func groupView(g *compare.Group, first bool) compareGroup {
	out := compareGroup{Name: shortened(groupName(g)), Viewers: fmt.Sprintf("%s viewers before, %s now", number(g.Viewers[0]), number(g.Viewers[1]))}
	worse, better := 0, 0
	for i := range g.Figures {
		f := &g.Figures[i]
		row := compareRow{Name: figureName(f), A: valueText(f.Unit, f.A), B: valueText(f.Unit, f.B), Difference: differenceText(f), Chance: chanceText(f), Mark: compareMarks[f.Change], Word: string(f.Change)}
		switch f.Change {
		case compare.Worse:
			row.Class, worse = "bad", worse+1
		case compare.Better:
			row.Class, better = "good", better+1
		case compare.Unknown:
			row.Word = "not measured"
		}
		row.Span = spansOf(f)
		out.Rows = append(out.Rows, row)
	}
	out.Changed = fmt.Sprintf("%s worse, %s better", orNone(worse), orNone(better))
	out.Open = first || worse+better > 0
	return out
}

// chanceText is how likely a difference like that is where there is none.
func chanceText(f *compare.Figure) string {
	switch {
	case f.Change == compare.Unknown:
		return "–"
	case f.Adjusted >= 0.995:
		return "1"
	case f.Adjusted < 0.0001:
		return "< 0.0001"
	}
	return figure(rounded(f.Adjusted))
}

// spansOf is nil where there is nothing to draw.
func spansOf(f *compare.Figure) *spans {
	if !f.A.Known || !f.B.Known {
		return nil
	}
	low, high := min(f.A.Low, f.B.Low), max(f.A.High, f.B.High)
	if high <= low {
		return nil
	}
	at := func(v float64) float64 { return math.Round(1000*(min(max(v, low), high)-low)/(high-low)) / 10 }
	within := func(v compare.Value) string {
		return fmt.Sprintf("%s to %s", amount(f.Unit, v.Low), amount(f.Unit, v.High))
	}
	return &spans{
		ALow: at(f.A.Low), AWidth: max(at(f.A.High)-at(f.A.Low), 1), AAt: at(f.A.Value),
		BLow: at(f.B.Low), BWidth: max(at(f.B.High)-at(f.B.Low), 1), BAt: at(f.B.Value),
		Text: "before: " + within(f.A) + "; now: " + within(f.B),
	}
}
