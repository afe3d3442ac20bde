package manifest

import "strings"

// attributes is an attribute list (RFC 8216bis section 4.2) in the order it was
// written. Of an attribute that stands there twice the last counts, as in hls.js.
type attributes []attribute

type attribute struct {
	name, value string
	quoted      bool
}

// get is the value of an attribute, without its quotes; "" when it is absent or
// empty.
func (a attributes) get(name string) string {
	v, _ := a.look(name)
	return v
}

func (a attributes) has(name string) bool {
	_, ok := a.look(name)
	return ok
}

func (a attributes) yes(name string) bool { return a.get(name) == "YES" }

func (a attributes) look(name string) (string, bool) {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].name == name {
			return a[i].value, true
		}
	}
	return "", false
}

// parseAttributes reads NAME=value,NAME="value". It forgives what players
// forgive; fault says the first thing it had to forgive, "" when there was none.
func parseAttributes(text string) (list attributes, fault string) {
	blame := func(what string) {
		if fault == "" {
			fault = what
		}
	}
	list = make(attributes, 0, 1+strings.Count(text, ","))
	for text != "" {
		name, rest, hasValue := strings.Cut(text, "=")
		if comma := strings.IndexByte(name, ','); comma >= 0 || !hasValue {
			if comma < 0 {
				comma = len(text) - 1
			}
			if blank := strings.TrimSpace(text[:comma+1]); blank != "" {
				blame("an attribute without a value")
			}
			text = text[comma+1:]
			continue
		}
		a := attribute{name: strings.TrimSpace(name)}
		a.value, a.quoted, text = attributeValue(rest, blame)
		if a.name != name {
			blame("white space round an attribute")
		}
		if list.has(a.name) {
			blame("an attribute twice")
		}
		list = append(list, a)
	}
	return list, fault
}

func attributeValue(text string, blame func(string)) (value string, quoted bool, rest string) {
	trimmed := strings.TrimLeft(text, " \t")
	if strings.HasPrefix(trimmed, `"`) {
		value, rest, closed := strings.Cut(trimmed[1:], `"`)
		if !closed {
			blame("a quoted string that is not closed")
		}
		after, rest, _ := strings.Cut(rest, ",")
		if strings.TrimSpace(after) != "" {
			blame("text behind a quoted string")
		}
		return value, true, rest
	}
	value, rest, _ = strings.Cut(text, ",")
	if v := strings.TrimSpace(value); v != value {
		blame("white space round an attribute")
		value = v
	}
	return value, false, rest
}
