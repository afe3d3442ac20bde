package refresher

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Literal is an answer as a script takes it that reads fields without looking:
// what `${data.token}` writes and what arithmetic makes of data.expires
// (ECMA-262 ToString and ToNumber).
type Literal struct {
	Token, TokenIP, Expires string  // "undefined" for a field that is not there
	Seconds                 float64 // NaN for what is no number
}

// jsonObject is an object as encoding/json has it, or a flat one.
type jsonObject struct {
	tree map[string]any
	flat []flatField
}

// jsonValue is a field's value; set is false for undefined.
type jsonValue struct {
	v   any
	set bool
}

// at follows a dotted path, or that of the guide when there is none.
func (o jsonObject) at(path, guide string) jsonValue {
	if path == "" {
		path = guide
	}
	if f := flatOf(o.flat, path); f != nil {
		return jsonValue{f.any(), true}
	}
	if v, ok := o.tree[path]; ok {
		return jsonValue{v, true}
	}
	head, rest, ok := strings.Cut(path, ".")
	if !ok {
		return jsonValue{}
	}
	inner, _ := o.tree[head].(map[string]any)
	return jsonObject{tree: inner}.at(rest, "")
}

func (o jsonObject) text(path, guide string) string {
	name := path
	if name == "" {
		name = guide
	}
	if f := flatOf(o.flat, name); f != nil && !f.number {
		return string(f.value)
	}
	s, _ := o.at(path, guide).v.(string)
	return s
}

// script is ToString.
func (j jsonValue) script() string {
	switch v := j.v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		if _, err := v.Int64(); err == nil && len(v) < 16 {
			return v.String() // exact in a double too
		}
		f := j.number()
		if f == math.Trunc(f) && math.Abs(f) < 1e21 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e21 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'e', -1, 64)
	case nil:
		if j.set {
			return "null"
		}
		return "undefined"
	}
	return "[object Object]"
}

// number is ToNumber.
func (j jsonValue) number() float64 {
	switch v := j.v.(type) {
	case string:
		return scriptNumber(v)
	case bool:
		if v {
			return 1
		}
		return 0
	case json.Number:
		f, _ := strconv.ParseFloat(v.String(), 64) // out of range gives ±Inf, as in a script
		return f
	case nil:
		if j.set {
			return 0
		}
	}
	return math.NaN()
}

// scriptNumber reads a decimal number; blanks are 0. Of Go's wider syntax (nan,
// underscores, hexadecimal fractions) scripts know nothing.
func scriptNumber(text string) float64 {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	if strings.Trim(text, "0123456789+-.eE") != "" {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && f == 0 {
		return math.NaN()
	}
	return f
}
