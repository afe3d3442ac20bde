package netem

import (
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// poolSize is how many connections to one host a browser opens over HTTP/1.1.
	poolSize = 6
	// KeepAlive is how long a server leaves an idle connection open: nginx's
	// default keepalive_timeout. A token call every few minutes connects anew.
	KeepAlive = 75 * time.Second
)

// conn is one keep-alive connection.
type conn struct {
	rng  *rand.Rand // what is drawn for it; nil on links where nothing is
	used instant    // end of the last exchange
	old  bool       // has carried an exchange
	made bool       // its handshakes are over
	flow flow
	was  flow // when the model last looked ahead
}

// pool is the connections to one host and the requests that wait for one. Browsers
// bind late: a request for which a connection is being made takes one that becomes
// free before that, and leaves the new one to whoever comes next (Chromium's
// net/socket/transport_client_socket_pool.cc; Go's http.Transport does the same).
type pool struct {
	host    string
	number  int // of the host
	luck    luck
	opened  int     // connections so far
	idle    []*conn // the one used last stands last
	open    int     // idle ones included
	dialing []*Exchange
	queue   []*Exchange
}

// take gives the idle connection used last, or a new one, or nil when as many as
// allowed are busy.
func (p *pool) take(t instant) *conn {
	for len(p.idle) > 0 && time.Duration(t-p.idle[0].used) > KeepAlive {
		p.idle = slices.Delete(p.idle, 0, 1)
		p.open--
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c
	}
	if p.open == poolSize {
		return nil
	}
	return p.dial()
}

func (p *pool) dial() *conn {
	p.open++
	p.opened++
	return &conn{rng: p.luck.of(p.number, p.opened)}
}

// put takes a connection back, or notes that it was closed, and serves whoever
// waits.
func (p *pool) put(c *conn, t instant, closed bool) {
	if closed {
		p.open--
	} else {
		c.used, c.old, c.made = t, true, true
		p.free(c, t)
	}
	if len(p.queue) > 0 {
		p.serve(t)
	}
}

// free has a connection be taken by the request that has waited longest for a new
// one, or lie idle.
func (p *pool) free(c *conn, t instant) {
	if len(p.dialing) == 0 || !p.rebound(c, t) {
		p.idle = append(p.idle, c)
	}
}

// rebound has c be taken, if somebody waits for a new one.
func (p *pool) rebound(c *conn, t instant) bool {
	for len(p.dialing) > 0 {
		e := p.dialing[0]
		p.dialing = slices.Delete(p.dialing, 0, 1)
		if e.phase == sending && e.sent > t {
			e.rebind(c)
			return true
		}
	}
	return false
}

// serve gives the request that has waited longest what has become free.
func (p *pool) serve(t instant) {
	if c := p.take(t); c != nil {
		e := p.queue[0]
		p.queue = slices.Delete(p.queue, 0, 1)
		e.dispatch(c)
	}
}

// made is for an exchange that waits for a new connection no longer.
func (p *pool) made(e *Exchange) {
	if i := slices.Index(p.dialing, e); i >= 0 {
		p.dialing = slices.Delete(p.dialing, i, i+1)
	}
}

// forget drops a request that waits.
func (p *pool) forget(e *Exchange) {
	if i := slices.Index(p.queue, e); i >= 0 {
		p.queue = slices.Delete(p.queue, i, i+1)
	}
}

// done is a new connection that nobody waits for any more.
func (p *pool) done(c *conn, t instant) {
	c.made, c.used = true, t
	p.free(c, t)
	if len(p.queue) > 0 {
		p.serve(t)
	}
}

// Hangup closes the connections that are idle: the laptop slept, or the address is
// another one. Who has exchanges under way cancels them first.
func (m *Model) Hangup() {
	for _, p := range m.hosts {
		p.open -= len(p.idle)
		p.idle = nil
	}
}
