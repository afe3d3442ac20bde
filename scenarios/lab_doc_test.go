package scenarios

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"soak/lab"
)

// The manual of the lab names every key, and what it shows can be read.
func TestLabManual(t *testing.T) {
	text, err := os.ReadFile("../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(text)
	for _, of := range []reflect.Type{
		reflect.TypeFor[lab.Config](), reflect.TypeFor[lab.URLs](), reflect.TypeFor[lab.SecondEdge](), reflect.TypeFor[lab.Addresses](),
		reflect.TypeFor[lab.EdgeFault](), reflect.TypeFor[lab.API](), reflect.TypeFor[lab.CallFault](), reflect.TypeFor[lab.Outage](), reflect.TypeFor[lab.Slowdown](),
		reflect.TypeFor[lab.Refusals](), reflect.TypeFor[lab.Edges](), reflect.TypeFor[lab.EdgeRules](), reflect.TypeFor[lab.Window](), reflect.TypeFor[lab.Rotation](), reflect.TypeFor[lab.Headers](), reflect.TypeFor[lab.LowLatency](), reflect.TypeFor[lab.Subtitle](),
	} {
		for _, key := range keysOf(of) {
			if key != "secret" && !strings.Contains(manual, "`"+key+"`") && !strings.Contains(manual, "`"+of.Name()+"."+key) && !strings.Contains(manual, "{"+key+":") && !strings.Contains(manual, "`"+key+".") {
				t.Errorf("docs/lab.md does not tell of %s's key %s", of.Name(), key)
			}
		}
	}
	shown := strings.Split(manual, "```yaml\n")[1:]
	if len(shown) < 4 {
		t.Fatalf("docs/lab.md shows %d examples", len(shown))
	}
	for _, example := range shown {
		example, _, _ = strings.Cut(example, "```")
		file := "version: 1\ntarget:\n  lab:\n    " + strings.ReplaceAll(strings.TrimSpace(example), "\n", "\n    ") + "\n"
		if _, err := Parse("docs/lab.md", []byte(file)); err != nil {
			t.Errorf("%v\nin\n%s", err, example)
		}
	}
}
