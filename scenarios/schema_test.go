package scenarios

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// The committed schema has the keys and types that the structs have. Descriptions
// come from their comments; those may lag until the next -update.
func TestSchemaIsUpToDate(t *testing.T) {
	now := generateSchema(t)
	if *update {
		golden(t, "schema.json", now)
		return
	}
	if got, want := shapeOf(t, Schema()), shapeOf(t, now); !reflect.DeepEqual(got, want) {
		t.Error("schema.json is out of date; run go test ./scenarios -update")
	}
}

// shapeOf is a schema without its descriptions.
func shapeOf(t *testing.T, text []byte) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(v any) {
		switch x := v.(type) {
		case map[string]any:
			if _, text := x["description"].(string); text {
				delete(x, "description")
			}
			for _, sub := range x {
				strip(sub)
			}
		case []any:
			for _, sub := range x {
				strip(sub)
			}
		}
	}
	strip(tree)
	return tree
}

func generateSchema(t *testing.T) []byte {
	t.Helper()
	g := generator{comments: &jsonschema.Reflector{}}
	for _, dir := range []string{".", "../lab", "../netem", "../player", "../refresher"} {
		if err := g.comments.AddGoComments("soak/scenarios", dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := g.object(reflect.TypeFor[Scenario]())
	s.Version = jsonschema.Version
	s.ID = "https://soak.invalid/scenario.json"
	s.Title = "soak scenario"
	s.Required = []string{"version"}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

type generator struct{ comments *jsonschema.Reflector }

// object is the schema of a mapping with t's fields.
func (g generator) object(t reflect.Type) *jsonschema.Schema {
	r := &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true, FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true,
		CommentMap: g.comments.CommentMap,
		Mapper: func(inner reflect.Type) *jsonschema.Schema {
			if inner == t {
				return nil
			}
			return g.special(inner)
		},
	}
	s := r.ReflectFromType(t)
	s.Version = ""
	return s
}

const (
	durationPattern = `^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$|^0$`
	percentPattern  = `^[-+0-9_.eE]+ *%?$`
)

// special is the schema of types that files write in a form of their own.
func (g generator) special(t reflect.Type) *jsonschema.Schema {
	text := func(pattern string) *jsonschema.Schema { return &jsonschema.Schema{Type: "string", Pattern: pattern} }
	named := func(names []string) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "string"}
		for _, n := range names {
			s.Enum = append(s.Enum, n)
		}
		return s
	}
	either := func(s ...*jsonschema.Schema) *jsonschema.Schema { return &jsonschema.Schema{AnyOf: s} }
	switch t {
	case reflect.TypeFor[time.Duration]():
		return either(text(durationPattern), &jsonschema.Schema{Const: 0})
	case reflect.TypeFor[lab.Distribution]():
		return &jsonschema.Schema{Type: "string", Examples: []any{"200ms", "uniform(100ms, 2s)", "lognormal(150ms, 0.6)"}}
	case reflect.TypeFor[lab.Numbers]():
		return either(&jsonschema.Schema{Type: "integer"}, text(`^(-?[0-9]+(\.\.-?[0-9]+)?|every +[0-9]+)$`))
	case reflect.TypeFor[lab.Secret]():
		return jsonschema.FalseSchema
	case reflect.TypeFor[float64]():
		return either(&jsonschema.Schema{Type: "number"}, text(percentPattern))
	case reflect.TypeFor[int64](), reflect.TypeFor[int]():
		return either(&jsonschema.Schema{Type: "integer"}, text(`^[-+]?[0-9_]+$`))
	case reflect.TypeFor[player.Config]():
		return either(text(`^(hlsjs|dashjs|generic)( +\S+)?$`), g.object(t))
	case reflect.TypeFor[refresher.Policy]():
		return either(named(policyNames()), g.object(t))
	case reflect.TypeFor[Address]():
		return either(text(`^(shared|own|(nat|pool) +[0-9]+)$`), g.object(t))
	case reflect.TypeFor[netem.Profile]():
		return either(named(netem.Builtins()), g.object(t))
	case reflect.TypeFor[Threshold]():
		sugar := &jsonschema.Schema{Type: "object", AdditionalProperties: &jsonschema.Schema{Type: "string"}}
		return either(&jsonschema.Schema{Type: "string"}, g.object(t), sugar)
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

func compiledSchema(t *testing.T) *validator.Schema {
	t.Helper()
	doc, err := validator.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := validator.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valueOf(t *testing.T, text []byte) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := validator.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchemaAcceptsTheLibrary(t *testing.T) {
	schema := compiledSchema(t)
	for _, entry := range List() {
		text, err := Show(entry.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(valueOf(t, text)); err != nil {
			t.Errorf("%s: %v", entry.Name, err)
		}
	}
}

// What Parse refuses for its keys or types, an editor underlines too.
func TestSchemaRefuses(t *testing.T) {
	schema := compiledSchema(t)
	for _, text := range []string{
		"duration: 65s",
		"version: 1\ntoken: {laed: 6s}",
		"version: 1\nduration: 65",
		"version: 1\nviewers: {count: sixty}",
		"version: 1\nviewers: {mix: {player: hlsjs}}",
		"version: 1\nviewers: {mix: [{player: shaka}]}",
		"version: 1\nviewers: {mix: [{policy: stedy}]}",
		"version: 1\nviewers: {mix: [{policy: {name: steady, retri: 1s}}]}",
		"version: 1\ntarget: {lab: {secret: hunter2}}",
		"version: 1\nthresholds: [3]",
	} {
		if err := schema.Validate(valueOf(t, []byte(text))); err == nil {
			t.Errorf("accepted:\n%s", text)
		}
		if _, err := Parse("x.yaml", []byte(text)); err == nil {
			t.Errorf("Parse accepted:\n%s", text)
		}
	}
}

// Every key that a file can hold has a description for editors.
func TestSchemaDescribesItsKeys(t *testing.T) {
	var tree map[string]any
	if err := json.Unmarshal(Schema(), &tree); err != nil {
		t.Fatal(err)
	}
	var silent []string
	for key, v := range tree["properties"].(map[string]any) {
		sub := v.(map[string]any)
		if d, _ := sub["description"].(string); d == "" {
			silent = append(silent, key)
		}
	}
	slices.Sort(silent)
	if len(silent) > 0 {
		t.Errorf("no description: %s", strings.Join(silent, ", "))
	}
}
