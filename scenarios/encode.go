package scenarios

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/goccy/go-yaml"

	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// YAML writes the scenario as a file that Parse reads back to the same value.
// Built-in policies and links are written by name, with what differs from them.
func (s Scenario) YAML() ([]byte, error) {
	base := fileBase()
	s = s.copy()
	s.unname()
	tree, err := structure(reflect.ValueOf(s), reflect.ValueOf(base), true)
	if err != nil {
		return nil, err
	}
	out, err := yaml.MarshalWithOptions(tree, yaml.IndentSequence(true), yaml.UseLiteralStyleIfMultiline(true))
	if err != nil {
		return nil, fmt.Errorf("scenario %s cannot be written: %w", s.Name, err)
	}
	return out, nil
}

// structure lists the fields of v that a reader who starts from base must be
// told: those that differ from it. With full set, those that are not zero too.
func structure(v, base reflect.Value, full bool) (yaml.MapSlice, error) {
	var tree yaml.MapSlice
	for i := range v.NumField() {
		key, inline := keyOf(v.Type().Field(i))
		if key == "" && !inline {
			continue
		}
		same := reflect.DeepEqual(v.Field(i).Interface(), base.Field(i).Interface())
		if same && (!full || v.Field(i).IsZero()) || v.Field(i).Kind() == reflect.Pointer && v.Field(i).IsNil() {
			continue
		}
		value, err := written(v.Field(i), base.Field(i), full)
		if err != nil {
			return nil, err
		}
		if sub, ok := value.(yaml.MapSlice); ok && (inline || len(sub) == 0 && v.Field(i).Kind() == reflect.Struct) {
			tree = append(tree, sub...)
			continue
		}
		tree = append(tree, yaml.MapItem{Key: key, Value: value})
	}
	return tree, nil
}

// written is what stands in a file for v.
func written(v, base reflect.Value, full bool) (any, error) {
	switch x := v.Interface().(type) {
	case time.Duration:
		return short(x), nil
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1e15 {
			return int64(x), nil
		}
	case player.Config:
		return writtenPlayer(x)
	case Address:
		return writtenAddress(x)
	case refresher.Policy:
		return writtenPolicy(x)
	case netem.Profile:
		return writtenLink(x)
	case Threshold:
		if x == (Threshold{Expr: x.Expr}) {
			return x.Expr, nil
		}
	case encoding.TextMarshaler:
		text, err := x.MarshalText()
		return string(text), err
	}
	switch v.Kind() {
	case reflect.Pointer:
		return written(v.Elem(), reflect.Zero(v.Type().Elem()), full)
	case reflect.Struct:
		return structure(v, base, full)
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			item, err := written(v.Index(i), reflect.Zero(v.Type().Elem()), full)
			if err != nil {
				return nil, err
			}
			list[i] = item
		}
		return list, nil
	}
	return v.Interface(), nil
}

func writtenPlayer(c player.Config) (any, error) {
	if reflect.DeepEqual(c, player.Config{Profile: player.Generic, Generic: player.GenericConfig{Format: c.Generic.Format}}) && c.Generic.Format != "" {
		return c.Profile + " " + c.Generic.Format, nil
	}
	if reflect.DeepEqual(c, player.Config{Profile: c.Profile, Version: c.Version}) && c.Profile != "" {
		if c.Version == "" {
			return c.Profile, nil
		}
		return c.Profile + " " + c.Version, nil
	}
	return structure(reflect.ValueOf(c), reflect.ValueOf(player.Config{}), true)
}

func writtenPolicy(p refresher.Policy) (any, error) {
	base, err := refresher.Builtin(p.Name)
	if err != nil {
		return nil, fmt.Errorf("policy cannot be written: %w", err)
	}
	base.Lead = nil
	return preset(p.Name, reflect.ValueOf(p), reflect.ValueOf(base))
}

func writtenLink(l netem.Profile) (any, error) {
	if base, err := netem.Builtin(l.Name); err == nil {
		return preset(l.Name, reflect.ValueOf(l), reflect.ValueOf(base))
	}
	tree, err := structure(reflect.ValueOf(l), reflect.ValueOf(netem.Profile{}), true)
	if l.RTT == 0 && len(l.Steps) == 0 && l.Trace == "" {
		tree = append(tree, yaml.MapItem{Key: "rtt", Value: "0s"}) // tells a new link from a misspelt one
	}
	return tree, err
}

// preset is a built-in's name, with what differs from it if anything does.
func preset(name string, v, base reflect.Value) (any, error) {
	changes, err := structure(v, base, false)
	if err != nil || len(changes) == 0 {
		return name, err
	}
	return append(yaml.MapSlice{{Key: "name", Value: name}}, changes...), nil
}

// short is a duration without the zeros of Duration.String: 1m, not 1m0s.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "0s"
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
