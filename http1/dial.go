package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Handshakes is what a connection took to be made, by stage.
type Handshakes struct {
	DNS     time.Duration // 0 for an address
	Connect time.Duration // TCP: a dialer may race several addresses; all of it
	TLS     time.Duration
}

// dial makes a connection to o, ready for requests.
func (c *Client) dial(ctx context.Context, o *origin) (*conn, error) {
	k := &conn{origin: o}
	below, err := c.Dial(httptrace.WithClientTrace(ctx, c.trace(&k.took)), "tcp", o.addr)
	if err != nil {
		return nil, err
	}
	k.Conn, k.below = below, below
	if o.tls != nil {
		if k.Conn, err = c.handshake(ctx, o, below, &k.took); err != nil {
			_ = below.Close() // the handshake's error says more
			return nil, err
		}
	}
	k.watch(o.tls == nil)
	return k, nil
}

// trace times what net.Dialer does; other dialers may tell nothing.
func (c *Client) trace(took *Handshakes) *httptrace.ClientTrace {
	asked, began := c.Now(), c.Now()
	return &httptrace.ClientTrace{
		DNSStart:     func(httptrace.DNSStartInfo) { asked = c.Now() },
		DNSDone:      func(httptrace.DNSDoneInfo) { began = c.Now(); took.DNS = began.Sub(asked) },
		ConnectStart: func(_, _ string) {},
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				took.Connect = c.Now().Sub(began)
			}
		},
	}
}

func (c *Client) handshake(ctx context.Context, o *origin, below net.Conn, took *Handshakes) (net.Conn, error) {
	bound := c.Handshake
	if bound <= 0 {
		bound = defaultHandshake
	}
	ctx, stop := context.WithTimeoutCause(ctx, bound, errHandshake)
	defer stop()
	began := c.Now()
	secure := tls.Client(below, o.tls)
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, ofHandshake(ctx, err)
	}
	took.TLS = c.Now().Sub(began)
	if secure.ConnectionState().NegotiatedProtocol == "h2" {
		return nil, ErrHTTP2
	}
	return secure, nil
}

// errHandshake is a timeout to whoever asks (net.Error).
var errHandshake error = &net.OpError{Op: "TLS handshake", Err: context.DeadlineExceeded}

// ofHandshake tells a handshake that took too long, and one that met plain HTTP, in
// net/http's words.
func ofHandshake(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause == errHandshake && errors.Is(err, context.DeadlineExceeded) {
		return cause
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(record.RecordHeader[:]) == "HTTP/" {
		return http.ErrSchemeMismatch
	}
	return err
}

// tlsFor is how connections to an origin are secured.
func (c *Client) tlsFor(a address) *tls.Config {
	config := c.TLS.Clone()
	if config == nil {
		config = &tls.Config{}
	}
	if config.ServerName == "" {
		config.ServerName = a.name
	}
	config.NextProtos = []string{"http/1.1"}
	if c.HTTP2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return config
}
