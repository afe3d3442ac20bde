package token

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is what is being streamed; it names the first segment of the path.
type Kind uint8

// Kinds of stream.
const (
	VOD  Kind = iota // /videos/…
	Live             // /cmaf/…
)

// String is the kind as the token API's type parameter spells it.
func (k Kind) String() string {
	switch k {
	case VOD:
		return "vod"
	case Live:
		return "live"
	}
	return "kind " + strconv.Itoa(int(k))
}

// MarshalText writes "vod" or "live".
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads "vod" or "live".
func (k *Kind) UnmarshalText(text []byte) error {
	switch string(text) {
	case "vod":
		*k = VOD
	case "live":
		*k = Live
	default:
		return fmt.Errorf("stream type %q is not known: use vod or live", text)
	}
	return nil
}

func (k Kind) prefix() string {
	if k == Live {
		return "/cmaf/"
	}
	return "/videos/"
}

// Location is a protected path taken apart. Client ends at the first underscore:
// account numbers have none, video names may.
type Location struct {
	Kind   Kind
	Client string
	Video  string
	Grant  Grant
	Rest   string // what follows the expiry's slash: master.m3u8, v1/12.m4s
}

// Path is the protected path of a file: /videos/{client}_{video}/{token}/{expires}/file,
// or /cmaf/… for live. The file has no leading slash.
func Path(kind Kind, client, video string, g Grant, file string) string {
	return Location{kind, client, video, g, file}.Path()
}

// Path is the location put together again.
func (l Location) Path() string {
	var room [160]byte
	return string(l.AppendPath(room[:0]))
}

// AppendPath puts the location together again behind b.
func (l *Location) AppendPath(b []byte) []byte {
	b = append(b, l.Kind.prefix()...)
	b = append(b, l.Client...)
	b = append(b, '_')
	b = append(b, l.Video...)
	b = append(b, '/')
	b = append(b, l.Grant.Token...)
	b = append(b, '/')
	b = strconv.AppendInt(b, l.Grant.Expires, 10)
	b = append(b, '/')
	return append(b, l.Rest...)
}

// ParsePath takes a protected path apart: the inverse of [Path]. Unlike [Find] it
// takes tokens of any length and expiries of any year, as an edge does, but it
// insists on the layout and on an expiry in plain decimal digits (a leading zero
// would be signed differently).
func ParsePath(path string) (Location, bool) {
	var l Location
	switch {
	case strings.HasPrefix(path, "/videos/"):
		l.Kind = VOD
	case strings.HasPrefix(path, "/cmaf/"):
		l.Kind = Live
	default:
		return Location{}, false
	}
	owner, rest, ok1 := cut(path[len(l.Kind.prefix()):], '/')
	tok, rest, ok2 := cut(rest, '/')
	expires, rest, ok3 := cut(rest, '/')
	client, video, ok4 := cut(owner, '_')
	if !ok1 || !ok2 || !ok3 || !ok4 || client == "" || video == "" || tok == "" {
		return Location{}, false
	}
	seconds, ok := parseExpires(expires)
	if !ok {
		return Location{}, false
	}
	l.Client, l.Video, l.Rest = client, video, rest
	l.Grant = Grant{Token: tok, Expires: seconds}
	return l, true
}

// cut is strings.Cut at a byte.
func cut(text string, at byte) (before, after string, found bool) {
	if i := strings.IndexByte(text, at); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, "", false
}

// parseExpires reads canonical decimal digits.
func parseExpires(text string) (n int64, ok bool) {
	if text == "" || text[0] == '0' && len(text) > 1 || len(text) > 19 {
		return 0, false
	}
	for i := range len(text) {
		if !isDigit(text[i]) {
			return 0, false
		}
		n = 10*n + int64(text[i]-'0')
	}
	return n, n >= 0 // nineteen nines are less than 2^64: beyond int64 is below zero
}

func allDigits(text string) bool {
	for i := range len(text) {
		if !isDigit(text[i]) {
			return false
		}
	}
	return true
}
