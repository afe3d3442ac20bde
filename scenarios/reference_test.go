package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"
)

// referenceMark is the line below which docs/scenarios.md is written by the test.
const referenceMark = "<!-- go test ./scenarios -run Reference -update writes what follows -->\n"

// TestReference holds docs/scenarios.md against the keys that there are: it is the
// schema to be read.
func TestReference(t *testing.T) {
	const page = "../docs/scenarios.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	prose, tables, found := strings.Cut(string(text), referenceMark)
	if !found {
		t.Fatalf("%s has lost its mark %q", page, referenceMark)
	}
	want := reference(t)
	if *update {
		if err := os.WriteFile(page, []byte(prose+referenceMark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tables != want {
		t.Errorf("%s is out of date; run go test ./scenarios -run Reference -update", page)
	}
}

// The page's examples are scenarios.
func TestReferenceExamples(t *testing.T) {
	text, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := strings.Split(string(text), "```yaml\n")[1:]
	if len(shown) == 0 {
		t.Fatal("docs/scenarios.md shows no scenario")
	}
	for _, example := range shown {
		example, _, _ = strings.Cut(example, "```")
		s, err := Parse("docs/scenarios.md", []byte(example))
		if err == nil {
			err = s.Validate()
		}
		if err != nil {
			t.Errorf("%v\nin\n%s", err, example)
		}
	}
}

// reference is a section for every mapping that a file can hold.
func reference(t *testing.T) string {
	t.Helper()
	var root jsonschema.Schema
	if err := json.Unmarshal(Schema(), &root); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	section(&b, "", &root)
	return b.String()
}

func section(b *strings.Builder, path string, s *jsonschema.Schema) {
	title := "The file"
	if path != "" {
		title = "`" + path + "`"
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if text := prose(path, s.Description); path != "" && text != "" {
		b.WriteString(text + "\n\n")
	}
	b.WriteString("| key | is | |\n|---|---|---|\n")
	type inner struct {
		path string
		of   *jsonschema.Schema
	}
	var below []inner
	for pair := s.Properties.Oldest(); pair != nil; pair = pair.Next() {
		key, value := pair.Key, pair.Value
		if text, err := json.Marshal(value); err != nil || string(text) == "false" { // target.lab.secret: never in a file
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, formOf(value), cell(prose(key, value.Description)))
		if of, list := mappingIn(value); of != nil {
			if of.Description == "" {
				of.Description = value.Description
			}
			below = append(below, inner{join(path, key) + list, of})
		}
	}
	for _, m := range below {
		section(b, m.path, m.of)
	}
}

// mappingIn is the mapping with keys that a value may be, itself or as the element of
// a list.
func mappingIn(s *jsonschema.Schema) (of *jsonschema.Schema, list string) {
	if s.Type == "array" && s.Items != nil {
		of, list = mappingIn(s.Items)
		return of, "[]" + list
	}
	if s.Properties != nil && s.Properties.Len() > 0 {
		return s, ""
	}
	for _, a := range s.AnyOf {
		if of, list = mappingIn(a); of != nil {
			return of, list
		}
	}
	return nil, ""
}

// formOf says how a value is written.
func formOf(s *jsonschema.Schema) string {
	if len(s.AnyOf) > 0 {
		var forms []string
		for _, a := range s.AnyOf {
			if f := formOf(a); f != "" && !strings.Contains(strings.Join(forms, " "), f) {
				forms = append(forms, f)
			}
		}
		return strings.Join(forms, " or ")
	}
	switch {
	case s.Pattern == durationPattern:
		return "time"
	case s.Pattern == percentPattern:
		return "5%"
	case s.Const != nil, s.Type == "string" && strings.HasPrefix(s.Pattern, "^[-+]?[0-9_]+"): // 0 for no time; 1_000
		return ""
	case len(s.Enum) > 0, s.Pattern != "":
		return "name"
	case len(s.Examples) > 0:
		return "distribution"
	}
	switch s.Type {
	case "array":
		return "list of " + formOf(s.Items)
	case "object":
		return "mapping"
	case "integer", "number":
		return "number"
	case "boolean":
		return "true, false"
	}
	return "text"
}

var comment = regexp.MustCompile(`\[([A-Z][A-Za-z.]*)\]`)

// prose is a comment as documentation: without the field's name in front, which is
// the key's, and without Go's links.
func prose(key, text string) string {
	text = comment.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$1")
	last := key[max(strings.LastIndexAny(key, ".]"), -1)+1:]
	for _, is := range []string{" is ", " are "} {
		if name, rest, ok := strings.Cut(text, is); ok && strings.EqualFold(name, last) {
			text = rest
		}
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// cell escapes what would end a table's cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
