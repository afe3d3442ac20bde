package http1

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
)

// RoundTrip implements http.RoundTripper for callers to whom ease matters more than
// garbage: a token API is called once a minute.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	x := new(Exchange)
	packed, err := x.request(r, c.Gzip)
	if err != nil {
		return nil, err
	}
	a := &answered{Exchange: x, ctx: r.Context()}
	a.unwatch = context.AfterFunc(r.Context(), func() { c.Cancel(x) })
	if err := c.Do(x); err != nil {
		a.unwatch()
		return nil, a.tell(err)
	}
	resp := x.response(r, a)
	if packed {
		unpack(resp)
	}
	return resp, nil
}

// request takes over an http.Request, whose body it reads and closes. packed tells
// that it asks for a compressed answer.
func (x *Exchange) request(r *http.Request, zip bool) (packed bool, err error) {
	x.Method, x.URL = r.Method, r.URL.Scheme+"://"+r.URL.Host+r.URL.RequestURI()
	if r.Body != nil && r.Body != http.NoBody {
		defer r.Body.Close()
		if x.Body, err = io.ReadAll(r.Body); err != nil {
			return false, fmt.Errorf("request body: %w", err)
		}
	}
	agent := false
	for _, name := range names(r.Header) {
		for _, value := range r.Header[name] {
			x.Fields = append(x.Fields, Field{name, value})
		}
		agent = agent || name == "User-Agent"
	}
	if !agent {
		x.Fields = append(x.Fields, Field{"User-Agent", userAgent})
	}
	packed = zip && r.Method != http.MethodHead && r.Header.Get("Accept-Encoding") == "" && r.Header.Get("Range") == ""
	if packed {
		x.Fields = append(x.Fields, Field{"Accept-Encoding", "gzip"})
	}
	return packed, nil
}

// userAgent is what net/http says unless told otherwise.
const userAgent = "Go-http-client/1.1"

// names are those of header, in alphabetical order, without the ones that are the
// exchange's own affair.
func names(header http.Header) []string {
	var all []string
	for name := range header {
		if name != "Host" && name != "Content-Length" && name != "Transfer-Encoding" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// response is the answer as net/http has it.
func (x *Exchange) response(r *http.Request, body *answered) *http.Response {
	resp := &http.Response{
		Status: string(x.head.reason()), StatusCode: x.Status, Proto: "HTTP/1." + strconv.Itoa(x.head.minor),
		ProtoMajor: 1, ProtoMinor: x.head.minor, Header: http.Header{}, Body: body, ContentLength: x.Length,
		Close: x.head.close || x.head.minor == 0 && !x.head.keep, Request: r,
	}
	for name, value := range x.head.all() {
		key := textproto.CanonicalMIMEHeaderKey(string(name))
		if key == "Transfer-Encoding" || key == "Content-Length" && x.head.codes {
			continue
		}
		resp.Header[key] = append(resp.Header[key], string(value))
	}
	if x.head.codes {
		resp.TransferEncoding = []string{"chunked"}
	}
	if secure, ok := x.secured(); ok {
		resp.TLS = &secure
	}
	if x.err == io.EOF {
		body.unwatch()
		resp.Body = http.NoBody
	}
	return resp
}

// secured is the state of TLS; the connection may have been given back already.
func (x *Exchange) secured() (state tls.ConnectionState, ok bool) {
	if x.conn == nil {
		return state, false
	}
	secure, ok := x.conn.Conn.(*tls.Conn)
	if ok {
		state = secure.ConnectionState()
	}
	return state, ok
}

// answered is a body on whose way a context may end.
type answered struct {
	*Exchange
	ctx     context.Context
	unwatch func() bool
}

// Read implements io.Reader.
func (a *answered) Read(p []byte) (int, error) {
	n, err := a.Exchange.Read(p)
	if err != nil {
		a.unwatch()
		err = a.tell(err)
	}
	return n, err
}

// Close implements io.Closer.
func (a *answered) Close() error {
	a.unwatch()
	a.Exchange.Close()
	return nil
}

// tell gives the context's reason for an exchange that it ended.
func (a *answered) tell(err error) error {
	if errors.Is(err, ErrCancelled) && a.ctx.Err() != nil {
		return context.Cause(a.ctx)
	}
	return err
}

// unpack lets the body be read uncompressed, as net/http does.
func unpack(resp *http.Response) {
	if !equal([]byte(resp.Header.Get("Content-Encoding")), "gzip") || resp.Body == http.NoBody {
		return
	}
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
	resp.Body = &unpacked{packed: resp.Body}
}

// unpacked is a gzip body; its reader is made by the first Read.
type unpacked struct {
	packed io.ReadCloser
	plain  *gzip.Reader
	err    error
}

// Read implements io.Reader.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.plain == nil && u.err == nil {
		u.plain, u.err = gzip.NewReader(u.packed)
	}
	if u.err != nil {
		return 0, u.err
	}
	return u.plain.Read(p)
}

// Close implements io.Closer.
func (u *unpacked) Close() error { return u.packed.Close() }
