package reports

import (
	"fmt"
	"io"
	"strings"

	"soak/qoe"
)

// Markdown writes runs for the summary page of continuous integration, such as
// GitHub's step summary: for each its verdict, its thresholds and the figures one
// asks for first. Several runs begin with a table of all.
func Markdown(w io.Writer, runs []Run) error {
	var b strings.Builder
	if len(runs) > 1 {
		markdownTable(&b, runs)
	}
	for _, r := range runs {
		markdownRun(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// marks for verdicts, which tables show in colour.
func mark(r Run) string {
	if r.Report == nil {
		return "⚠️ not run"
	}
	switch r.Report.Verdict.Decision {
	case Pass:
		return "✅ pass"
	case Fail:
		return "❌ fail"
	}
	return "⚠️ " + string(r.Report.Verdict.Decision)
}

func markdownTable(b *strings.Builder, runs []Run) {
	b.WriteString("| scenario | verdict | viewers noticed | refused | thresholds missed |\n|---|---|---:|---:|---:|\n")
	for _, r := range runs {
		if r.Report == nil || r.Report.Summary == nil {
			fmt.Fprintf(b, "| %s | %s | | | |\n", inMarkdown(r.name()), mark(r))
			continue
		}
		t, missed := &r.Report.Summary.Total, 0
		for _, o := range r.Report.Outcomes {
			if !o.OK {
				missed++
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d of %d |\n", inMarkdown(r.name()), mark(r),
			shareOf(t.Viewers.Noticed, t.Viewers.Arrived), number(t.Refused.Count()), missed, len(r.Report.Outcomes))
	}
	b.WriteString("\n")
}

// shareOf is a number of viewers and what share of them that is.
func shareOf(n, of int64) string {
	return fmt.Sprintf("%s of %s (%s)", number(n), number(of), percent(n, of))
}

func markdownRun(b *strings.Builder, r Run) {
	fmt.Fprintf(b, "### %s: %s\n\n", inMarkdown(r.name()), mark(r))
	if r.Report == nil {
		fmt.Fprintf(b, "%s\n\n", inMarkdown(r.problem()))
		return
	}
	fmt.Fprintf(b, "%s<br>\n%s\n\n", inMarkdown(strings.Join(headline(*r.Report)[1:], between)), inMarkdown(noticed(*r.Report)))
	if d := r.Report.Verdict.Decision; d != Pass && d != Fail {
		for _, reason := range r.Report.Verdict.Reasons {
			fmt.Fprintf(b, "- %s\n", inMarkdown(clean(reason)))
		}
		b.WriteString("\n")
	}
	markdownThresholds(b, *r.Report)
	if r.Report.Summary != nil {
		markdownFigures(b, r.Report.Summary)
	}
	if c := clean(r.Report.Repeat.Command); c != "" {
		fmt.Fprintf(b, "Repeat: %s\n\n", codeInMarkdown(c))
	}
}

func markdownThresholds(b *strings.Builder, r Report) {
	if len(r.Outcomes) == 0 {
		return
	}
	b.WriteString("| | threshold | measured |\n|---|---|---|\n")
	for _, o := range r.Outcomes {
		sign := "✅"
		switch d := r.Verdict.Decision; {
		case d != Pass && d != Fail:
			sign = "➖" // figures that mean nothing are neither
		case !o.OK:
			sign = "❌"
		}
		condition, found := split(o.Expr, o.Cohort, o.Text)
		fmt.Fprintf(b, "| %s | %s | %s |\n", sign, codeInTable(condition), inMarkdown(found))
	}
	b.WriteString("\n")
}

func markdownFigures(b *strings.Builder, s *qoe.Summary) {
	t := &s.Total
	calls := func(b qoe.Bucket) int64 { return b.TokenCalls }
	peak, _ := s.Timeline.Peak(calls)
	v := t.Viewers
	rows := [][2]string{
		{"viewers", fmt.Sprintf("%s arrived, %s stalled, %s died", number(v.Arrived), number(v.Stalled), number(v.Dead))},
		{"refused requests", number(t.Refused.Count())},
		{"worst margin", least(&t.Margin)},
		{"token API", fmt.Sprintf("%s, %s failed, peak %s/s", plural(t.Refreshes.Calls, "call", "calls"), number(t.Refreshes.Failed), figure(peak))},
		{"startup, 95 %", q95(&t.Startup)},
		{"stalls", strings.Join(times(&t.Stalls, 0), ", ")},
	}
	b.WriteString("| | |\n|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s | %s |\n", row[0], inMarkdown(row[1]))
	}
	b.WriteString("\n")
}

func q95(s *qoe.Sketch) string {
	if s.Count() == 0 {
		return "–"
	}
	return span(s.Quantile(0.95))
}

// inMarkdown makes any text safe inside a line or a cell of a table: nothing of it
// is markup, HTML, a link or a mention.
func inMarkdown(s string) string {
	var b strings.Builder
	for _, r := range clean(s) {
		switch {
		case strings.ContainsRune("\\`*_{}[]()#+!|~$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<':
			b.WriteString("&lt;")
		case r == '>':
			b.WriteString("&gt;")
		case r == '&':
			b.WriteString("&amp;")
		case r == '@':
			b.WriteString("&#64;") // nobody is notified
		case r == ':':
			b.WriteString("&#58;") // no bare URL becomes a link
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// codeInMarkdown is s as code, within a fence longer than any run of backquotes in
// it (CommonMark 6.1).
func codeInMarkdown(s string) string {
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	fence := strings.Repeat("`", longest+1)
	if longest > 0 {
		s = " " + s + " "
	}
	return fence + s + fence
}

// codeInTable escapes the bars that would end a cell, as GitHub's tables want
// even in code.
func codeInTable(s string) string { return strings.ReplaceAll(codeInMarkdown(s), "|", `\|`) }
