package reports

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"soak/scenarios"
	"soak/suite"
)

// suiteFixture is two scenarios, one as expected and one of which half changed.
func suiteFixture(changed bool) Suite {
	good := scenarios.Outcome{Expr: "noticed_viewers == 0", OK: true, Values: map[string]float64{"noticed_viewers": 0}, Text: "noticed_viewers == 0: noticed_viewers is 0"}
	bad := scenarios.Outcome{Expr: "dead_ratio == 1", Values: map[string]float64{"dead_ratio": 0.25}, Text: "dead_ratio == 1: dead_ratio is 0.25"}
	lost := suite.Finding{Cohort: "dashjs5.2/gcore-plugin/fibre", Viewers: "dash.js 5.2 · gcore-plugin", Player: "dash.js 5.2", Integration: "gcore-plugin", Stream: "live", Effect: "lost when the second token dies, though refreshes go on and succeed", OK: !changed, Conditions: []scenarios.Outcome{good}}
	if changed {
		lost.Conditions = append(lost.Conditions, bad)
	}
	r := suite.Result{Virtual: true, Cases: []suite.Case{
		{Name: "h14-baked-token-mpd", Title: "The Gcore plugin with live DASH", Group: "integration", Hazard: "H14", Seed: 1, Findings: []suite.Finding{
			lost,
			{Cohort: "hlsjs/gcore-plugin/fibre", Viewers: "hls.js 1.7 · gcore-plugin", Player: "hls.js 1.7", Integration: "gcore-plugin", Stream: "live", Effect: "plays on", OK: true, Conditions: []scenarios.Outcome{good}},
		}},
		{Name: "drill-join-storm", Title: "Kick-off", Group: "drills", Seed: 1, Findings: []suite.Finding{
			{Effect: "an echo | once a cycle", OK: true, Conditions: []scenarios.Outcome{good}},
			{OK: true, Conditions: []scenarios.Outcome{good}},
		}},
	}}
	return Suite{Soak: "(devel)", Name: "hazards", Command: "soak run --suite hazards --virtual", Result: r, Verdict: JudgeSuite(&r)}
}

func TestSuiteText(t *testing.T) {
	broken := suiteFixture(false)
	broken.Cases[1].Findings, broken.Cases[1].Problem = nil, "cannot run this scenario: 10000 viewers need 40000 file descriptors"
	broken.Verdict = JudgeSuite(&broken.Result)
	for _, c := range []struct {
		file  string
		s     Suite
		width int
		color bool
	}{
		{"suite-80.txt", suiteFixture(false), 80, false},
		{"suite-140.txt", suiteFixture(false), 140, false},
		{"suite-changed-80.txt", suiteFixture(true), 80, false},
		{"suite-changed-color.txt", suiteFixture(true), 140, true},
		{"suite-broken-80.txt", broken, 80, false},
	} {
		var out bytes.Buffer
		if err := SuiteText(&out, c.s, c.width, c.color); err != nil {
			t.Fatal(err)
		}
		golden(t, c.file, out.Bytes())
	}
}

func TestSuiteForMachines(t *testing.T) {
	var json, table bytes.Buffer
	s := suiteFixture(true)
	if err := errors.Join(SuiteJSON(&json, s), SuiteMarkdown(&table, s)); err != nil {
		t.Fatal(err)
	}
	golden(t, "suite.json", json.Bytes())
	golden(t, "suite.md", table.Bytes())
}

func TestSuiteTextFits(t *testing.T) {
	s := suiteFixture(true)
	s.Cases[0].Title = strings.Repeat("long ", 60)
	for width := minWidth; width <= 200; width++ {
		var out bytes.Buffer
		if err := SuiteText(&out, s, width, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("SuiteText at %d columns: line of %d: %q", width, n, line)
			}
		}
	}
}

func TestJudgeSuite(t *testing.T) {
	for _, c := range []struct {
		why    string
		change func(*suite.Result)
		want   Decision
	}{
		{"all as expected", func(*suite.Result) {}, Pass},
		{"one condition does not hold", func(r *suite.Result) { r.Cases[0].Findings[0].OK = false }, Fail},
		{"a scenario could not run, which weighs more", func(r *suite.Result) { r.Cases[0].Findings[0].OK, r.Cases[1].Problem = false, "no" }, Invalid},
		{"the generator was late", func(r *suite.Result) { r.Cases[1].Saturated = []string{"timers ran late"} }, Invalid},
		{"stopped by hand", func(r *suite.Result) { r.Cases[1].Problem, r.Cases[0].Interrupted = "no", true }, Interrupted},
	} {
		s := suiteFixture(false)
		c.change(&s.Result)
		v := JudgeSuite(&s.Result)
		if v.Decision != c.want || (len(v.Reasons) == 0) != (c.want == Pass) {
			t.Errorf("%s: %+v; want %s", c.why, v, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	s, err := scenarios.Builtin("h34-source-switch-race")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Explain(&out, s, 80, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "explain-80.txt", out.Bytes())
	out.Reset()
	if err := Explain(&out, scenarios.Default(), 60, false); err != nil || !strings.Contains(out.String(), "refused_requests == 0") {
		t.Errorf("default: %v\n%s", err, &out)
	}
}
