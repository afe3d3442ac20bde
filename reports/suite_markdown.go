package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"soak/scenarios"
	"soak/suite"
)

// SuiteMarkdown writes a suite as tables, one a group: hazard × player ×
// integration → effect. What changed is in bold.
func SuiteMarkdown(w io.Writer, s Suite) error {
	var b strings.Builder
	groups := scenarios.Groups()
	for i, c := range s.Cases {
		if i == 0 || c.Group != s.Cases[i-1].Group {
			about := cmp.Or(c.Group, "others")
			if j := slices.IndexFunc(groups, func(g scenarios.Group) bool { return g.Name == c.Group }); j >= 0 {
				about = groups[j].Name + ": " + groups[j].About
			}
			fmt.Fprintf(&b, "\n## %s\n\n| hazard | viewers | effect |\n|---|---|---|\n", cell(about))
		}
		markdownCase(&b, &c)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownCase(b *strings.Builder, c *suite.Case) {
	head := fmt.Sprintf("`%s` %s", cell(c.Name), cell(c.Title))
	if c.Hazard != "" {
		head = "**" + c.Hazard + "** " + head
	}
	if c.Problem != "" {
		fmt.Fprintf(b, "| %s | | **%s** |\n", head, cell(c.Problem))
	}
	for i := range c.Findings {
		f := &c.Findings[i]
		effect := cell(effectOf(f))
		for _, o := range f.Missed() {
			effect += " **changed: " + cell(measured(o)) + "**"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", head, cell(viewersOf(f)), effect)
		head = ""
	}
}

// cell is text that does not break a table.
func cell(text string) string { return strings.ReplaceAll(clean(text), "|", "\\|") }
