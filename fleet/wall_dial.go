package fleet

import (
	"context"
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

// dials counts connections.
type dials struct{ made atomic.Int64 }

// counting counts connections, and those that this machine could not make.
func (r *wallRun) counting(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err == nil {
			r.dials.made.Add(1)
		} else {
			r.short(err)
		}
		return conn, err
	}
}

// short notes an error that is this machine's fault.
func (r *wallRun) short(err error) { r.shortages.note(err, time.Since(r.start)) }
