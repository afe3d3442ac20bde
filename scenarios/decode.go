package scenarios

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/refresher"
)

// decoder puts a tree of YAML into Go values, strictly, and remembers where each
// key stood.
type decoder struct {
	file    string
	source  []byte
	places  map[string]*token.Token // by key path
	anchors map[string]ast.Node
	nodes   int
	depth   int
}

// decode puts n into v. Keys that n does not have leave v's fields alone.
func (d *decoder) decode(key string, n ast.Node, v reflect.Value) error {
	d.depth++
	defer func() { d.depth-- }()
	if d.nodes++; d.nodes > maxNodes {
		return d.fail(key, n, fmt.Sprintf("file holds more than %d values, aliases counted", maxNodes), "")
	}
	if d.depth > maxDepth {
		return d.fail(key, n, fmt.Sprintf("values are nested more than %d deep", maxDepth), "")
	}
	n, wrong := d.plain(key, n)
	if wrong != nil {
		return wrong
	}
	if handled, err := d.special(key, n, v); handled {
		return err
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return d.decode(key, n, v.Elem())
	case reflect.Struct:
		return d.mapping(key, n, v)
	case reflect.Slice:
		return d.sequence(key, n, v)
	case reflect.Map:
		return d.table(key, n, v)
	}
	return d.scalar(key, n, v)
}

// plain takes anchors, aliases and tags away.
func (d *decoder) plain(key string, n ast.Node) (ast.Node, *Error) {
	for range maxDepth {
		switch x := n.(type) {
		case *ast.AnchorNode:
			d.anchors[x.Name.GetToken().Value] = x.Value
			n = x.Value
		case *ast.AliasNode:
			to, known := d.anchors[x.Value.GetToken().Value]
			if !known {
				return nil, d.fail(key, n, fmt.Sprintf("alias *%s names no anchor before it", x.Value.GetToken().Value), "")
			}
			n = to
		case *ast.TagNode:
			return nil, d.fail(key, n, "tags are not used in scenarios", "leave "+x.GetToken().Value+" out")
		case *ast.NullNode:
			return nil, d.fail(key, n, "the value is missing", "")
		case nil:
			return nil, &Error{File: d.file, Key: key, Problem: "the value is missing"}
		default:
			return n, nil
		}
	}
	return nil, d.fail(key, n, "alias leads back to itself", "")
}

// special decodes types that have a form of their own.
func (d *decoder) special(key string, n ast.Node, v reflect.Value) (handled bool, err error) {
	switch p := v.Addr().Interface().(type) {
	case *lab.Secret:
		return true, d.secret(key, n, "secrets do not stand in scenarios", "leave it out: the lab makes one from the seed")
	case *time.Duration:
		return true, d.duration(key, n, p)
	case *Threshold:
		return true, d.threshold(key, n, p)
	case *Cohort:
		*p = newCohort()
		return false, nil
	case *player.Config:
		return d.player(key, n, p)
	case *Address:
		return d.address(key, n, p)
	case *refresher.Policy:
		return true, d.policy(key, n, p)
	case *netem.Profile:
		return true, d.link(key, n, p)
	case encoding.TextUnmarshaler:
		text, ok := scalarText(n)
		if !ok {
			return true, d.fail(key, n, "is "+describe(n)+"; one value is expected", "")
		}
		if err := p.UnmarshalText([]byte(text)); err != nil {
			return true, d.fail(key, n, err.Error(), "")
		}
		return true, nil
	}
	return false, nil
}

// mapping puts the pairs of n into the fields of a struct.
func (d *decoder) mapping(key string, n ast.Node, v reflect.Value) error {
	pairs, err := d.pairs(key, n)
	if err != nil {
		if hint := "keys: " + strings.Join(keysOf(v.Type()), ", "); err.Hint == "" && len(hint) < 200 {
			err.Hint = hint
		}
		return err
	}
	for _, kv := range pairs {
		if err := d.pair(key, kv, v); err != nil {
			return err
		}
	}
	return nil
}

// pairs lists the pairs of a mapping, those it merges (<<) first.
func (d *decoder) pairs(key string, n ast.Node) ([]*ast.MappingValueNode, *Error) {
	m, ok := n.(ast.MapNode)
	if !ok {
		return nil, d.fail(key, n, "is "+describe(n)+"; a mapping is expected", "")
	}
	d.depth++
	defer func() { d.depth-- }()
	var merged, own []*ast.MappingValueNode
	for it := m.MapRange(); it.Next(); {
		if d.nodes++; d.nodes > maxNodes || d.depth > maxDepth {
			return nil, d.fail(key, n, fmt.Sprintf("file holds more than %d values, aliases counted", maxNodes), "")
		}
		if _, merge := it.Key().(*ast.MergeKeyNode); !merge {
			own = append(own, it.KeyValue())
			continue
		}
		from, err := d.plain(key, it.Value())
		if err != nil {
			return nil, err
		}
		more, err := d.pairs(key, from)
		if err != nil {
			return nil, err
		}
		merged = append(merged, more...)
	}
	return append(merged, own...), nil
}

func (d *decoder) pair(key string, kv *ast.MappingValueNode, v reflect.Value) error {
	name, ok := scalarText(kv.Key)
	if !ok {
		return d.fail(key, kv.Key, "keys are plain words", "")
	}
	field, ok := fieldOf(v, name)
	path := join(key, name)
	if !ok {
		return d.unknown(path, name, kv.Key, v.Type())
	}
	d.places[path] = kv.Key.GetToken()
	return d.decode(path, kv.Value, field)
}

// unknown is the error of a key that t does not have; at is nil outside a file.
func (d *decoder) unknown(path, name string, at ast.Node, t reflect.Type) error {
	keys := keysOf(t)
	hint := "keys here: " + strings.Join(keys, ", ")
	if near := nearest(name, keys); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	} else if len(keys) > 20 {
		hint = ""
	}
	if strings.Contains(strings.ToLower(name), "secret") {
		hint = "secrets stay in the environment: sign.secretEnv and tokenApi.headers name variables"
		if at != nil {
			return d.secret(path, at, "is no key here", hint)
		}
	}
	if at == nil {
		return &Error{Key: path, Problem: "is no key", Hint: hint}
	}
	return d.fail(path, at, "is no key here", hint)
}

// sequence replaces a slice.
func (d *decoder) sequence(key string, n ast.Node, v reflect.Value) error {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		return d.fail(key, n, "is "+describe(n)+"; a list is expected", "")
	}
	list := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, value := range seq.Values {
		path := fmt.Sprintf("%s[%d]", key, i)
		if value != nil {
			d.places[path] = value.GetToken()
		}
		if err := d.decode(path, value, list.Index(i)); err != nil {
			return err
		}
	}
	v.Set(list)
	return nil
}

// table replaces a map of texts.
func (d *decoder) table(key string, n ast.Node, v reflect.Value) error {
	pairs, wrong := d.pairs(key, n)
	if wrong != nil {
		return wrong
	}
	table := reflect.MakeMap(v.Type())
	for _, kv := range pairs {
		name, ok := scalarText(kv.Key)
		if !ok {
			return d.fail(key, kv.Key, "keys are plain words", "")
		}
		value := reflect.New(v.Type().Elem()).Elem()
		path := join(key, name)
		d.places[path] = kv.Key.GetToken()
		if err := d.decode(path, kv.Value, value); err != nil {
			return err
		}
		table.SetMapIndex(reflect.ValueOf(name), value)
	}
	v.Set(table)
	return nil
}

// scalar decodes one text, number or truth value.
func (d *decoder) scalar(key string, n ast.Node, v reflect.Value) error {
	text, ok := scalarText(n)
	if !ok {
		return d.fail(key, n, fmt.Sprintf("is %s; %s is expected", describe(n), kindName(v.Kind())), "")
	}
	bad := func() error {
		return d.fail(key, n, fmt.Sprintf("%.60q is not %s", text, kindName(v.Kind())), "")
	}
	switch v.Kind() {
	case reflect.String:
		if _, truth := n.(*ast.BoolNode); truth {
			return d.fail(key, n, text+" is a truth value; a text is expected", fmt.Sprintf("write %q", text))
		}
		v.SetString(text)
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			return bad()
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(digits(text), 10, v.Type().Bits())
		if err != nil {
			return bad()
		}
		v.SetInt(i)
	case reflect.Uint64:
		u, err := strconv.ParseUint(digits(text), 10, 64)
		if err != nil {
			return bad()
		}
		v.SetUint(u)
	case reflect.Float64:
		f, err := number(text)
		if err != nil {
			return bad()
		}
		v.SetFloat(f)
	default:
		return d.fail(key, n, fmt.Sprintf("cannot be set from a file (%s)", v.Type()), "")
	}
	return nil
}

// digits drops the separators of 400_000.
func digits(text string) string { return strings.ReplaceAll(text, "_", "") }

// number reads 0.5, 1e6, 400_000 or 50%.
func number(text string) (float64, error) {
	plain, percent := strings.CutSuffix(digits(text), "%")
	f, err := strconv.ParseFloat(strings.TrimSpace(plain), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	if percent {
		f /= 100
	}
	return f, nil
}

func (d *decoder) duration(key string, n ast.Node, to *time.Duration) error {
	text, ok := scalarText(n)
	if !ok {
		return d.fail(key, n, "is "+describe(n)+"; a duration like 2s is expected", "")
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		hint := "write a number with its unit: 300ms, 2s, 1m30s"
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			hint = fmt.Sprintf("durations carry their unit: %ss", text)
		}
		return d.fail(key, n, fmt.Sprintf("%.60q is not a duration", text), hint)
	}
	*to = v
	return nil
}

// scalarText is the text of a single value as written.
func scalarText(n ast.Node) (string, bool) {
	switch x := n.(type) {
	case *ast.StringNode:
		return x.Value, true
	case *ast.LiteralNode:
		return x.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a mapping"
	}
	if text, ok := scalarText(n); ok {
		return fmt.Sprintf("%.40q", text)
	}
	return "something else"
}

func kindName(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a text"
}
