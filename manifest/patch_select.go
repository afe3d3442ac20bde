package manifest

import (
	"strings"
)

// chosen is what a selector names: an element, one of its attributes, its text.
type chosen struct {
	element   *node
	attribute string
	text      bool
}

// choose walks a selector, "/MPD/Period[@id='1']/AdaptationSet[2]/@x" say, from
// the root. It must name exactly one node (RFC 5261 section 4.1).
func choose(tree *node, sel string) (chosen, *Error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(sel), "/")
	if !ok {
		return chosen{}, unfit(0, "a selector that does not begin with /")
	}
	at := []*node{tree}
	for {
		step, more, bad := cutStep(rest)
		if bad != nil {
			return chosen{}, bad
		}
		if step == "text()" {
			return last(at, "", true, more)
		}
		if name, isAttribute := strings.CutPrefix(step, "@"); isAttribute {
			if !xmlName(name) {
				return chosen{}, unfit(0, "a selector of an attribute that is none")
			}
			return last(at, name, false, more)
		}
		if at, bad = descend(at, step); bad != nil {
			return chosen{}, bad
		}
		if rest = more; rest == "" {
			return last(at, "", false, "")
		}
	}
}

// cutStep cuts the first step off a path, past slashes inside predicates.
func cutStep(path string) (step, rest string, bad *Error) {
	var quoted byte
	depth := 0
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '/' && depth == 0:
			if i+1 == len(path) {
				return "", "", unfit(0, "a selector that ends in /")
			}
			return path[:i], path[i+1:], nil
		}
	}
	if quoted != 0 || depth != 0 || path == "" {
		return "", "", unfit(0, "a selector that is cut off")
	}
	return path, "", nil
}

func last(at []*node, attribute string, text bool, more string) (chosen, *Error) {
	if more != "" {
		return chosen{}, unfit(0, "a selector that goes on behind an attribute")
	}
	if len(at) != 1 || at[0].name == "" {
		return chosen{}, unfit(0, "a selector that finds %d nodes", len(at))
	}
	if i := strings.IndexByte(attribute, ':'); i >= 0 {
		attribute = attribute[i+1:]
	}
	if attribute != "" {
		if _, ok := at[0].attr(attribute); !ok {
			return chosen{}, unfit(0, "a selector of an attribute that is not there")
		}
	}
	return chosen{element: at[0], attribute: attribute, text: text}, nil
}

// descend is one step: a name and its predicates, each applied to what the one
// before left, as XPath does.
func descend(at []*node, step string) ([]*node, *Error) {
	name, predicates, _ := strings.Cut(step, "[")
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:] // the prefix, by which the patch document calls the MPD's namespace
	}
	if name = strings.TrimSpace(name); !xmlName(name) && name != "*" {
		return nil, unfit(0, "a selector that is not read (only names, positions and attribute values are)")
	}
	if predicates != "" {
		predicates = "[" + predicates
	}
	var out []*node
	for _, n := range at {
		var found []*node
		for _, c := range n.children {
			if c.name != "" && (c.name == name || name == "*") {
				found = append(found, c)
			}
		}
		var bad *Error
		for rest := predicates; rest != ""; {
			var predicate string
			if predicate, rest, bad = cutPredicate(rest); bad != nil {
				return nil, bad
			}
			if found, bad = filter(found, predicate); bad != nil {
				return nil, bad
			}
		}
		out = append(out, found...)
	}
	return out, nil
}

// cutPredicate cuts "[…]" off the front of a text.
func cutPredicate(text string) (predicate, rest string, bad *Error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "[") {
		return "", "", unfit(0, "a selector with a text between predicates")
	}
	var quoted byte
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quoted != 0:
			if c == quoted {
				quoted = 0
			}
		case c == '\'' || c == '"':
			quoted = c
		case c == ']':
			return strings.TrimSpace(text[1:i]), strings.TrimSpace(text[i+1:]), nil
		}
	}
	return "", "", unfit(0, "a selector that is cut off")
}

// filter keeps what a predicate holds for: a position, @name or @name='value'.
func filter(in []*node, predicate string) ([]*node, *Error) {
	if n, ok := decimalText(predicate); ok {
		if n > len(in) {
			return nil, nil
		}
		return in[n-1 : n], nil
	}
	if predicate == "last()" {
		return in[max(0, len(in)-1):], nil
	}
	name, value, compared := strings.Cut(predicate, "=")
	name, isAttribute := strings.CutPrefix(strings.TrimSpace(name), "@")
	if i := strings.IndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	value = strings.TrimSpace(value)
	if !isAttribute || !xmlName(name) {
		return nil, unfit(0, "a selector with a predicate that is not read (only positions and attribute values are)")
	}
	if compared {
		if len(value) < 2 || value[0] != value[len(value)-1] || value[0] != '\'' && value[0] != '"' || strings.IndexByte(value[1:len(value)-1], value[0]) >= 0 {
			return nil, unfit(0, "a selector whose attribute value is not quoted")
		}
		value = value[1 : len(value)-1]
	}
	var out []*node
	for _, n := range in {
		if v, ok := n.attr(name); ok && (!compared || v == value) {
			out = append(out, n)
		}
	}
	return out, nil
}
