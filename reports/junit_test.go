package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"soak/scenarios"
)

// runs is a command's worth: one of each kind of ending.
func runs(t *testing.T) []Run {
	passed, failed := fixture(t, false, true, false), fixture(t, true, false, false)
	saturated := fixture(t, false, false, false, "timers ran late: p99 1s, allowed 100ms; use fewer viewers or more cores")
	none := fixture(t, false, true, false)
	none.Outcomes = nil
	none.Verdict = Judge(60, nil, nil, false)
	aborted := fixture(t, true, true, false)
	at := Seconds(21 * time.Second)
	aborted.AbortedAt = &at
	return []Run{
		{Name: "short-lead", Report: &passed},
		{Name: "short-lead", Report: &failed},
		{Name: "saturated", Report: &saturated},
		{Name: "no thresholds", Report: &none},
		{Name: "aborted", Report: &aborted},
		{Name: "away", Err: errors.New("target unreachable: token API http://127.0.0.1:1: connection refused")},
		{},
	}
}

// hostile is a run whose names would break out of XML and Markdown.
func hostile(t *testing.T) Run {
	r := fixture(t, true, true, false)
	const nasty = "a<b>&\"'|`]]>\x00\x1b[2J\ufffe\xff @everyone https://evil.example ![x](y) \u202e"
	r.Scenario.Name = nasty
	r.Repeat.Command = nasty
	r.Outcomes = []scenarios.Outcome{{Expr: nasty, Cohort: nasty, Text: nasty + " (" + nasty + "): " + nasty}}
	r.Verdict = Verdict{Decision: Fail, Reasons: []string{nasty}}
	return Run{Name: nasty, Report: &r}
}

func TestJUnitGolden(t *testing.T) {
	golden(t, "junit.xml", junit(t, runs(t)))
}

func junit(t *testing.T, runs []Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := JUnit(&b, runs); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestJUnitIsByTheSchema(t *testing.T) {
	for why, all := range map[string][]Run{"one of each": runs(t), "hostile names": {hostile(t)}, "none": nil} {
		if err := junitValid(bytes.NewReader(junit(t, all))); err != nil {
			t.Errorf("%s: %v", why, err)
		}
	}
}

// Nothing that a text holds is lost or taken for markup, but what XML cannot hold.
func TestJUnitEscapes(t *testing.T) {
	var read junitSuites
	if err := xml.Unmarshal(junit(t, []Run{hostile(t)}), &read); err != nil {
		t.Fatal(err)
	}
	if name := read.Suites[0].Name; !strings.HasPrefix(name, "a<b>&\"'|`]]>") || strings.ContainsAny(name, "\x00\x1b") {
		t.Errorf("suite is called %q", name)
	}
}

// An invalid verdict is no pass and no fail, of any threshold.
func TestJUnitOfInvalidRuns(t *testing.T) {
	var read junitSuites
	if err := xml.Unmarshal(junit(t, runs(t)[2:3]), &read); err != nil {
		t.Fatal(err)
	}
	s := read.Suites[0]
	if s.Failures != 0 || s.Errors != 1 || s.Skipped != 3 || s.Tests != 4 || read.Errors != 1 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped; want 4, 0, 1, 3", s.Tests, s.Failures, s.Errors, s.Skipped)
	}
}

// element is what junit-10.xsd (Jenkins' xUnit plugin) says of one.
type element struct {
	children           []string
	required, optional []string
	text               bool
}

var junitSchema = map[string]element{
	"testsuites": {children: []string{"testsuite"}, optional: []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {
		children: []string{"testsuite", "properties", "testcase", "system-out", "system-err"},
		required: []string{"name", "tests", "failures", "errors"},
		optional: []string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
	},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"testcase":   {children: []string{"skipped", "error", "failure", "system-out", "system-err"}, required: []string{"name"}, optional: []string{"time", "classname", "group"}},
	"skipped":    {optional: []string{"type", "message"}, text: true},
	"error":      {optional: []string{"type", "message"}, text: true},
	"failure":    {optional: []string{"type", "message"}, text: true},
}

// junitValid checks a document against junitSchema, and counts against what they
// count.
func junitValid(r io.Reader) error {
	dec := xml.NewDecoder(r)
	var open []string
	cases, counted := 0, 0
	for {
		tk, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch x := tk.(type) {
		case xml.StartElement:
			name := x.Name.Local
			if err := junitElement(open, x); err != nil {
				return err
			}
			open = append(open, name)
			for _, a := range x.Attr {
				if name == "testsuites" && a.Name.Local == "tests" {
					counted, _ = strconv.Atoi(a.Value)
				}
			}
			if name == "testcase" {
				cases++
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && strings.TrimSpace(string(x)) != "" && !junitSchema[open[len(open)-1]].text {
				return fmt.Errorf("%s holds text: %q", open[len(open)-1], x)
			}
		}
	}
	if cases != counted {
		return fmt.Errorf("testsuites says %d tests, there are %d", counted, cases)
	}
	return nil
}

func junitElement(open []string, x xml.StartElement) error {
	name := x.Name.Local
	rule, known := junitSchema[name]
	switch {
	case !known:
		return fmt.Errorf("element %s is not in the schema", name)
	case len(open) == 0 && name != "testsuites":
		return fmt.Errorf("the root is %s", name)
	case len(open) > 0 && !slices.Contains(junitSchema[open[len(open)-1]].children, name):
		return fmt.Errorf("%s stands in %s", name, open[len(open)-1])
	}
	var has []string
	for _, a := range x.Attr {
		has = append(has, a.Name.Local)
		if !slices.Contains(rule.required, a.Name.Local) && !slices.Contains(rule.optional, a.Name.Local) {
			return fmt.Errorf("%s has the attribute %s", name, a.Name.Local)
		}
	}
	for _, r := range rule.required {
		if !slices.Contains(has, r) {
			return fmt.Errorf("%s lacks %s", name, r)
		}
	}
	return nil
}

func TestMarkdownGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, runs(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "summary.md", b.Bytes())
}

// One line stays one line, one cell one cell, and nobody's text is markup.
func TestMarkdownEscapes(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b, []Run{hostile(t), hostile(t)}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		bars := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if strings.HasPrefix(line, "|") && bars != 3 && bars != 4 && bars != 6 {
			t.Errorf("a row of %d bars: %s", bars, line)
		}
		outside := withoutCode(line)
		for _, bad := range []string{"<b>", "](y)", "@everyone", "https://", "\x1b", "\u202e"} {
			if strings.Contains(outside, bad) {
				t.Errorf("%q stands in: %s", bad, line)
			}
		}
	}
}

// withoutCode drops the code spans of one line.
func withoutCode(line string) string {
	var out strings.Builder
	for line != "" {
		before, after, found := strings.Cut(line, "`")
		out.WriteString(before)
		if strings.HasSuffix(before, `\`) { // an escaped backquote opens nothing
			line = after
			continue
		}
		if !found {
			break
		}
		n := len(after) - len(strings.TrimLeft(after, "`")) + 1
		_, line, found = strings.Cut(after[n-1:], strings.Repeat("`", n))
		if !found {
			break
		}
	}
	return out.String()
}
