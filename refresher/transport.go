package refresher

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"soak/token"
)

// Transport is an http.RoundTripper that puts the grant in force into each request
// at the moment of dispatch. It may be used by any number of goroutines; the caller's
// request is never changed. The final URL, which is the base for what a manifest
// refers to, is that of the response's Request.
//
// Redirects are followed by the http.Client above, whose next hop comes through here
// again: hops are not rewritten, because they go where the edge said, and a relative
// Location is made absolute against the rewritten URL, as in a browser; the Client
// would resolve it against the stale one.
type Transport struct {
	// Base does the exchange. Nil: http.DefaultTransport.
	Base http.RoundTripper
	// State is the grant in force, from [Refresher.State].
	State *State
	// Now is the true clock, for margins. Nil: margins are 0.
	Now func() time.Time
	// OnDispatch, when set, is told of each exchange just before it goes out, with
	// the request as it goes out. It runs on the caller's goroutine.
	OnDispatch func(*http.Request, Dispatch)
	// Refused, when set, is asked once about a GET or HEAD that came back 401, 403 or
	// 410 with a grant in its URL; true sends it again with the grant then in force.
	// It may block until ctx is done. [Session] sets it for policies that react.
	Refused func(ctx context.Context, url string) (again bool)
}

// Dispatch is what a Transport knows of a request that goes out.
type Dispatch struct {
	Grant  token.Grant   // zero if the URL holds none
	Signed bool          // the URL holds a grant
	Margin time.Duration // the grant's life left; negative when it is already dead
	Hop    bool          // a redirect's next hop, not rewritten
	Again  bool          // sent again after a refusal
}

var errBadRewrite = errors.New("URL is no URL any more with the token in force")

// RoundTrip rewrites and sends a request.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	out, d, err := t.prepare(req)
	if err != nil {
		closeBody(req.Body)
		return nil, err
	}
	resp, err := t.send(out, d)
	if err != nil || !t.mayRepeat(req, resp, d) || !t.Refused(req.Context(), out.URL.String()) {
		return resp, err
	}
	// A short rest is read so that the connection can be used again.
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	closeBody(resp.Body)
	if out, d, err = t.prepare(req); err != nil {
		return nil, err
	}
	d.Again = true
	return t.send(out, d)
}

// prepare makes the request as it goes out.
func (t *Transport) prepare(req *http.Request) (*http.Request, Dispatch, error) {
	d := Dispatch{Hop: req.Response != nil}
	carrier := token.Request{URL: req.URL.String(), Header: req.Header}
	put, writer := carrier, t.State.Writer()
	if !d.Hop {
		put = writer.put(carrier)
	}
	d.Grant, d.Signed = writer.find(put)
	if d.Signed && t.Now != nil {
		d.Margin = d.Grant.Life(t.Now())
	}
	out := req.Clone(req.Context())
	if put.URL != carrier.URL {
		u, err := url.Parse(put.URL)
		if err != nil {
			return nil, d, &url.Error{Op: req.Method, URL: token.Redact(put.URL), Err: errBadRewrite}
		}
		out.URL = u
	}
	return out, d, nil
}

func (t *Transport) send(out *http.Request, d Dispatch) (*http.Response, error) {
	if t.OnDispatch != nil {
		t.OnDispatch(out, d)
	}
	base := t.Base
	if base == nil {
		base = http.DefaultTransport
	}
	resp, err := base.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	resp.Request = out
	if resp.StatusCode/100 == 3 {
		absoluteLocation(resp)
	}
	return resp, nil
}

// mayRepeat tells whether a refusal is worth asking about and the request can be
// sent twice.
func (t *Transport) mayRepeat(req *http.Request, resp *http.Response, d Dispatch) bool {
	refused := resp.StatusCode == 401 || resp.StatusCode == 403 || resp.StatusCode == 410
	safe := req.Method == "" || req.Method == http.MethodGet || req.Method == http.MethodHead
	return t.Refused != nil && refused && safe && (req.Body == nil || req.Body == http.NoBody) && d.Signed && !d.Hop
}

func absoluteLocation(resp *http.Response) {
	if at, err := resp.Location(); err == nil { // resolved against resp.Request, as rewritten
		resp.Header.Set("Location", at.String())
	}
}

func closeBody(body io.Closer) {
	if body != nil {
		_ = body.Close() // nothing to be done about it
	}
}
