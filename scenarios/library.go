package scenarios

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed library/*.yaml
var library embed.FS

// Entry is a built-in scenario as a list shows it.
type Entry struct {
	Name   string
	Title  string
	Why    string
	Group  string
	Hazard string // number of the token hazard it shows; empty for none
}

// Groups are the groups of the built-in scenarios in the order of a list, and what
// is in them.
func Groups() []Group {
	return []Group{
		{"start", "to start from"},
		{"token-api", "the token API fails, hangs, lags or answers wrong"},
		{"clock", "clocks are wrong"},
		{"page", "what viewers and their browsers do meanwhile"},
		{"integration", "how the token gets into URLs"},
		{"url", "URLs look otherwise than the integration believes"},
		{"edge", "edges fail, delay, redirect and cut"},
		{"backend", "what the token backend lets happen"},
		{Drills, "events as operators live through them"},
	}
}

// Group is a part of the library.
type Group struct{ Name, About string }

// Names of suites: every scenario that says what is expected, and the drills.
const (
	Hazards = "hazards"
	Drills  = "drills"
)

// List is the built-in scenarios: by group, in a group by name, the default first.
func List() []Entry {
	var entries []Entry
	for _, name := range names() {
		// A test parses them all.
		s, _ := Builtin(name)
		entries = append(entries, Entry{
			Name: name, Title: s.Title, Why: s.Why, Group: s.Group, Hazard: s.Hazard,
		})
	}
	slices.SortStableFunc(entries, func(a, b Entry) int { return cmp.Compare(rank(a.Group), rank(b.Group)) })
	return entries
}

// rank is a group's place; what belongs to none comes last.
func rank(group string) int {
	all := Groups()
	if i := slices.IndexFunc(all, func(g Group) bool { return g.Name == group }); i >= 0 {
		return i
	}
	return len(all)
}

// Suite is a part of the library to run as a whole: hazards (everything that says
// what is expected, drills too), a group, or the number of a hazard.
func Suite(name string) ([]Scenario, error) {
	var found []Scenario
	known := []string{Hazards}
	for _, s := range judged() {
		if name == Hazards || name == s.Group || s.Hazard != "" && strings.EqualFold(name, s.Hazard) {
			found = append(found, s)
		}
		if !slices.Contains(known, s.Group) {
			known = append(known, s.Group)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	return nil, fmt.Errorf("suite %.60q is not built in; %s, or the number of a hazard: H14", name, didYouMean(name, known))
}

// judged is the built-in scenarios that say what is expected, as List has them.
func judged() (found []Scenario) {
	for _, name := range names() {
		if s, _ := Builtin(name); len(s.Expect) > 0 {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, func(a, b Scenario) int { return cmp.Compare(rank(a.Group), rank(b.Group)) })
	return found
}

// Find is the names of the built-in scenarios that a name or the number of a
// hazard means. A hazard's scenarios have its number before their names.
func Find(name string) ([]string, error) {
	var found []string
	for _, known := range names() {
		if known == name || hazardNumber.MatchString(strings.ToUpper(name)) && strings.HasPrefix(known, strings.ToLower(name)+"-") {
			found = append(found, known)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	_, err := Show(name)
	return nil, err
}

// names lists the files of the library, the default first.
func names() []string {
	files, _ := library.ReadDir("library") // sorted; the directory is compiled in
	list := []string{"default"}
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), ".yaml"); name != "default" {
			list = append(list, name)
		}
	}
	return list
}

// Builtin is the built-in scenario of that name.
func Builtin(name string) (Scenario, error) {
	text, err := Show(name)
	if err != nil {
		return Scenario{}, err
	}
	return Parse(name+".yaml", text)
}

// editorLine, the first of every file of the library, tells editors with the YAML
// language server (redhat.com's; VS Code, Neovim, Helix …) where the schema is. The
// address is relative to the file, since soak has none on the web.
const (
	editorLine = "# yaml-language-server: $schema=../schema.json\n"
	shownLine  = "# yaml-language-server: $schema=soak.schema.json\n" +
		"# ↑ for completion in editors, once in this folder: soak scenarios schema > soak.schema.json\n"
)

// Show is the file of a built-in scenario, comments included: a start for one's
// own. Its schema is expected beside it.
func Show(name string) ([]byte, error) {
	text, err := library.ReadFile(path.Join("library", path.Base(name)+".yaml"))
	if err != nil || path.Base(name) != name {
		what := "\"soak scenarios list\" shows those that are" // too many to name here
		if near := nearest(name, names()); near != "" {
			what = fmt.Sprintf("did you mean %s?", near)
		}
		return nil, fmt.Errorf("scenario %.60q is not built in; %s", name, what)
	}
	return append([]byte(shownLine), bytes.TrimPrefix(text, []byte(editorLine))...), nil
}
