package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"soak/http1"
	"soak/manifest"
	"soak/token"
)

// Response is what came for a URL.
type Response struct {
	URL         string // final, after redirects: the base of what the body refers to
	Status      int
	ContentType string
	Body        []byte
}

// Getter fetches a part of a resource, or less where it ends; the zero Range is
// the whole. Status 200 or 206, the body is that part. A status other than 2xx is
// a Response, not an error.
type Getter interface {
	Get(ctx context.Context, url string, part manifest.Range) (Response, error)
}

// HTTP is a Getter over the network. Redirects are followed, as by fetch in a
// browser.
type HTTP struct {
	// Base does the exchange. Nil: http.DefaultTransport.
	Base http.RoundTripper
}

// maxBody is what manifest.Parse refuses to read beyond.
const maxBody = 32 << 20

// requestTimeout bounds one request, its body included: a server that never answers is
// an error, not a wait without end.
const requestTimeout = 30 * time.Second

// Get implements Getter.
func (h HTTP) Get(ctx context.Context, address string, part manifest.Range) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Response{}, errors.New("URL cannot be parsed") // url.Error would quote it
	}
	req.Header.Set("User-Agent", http1.Agent("inspect"))
	if part != (manifest.Range{}) {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", part.Offset, part.Offset+part.Length-1))
	}
	resp, err := (&http.Client{Transport: h.Base, Timeout: requestTimeout}).Do(req)
	if err != nil {
		return Response{}, bare(err)
	}
	defer resp.Body.Close()
	body, err := bodyOf(resp, part)
	if err != nil {
		return Response{}, fmt.Errorf("body: %w", bare(err))
	}
	return Response{resp.Request.URL.String(), resp.StatusCode, resp.Header.Get("Content-Type"), body}, nil
}

// bodyOf reads a part out of an answer. A server may ignore Range and answer 200
// with everything (RFC 9110 section 14.2).
func bodyOf(resp *http.Response, part manifest.Range) ([]byte, error) {
	length := int64(maxBody + 1)
	if part != (manifest.Range{}) {
		length = min(part.Length, length)
	}
	switch {
	case resp.StatusCode == http.StatusPartialContent:
		var first int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &first); err != nil || first != part.Offset {
			return nil, errors.New("206 with another part than the one asked for")
		}
	case resp.StatusCode/100 == 2 && part.Offset > maxBody:
		return nil, fmt.Errorf("the server ignores Range, and byte %d is too far", part.Offset)
	case resp.StatusCode/100 == 2:
		if _, err := io.CopyN(io.Discard, resp.Body, part.Offset); err != nil && err != io.EOF {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(resp.Body, length))
}

// bare is an error of net/http without the URL it quotes.
func bare(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		err = outer.Err
	}
	if text := token.Redact(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}
