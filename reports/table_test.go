package reports

import (
	"bytes"
	"strings"
	"testing"

	"soak/qoe"
)

// TestTableKeepsColumnsApart: a cell longer than its column widens it, at the cost
// of names.
func TestTableKeepsColumnsApart(t *testing.T) {
	cohorts := []qoe.Cohort{
		{Labels: qoe.Labels{Cohort: "hlsjs/guide-hlsjs/a-link-with-a-long-name"}},
		{Labels: qoe.Labels{Cohort: "short"}},
	}
	cell := func(c *qoe.Cohort) string {
		if c.Cohort == "short" {
			return "−13 h 59 m"
		}
		return "1 s"
	}
	var out bytes.Buffer
	p := &page{w: &out, width: 40}
	p.table("Cohort", cohorts, []column{{"margin", 8, cell}, {"lowest", 8, cell}})
	want := strings.Join([]string{
		"Cohort                 margin     lowest",
		"hlsjs/guide-hlsj…         1 s        1 s",
		"short              −13 h 59 m −13 h 59 m",
		"",
	}, "\n")
	if got := out.String(); got != want {
		t.Errorf("printed\n%swant\n%s", got, want)
	}
}
