package reports

import (
	"bytes"
	"context"
	"encoding"
	"encoding/json"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/invopop/jsonschema"
	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"soak/fleet"
	"soak/netem"
	"soak/qoe"
	"soak/scenarios"
)

// The published schema has the keys and types that a report has. Descriptions come
// from comments; those may lag until the next -update.
func TestSchemaIsUpToDate(t *testing.T) {
	now := generateSchema(t)
	if *update {
		if err := os.WriteFile("summary.schema.json", now, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, want := shapeOf(t, SummarySchema()), shapeOf(t, now); !reflect.DeepEqual(got, want) {
		t.Error("summary.schema.json is out of date; run go test ./reports -run Schema -update")
	}
}

// each calls do with every object of a tree of JSON.
func each(tree any, do func(map[string]any)) {
	switch x := tree.(type) {
	case map[string]any:
		do(x)
		for _, sub := range x {
			each(sub, do)
		}
	case []any:
		for _, sub := range x {
			each(sub, do)
		}
	}
}

func treeOf(t *testing.T, text []byte) any {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// shapeOf is a schema without its descriptions.
func shapeOf(t *testing.T, text []byte) any {
	t.Helper()
	tree := treeOf(t, text)
	each(tree, func(o map[string]any) {
		if _, is := o["description"].(string); is {
			delete(o, "description")
		}
	})
	return tree
}

func generateSchema(t *testing.T) []byte {
	t.Helper()
	g := generator{t: t, comments: &jsonschema.Reflector{}}
	for _, dir := range []string{"reports", "qoe", "scenarios", "manifest", "lab", "netem", "player", "refresher"} {
		if err := g.comments.AddGoComments("soak/reports", "../"+dir, jsonschema.WithFullComment()); err != nil {
			t.Fatal(err)
		}
	}
	s := g.reflector().ReflectFromType(reflect.TypeFor[Report]())
	g.define(s)
	s.Version, s.ID, s.Title = jsonschema.Version, "https://soak.invalid/summary.json", "soak summary"
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	tree := treeOf(t, text)
	each(tree, func(o map[string]any) { // Go writes a list that nothing was put into as null
		if o["type"] == "array" {
			o["type"] = []any{"array", "null"}
		}
	})
	if text, err = json.MarshalIndent(tree, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

type generator struct {
	t        *testing.T
	comments *jsonschema.Reflector
}

func (g generator) reflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous: true, AllowAdditionalProperties: true, ExpandedStruct: true, CommentMap: g.comments.CommentMap, Mapper: g.special,
		Namer: named,
	}
}

// sketch is how a qoe.Sketch stands in JSON.
type sketch struct {
	Count     int64      `json:"count"`
	SumMicros int64      `json:"sumMicros"`
	MinMicros int64      `json:"minMicros" jsonschema:"description=exact; means nothing while count is 0"`
	MaxMicros int64      `json:"maxMicros" jsonschema:"description=exact; means nothing while count is 0"`
	Zero      int64      `json:"zero,omitempty" jsonschema:"description=durations of less than a microsecond"`
	Bins      [][2]int64 `json:"bins,omitempty" jsonschema:"description=[index\\, count]: durations between γ^(index-1) and γ^index microseconds\\, γ = 1.01/0.99"`
	Negative  [][2]int64 `json:"negative,omitempty" jsonschema:"description=the same of durations below 0\\, without their sign"`
}

type bursts struct {
	Millis  int64   `json:"millis" jsonschema:"description=width of a window"`
	Windows []int64 `json:"windows" jsonschema:"description=by turns: the number of empty windows before the next\\, and its events"`
}

type lines struct {
	Top   []qoe.Line `json:"top"`
	Other int64      `json:"other,omitempty"`
}

// link is a netem.Profile without the method that leaves a trace's steps out.
type link netem.Profile

// shown are the types whose JSON looks like another type's.
var shown = []struct{ of, like reflect.Type }{
	{reflect.TypeFor[qoe.Sketch](), reflect.TypeFor[sketch]()},
	{reflect.TypeFor[qoe.Bursts](), reflect.TypeFor[bursts]()},
	{reflect.TypeFor[qoe.Texts](), reflect.TypeFor[lines]()},
	{reflect.TypeFor[qoe.Requests](), reflect.TypeFor[[]qoe.RequestRow]()},
	{reflect.TypeFor[qoe.Refused](), reflect.TypeFor[[]qoe.RefusedRow]()},
	{reflect.TypeFor[netem.Profile](), reflect.TypeFor[link]()},
	{reflect.TypeFor[qoe.Histogram](), reflect.TypeFor[[]int64]()},
	{reflect.TypeFor[Seconds](), reflect.TypeFor[float64]()},
}

// special is the schema of types that write JSON of their own.
func (g generator) special(t reflect.Type) *jsonschema.Schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "integer", Description: "nanoseconds"}
	case reflect.TypeFor[time.Time]():
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	}
	for _, s := range shown {
		if s.of == t {
			return &jsonschema.Schema{Ref: "#/$defs/" + named(t)}
		}
	}
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return &jsonschema.Schema{Type: "string"}
	}
	if t.Implements(reflect.TypeFor[json.Marshaler]()) {
		g.t.Errorf("%v writes JSON of its own: say how in reports/schema_test.go", t)
	}
	return nil
}

// define adds the definitions of shown types.
func (g generator) define(s *jsonschema.Schema) {
	for _, x := range shown {
		r := g.reflector()
		r.DoNotReference = true
		d := r.ReflectFromType(x.like)
		d.Version = ""
		s.Definitions[named(x.of)] = d
	}
}

// named tells types of different packages apart: two have an Outage.
func named(t reflect.Type) string {
	if t.Name() == "" { // lists and maps have no definition
		return ""
	}
	return path.Base(t.PkgPath()) + "." + t.Name()
}

// compiled is the schema ready to use; closed, it refuses what it does not know.
func compiled(t *testing.T, closed bool) *validator.Schema {
	t.Helper()
	doc := treeOf(t, SummarySchema())
	each(doc, func(o map[string]any) {
		if _, object := o["properties"]; closed && object {
			o["unevaluatedProperties"] = false
		}
	})
	c := validator.NewCompiler()
	if err := c.AddResource("summary.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("summary.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func written(t *testing.T, r Report) any {
	t.Helper()
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	v, err := validator.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What soak writes is as the schema says, and has nothing that the schema does not
// tell of: reports of all kinds, and of real runs of the library.
func TestSchemaIsKept(t *testing.T) {
	schema := compiled(t, true)
	for name, r := range map[string]Report{
		"nothing": {}, "virtual": fixture(t, false, true, false), "bad": fixture(t, true, true, false),
		"real": fixture(t, true, false, true, "timers ran late"),
	} {
		if err := schema.Validate(written(t, r)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"life", "drill-shared-link", "token-outage", "drill-mobile-networks"} {
		sc, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		sc.Viewers.Count = min(sc.Viewers.Count, 20)
		result, err := fleet.Run(context.Background(), sc, fleet.Options{Virtual: true, Causes: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(written(t, Report{Virtual: true, Scenario: sc, Summary: result.Summary, Manifests: &result.Manifests})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := compiled(t, false)
	for _, row := range []struct{ change, to, why string }{
		{`"decision":"pass"`, `"decision":1`, "a verdict that is a number"},
		{`"virtual":true`, `"virtual":"yes"`, "a word for a flag"},
		{`"summary":{`, `"sum":{`, "no summary"},
		{`"sumMicros":`, `"sumMicro":`, "a sketch without its sum"},
		{`"cohort":"hlsjs/guide-hlsjs/4g"`, `"cohort":7`, "a cohort that is a number"},
	} {
		var out bytes.Buffer
		if err := JSON(&out, fixture(t, false, true, false)); err != nil {
			t.Fatal(err)
		}
		var flat bytes.Buffer
		if err := json.Compact(&flat, out.Bytes()); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(flat.String(), row.change, row.to, 1)
		if text == flat.String() {
			t.Fatalf("%s: %s is not there", row.why, row.change)
		}
		v, err := validator.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("accepted %s", row.why)
		}
	}
	more := written(t, fixture(t, false, true, false)).(map[string]any)
	more["later"] = 1
	if err := schema.Validate(more); err != nil {
		t.Errorf("a new field, which does not raise the version: %v", err)
	}
}
