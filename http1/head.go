package http1

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"net/textproto"
)

// head is the head of an answer: status line and fields, as received.
type head struct {
	text   []byte // the exchange's own copy
	fields int    // where they begin in it
	status int
	minor  int   // of the version: HTTP/1.minor
	length int64 // as declared; -1 when not
	coded  int   // Transfer-Encoding fields
	codes  bool  // into chunks
	close  bool  // the server closes
	keep   bool  // it says that it does not
}

// end finds the end of a head that begins at the start of b and has no empty line
// before from, which is where a line begins: the index after the empty line, or -1
// and where to go on looking.
func end(b []byte, from int) (after, next int) {
	for {
		cut := bytes.IndexByte(b[from:], '\n')
		if cut < 0 {
			return -1, from
		}
		line := b[from : from+cut]
		from += cut + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			return from, from
		}
	}
}

// parse reads a whole head, whose folded lines it unfolds in place.
func (h *head) parse(text []byte) error {
	*h = head{text: text, length: -1}
	line, rest := cutLine(text)
	if err := h.statusLine(line); err != nil {
		return err
	}
	h.fields = len(text) - len(rest)
	for {
		line, rest = cutField(rest)
		if len(line) == 0 {
			return h.judge()
		}
		name, value, ok := cutColon(line)
		if !ok {
			return fmt.Errorf("%w: a field that is none", ErrMalformed)
		}
		if err := h.field(name, value); err != nil {
			return err
		}
	}
}

// statusLine reads HTTP/1.1 200 OK (RFC 9112, section 4).
func (h *head) statusLine(line []byte) error {
	version, rest, ok := bytes.Cut(line, []byte(" "))
	rest = bytes.TrimLeft(rest, " ")
	code, _, _ := bytes.Cut(rest, []byte(" "))
	if !ok || len(version) != len("HTTP/1.x") || !bytes.HasPrefix(version, []byte("HTTP/1.")) || len(code) != 3 {
		return fmt.Errorf("%w: status line", ErrMalformed)
	}
	minor, good := decimal(version[len("HTTP/1."):])
	status, whole := decimal(code)
	if !good || !whole || status < 100 {
		return fmt.Errorf("%w: status line", ErrMalformed)
	}
	h.minor, h.status = int(minor), int(status)
	return nil
}

// field takes note of those that say where the answer ends and what becomes of the
// connection.
func (h *head) field(name, value []byte) error {
	switch len(name) {
	case len("Content-Length"):
		if equal(name, "Content-Length") {
			return h.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if equal(name, "Transfer-Encoding") {
			h.coded++
			h.codes = equal(value, "chunked")
		}
	case len("Connection"):
		if equal(name, "Connection") {
			h.close = h.close || hasToken(value, "close")
			h.keep = h.keep || hasToken(value, "keep-alive")
		}
	}
	return nil
}

// contentLength takes one of possibly several that agree (RFC 9112, section 6.3).
func (h *head) contentLength(value []byte) error {
	n, ok := decimal(value)
	if !ok || h.length >= 0 && h.length != n {
		return fmt.Errorf("%w: Content-Length", ErrMalformed)
	}
	h.length = n
	return nil
}

// judge rejects what two readers may read in two ways. HTTP/1.0 knows no codings.
func (h *head) judge() error {
	if h.minor == 0 {
		h.coded, h.codes = 0, false
	}
	if h.coded > 1 || h.coded == 1 && !h.codes {
		return fmt.Errorf("%w: transfer codings other than chunked, once", ErrMalformed)
	}
	return nil
}

// persists tells whether the connection may be used again once the answer is through.
// One that declares its length in two ways is not trusted that far (RFC 9112, section
// 6.3).
func (h *head) persists() bool {
	if h.codes && h.length >= 0 {
		return false
	}
	return !h.close && (h.minor >= 1 || h.keep)
}

// all are the fields in their order; names as received.
func (h *head) all() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		rest := h.text[min(h.fields, len(h.text)):]
		for {
			var line []byte
			line, rest = cutField(rest)
			name, value, ok := cutColon(line)
			if !ok || !yield(name, value) {
				return
			}
		}
	}
}

// reason is the status line's text, as in "404 Not Found".
func (h *head) reason() []byte {
	line, _ := cutLine(h.text)
	_, rest, _ := bytes.Cut(line, []byte(" "))
	return bytes.TrimLeft(rest, " ")
}

// cutLine takes the first line off, without its end.
func cutLine(b []byte) (line, rest []byte) {
	cut := bytes.IndexByte(b, '\n')
	if cut < 0 {
		return nil, nil
	}
	return bytes.TrimSuffix(b[:cut], []byte("\r")), b[cut+1:]
}

// cutField takes the first field line off, with those folded onto it: their line ends
// become spaces (RFC 9112, section 5.2).
func cutField(b []byte) (line, rest []byte) {
	for from := 0; ; {
		cut := bytes.IndexByte(b[from:], '\n')
		if cut < 0 {
			return nil, nil
		}
		cut += from
		line = bytes.TrimSuffix(b[:cut], []byte("\r"))
		if len(line) == 0 || cut+1 >= len(b) || b[cut+1] != ' ' && b[cut+1] != '\t' {
			return line, b[cut+1:]
		}
		b[cut] = ' '
		if cut > 0 && b[cut-1] == '\r' {
			b[cut-1] = ' '
		}
		from = cut + 1
	}
}

// cutColon takes a field line apart. Names are tokens (RFC 9110, section 5.1), values
// have no control characters.
func cutColon(line []byte) (name, value []byte, ok bool) {
	cut := bytes.IndexByte(line, ':')
	if cut <= 0 {
		return nil, nil, false
	}
	name, value = line[:cut], textproto.TrimBytes(line[cut+1:])
	for _, c := range name {
		if !tokenByte(c) {
			return nil, nil, false
		}
	}
	for _, c := range value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return nil, nil, false
		}
	}
	return name, value, true
}

func tokenByte(c byte) bool {
	return letterOrDigit(c) || bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}

// decimal is a number of digits alone.
func decimal(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	return n, len(b) > 0
}

// equal compares without regard to the case of letters; b is plain ASCII.
func equal(a []byte, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i, c := range a {
		d := b[i]
		if c != d && !(c|0x20 == d|0x20 && d|0x20 >= 'a' && d|0x20 <= 'z') {
			return false
		}
	}
	return true
}

// hasToken looks for one of the comma-separated words of a value.
func hasToken(value []byte, token string) bool {
	for len(value) > 0 {
		word, rest, _ := bytes.Cut(value, []byte(","))
		if equal(textproto.TrimBytes(word), token) {
			return true
		}
		value = rest
	}
	return false
}
