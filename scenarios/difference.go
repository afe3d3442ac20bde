package scenarios

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// Difference is a key that two scenarios do not share, as a file has it.
type Difference struct {
	Key string `json:"key"` // target.lab.api.latency, viewers.mix[2].policy
	A   string `json:"a"`   // empty: not there, so it is the default
	B   string `json:"b"`
}

// Differences lists the keys in which two scenarios differ, those of a first and then
// those that b has besides, in the order of their files.
func Differences(a, b Scenario) ([]Difference, error) {
	one, err := a.leaves()
	if err != nil {
		return nil, err
	}
	other, err := b.leaves()
	if err != nil {
		return nil, err
	}
	in := make(map[string]string, len(other))
	for _, l := range other {
		in[l.key] = l.value
	}
	var all []Difference
	seen := make(map[string]bool, len(one))
	for _, l := range one {
		seen[l.key] = true
		if in[l.key] != l.value {
			all = append(all, Difference{l.key, l.value, in[l.key]})
		}
	}
	for _, l := range other {
		if !seen[l.key] {
			all = append(all, Difference{l.key, "", l.value})
		}
	}
	return all, nil
}

// leaf is one value of a file and where it stands.
type leaf struct{ key, value string }

// leaves are all values of the scenario's file.
func (s Scenario) leaves() ([]leaf, error) {
	text, err := s.YAML()
	if err != nil {
		return nil, err
	}
	var tree yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(text, &tree, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name, err)
	}
	return leavesOf("", tree, nil), nil
}

func leavesOf(key string, v any, all []leaf) []leaf {
	switch x := v.(type) {
	case yaml.MapSlice:
		for _, item := range x {
			sub := fmt.Sprint(item.Key)
			if key != "" {
				sub = key + "." + sub
			}
			all = leavesOf(sub, item.Value, all)
		}
		return all
	case []any:
		for i, sub := range x {
			all = leavesOf(fmt.Sprintf("%s[%d]", key, i), sub, all)
		}
		return all
	}
	return append(all, leaf{key, fmt.Sprint(v)})
}
