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
	doc, bad := parseDocument(contentType, body)
	return present(base, doc, bad)
}

// present binds a document, or the reason there is none, to where it came from.
func present(base string, doc *Document, bad *Error) (*Presentation, error) {
	if bad != nil {
		e := *bad // shared between viewers
		e.URL = base
		return nil, &e
	}
	return &Presentation{Document: doc, URL: base}, nil
}

// parseDocument never panics: what the libraries below it do on input nobody
// foresaw becomes ErrUnsupported.
func parseDocument(contentType string, body []byte) (doc *Document, bad *Error) {
	defer func() {
		if r := recover(); r != nil {
			doc, bad = nil, unsupported(0, "the parser gave up on it (%T)", r)
		}
	}()
	if len(body) > maxBody {
		return nil, unsupported(0, "%d MB is too large (limit %d MB)", len(body)>>20, maxBody>>20)
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	format, bad := sniff(contentType, body)
	switch {
	case bad != nil:
		return nil, bad
	case format == HLS:
		return parseHLS(string(body))
	case format == DASH:
		return parseMPD(body)
	}
	panic(fmt.Sprintf("unknown format %d", format))
}
