package reports

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"soak/scenarios"
	"soak/suite"
)

// The table in docs/hazards.md is what the library expects; package suite holds the
// library to it.
func TestHazardsDocument(t *testing.T) {
	all, err := scenarios.Suite(scenarios.Hazards)
	if err != nil {
		t.Fatal(err)
	}
	const path, mark = "../docs/hazards.md", "<!-- generated: go test ./reports -run HazardsDocument -update -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, table, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s has no line %q", path, mark)
	}
	var want bytes.Buffer
	if err := SuiteMarkdown(&want, Suite{Result: suite.Expected(all)}); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprintf("plays all %d in seconds", len(all)); !strings.Contains(string(readme), said) {
		t.Errorf("README.md does not say that it %s", said)
	}
	if *update {
		if err := os.WriteFile(path, []byte(head+mark+want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if table != want.String() {
		t.Errorf("%s is out of date; run go test ./reports -run HazardsDocument -update and review the diff", path)
	}
}

// What docs/findings.md tells is told with the name of a scenario of the library,
// so that the suite fails when it is no longer so.
func TestFindingsDocument(t *testing.T) {
	text, err := os.ReadFile("../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:h[0-9]{2}|drill)-[a-z0-9-]+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 20 {
		t.Fatalf("docs/findings.md names %d scenarios", len(names))
	}
	for _, m := range names {
		if s, err := scenarios.Builtin(m[1]); err != nil || len(s.Expect) == 0 {
			t.Errorf("docs/findings.md names %s, which expects nothing: %v", m[1], err)
		}
	}
}
