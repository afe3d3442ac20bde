package http1

import (
	"errors"
	"fmt"
	"strconv"
)

// errRequest is a request that would be read as something else.
var errRequest = errors.New("cannot stand in a request")

// write writes the request into the exchange's memory.
func (x *Exchange) write(a address) error {
	method := x.Method
	if method == "" {
		method = "GET"
	}
	if !token(method) {
		return fmt.Errorf("method %q: %w", method, errRequest)
	}
	b := append(x.out[:0], method...)
	b = append(b, ' ')
	b = append(b, a.target...)
	b = append(b, a.rest...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, a.host...)
	for _, f := range x.Fields {
		if !token(f.Name) || !fieldText(f.Value) {
			return fmt.Errorf("field %q: %w", f.Name, errRequest)
		}
		b = append(b, "\r\n"...)
		b = append(b, f.Name...)
		b = append(b, ": "...)
		b = append(b, f.Value...)
	}
	if x.Body != nil {
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(x.Body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	x.out = append(b, x.Body...)
	return nil
}

// token tells whether s is a name: of a method, of a field (RFC 9110, section 5.6.2).
func token(s string) bool {
	for i := range len(s) {
		if !tokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

// fieldText tells whether s can stand in a field without ending it.
func fieldText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
