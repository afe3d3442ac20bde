package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"soak/qoe"
	"soak/scenarios"
)

var update = flag.Bool("update", false, "rewrite generated pages")

// generated is the mark below which docs/metrics.md is written by the test.
const generated = "<!-- go test ./cmd/soak -run MetricsPage -update writes what follows -->\n"

// TestMetricsPage holds docs/metrics.md against the metrics that there are.
func TestMetricsPage(t *testing.T) {
	const page = "../../docs/metrics.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	prose, tables, found := strings.Cut(string(text), generated)
	if !found {
		t.Fatalf("%s has lost its mark %q", page, generated)
	}
	want := metricsTables()
	if *update {
		if err := os.WriteFile(page, []byte(prose+generated+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tables != want {
		t.Errorf("%s is out of date; run go test ./cmd/soak -run MetricsPage -update", page)
	}
}

func metricsTables() string {
	var b strings.Builder
	b.WriteString("\n## Metrics\n\n| name | what it is |\n|---|---|\n")
	whole := map[string]bool{}
	for _, n := range qoe.Names() {
		f, _ := qoe.Lookup(n.Name)
		whole[n.Name] = f.Whole()
		note := ""
		switch {
		case f.Whole():
			note = " (whole run only)"
		case n.Closing:
			note = " (at the end only)"
		}
		fmt.Fprintf(&b, "| `%s` | %s%s |\n", n.Name, n.Help, note)
	}
	b.WriteString("\n## Other names\n\n| name | stands for |\n|---|---|\n")
	for _, a := range qoe.Aliases() {
		fmt.Fprintf(&b, "| `%s` | `%s` |\n", a.Name, a.For)
	}
	b.WriteString("\n## Labels\n\n| metric | label | values |\n|---|---|---|\n")
	for _, n := range qoe.Names() {
		labels, values := qoe.LabelsOf(n.Name)
		for i, label := range labels {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", n.Name, label, strings.Join(values[i], ", "))
		}
	}
	fmt.Fprintf(&b, "\n## Distributions\n\n`p(…, N)` takes any percentile of: `%s`.\n", strings.Join(qoe.Distributions(), "`, `"))
	return b.String()
}

// What help prints has every name that a threshold may use.
func TestMetricsHelpHasThemAll(t *testing.T) {
	var out bytes.Buffer
	if err := writeMetrics(&out, math.MaxInt); err != nil {
		t.Fatal(err)
	}
	for _, n := range qoe.Names() {
		if !strings.Contains(out.String(), n.Name+" ") {
			t.Errorf("soak help metrics does not list %s", n.Name)
		}
	}
	for _, word := range []string{"viewers_noticed", "refused_requests{kind}", "p(startup_seconds, 90)", "after-refusal"} {
		if !strings.Contains(out.String(), word) {
			t.Errorf("soak help metrics does not have %s", word)
		}
	}
}

// The page's examples are thresholds.
func TestMetricsPageExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```yaml\n")
	example, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("docs/metrics.md has no example")
	}
	s, err := scenarios.Parse("metrics.md", []byte("version: 1\n"+example))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Thresholds); got != 7 {
		t.Errorf("the example has %d thresholds; want 7", got)
	}
}
