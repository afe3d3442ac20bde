package scenarios

import (
	"reflect"
	"strings"
)

// Key paths look like target.lab.api.latency and viewers.mix[0].policy.

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// parent is the path around the last key; empty at the top.
func parent(key string) string { return key[:max(strings.LastIndexAny(key, ".["), 0)] }

// keyOf is the name that a field has in files; empty for fields that have none.
func keyOf(f reflect.StructField) (name string, inline bool) {
	name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if !f.IsExported() || name == "-" {
		return "", false
	}
	return name, strings.Contains(options, "inline")
}

// fieldOf is the field of a struct that a key names.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		key, inline := keyOf(v.Type().Field(i))
		if inline {
			if f, ok := fieldOf(v.Field(i), name); ok {
				return f, true
			}
		} else if key == name && key != "" {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// keysOf lists the keys of a struct in the order of its fields.
func keysOf(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if key, inline := keyOf(f); inline {
			keys = append(keys, keysOf(f.Type)...)
		} else if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}
