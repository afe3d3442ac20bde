package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What an exchange may end with, besides errors of the connection and of TLS.
var (
	// ErrCancelled: [Exchange.Cancel] was called.
	ErrCancelled = fmt.Errorf("request given up: %w", context.Canceled)
	// ErrClosed: the client was closed.
	ErrClosed = fmt.Errorf("client closed: %w", net.ErrClosed)
	// ErrHTTP2: the server took HTTP/2, which [Client.HTTP2] had offered. The origin
	// is better asked by net/http from now on.
	ErrHTTP2 = errors.New("server speaks HTTP/2")
	// ErrURL: the URL cannot be asked for.
	ErrURL = errors.New("not an http or https URL")
	// ErrMalformed: the answer is not HTTP/1.1, or not one that can be trusted to end
	// where it says.
	ErrMalformed = errors.New("malformed HTTP answer")
	// ErrTooLarge: the answer's head, or a document, is larger than allowed.
	ErrTooLarge = errors.New("larger than allowed")
)

const (
	defaultPerHost   = 6 // what Chromium, Firefox and Safari open to one origin
	defaultHandshake = 10 * time.Second
	defaultMaxHead   = 256 << 10 // Chromium's limit (net/http/http_stream_parser.h)
)

// Client is one browser's HTTP/1.1: its own connections, for any number of goroutines.
// Fields are set before the first exchange and left alone from then on.
type Client struct {
	// Dial makes a connection; it is called on goroutines that end with it.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Now is the clock.
	Now func() time.Time
	// TLS configures https. Nil: the system's authorities.
	TLS *tls.Config
	// HTTP2 offers HTTP/2 in TLS handshakes; see [ErrHTTP2].
	HTTP2 bool
	// PerHost is how many connections there are to one origin at most. 0: 6.
	PerHost int
	// Idle is how long an idle connection is kept. 0: until the server closes it.
	Idle time.Duration
	// Handshake is how long a TLS handshake may take. 0: 10 s.
	Handshake time.Duration
	// MaxHead bounds the head of an answer, 1xx included. 0: 256 KiB.
	MaxHead int
	// Gzip lets [Client.RoundTrip] ask for compressed answers and unpack them.
	Gzip bool
	// Buffers are shared with other clients. Nil: this client's own.
	Buffers *Buffers

	own   atomic.Pointer[Buffers] // made when they are needed
	dials sync.WaitGroup

	mu      sync.Mutex // guards what follows
	closed  bool
	origins []*origin // a viewer knows a few
	making  []*making
}

// origin is one scheme, host and port, and the connections to it.
type origin struct {
	prefix string // of its URLs: scheme, colon, slashes, host and port as written
	host   string // for the Host header
	addr   string // host:port
	tls    *tls.Config

	// The client's lock guards what follows.
	conns   []*conn   // open ones, idle or not
	idle    []*conn   // the one used last is used next
	dialing int       // connections that are being made
	waiting []*waiter // the oldest first
}

// making is a connection on its way. What is needed to give it up goes when it is there:
// a context for all of a client's would outlive them by hours.
type making struct{ stop context.CancelFunc }

// waiter is an exchange that waits for a connection.
type waiter struct {
	ready chan offer // takes one
}

type offer struct {
	conn *conn
	err  error
}

func (c *Client) perHost() int {
	if c.PerHost > 0 {
		return c.PerHost
	}
	return defaultPerHost
}

func (c *Client) maxHead() int {
	if c.MaxHead > 0 {
		return c.MaxHead
	}
	return defaultMaxHead
}

func (c *Client) buffers() *Buffers {
	if c.Buffers != nil {
		return c.Buffers
	}
	if c.own.Load() == nil {
		c.own.CompareAndSwap(nil, new(Buffers))
	}
	return c.own.Load()
}

// originOf finds or makes the origin of a URL that is spelled plainly.
func (c *Client) originOf(a address) *origin {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.origins {
		if o.prefix == a.prefix {
			return o
		}
	}
	a = a.reach()
	o := &origin{prefix: strings.Clone(a.prefix), host: a.host, addr: a.dial}
	if a.tls {
		o.tls = c.tlsFor(a)
	}
	c.origins = append(c.origins, o)
	return o
}

// acquire finds a connection for x: an idle one, or the first that comes, be it dialled
// for x or given back by another exchange.
func (c *Client) acquire(x *Exchange, o *origin) error {
	c.mu.Lock()
	switch {
	case c.closed:
		c.mu.Unlock()
		return ErrClosed
	case x.given.Load():
		c.mu.Unlock()
		return ErrCancelled
	}
	c.expire(o, c.Now())
	if last := len(o.idle) - 1; last >= 0 {
		x.conn = o.idle[last]
		o.idle = slices.Delete(o.idle, last, last+1)
		c.mu.Unlock()
		return nil
	}
	w := &waiter{ready: make(chan offer, 1)}
	x.wait, x.at = w, o
	o.waiting = append(o.waiting, w)
	c.dialFor(o, w)
	c.mu.Unlock()

	got := <-w.ready
	c.mu.Lock()
	defer c.mu.Unlock()
	x.wait = nil
	if got.err == nil && x.given.Load() { // while it was on its way
		c.give(o, got.conn, c.Now())
		return ErrCancelled
	}
	x.conn = got.conn
	return got.err
}

// dialFor makes a connection, of which w is told when it fails, if the limit allows
// one more and those on their way are not enough. The lock is held.
func (c *Client) dialFor(o *origin, w *waiter) {
	if c.closed || len(o.conns)+o.dialing >= c.perHost() || o.dialing >= len(o.waiting) {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	one := &making{stop}
	c.making = append(c.making, one)
	o.dialing++
	c.dials.Go(func() {
		defer stop()
		k, err := c.dial(ctx, o)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.making = slices.DeleteFunc(c.making, func(m *making) bool { return m == one })
		o.dialing--
		if err == nil {
			o.conns = append(o.conns, k)
			c.give(o, k, c.Now())
			return
		}
		o.refuse(w, err)
		c.dialNext(o)
	})
}

// dialNext makes a connection for who still waits for one. The lock is held.
func (c *Client) dialNext(o *origin) {
	if len(o.waiting) > 0 {
		c.dialFor(o, o.waiting[0])
	}
}

// give hands k to the exchange that has waited longest, or keeps it idle. The lock is
// held.
func (c *Client) give(o *origin, k *conn, now time.Time) {
	switch {
	case c.closed:
		o.shut(k)
	case len(o.waiting) > 0:
		w := o.waiting[0]
		o.waiting = slices.Delete(o.waiting, 0, 1)
		w.ready <- offer{conn: k}
	default:
		k.since = now
		o.idle = append(o.idle, k)
	}
}

// refuse ends w's wait with an error, unless it is over already. The lock is held.
func (o *origin) refuse(w *waiter, err error) {
	if i := slices.Index(o.waiting, w); i >= 0 {
		o.waiting = slices.Delete(o.waiting, i, i+1)
		w.ready <- offer{err: err}
	}
}

// shut closes k for good. The lock is held.
func (o *origin) shut(k *conn) {
	k.shut()
	if i := slices.Index(o.conns, k); i >= 0 {
		o.conns = slices.Delete(o.conns, i, i+1)
	}
}

// release takes x's connection back after an exchange.
func (c *Client) release(x *Exchange, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := x.conn
	x.conn = nil
	if again {
		k.used = true
		c.give(k.origin, k, x.End)
		return
	}
	k.origin.shut(k)
	c.dialNext(k.origin)
}

// Cancel gives x up, wherever it stands: its wait for a connection ends, or the
// connection that it has is closed, as browsers do with HTTP/1.1.
func (c *Client) Cancel(x *Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x.given.Store(true)
	if x.wait != nil {
		x.at.refuse(x.wait, ErrCancelled)
	}
	if x.conn != nil {
		x.conn.shut()
	}
}

// expire closes the connections to o that have been idle for too long. The lock is
// held.
func (c *Client) expire(o *origin, now time.Time) {
	n := 0
	for c.Idle > 0 && n < len(o.idle) && now.Sub(o.idle[n].since) >= c.Idle {
		n++
	}
	o.drop(n)
}

// drop closes the first n idle connections, which are the oldest. The lock is held.
func (o *origin) drop(n int) {
	for _, k := range o.idle[:n] {
		o.shut(k)
	}
	o.idle = slices.Delete(o.idle, 0, n)
}

// Expire closes the connections that have been idle for as long as [Client.Idle], and
// tells how many idle ones are left.
func (c *Client) Expire() (left int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	for _, o := range c.origins {
		c.expire(o, now)
		left += len(o.idle)
	}
	return left
}

// CloseIdleConnections closes every connection that carries no exchange.
func (c *Client) CloseIdleConnections() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.origins {
		o.drop(len(o.idle))
	}
}

// dropIdle closes the idle connections to one origin.
func (c *Client) dropIdle(o *origin) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.drop(len(o.idle))
}

// Close ends every exchange and every connection, and waits for dials to end. It does
// not wait for those who called Do.
func (c *Client) Close() {
	c.shut()
	c.dials.Wait()
}

func (c *Client) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, m := range c.making {
		m.stop()
	}
	for _, o := range c.origins {
		o.drop(len(o.idle))
		for len(o.waiting) > 0 {
			o.refuse(o.waiting[0], ErrClosed)
		}
		for _, k := range o.conns { // those who use them will take them off
			k.shut()
		}
	}
}
