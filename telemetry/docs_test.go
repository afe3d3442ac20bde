package telemetry

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite generated pages")

const generated = "<!-- go test ./telemetry -run DocsTable -update writes what follows -->\n"

// TestDocsTable holds docs/prometheus.md against the families that there are.
func TestDocsTable(t *testing.T) {
	const page = "../docs/prometheus.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	prose, table, found := strings.Cut(string(text), generated)
	if !found {
		t.Fatalf("%s has lost its mark %q", page, generated)
	}
	var b strings.Builder
	b.WriteString("\n| metric | kind | labels besides `scenario` | what it is |\n|---|---|---|---|\n")
	for _, f := range Families() {
		labels := "`" + strings.Join(f.Labels[1:], "`, `") + "`"
		if len(f.Labels) == 1 {
			labels = ""
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, labels, f.Help)
	}
	if *update {
		if err := os.WriteFile(page, []byte(prose+generated+b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != b.String() {
		t.Errorf("%s is out of date; run go test ./telemetry -run DocsTable -update", page)
	}
}

// exported are the names that a scrape has of a family, with the labels of each.
func exported() map[string][]string {
	names := map[string][]string{}
	for _, f := range Families() {
		if f.Kind != Histogram {
			names[f.Name] = f.Labels
			continue
		}
		names[f.Name+"_bucket"] = append(slices.Clone(f.Labels), "le")
		names[f.Name+"_sum"], names[f.Name+"_count"] = f.Labels, f.Labels
	}
	return names
}

// dashboard is as much of Grafana's format as the test looks at.
type dashboard struct {
	SchemaVersion int
	Panels        []struct {
		ID                       int
		Title, Type, Description string
		GridPos                  struct{ H, W, X, Y int }
		Targets                  []struct{ Expr, LegendFormat string }
	}
	Templating struct {
		List []struct{ Name, Definition string }
	}
}

var (
	metricName = regexp.MustCompile(`soak_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`(soak_[a-z0-9_]+)\{([^}]*)\}`)
	matcher    = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)\s*"`)
	grouping   = regexp.MustCompile(`by \(([^)]*)\)`)
	legend     = regexp.MustCompile(`\{\{(\w+)\}\}`)
)

// Every metric and label in the dashboard is one that soak exports; its panels have
// titles, do not overlap, and ask for one scenario.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("../docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	names, seen, taken, asked := exported(), map[int]bool{}, map[[2]int]string{}, 0
	for _, p := range d.Panels {
		if p.Title == "" || seen[p.ID] || p.Type != "row" && (p.Description == "" || len(p.Targets) == 0) {
			t.Errorf("panel %d %q: no title or description, nothing asked, or a number twice", p.ID, p.Title)
		}
		seen[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" || x >= 24 {
					t.Fatalf("panel %q lies over %q, or beyond the edge", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		for _, q := range p.Targets {
			asked++
			checkQuery(t, names, p.Title, q.Expr, q.LegendFormat)
		}
	}
	if asked < 25 || len(d.Templating.List) != 2 {
		t.Errorf("%d queries, %d variables; want a dashboard", asked, len(d.Templating.List))
	}
	for _, v := range d.Templating.List {
		for _, name := range metricName.FindAllString(v.Definition, -1) {
			if names[name] == nil {
				t.Errorf("variable %s asks for %s, which is not exported", v.Name, name)
			}
		}
	}
}

func checkQuery(t *testing.T, names map[string][]string, title, expr, legendFormat string) {
	t.Helper()
	var labels []string // of all metrics in it
	for _, name := range metricName.FindAllString(expr, -1) {
		if names[name] == nil {
			t.Errorf("panel %q asks for %s, which is not exported", title, name)
		}
		labels = append(labels, names[name]...)
	}
	selectors := selector.FindAllStringSubmatch(expr, -1)
	if len(selectors) != len(metricName.FindAllString(expr, -1)) {
		t.Errorf("panel %q asks for more than one scenario: %s", title, expr)
	}
	for _, s := range selectors {
		if !strings.Contains(s[2], `scenario="$scenario"`) {
			t.Errorf("panel %q asks for more than one scenario: %s", title, expr)
		}
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			if !slices.Contains(names[s[1]], m[1]) {
				t.Errorf("panel %q selects %s by %s, which it does not have", title, s[1], m[1])
			}
		}
	}
	var kept []string
	for _, g := range grouping.FindAllStringSubmatch(expr, -1) {
		for _, l := range strings.Split(g[1], ", ") {
			if kept = append(kept, l); !slices.Contains(labels, l) {
				t.Errorf("panel %q groups by %s, which nothing in it has: %s", title, l, expr)
			}
		}
	}
	for _, l := range legend.FindAllStringSubmatch(legendFormat, -1) {
		if !slices.Contains(kept, l[1]) {
			t.Errorf("panel %q names its lines by %s, which is gone: %s", title, l[1], expr)
		}
	}
	if strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "{") != strings.Count(expr, "}") {
		t.Errorf("panel %q: %s", title, expr)
	}
}

// Queries that ask for what is not there are found.
func TestDashboardCheckCatches(t *testing.T) {
	for _, expr := range []string{
		`soak_nothing{scenario="$scenario"}`,
		`soak_viewers`,
		`sum by (token) (soak_viewers{scenario="$scenario"})`,
		`soak_viewers{scenario="$scenario", url="x"}`,
		`soak_stall_duration_seconds{scenario="$scenario"}`,
	} {
		quiet := new(testing.T)
		checkQuery(quiet, exported(), "x", expr, "")
		if !quiet.Failed() {
			t.Errorf("%s is not found wrong", expr)
		}
	}
}
