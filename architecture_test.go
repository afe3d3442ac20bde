package soak

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of this directory.
const module = "soak"

// pkg is what `go list -json` tells of a package.
type pkg struct {
	Dir, ImportPath           string
	GoFiles, IgnoredGoFiles   []string
	TestGoFiles, XTestGoFiles []string
	Imports                   []string
	TestImports, XTestImports []string
}

// blind lists what a package could import by its row but must not know, and why.
var blind = []struct{ pkg, banned, why string }{
	{"loop", "net/http", "time and events know nothing of HTTP"},
	{"loop", "math/rand", "the order of events is never a matter of chance"},
	{"token", "net/http", "schemes are functions of values"},
	{"manifest", "net/http", "a manifest is bytes; who fetched them does not matter"},
	{"netem", "net/http", "a link carries bytes, not requests"},
	{"netem", "soak/token", "a link does not read what it carries"},
	{"player", "net/http", "a player reaches the network through its World only"},
	{"player", "soak/token", "players know nothing of tokens: that is the fault being simulated"},
	{"refresher", "soak/manifest", "a refresher sees URLs, not what they lead to"},
	{"live", "soak/fleet", "what is shown is told by functions: a server does not know how a run works"},
	{"reports", "soak/fleet", "a report is a function of plain results, however they came about"},
}

// only lists the one package that may import a library.
var only = []struct{ library, owner string }{
	{"github.com/grafov/m3u8", "manifest"},
	{"github.com/zencoder/go-dash", "manifest"},
	{"github.com/vbauerster/mpb", "cmd/soak"},
	{"github.com/prometheus", "telemetry"},
	{"go.opentelemetry.io", "otlp"},
}

func TestImportsPointDown(t *testing.T) {
	rows := readRows(t)
	for _, p := range listPackages(t) {
		for _, complaint := range checkImports(rows, p) {
			t.Error(complaint)
		}
	}
}

// readRows reads the stack from ARCHITECTURE.md, so that what people read is
// what is enforced.
func readRows(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := parseRows(string(text))
	if len(rows) < 12 {
		t.Fatalf("ARCHITECTURE.md: %d packages in the table of rows; want every package of the stack", len(rows))
	}
	return rows
}

func parseRows(text string) map[string]int {
	rows := map[string]int{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\d) \| ([^|]+) \|`).FindAllStringSubmatch(text, -1) {
		row, _ := strconv.Atoi(m[1])
		for name := range strings.SplitSeq(m[2], ",") {
			rows[strings.TrimSpace(name)] = row
		}
	}
	return rows
}

// listPackages reads packages that do not compile too: a broken import elsewhere
// must not hide a breach here. Without cmd/soak's profile: with it, what is compiled
// for it is imported by other names.
func listPackages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-pgo=off", "-tags", "e2e", "-json", "./...").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("go list -json: %v", err)
		}
		all = append(all, p)
	}
}

// checkImports tells every import of p that the house does not allow, each with
// the reason. Tests may use their own row (a refresher is tested against the
// lab) but nothing above it, and the libraries' owners stay alone.
func checkImports(rows map[string]int, p pkg) []string {
	name := local(p.ImportPath)
	if name == "" || name == "e2e" || strings.HasPrefix(name, "e2e/") { // the house itself, and tests of the whole
		return nil
	}
	row, known := rows[name]
	if !known {
		return []string{fmt.Sprintf("%s: has no row in ARCHITECTURE.md; give it one or move it into a package that has", name)}
	}
	var complaints []string
	add := func(imported, why string) {
		complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", name, imported, why))
	}
	for _, imported := range p.Imports {
		if other := local(imported); inModule(imported) && rows[other] >= row {
			add(imported, fmt.Sprintf("row %d may import rows below it only, %s stands in row %d", row, other, rows[other]))
		}
		for _, b := range blind {
			if b.pkg == name && within(imported, b.banned) {
				add(imported, b.why)
			}
		}
	}
	tests := slices.Concat(p.TestImports, p.XTestImports)
	for _, imported := range tests {
		if other := local(imported); inModule(imported) && rows[other] > row {
			add(imported, fmt.Sprintf("a test of row %d may use its own row and those below, %s stands in row %d", row, other, rows[other]))
		}
	}
	for _, imported := range slices.Concat(p.Imports, tests) {
		for _, o := range only {
			if within(imported, o.library) && name != o.owner {
				add(imported, "only "+o.owner+" may, so that the library can be replaced in one place")
			}
		}
	}
	return complaints
}

func inModule(path string) bool { return within(path, module) }

// within tells whether path is tree or lies below it.
func within(path, tree string) bool { return path == tree || strings.HasPrefix(path, tree+"/") }

// local is a package's path inside the module; empty for the module's root.
func local(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func TestCheckImportsCatches(t *testing.T) {
	rows := readRows(t)
	tests := []struct {
		why  string
		p    pkg
		want string // part of the only complaint; empty for none
	}{
		{"down is free", pkg{ImportPath: "soak/fleet", Imports: []string{"soak/player", "soak/loop", "net/http"}}, ""},
		{"up", pkg{ImportPath: "soak/qoe", Imports: []string{"soak/reports"}}, "reports stands in row 7"},
		{"sideways", pkg{ImportPath: "soak/player", Imports: []string{"soak/lab"}}, "lab stands in row 3"},
		{"a test may look sideways", pkg{ImportPath: "soak/refresher", XTestImports: []string{"soak/lab"}}, ""},
		{"a test may not look up", pkg{ImportPath: "soak/lab", TestImports: []string{"soak/fleet"}}, "fleet stands in row 5"},
		{"a new package needs a row", pkg{ImportPath: "soak/util"}, "has no row"},
		{"a package below a package needs one too", pkg{ImportPath: "soak/lab/util"}, "has no row"},
		{"the row allows it, the player's blindness does not", pkg{ImportPath: "soak/player", Imports: []string{"soak/token"}}, "players know nothing of tokens"},
		{"chance, version 2", pkg{ImportPath: "soak/loop", Imports: []string{"math/rand/v2"}}, "matter of chance"},
		{"m3u8's owner", pkg{ImportPath: "soak/manifest", Imports: []string{"github.com/grafov/m3u8"}}, ""},
		{"m3u8 elsewhere", pkg{ImportPath: "soak/lab", Imports: []string{"github.com/grafov/m3u8"}}, "only manifest may"},
		{"go-dash in a test elsewhere", pkg{ImportPath: "soak/lab", TestImports: []string{"github.com/zencoder/go-dash/v3/mpd"}}, "only manifest may"},
		{"bars outside the command", pkg{ImportPath: "soak/fleet", Imports: []string{"github.com/vbauerster/mpb/v8/decor"}}, "only cmd/soak may"},
		{"a name that only begins alike", pkg{ImportPath: "soak/lab", Imports: []string{"github.com/grafov/m3u8x"}}, ""},
	}
	for _, test := range tests {
		got := checkImports(rows, test.p)
		if test.want == "" && len(got) > 0 {
			t.Errorf("%s: checkImports = %q; want no complaint", test.why, got)
		}
		if test.want != "" && (len(got) != 1 || !strings.Contains(got[0], test.want)) {
			t.Errorf("%s: checkImports = %q; want one complaint with %q", test.why, got, test.want)
		}
	}
}
