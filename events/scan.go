package events

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// pair is a name and its value, as it stands in the line.
type pair struct {
	name  string
	value []byte
}

var errNoObject = errors.New("is no JSON object on one line")

// scan splits a line into pairs, which it appends to into. Samples are flat, and there
// are millions of them: it asks encoding/json whether the line is JSON at all, and then
// has only to find where things end.
func scan(line []byte, into []pair) ([]pair, error) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 || line[0] != '{' || !json.Valid(line) {
		return into, errNoObject
	}
	rest := bytes.TrimSpace(line[1 : len(line)-1])
	for len(rest) > 0 {
		end := endOf(rest)
		name, plain := unquoted(rest[:end])
		if !plain {
			if err := json.Unmarshal(rest[:end], &name); err != nil {
				return into, err
			}
		}
		rest = bytes.TrimSpace(rest[end:])
		rest = bytes.TrimSpace(rest[1:]) // the colon
		end = endOf(rest)
		into = append(into, pair{name, bytes.TrimSpace(rest[:end])})
		rest = bytes.TrimSpace(rest[end:])
		rest = bytes.TrimSpace(bytes.TrimPrefix(rest, []byte(",")))
	}
	return into, nil
}

// endOf is where the value ends with which valid JSON begins.
func endOf(text []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			if !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || c == ':'):
			return i
		}
	}
	return len(text)
}

// unquoted is a JSON string without its quotes, if it has no escapes and nothing that
// encoding/json would mend.
func unquoted(text []byte) (string, bool) {
	if len(text) < 2 || text[0] != '"' || bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
		return "", false
	}
	return string(text[1 : len(text)-1]), true
}
