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

// jsonValue is a field's value. The zero one is that of a field that is not there.
type jsonValue struct {
	kind jsonKind
	text string // of a string, a number, true and false
}

type jsonKind uint8

const (
	jsonUndefined jsonKind = iota
	jsonNull
	jsonBool
	jsonNumber
	jsonString
	jsonOther // an object or an array
)

func valueOf(v any) jsonValue {
	switch v := v.(type) {
	case string:
		return jsonValue{jsonString, v}
	case bool:
		return jsonValue{jsonBool, strconv.FormatBool(v)}
	case json.Number:
		return jsonValue{jsonNumber, v.String()}
	case nil:
		return jsonValue{kind: jsonNull}
	}
	return jsonValue{kind: jsonOther}
}

func (f *flatField) json() jsonValue {
	if f.number {
		return jsonValue{jsonNumber, f.value}
	}
	return jsonValue{jsonString, f.value}
}

// at follows a dotted path, or that of the guide when there is none.
func (o *jsonObject) at(path, guide string) jsonValue {
	if path == "" {
		path = guide
	}
	if f := flatOf(o.flat, path); f != nil {
		return f.json()
	}
	if o.tree == nil {
		return jsonValue{}
	}
	if v, ok := o.tree[path]; ok {
		return valueOf(v)
	}
	head, rest, ok := strings.Cut(path, ".")
	if !ok {
		return jsonValue{}
	}
	inner, _ := o.tree[head].(map[string]any)
	return (&jsonObject{tree: inner}).at(rest, "")
}

// string is a field that is one; else empty.
func (o *jsonObject) string(path, guide string) string {
	if v := o.at(path, guide); v.kind == jsonString {
		return v.text
	}
	return ""
}

// script is ToString.
func (j jsonValue) script() string {
	switch j.kind {
	case jsonString, jsonBool:
		return j.text
	case jsonNumber:
		if whole(j.text) && len(j.text) < 16 {
			return j.text // exact in a double too
		}
		f := j.number()
		if f == math.Trunc(f) && math.Abs(f) < 1e21 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e21 {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		return strconv.FormatFloat(f, 'e', -1, 64)
	case jsonNull:
		return "null"
	case jsonUndefined:
		return "undefined"
	}
	return "[object Object]"
}

// whole tells whether a number of JSON has neither fraction nor exponent.
func whole(number string) bool {
	for i := range len(number) {
		if c := number[i]; c != '-' && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// number is ToNumber.
func (j jsonValue) number() float64 {
	switch j.kind {
	case jsonString:
		return scriptNumber(j.text)
	case jsonBool:
		if j.text == "true" {
			return 1
		}
		return 0
	case jsonNumber:
		f, _ := strconv.ParseFloat(j.text, 64) // out of range gives ±Inf, as in a script
		return f
	case jsonNull:
		return 0
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
