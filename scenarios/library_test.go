package scenarios

import (
	"bytes"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLibrary(t *testing.T) {
	list := List()
	if len(list) < 8 || list[0].Name != "default" {
		t.Fatalf("List() = %v", list)
	}
	for _, entry := range list {
		t.Run(entry.Name, func(t *testing.T) {
			s, err := Builtin(entry.Name)
			if err != nil {
				t.Fatal(err)
			}
			if s.Name != entry.Name {
				t.Errorf("name is %q, the file's is %q", s.Name, entry.Name)
			}
			if s.Title == "" || s.Why == "" || s.Watch == "" || len(s.Conditions()) == 0 || strings.Contains(s.Title, "\n") {
				t.Error("a built-in scenario has a title of one line, why, watch and something that it is judged by")
			}
			if rank(s.Group) == len(Groups()) {
				t.Errorf("group %q is none of Groups()", s.Group)
			}
			if text, _ := Show(entry.Name); !strings.HasPrefix(string(text), shownLine+"# soak run") {
				t.Error("a built-in scenario begins with its schema and how to run it")
			}
			checkExpectations(t, &s)
			if err := s.Validate(); err != nil {
				t.Error(err)
			}
			roundTrip(t, s)
		})
	}
}

// A hazard says of every kind of viewer what is expected, in conditions that fail
// when the effect grows as when it shrinks.
func checkExpectations(t *testing.T, s *Scenario) {
	t.Helper()
	if s.Hazard != "" && (!strings.HasPrefix(s.Name, strings.ToLower(s.Hazard)+"-") || len(s.Expect) == 0) {
		t.Errorf("hazard %s: want a name that begins with it, and expectations", s.Hazard)
	}
	if len(s.Expect) == 0 {
		return
	}
	for i := range s.Viewers.Mix {
		name := s.Viewers.Mix[i].Name
		if !slices.ContainsFunc(s.Expect, func(e Expectation) bool { return e.Cohort == name }) {
			t.Errorf("nothing is expected of %s", name)
		}
	}
	for _, e := range s.Expect {
		for _, expr := range e.Holds {
			if strings.Count(expr, ">") != strings.Count(expr, "<") && !strings.Contains(expr, "_ratio") {
				t.Errorf("%s: %q is bounded on one side only", e.Cohort, expr)
			}
		}
	}
}

func roundTrip(t *testing.T, s Scenario) {
	t.Helper()
	text, err := s.YAML()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse("again.yaml", text)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v\n%s", err, text)
	}
	if !reflect.DeepEqual(s, again) {
		t.Errorf("reading what was written gives another scenario\n%s", text)
	}
}

// Editors find the schema from every file of the library, and from one that show
// has written into a folder where schema has, too.
func TestEditorsFindTheSchema(t *testing.T) {
	for _, name := range names() {
		file := path.Join("library", name+".yaml")
		text, err := library.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if *update && !bytes.HasPrefix(text, []byte(editorLine)) {
			golden(t, file, append([]byte(editorLine), text...))
			continue
		}
		shown, err := Show(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ text, dir, at string }{{string(text), "library", "schema.json"}, {string(shown), "mine", "mine/soak.schema.json"}} {
			found := modeline.FindAllStringSubmatch(c.text, -1)
			if len(found) != 1 || !strings.HasPrefix(c.text, found[0][0]) || path.Join(c.dir, found[0][1]) != c.at {
				t.Errorf("%s in %s: modelines %q; want one, in the first line, that leads to %s: run go test ./scenarios -update", name, c.dir, found, c.at)
			}
		}
	}
}

// modeline is what the YAML language server looks for
// (github.com/redhat-developer/yaml-language-server, modelineUtil.ts).
var modeline = regexp.MustCompile(`(?m)^#\s+yaml-language-server\s*:.*\$schema=(\S+)`)

// The library's default is Default, written.
func TestDefaultIsInTheLibrary(t *testing.T) {
	text, err := Default().YAML()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "library/default.yaml", append([]byte(editorLine+"# soak run\n"), text...))
	s, err := Builtin("default")
	if err != nil || !reflect.DeepEqual(s, Default()) {
		t.Errorf("Builtin(default) = %+v, %v", s, err)
	}
}

// The two integrations that are known not to work stay out of the default.
func TestDefaultMixWorks(t *testing.T) {
	s := Default()
	formats := map[string]bool{}
	for i := range s.Viewers.Mix {
		c := &s.Viewers.Mix[i]
		formats[c.Format()+" "+c.Stream] = true
		if c.Policy.Name == "guide-dashjs" && c.Player.Version != "4.7" {
			t.Errorf("%s: dash.js 5 never calls the guide's hook", c.Name)
		}
		if c.Policy.Name == "gcore-plugin" && c.Format() == DASH {
			t.Errorf("%s: the plugin breaks live DASH", c.Name)
		}
	}
	for _, want := range []string{"hls live", "dash live", "hls vod", "dash vod"} {
		if !formats[want] {
			t.Errorf("nobody watches %s", want)
		}
	}
	// A viewer who comes last gets a token that lives TTL and is renewed Lead
	// before its end, each time.
	watched, cycle := s.Duration-s.Arrival.Over, s.Token.TTL-s.Token.Lead
	if watched < 3*cycle {
		t.Errorf("the last viewer watches %s: less than three refresh cycles of %s", watched, cycle)
	}
	if s.Viewers.Count < 60 {
		t.Errorf("%d viewers", s.Viewers.Count)
	}
}

func TestBuiltinErrors(t *testing.T) {
	for name, want := range map[string]string{
		"token-outrage":  "did you mean token-outage?",
		"xyz":            "\"soak scenarios list\" shows those",
		"../library/vod": "is not built in",
		"":               "is not built in",
	} {
		if _, err := Builtin(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Builtin(%q): %v, want %q", name, err, want)
		}
	}
}
