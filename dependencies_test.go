package soak

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDependenciesAreReasoned holds docs/dependencies.md against go.mod and against
// what is imported where.
func TestDependenciesAreReasoned(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range checkDependencies(string(mod), string(page), listPackages(t)) {
		t.Error(complaint)
	}
}

var (
	required = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // without // indirect
	reasoned = regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$`)
)

// checkDependencies tells what the page lacks, has too much of, or has wrong.
func checkDependencies(mod, page string, all []pkg) (complaints []string) {
	where := map[string]string{}
	for _, m := range required.FindAllStringSubmatch(mod, -1) {
		where[m[1]] = importers(m[1], all)
	}
	told := map[string]bool{}
	for _, m := range reasoned.FindAllStringSubmatch(page, -1) {
		name, reason, in, licence := m[1], m[2], m[3], m[4]
		told[name] = true
		switch want, known := where[name]; {
		case !known:
			complaints = append(complaints, fmt.Sprintf("%s: go.mod does not ask for it; take it out", name))
		case in != want:
			complaints = append(complaints, fmt.Sprintf("%s: in %q; it is imported in %q", name, in, want))
		case strings.TrimSpace(reason) == "" || strings.TrimSpace(licence) == "":
			complaints = append(complaints, fmt.Sprintf("%s: no reason, or no licence", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(where)) {
		if !told[name] {
			complaints = append(complaints, fmt.Sprintf("%s: stands in go.mod and not in docs/dependencies.md; say why", name))
		}
	}
	return complaints
}

// importers are the packages that import a module, tests only where nothing else does.
func importers(module string, all []pkg) string {
	var names []string
	for _, p := range all {
		if slices.ContainsFunc(p.Imports, func(imported string) bool {
			return imported == module || strings.HasPrefix(imported, module+"/")
		}) {
			names = append(names, local(p.ImportPath))
		}
	}
	if names == nil {
		return "tests"
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func TestDependencyRules(t *testing.T) {
	const mod = "require (\n\texample.com/a v1.0.0\n\texample.com/b/v2 v2.0.0\n\texample.com/c v1.0.0 // indirect\n)\n"
	all := []pkg{{ImportPath: "soak/qoe", Imports: []string{"example.com/a/x", "example.com/ab"}}}
	for _, row := range []struct{ why, page, want string }{
		{"all is well", "| example.com/a | x | qoe | MIT |\n| example.com/b/v2 | x | tests | MIT |\n", ""},
		{"one is missing", "| example.com/a | x | qoe | MIT |\n", "example.com/b/v2: stands in go.mod and not"},
		{"imported elsewhere", "| example.com/a | x | lab | MIT |\n| example.com/b/v2 | x | tests | MIT |\n", `it is imported in "qoe"`},
		{"gone", "| example.com/a | x | qoe | MIT |\n| example.com/b/v2 | x | tests | MIT |\n| example.com/c | x | tests | MIT |\n", "example.com/c: go.mod does not ask"},
		{"without a reason", "| example.com/a |  | qoe | MIT |\n| example.com/b/v2 | x | tests | MIT |\n", "no reason"},
	} {
		got := strings.Join(checkDependencies(mod, row.page, all), "\n")
		if got != row.want && (row.want == "" || !strings.Contains(got, row.want)) {
			t.Errorf("%s: %q; want %q", row.why, got, row.want)
		}
	}
}
