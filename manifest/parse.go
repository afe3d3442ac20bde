package manifest

import (
	"bytes"
	"fmt"
)

// maxBody bounds what is parsed at all. The largest manifest met in the wild has
// 1.2 MB.
const maxBody = 32 << 20

// Parse reads the manifest in body. base is the final URL it came from, after
// redirects. What the body is, it tells itself; contentType only helps to name
// what came instead of a manifest. Errors are *Error.
func Parse(base, contentType string, body []byte) (*Presentation, error) {
	return ParseChild(nil, base, contentType, body)
}

// ParseChild is [Parse] for a media playlist that a multivariant playlist led to:
// it may import variables from there (RFC 8216bis section 4.4.2.3). A nil parent
// is none.
func ParseChild(parent *Presentation, base, contentType string, body []byte) (*Presentation, error) {
	doc, bad := parseDocument(contentType, body, scopeOf(parent, base))
	return present(base, "", doc, bad)
}

func scopeOf(parent *Presentation, base string) scope {
	s := scope{base: base}
	if parent != nil && parent.Master != nil {
		s.child, s.vars = true, parent.Master.Variables
	}
	return s
}

// present binds a document, or the reason there is none, to where it came from.
func present(base, pair string, doc *Document, bad *Error) (*Presentation, error) {
	if bad != nil {
		e := *bad // shared between viewers
		e.URL = base
		return nil, &e
	}
	return &Presentation{Document: doc, URL: base, pair: pair}, nil
}

// parseDocument never panics: what the libraries below it do on input nobody
// foresaw becomes ErrUnsupported.
func parseDocument(contentType string, body []byte, s scope) (doc *Document, bad *Error) {
	defer func() {
		if r := recover(); r != nil {
			doc, bad = nil, unsupported(0, "the parser gave up on it (%T)", r)
		}
	}()
	if len(body) > maxBody {
		return nil, unsupported(0, "%d MB is too large (limit %d MB)", len(body)>>20, maxBody>>20)
	}
	if bad := wide(body); bad != nil {
		return nil, bad
	}
	body, marked := bytes.CutPrefix(body, []byte("\xef\xbb\xbf"))
	format, bad := sniff(contentType, body)
	switch {
	case bad != nil:
		return nil, bad
	case format == HLS:
		doc, bad = parseHLS(string(body), marked, s)
	case format == DASH:
		doc, bad = parseMPD(body)
	default:
		panic(fmt.Sprintf("unknown format %d", format))
	}
	if doc != nil {
		doc.found = nil
	}
	return doc, bad
}

// wide names encodings whose characters have more than a byte; both formats are
// read as UTF-8 (RFC 8216bis section 4.1).
func wide(body []byte) *Error {
	head := body[:min(len(body), 4)]
	switch {
	case bytes.Equal(head, []byte{0xff, 0xfe, 0, 0}), bytes.Equal(head, []byte{0, 0, 0xfe, 0xff}):
		return unsupported(0, "it is written in UTF-32; write it in UTF-8")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}),
		bytes.Equal(head, []byte("#\x00E\x00")), bytes.Equal(head, []byte("\x00#\x00E")),
		bytes.Equal(head, []byte("<\x00?\x00")), bytes.Equal(head, []byte("\x00<\x00?")):
		return unsupported(0, "it is written in UTF-16; write it in UTF-8")
	}
	return nil
}
