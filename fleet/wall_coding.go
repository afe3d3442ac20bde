package fleet

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
)

// Content codings (RFC 9110, section 8.4.1). Of those that browsers know gzip is the one
// that servers have.
const (
	acceptEncoding  = "Accept-Encoding"
	contentEncoding = "Content-Encoding"
	gzipped         = "gzip"
	identity        = "identity"
)

// codings are those that a request asks for: browsers ask for compressed answers, but not
// for parts of them (Fetch standard, HTTP-network-or-cache fetch). A server that
// compresses has that work to do then, and a cache finds what it keeps for browsers.
func (g *get) codings() string {
	if rangeOf(g.rng) != "" {
		return identity
	}
	return gzipped
}

// codingOf reads a Content-Encoding field; it is empty where there is nothing to undo.
func codingOf(field []byte) string {
	switch {
	case strings.EqualFold(string(field), gzipped), strings.EqualFold(string(field), "x-gzip"):
		return gzipped
	case strings.EqualFold(string(field), identity):
		return ""
	}
	return string(field)
}

// pack is a compressed document and what is in it.
type pack struct{ packed, plain []byte }

// decode undoes the coding of a document, which nobody may write to any more. Of those
// that a crowd shares one is unpacked, not thousands.
func (b *bodies) decode(body []byte, coding string) ([]byte, error) {
	switch {
	case coding == "" || len(body) == 0: // a 204 may say that it is gzip
		return body, nil
	case coding != gzipped:
		return nil, fmt.Errorf("body: content-encoding is %s; gzip is all that was asked for", coding)
	case len(body) > sharedBody:
		return b.unpack(body)
	}
	place := &b.packs[maphash.Bytes(b.seed, body)%keptBodies]
	if known := place.Load(); known != nil && bytes.Equal(known.packed, body) {
		return known.plain, nil
	}
	plain, err := b.unpack(body)
	if err == nil && len(plain) <= sharedBody {
		place.Store(&pack{body, plain})
	}
	return plain, err
}

// unpack unpacks a gzip body. What is wrong with one is a network's failure to browsers
// (ERR_CONTENT_DECODING_FAILED).
func (b *bodies) unpack(body []byte) ([]byte, error) {
	z, known := b.readers.Get().(*gzip.Reader)
	if !known {
		z = new(gzip.Reader)
	}
	defer b.readers.Put(z)
	if err := z.Reset(bytes.NewReader(body)); err != nil {
		return nil, fmt.Errorf("body: not gzip, as its content-encoding says: %v", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxDocument+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("body: cannot be unpacked: %v", err)
	case len(plain) > maxDocument:
		return nil, fmt.Errorf("body larger than %d MiB: %w", maxDocument>>20, errTooLarge)
	}
	return plain, nil
}
