package scenarios

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// player reads "hlsjs", "dashjs 4.7" or "generic dash"; a mapping is read as usual,
// over nothing.
func (d *decoder) player(key string, n ast.Node, to *player.Config) (handled bool, err error) {
	*to = player.Config{}
	text, ok := scalarText(n)
	if !ok {
		return false, nil
	}
	words := strings.Fields(text)
	if len(words) == 0 || len(words) > 2 {
		return true, d.fail(key, n, fmt.Sprintf("%.60q is no player", text), "write hlsjs, dashjs or generic, or a profile and its version: dashjs 4.7")
	}
	to.Profile = words[0]
	switch {
	case len(words) == 2 && to.Profile == player.Generic:
		to.Generic.Format = words[1]
	case len(words) == 2:
		to.Version = words[1]
	}
	return true, nil
}

// policy reads a built-in's name, or a mapping that starts from the built-in that
// name says.
func (d *decoder) policy(key string, n ast.Node, to *refresher.Policy) error {
	name, at, err := d.preset(key, n, to.Name)
	if err != nil {
		return err
	}
	p, err := refresher.Builtin(name)
	if err != nil {
		if at == nil {
			at = n
		}
		return d.fail(key, at, fmt.Sprintf("%.60q is no policy", name), didYouMean(name, policyNames()))
	}
	p.Lead = nil // the token's, unless the mapping says otherwise
	*to = p
	if n == at {
		return nil
	}
	return d.mapping(key, n, reflect.ValueOf(to).Elem())
}

// customLink is the name of a link that is described but not named.
const customLink = "custom"

// link reads a built-in's name, or a mapping that starts from the built-in that
// name says. With rtt, steps or trace it may be a new link of any name or none.
func (d *decoder) link(key string, n ast.Node, to *netem.Profile) error {
	traced := d.pairOf(n, "trace") != nil
	described := traced || d.pairOf(n, "steps") != nil || d.pairOf(n, "rtt") != nil
	before := lanLink
	if described {
		before = customLink
	}
	name, at, err := d.preset(key, n, before)
	if err != nil {
		return err
	}
	p, err := netem.Builtin(name)
	switch {
	case err != nil && !described:
		return d.fail(key, at, fmt.Sprintf("%.60q is no link", name), didYouMean(name, netem.Builtins())+"; or describe a new one with rtt and steps, or trace")
	case err != nil:
		p = netem.Profile{Name: name}
	}
	if traced {
		p.Steps, p.Scatter = nil, true
	}
	*to = p
	if n == at {
		return nil
	}
	return d.mapping(key, n, reflect.ValueOf(to).Elem())
}

// preset is the name of the built-in to start from: n itself, or its name key,
// or before when it has none. at is where it stands.
func (d *decoder) preset(key string, n ast.Node, before string) (name string, at ast.Node, err error) {
	if text, ok := scalarText(n); ok {
		return text, n, nil
	}
	if _, ok := n.(ast.MapNode); !ok {
		return "", nil, d.fail(key, n, "is "+describe(n)+"; a name or a mapping is expected", "")
	}
	kv := d.pairOf(n, "name")
	if kv == nil {
		return before, nil, nil
	}
	text, ok := scalarText(kv.Value)
	if !ok {
		return "", nil, d.fail(join(key, "name"), kv.Key, "is no name", "")
	}
	return text, kv.Value, nil
}

// pairOf is the pair of a mapping with that key; nil when there is none.
func (d *decoder) pairOf(n ast.Node, name string) (found *ast.MappingValueNode) {
	pairs, _ := d.pairs("", n) // what is wrong with them shows when they are decoded
	for _, kv := range pairs {
		if text, ok := scalarText(kv.Key); ok && text == name {
			found = kv
		}
	}
	return found
}

// threshold reads an expression, {expr, cohort}, or k6's metric: condition, which
// YAML takes for a mapping.
func (d *decoder) threshold(key string, n ast.Node, to *Threshold) error {
	*to = Threshold{}
	if text, ok := scalarText(n); ok {
		to.Expr = text
	} else if metric, cond, ok := sugarPair(n); ok {
		to.Expr = metric + ": " + cond
	} else if err := d.mapping(key, n, reflect.ValueOf(to).Elem()); err != nil {
		return err
	}
	if _, _, err := to.compile(); err != nil {
		return d.misspelt(key, n, err)
	}
	return nil
}

// misspelt puts what is wrong with a threshold's expression below the very letter,
// where the file holds it as it is: not broken over lines, nothing escaped.
func (d *decoder) misspelt(key string, n ast.Node, err error) error {
	var w *wrong
	if !errors.As(err, &w) {
		return d.fail(key, n, err.Error(), "")
	}
	e := d.fail(key, n, w.problem, w.hint)
	if kv := d.pairOf(n, "expr"); kv != nil {
		e = d.fail(key, kv.Value, w.problem, w.hint)
	}
	if !e.advance(d.source, w) {
		e.excerpt += w.excerpt()
	}
	return e
}

func sugarPair(n ast.Node) (metric, condition string, ok bool) {
	m, isMap := n.(ast.MapNode)
	if !isMap {
		return "", "", false
	}
	it := m.MapRange()
	if !it.Next() {
		return "", "", false
	}
	metric, ok = scalarText(it.Key())
	condition, is := scalarText(it.Value())
	ok = ok && is && !it.Next()
	if !slices.ContainsFunc(metricNames(), func(name string) bool { return strings.HasPrefix(name, metric) }) {
		return "", "", false
	}
	return metric, condition, ok
}

// didYouMean names the nearest, or all when none is near.
func didYouMean(text string, names []string) string {
	if near := nearest(text, names); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	return "there are " + strings.Join(names, ", ")
}

func policyNames() (names []string) {
	for _, p := range refresher.Policies() {
		names = append(names, p.Name)
	}
	return names
}
