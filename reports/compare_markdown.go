package reports

import (
	"fmt"
	"io"
	"strings"

	"soak/compare"
)

// CompareMarkdown writes a comparison for a summary page: what changed first, all
// figures of all viewers below.
func CompareMarkdown(w io.Writer, c Comparison) error {
	var b strings.Builder
	mark := map[compare.Verdict]string{compare.Regression: "❌ regression", compare.NoWorse: "✅ no worse", compare.Unlike: "⚠️ not comparable"}[c.Verdict]
	fmt.Fprintf(&b, "### %s: %s\n\n%s\n\n", inMarkdown(compareNames(c.Result)), mark, inMarkdown(strings.Join(compareNotes(c.Result), between)))
	for _, reason := range c.Reasons {
		fmt.Fprintf(&b, "- %s\n", inMarkdown(reason))
	}
	for _, d := range differing(c.Differences, 12) {
		fmt.Fprintf(&b, "- %s\n", inMarkdown(d))
	}
	for _, name := range c.Alone {
		fmt.Fprintf(&b, "- only in %s\n", inMarkdown(name))
	}
	if len(c.Reasons)+len(c.Differences)+len(c.Alone) > 0 {
		b.WriteString("\n")
	}
	for i := range c.Groups {
		g := &c.Groups[i]
		if figures := changed(g.Figures); len(figures) > 0 {
			fmt.Fprintf(&b, "**%s**\n\n", inMarkdown(groupName(g)))
			markdownComparison(&b, figures)
		}
	}
	if len(c.Groups) > 0 {
		b.WriteString("<details><summary>All figures of all viewers</summary>\n\n")
		markdownComparison(&b, c.Groups[0].Figures)
		fmt.Fprintf(&b, "</details>\n\n")
	}
	fmt.Fprintf(&b, "%s\n", inMarkdown(compareHow(c.Result)))
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownComparison(b *strings.Builder, figures []compare.Figure) {
	signs := map[compare.Change]string{compare.Worse: "❌ worse", compare.Better: "✅ better", compare.More: "➕ more", compare.Less: "➖ less", compare.Same: "", compare.Unknown: "not measured"}
	b.WriteString("| | figure | before | now | difference (95 %) |\n|---|---|---:|---:|---:|\n")
	for i := range figures {
		f := &figures[i]
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", signs[f.Change], inMarkdown(figureName(f)), inMarkdown(valueText(f.Unit, f.A)), inMarkdown(valueText(f.Unit, f.B)), inMarkdown(differenceText(f)))
	}
	b.WriteString("\n")
}
