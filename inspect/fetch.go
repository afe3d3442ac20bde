package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"soak/token"
)

// Response is what came for a URL.
type Response struct {
	URL         string // final, after redirects: the base of what the body refers to
	Status      int
	ContentType string
	Body        []byte
}

// Getter fetches. A status other than 2xx is a Response, not an error.
type Getter interface {
	Get(ctx context.Context, url string) (Response, error)
}

// HTTP is a Getter over the network. Redirects are followed, as by fetch in a
// browser.
type HTTP struct {
	// Base does the exchange. Nil: http.DefaultTransport.
	Base http.RoundTripper
}

// maxBody is what manifest.Parse refuses to read beyond.
const maxBody = 32 << 20

// Get implements Getter.
func (h HTTP) Get(ctx context.Context, address string) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return Response{}, errors.New("URL cannot be parsed") // url.Error would quote it
	}
	resp, err := (&http.Client{Transport: h.Base}).Do(req)
	if err != nil {
		return Response{}, bare(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return Response{}, fmt.Errorf("body: %w", bare(err))
	}
	return Response{resp.Request.URL.String(), resp.StatusCode, resp.Header.Get("Content-Type"), body}, nil
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
