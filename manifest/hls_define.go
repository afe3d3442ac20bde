package manifest

import (
	"bytes"
	"net/url"
	"strings"
)

// scope is what a playlist may take from outside itself with EXT-X-DEFINE (RFC
// 8216bis section 4.4.2.3).
type scope struct {
	base  string            // its own URL, for QUERYPARAM
	child bool              // vars are known: it was reached through a multivariant playlist
	vars  map[string]string // of that multivariant playlist, for IMPORT
}

// define is EXT-X-DEFINE. hls.js too refuses a second definition, a variable that
// the multivariant playlist does not have, and a query parameter that the URL
// does not have.
func (n *normalizer) define(number int, text string) *Error {
	attr, _ := parseAttributes(text)
	name, value, bad := n.definition(number, attr)
	if bad != nil || name == "" {
		return bad
	}
	if _, twice := n.vars[name]; twice {
		return unsupported(number, "variable %s is defined twice", quote(name))
	}
	if n.vars == nil {
		n.vars = make(map[string]string)
	}
	n.vars[name] = value
	return nil
}

// definition is a variable's name and value; no name when it stays unknown.
func (n *normalizer) definition(number int, attr attributes) (name, value string, bad *Error) {
	if name = attr.get("NAME"); name != "" {
		if !attr.has("VALUE") {
			n.doc.find(Illegal, number, clauseDefine, "EXT-X-DEFINE NAME without VALUE")
		}
		value, bad = n.substitute(number, attr.get("VALUE"))
		return name, value, bad
	}
	if name = attr.get("QUERYPARAM"); name != "" {
		value, known := queryParam(n.scope.base, name)
		if !known {
			return "", "", unsupported(number, "EXT-X-DEFINE: the playlist's URL has no query parameter %s", quote(name))
		}
		if strings.ContainsAny(value, "\r\n\"") {
			return "", "", unsupported(number, "EXT-X-DEFINE: query parameter %s holds a line break or a quote", quote(name))
		}
		return name, value, nil
	}
	name = attr.get("IMPORT")
	switch value, known := n.scope.vars[name]; {
	case name == "":
		return "", "", unsupported(number, "EXT-X-DEFINE without NAME, IMPORT or QUERYPARAM")
	case !n.media:
		return "", "", unsupported(number, "EXT-X-DEFINE:IMPORT in a multivariant playlist, which has no parent")
	case known:
		return name, value, nil
	case n.scope.child:
		return "", "", unsupported(number, "EXT-X-DEFINE: the multivariant playlist has no variable %s to import", quote(name))
	}
	n.missing = "it is imported from the multivariant playlist; load that first"
	return "", "", nil
}

// queryParam is the decoded value of a parameter of a URL's query.
func queryParam(base, name string) (string, bool) {
	u, err := url.Parse(base)
	if err != nil {
		return "", false
	}
	values := u.Query()[name]
	if len(values) == 0 || values[0] == "" {
		return "", false
	}
	return values[0], true
}

// maxGrowth bounds what substitution adds to a playlist.
const maxGrowth = 4 << 20

// substitute replaces {$name} (RFC 8216bis section 4.3). hls.js too refuses a
// playlist that refers to a variable not defined before.
func (n *normalizer) substitute(number int, line string) (string, *Error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "{$")
		b.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		value, known := n.vars[name]
		switch {
		case closed && !known && n.missing != "":
			return "", unsupported(number, "variable %s is not known: %s", quote(name), n.missing)
		case closed && !known:
			return "", unsupported(number, "variable %s is not defined before it is used", quote(name))
		case !closed:
			return "", truncated(number, "a variable reference is not closed")
		}
		b.WriteString(value)
		line = after
		// Variables may be made of variables: a few lines can ask for gigabytes.
		if n.grown += len(value); n.grown > maxGrowth {
			return "", unsupported(number, "its variables make it grow by more than %d MB", maxGrowth>>20)
		}
	}
	return b.String(), nil
}

// asked lists what a playlist takes from outside, one definition each: together
// with the body it decides what the playlist says.
func (s scope) asked(body []byte) string {
	var key strings.Builder
	for _, line := range definitions(body) {
		attr, _ := parseAttributes(line)
		if name := attr.get("QUERYPARAM"); name != "" {
			value, known := queryParam(s.base, name)
			writeAsked(&key, "?"+name, value, known)
		}
		if name := attr.get("IMPORT"); name != "" {
			value, known := s.vars[name]
			writeAsked(&key, "^"+name, value, known || s.child)
		}
	}
	return key.String()
}

func writeAsked(b *strings.Builder, name, value string, known bool) {
	b.WriteString(url.QueryEscape(name))
	if known {
		b.WriteByte('=')
		b.WriteString(url.QueryEscape(value))
	}
	b.WriteByte('&')
}

// definitions are the attributes of every EXT-X-DEFINE in a body, and perhaps of
// what only looks like one.
func definitions(body []byte) []string {
	var found []string
	for {
		i := bytes.Index(body, []byte("#EXT-X-DEFINE:"))
		if i < 0 {
			return found
		}
		body = body[i+len("#EXT-X-DEFINE:"):]
		end := bytes.IndexByte(body, '\n')
		if end < 0 {
			end = len(body)
		}
		found = append(found, string(bytes.TrimSpace(body[:end])))
		body = body[end:]
	}
}
