package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"soak/netem"
)

// connsPerHost is how many connections a browser opens to one HTTP/1.1 origin.
const connsPerHost = 6

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// newTransport is one viewer's HTTP stack: connections of its own, as a browser
// has, HTTP/2 where TLS offers it.
func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		DialContext:         dial,
		ForceAttemptHTTP2:   true, // a dialer of our own would switch it off
		MaxConnsPerHost:     connsPerHost,
		MaxIdleConnsPerHost: connsPerHost,
		IdleConnTimeout:     netem.KeepAlive, // the lab leaves it to us
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true, // bytes on the wire are what is counted
	}
}

// control has the last word on a connection, when its address is known and before a
// packet leaves. Nil where nobody has anything to say.
func (t *target) control() func(ctx context.Context, network, address string, c syscall.RawConn) error {
	bound := t.sources.any() || t.scenario.Addressed()
	if t.consent == nil && !bound {
		return nil
	}
	return func(ctx context.Context, _, address string, c syscall.RawConn) error {
		if err := t.consent.allow(ctx, address); err != nil || !bound {
			return err
		}
		return chooseLate(c)
	}
}

// dials counts connections, and those that this machine could not make.
type dials struct{ made, starved atomic.Int64 }

func (d *dials) counting(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		switch {
		case err == nil:
			d.made.Add(1)
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE),
			errors.Is(err, syscall.EADDRNOTAVAIL), errors.Is(err, syscall.ENOBUFS):
			d.starved.Add(1)
		}
		return conn, err
	}
}
