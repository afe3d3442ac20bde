package events

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"soak/qoe"
)

// form is how a field's value stands in a line.
type form uint8

const (
	asInstant  form = iota // seconds since the start of the run; absent: never
	asDuration             // seconds
	asName                 // one word of a few
	asText
	asInteger
	asNumber
	asFlag
)

// formOf is the form of a field of that type; ok is false for types that have none.
func formOf(t reflect.Type) (f form, ok bool) {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return asInstant, true
	case t == reflect.TypeFor[time.Duration]():
		return asDuration, true
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return asName, true
	}
	switch t.Kind() {
	case reflect.String:
		return asText, true
	case reflect.Int, reflect.Int64:
		return asInteger, true
	case reflect.Float64:
		return asNumber, true
	case reflect.Bool:
		return asFlag, true
	}
	return 0, false
}

// codec writes samples as lines and reads them back.
type codec struct {
	start  time.Time
	byType map[reflect.Type]*lines
	byName map[string]*lines
}

// lines are how one kind of sample is written.
type lines struct {
	of     reflect.Type
	prefix string // of each line: {"event":"fetch","viewer":
	slots  []slot
	named  map[string]int // index of slots
}

type slot struct {
	index int    // of the field in the sample
	key   string // ,"at":
	form  form
}

// newCodec resolves the table. It fails only where the table does not fit its types,
// which tests see.
func newCodec(start time.Time) (*codec, error) {
	c := &codec{start: start, byType: map[reflect.Type]*lines{}, byName: map[string]*lines{}}
	for _, r := range records {
		l := &lines{of: r.of(), prefix: fmt.Sprintf(`{"event":%q,"viewer":`, r.name), named: map[string]int{}}
		for _, f := range r.fields {
			in, found := r.of().FieldByName(f.from)
			form, known := formOf(in.Type)
			if !found || !known {
				return nil, fmt.Errorf("%s has no field %s that can be written", r.of(), f.from)
			}
			l.named[f.name] = len(l.slots)
			l.slots = append(l.slots, slot{in.Index[0], fmt.Sprintf(",%q:", f.name), form})
		}
		c.byType[r.of()], c.byName[r.name] = l, l
	}
	return c, nil
}

// append adds the line of a sample to b, without its end: the caller closes the brace.
func (c *codec) append(b []byte, viewer int, s qoe.Sample) ([]byte, error) {
	v := reflect.ValueOf(s)
	l := c.byType[v.Type()]
	if l == nil {
		return b, fmt.Errorf("sample %T has no name in files of events", s)
	}
	b = strconv.AppendInt(append(b, l.prefix...), int64(viewer), 10)
	for i := range l.slots {
		b = c.field(b, &l.slots[i], v.Field(l.slots[i].index))
	}
	return b, nil
}

// field adds one field unless it is zero. An instant is zero when it is none, not
// when it is the start; a name is when it is empty.
func (c *codec) field(b []byte, s *slot, v reflect.Value) []byte {
	if s.form == asName {
		if name := fmt.Sprint(v.Interface()); name != "" {
			b = appendText(append(b, s.key...), name)
		}
		return b
	}
	if v.IsZero() {
		return b
	}
	b = append(b, s.key...)
	switch s.form {
	case asInstant:
		return appendSeconds(b, v.Interface().(time.Time).Sub(c.start))
	case asDuration:
		return appendSeconds(b, time.Duration(v.Int()))
	case asText:
		return appendText(b, v.String())
	case asInteger:
		return strconv.AppendInt(b, v.Int(), 10)
	case asFlag:
		return append(b, "true"...)
	}
	number, err := json.Marshal(v.Float())
	if err != nil { // not finite, which JSON cannot say
		number = []byte("0")
	}
	return append(b, number...)
}

// appendText quotes a text, most of which need no escape.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // of a string: cannot fail
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// sample makes a sample of the pairs of its line. Pairs that the kind does not have
// are from a later version, and left out.
func (c *codec) sample(l *lines, pairs []pair) (qoe.Sample, error) {
	v := reflect.New(l.of).Elem()
	for _, p := range pairs {
		i, known := l.named[p.name]
		if !known || string(p.value) == "null" {
			continue
		}
		if err := c.set(v.Field(l.slots[i].index), l.slots[i].form, p.value); err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return v.Interface().(qoe.Sample), nil
}

func (c *codec) set(v reflect.Value, f form, text []byte) error {
	switch f {
	case asInstant, asDuration:
		d, err := parseSeconds(string(text))
		if err != nil {
			return fmt.Errorf("%.40s %w", text, err)
		}
		if f == asDuration {
			v.SetInt(int64(d))
		} else {
			v.Set(reflect.ValueOf(c.start.Add(d)))
		}
		return nil
	case asInteger:
		n, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return fmt.Errorf("%.40s is no whole number", text)
		}
		v.SetInt(n)
		return nil
	}
	if plain, ok := unquoted(text); ok && f == asText {
		v.SetString(plain)
		return nil
	}
	return json.Unmarshal(text, v.Addr().Interface())
}
