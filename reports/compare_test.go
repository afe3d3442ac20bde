package reports

import (
	"bytes"
	"html"
	"strings"
	"testing"
	"unicode/utf8"

	"soak/compare"
	"soak/qoe"
	"soak/scenarios"
)

// compared is what a comparison of the fixtures came to.
func compared(t *testing.T, change func(a, b *compare.Run)) Comparison {
	t.Helper()
	good, bad := scenario(), scenario()
	good.Seed = 8
	a := compare.Run{Name: "baseline.json", Scenario: good, Summary: lived(false), Virtual: true}
	b := compare.Run{Name: "summary.json", Scenario: bad, Summary: lived(true), Virtual: true}
	change(&a, &b)
	r, err := compare.Runs(a, b, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Comparison{Soak: "v0.1.0", Result: r}
}

func unchanged(*compare.Run, *compare.Run) {}

func shownAs(t *testing.T, write func(*bytes.Buffer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestCompareGoldens(t *testing.T) {
	c := compared(t, unchanged)
	golden(t, "compare.txt", []byte(shownAs(t, func(b *bytes.Buffer) error { return CompareText(b, c, 80, false) })))
	golden(t, "compare-40.txt", []byte(shownAs(t, func(b *bytes.Buffer) error { return CompareText(b, c, 40, false) })))
	golden(t, "compare.md", []byte(shownAs(t, func(b *bytes.Buffer) error { return CompareMarkdown(b, c) })))
	golden(t, "compare.json", []byte(shownAs(t, func(b *bytes.Buffer) error { return CompareJSON(b, c) })))
	golden(t, "compare.html", []byte(unscripted(shownAs(t, func(b *bytes.Buffer) error { return ComparePage(b, c) }))))
}

func TestCompareSays(t *testing.T) {
	for _, row := range []struct {
		change func(a, b *compare.Run)
		want   []string // in text, Markdown and page alike
		why    string
	}{
		{unchanged, []string{"other seeds", "the same target, faults and all", "viewers who noticed something"}, "a regression"},
		{func(a, b *compare.Run) { *b = *a }, []string{"every figure is the same", "none worse, none better"}[:1], "the same run twice"},
		{func(_, b *compare.Run) { b.Scenario.Duration *= 2 }, []string{"other viewers watch, or otherwise: duration differ", "duration: 1m30s → 3m"}, "other runs"},
		{func(_, b *compare.Run) { b.Scenario.Token.Lead = 0 }, []string{"token.lead: 2s → 0s"}, "a setting"},
		{func(_, b *compare.Run) { b.Doubts = []string{"timers ran late"} }, []string{"summary.json: timers ran late"}, "figures that mean nothing"},
	} {
		c := compared(t, row.change)
		for what, text := range map[string]string{
			"text":     strings.Join(strings.Fields(shownAs(t, func(b *bytes.Buffer) error { return CompareText(b, c, 200, false) })), " "),
			"Markdown": html.UnescapeString(strings.ReplaceAll(shownAs(t, func(b *bytes.Buffer) error { return CompareMarkdown(b, c) }), `\`, "")),
			"page":     html.UnescapeString(shownAs(t, func(b *bytes.Buffer) error { return ComparePage(b, c) })),
		} {
			for _, want := range row.want {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s has no %q", row.why, what, want)
				}
			}
		}
	}
}

// No line is longer than the page is wide.
func TestCompareFits(t *testing.T) {
	for _, width := range []int{40, 72, 80} {
		for line := range strings.Lines(shownAs(t, func(b *bytes.Buffer) error { return CompareText(b, compared(t, unchanged), width, false) })) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > max(width, 80) || width < 72 && n > width {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
	}
}

// Names that somebody chose are text.
func TestCompareIsText(t *testing.T) {
	hostile := "</script><img src=x onerror=alert(1)>\u202e\"'" + strings.Repeat("x", 10_000)
	c := compared(t, func(a, b *compare.Run) {
		a.Name, b.Name = hostile, hostile
		b.Scenario.Target.URL = "http://e/" + hostile
		b.Summary = &qoe.Summary{}
		b.Summary.Merge(lived(true))
		for i := range b.Summary.Cohorts {
			b.Summary.Cohorts[i].Cohort = hostile
		}
		b.Scenario.Viewers.Mix = []scenarios.Cohort{{Name: hostile}}
	})
	page := shownAs(t, func(b *bytes.Buffer) error { return ComparePage(b, c) })
	if strings.Contains(page, "<img") || strings.Contains(page, "\u202e") || len(page) > 1<<20 {
		t.Errorf("a name became markup, or %d bytes", len(page))
	}
	if !strings.Contains(html.UnescapeString(page), "default-src 'none'") {
		t.Error("no policy")
	}
	if text := shownAs(t, func(b *bytes.Buffer) error { return CompareMarkdown(b, c) }); strings.Contains(text, "<img") {
		t.Error("a name became markup in Markdown")
	}
}
