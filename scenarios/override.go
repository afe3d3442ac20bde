package scenarios

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"soak/netem"
	"soak/refresher"
)

// Override sets one key to a value, both as they would stand in a file:
//
//	token.lead                0s
//	lab.api.latency           lognormal(200ms, 0.5)     (short for target.lab.…)
//	viewers.mix[1].link       3g
//	viewers.mix[*].link.loss  2%                        (every cohort)
//
// The error is Parse's, without a place. Values that must fit together (a lead
// below the TTL) are checked by Validate once all are set.
func (s *Scenario) Override(key, value string) error {
	d := &decoder{source: []byte(value), places: make(map[string]*token.Token), anchors: make(map[string]ast.Node)}
	if key == "lab" || strings.HasPrefix(key, "lab.") {
		key = "target." + key
	}
	steps, err := split(key)
	if err != nil {
		return &Error{Key: key, Problem: err.Error(), Hint: "write it like token.lead or viewers.mix[0].link"}
	}
	changed := s.copy()
	changed.unname()
	if err := d.set("", steps, value, reflect.ValueOf(&changed).Elem()); err != nil {
		return err
	}
	changed.settle()
	*s = changed
	return nil
}

// copy is a scenario that shares nothing changeable with s.
func (s *Scenario) copy() Scenario {
	c := *s
	return deep(reflect.ValueOf(c)).Interface().(Scenario)
}

// deep copies what pointers, slices and maps lead to. Structs with fields that
// reflection may not set are values and are copied as such.
func deep(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deep(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deep(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
			for it := v.MapRange(); it.Next(); {
				out.SetMapIndex(it.Key(), deep(it.Value()))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(deep(v.Field(i)))
			}
		}
	}
	return out
}

// split cuts a.b[0].c into a, b, [0], c.
func split(key string) ([]string, error) {
	var steps []string
	for _, part := range strings.Split(key, ".") {
		name, index, _ := strings.Cut(part, "[")
		if name == "" {
			return nil, fmt.Errorf("%q is no key", key)
		}
		steps = append(steps, name)
		for index != "" {
			inner, rest, closed := strings.Cut(index, "]")
			if !closed || rest != "" && rest[0] != '[' {
				return nil, fmt.Errorf("%q is no key", key)
			}
			steps = append(steps, "["+inner+"]")
			index = strings.TrimPrefix(rest, "[")
		}
	}
	return steps, nil
}

// set walks down to the value that steps lead to and decodes text into it.
func (d *decoder) set(key string, steps []string, text string, v reflect.Value) error {
	if len(steps) == 0 {
		n, err := d.value(key, text, v)
		if err != nil {
			return err
		}
		return d.decode(key, n, v)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.set(key, steps, text, v.Elem())
	}
	step, rest := steps[0], steps[1:]
	switch {
	case step[0] == '[' && v.Kind() == reflect.Slice:
		return d.setItems(key, step, rest, text, v)
	case v.Kind() == reflect.Map && len(rest) == 0:
		return d.setEntry(join(key, step), step, text, v)
	case v.Kind() == reflect.Struct && step[0] != '[':
		field, ok := fieldOf(v, step)
		if !ok {
			return d.unknown(join(key, step), step, nil, v.Type())
		}
		if step == "name" && isPreset(v.Type()) {
			return d.set(key, nil, text, v) // a name brings all that it stands for
		}
		return d.set(join(key, step), rest, text, field)
	}
	return &Error{Key: key, Problem: fmt.Sprintf("has no %s", strings.Trim(step, "[]"))}
}

// setItems sets one item of a list, or all for [*].
func (d *decoder) setItems(key, step string, rest []string, text string, v reflect.Value) error {
	if step == "[*]" {
		for i := range v.Len() {
			if err := d.set(fmt.Sprintf("%s[%d]", key, i), rest, text, v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
	i, err := strconv.Atoi(strings.Trim(step, "[]"))
	if err != nil || i < 0 || i >= v.Len() {
		return &Error{Key: key + step, Problem: fmt.Sprintf("there are %d, counted from 0", v.Len())}
	}
	return d.set(key+step, rest, text, v.Index(i))
}

func (d *decoder) setEntry(key, name, text string, v reflect.Value) error {
	value := reflect.New(v.Type().Elem()).Elem()
	if err := d.set(key, nil, text, value); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	v.SetMapIndex(reflect.ValueOf(name), value)
	return nil
}

// value is text as YAML; for plain texts it is the text itself, whatever signs
// stand in it.
func (d *decoder) value(key, text string, v reflect.Value) (ast.Node, error) {
	if v.Kind() == reflect.String {
		tk := token.String(text, text, &token.Position{Line: 1, Column: 1})
		return ast.String(tk), nil
	}
	n, err := (&decoder{source: []byte(text)}).parse()
	if err != nil {
		problem := err.Error()
		if e, ok := err.(*Error); ok {
			problem = e.Problem
		}
		return nil, &Error{Key: key, Problem: fmt.Sprintf("%.60q: %s", text, problem)}
	}
	return n, nil
}

// isPreset tells whether values of t are chosen by name.
func isPreset(t reflect.Type) bool {
	return t == reflect.TypeFor[refresher.Policy]() || t == reflect.TypeFor[netem.Profile]()
}
