package fleet

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"soak/http1"
	"soak/loop"
	"soak/manifest"
	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

const (
	maxRedirects = 20       // fetch standard, http-redirect fetch
	maxDocument  = 32 << 20 // manifests and keys beyond this are refused, not read
)

// socketNetwork is one viewer's network in real time: its sockets, and a goroutine of the
// run's crew for each request under way.
type socketNetwork struct {
	ctx     context.Context
	viewer  string            // sent as lab.ViewerHeader, so that the lab can tell viewers apart; "" elsewhere
	http    http.RoundTripper // for the token API
	post    func(func())      // loop.Tab's
	leave   func(func())      // loop.Tab's: for what can wait until the loop's thread wakes
	timers  *loop.Tab
	stack   *stack
	running sync.WaitGroup
	apis    []*refresher.HTTPSource // ways to the viewer's token API over the same sockets
	from    *whereabouts
	idle    loop.Timer // when to look for connections that were idle for too long
	watched bool       // somebody wants to know how exchanges go over their sockets
	// onLanded is called when what came of a request has been told; nil: nobody asks.
	onLanded func()

	dispatch *lateness   // of requests; nil: nobody asks
	short    func(error) // is told of errors that may be this machine's; nil too
}

// socketCall is a request on a goroutine; the loop reads its progress.
type socketCall struct {
	net    *socketNetwork
	get    get
	done   func(*answer)
	answer answer
	asked  time.Time // when the loop let it go

	x      http1.Exchange // over the lean transport
	coding string         // of its answer's body
	bytes  atomic.Int64   // over net/http
	size   atomic.Int64
	first  atomic.Int64 // a loop.Instant; zero before

	given atomic.Bool // up
	mu    sync.Mutex
	stop  context.CancelFunc // of net/http's request

	// On the loop only.
	cancelled, over, freed bool
	onLanded               func() // bound once

	spare []byte // what bodies are read into before they are shared
}

func (n *socketNetwork) get(g *get, done func(*answer)) call {
	c := n.stack.calls.Get().(*socketCall)
	c.net, c.get, c.done, c.asked = n, *g, done, time.Now()
	g.began = n.timers.Instant(c.asked)
	c.size.Store(-1)
	n.running.Add(1)
	n.stack.crew.make(c)
	return c
}

// now is read from the real clock; any goroutine may ask.
func (n *socketNetwork) now() loop.Instant { return n.timers.Instant(time.Now()) }

func (n *socketNetwork) hangUp(from place) {
	n.from.Store(&from)
	n.stack.closeIdle()
}

// run is the goroutine of a request. What comes of it is the loop's affair.
func (c *socketCall) run() {
	n := c.net
	defer n.running.Done()
	if n.dispatch != nil {
		n.dispatch.add(time.Since(c.asked))
	}
	c.exchange()
	n.leave(c.onLanded)
}

// landed brings the answer to who asked. It runs on the loop.
func (c *socketCall) landed() {
	if !c.cancelled {
		c.answer.waited = max(loop.InstantAt(c.net.timers.Since()).Sub(c.answer.End), 0)
		c.answer.size, c.freed = c.total(), true
		c.done(&c.answer)
	}
	c.over = true
	if c.net.onLanded != nil {
		c.net.onLanded()
	}
	c.net.watchIdle()
	c.recycle()
}

// watchIdle closes connections in time that nobody uses.
func (n *socketNetwork) watchIdle() {
	if !n.idle.Pending() {
		n.timers.Set(&n.idle, netem.KeepAlive, n.expire)
	}
}

func (n *socketNetwork) expire() {
	if n.stack.slim.Expire() > 0 {
		n.watchIdle()
	}
}

func (c *socketCall) cancel() {
	c.cancelled = true
	c.giveUp()
}

// giveUp ends the exchange, wherever it stands.
func (c *socketCall) giveUp() {
	c.given.Store(true)
	c.net.stack.slim.Cancel(&c.x)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
}

func (c *socketCall) free() {
	c.freed = true
	c.recycle()
}

// recycle lets the call be used anew once nobody knows it any more.
func (c *socketCall) recycle() {
	if !c.over || !c.freed {
		return
	}
	pool := &c.net.stack.calls
	c.x.Reset()
	c.net, c.get, c.done, c.answer, c.stop = nil, get{}, nil, answer{}, nil
	c.cancelled, c.over, c.freed = false, false, false
	c.bytes.Store(0)
	c.first.Store(0)
	c.given.Store(false)
	pool.Put(c)
}

func (c *socketCall) loaded() int64 { return c.bytes.Load() + c.x.Loaded() }

func (c *socketCall) total() int64 { return c.size.Load() }

func (c *socketCall) firstByte() loop.Instant { return loop.Instant(c.first.Load()) }

// exchange makes the request and follows redirects as XHR does: silently, and
// without giving the integration another chance to rewrite.
func (c *socketCall) exchange() {
	a := &c.answer
	*a = answer{Response: player.Response{URL: c.get.url}}
	at := a.URL
	for hop := 0; ; hop++ {
		next, redirected, err := c.hop(at)
		switch {
		case err != nil:
			a.Status = 0 // of the redirect that led here, which nobody sees
			c.net.suspect(err)
			c.fail(qoe.Classify(err), err)
			return
		case !redirected:
			return
		case next == "" || hop == maxRedirects:
			c.fail(qoe.RedirectFailure, errRedirect)
			return
		}
		at = manifest.AddressOf(next)
		a.URL = at
	}
}

var errRedirect = errors.New("redirected too often, or without a usable Location")

// suspect passes on an error that may be this machine's. Those of dialling have been told.
func (n *socketNetwork) suspect(err error) {
	if op, ok := errors.AsType[*net.OpError](err); n.short != nil && (!ok || op.Op != "dial") {
		n.short(err)
	}
}

// hop makes one request, over the transport that suits the URL.
func (c *socketCall) hop(url manifest.Address) (next string, redirected bool, err error) {
	s := c.net.stack
	if s.leads(url) {
		next, redirected, err = c.hopLeanly(url)
		if err == nil || !s.note(url, err) {
			s.leanly.Add(1)
			return next, redirected, err
		}
	}
	s.standardly.Add(1)
	return c.hopStandardly(url.String())
}

func (c *socketCall) fail(why qoe.Failure, err error) {
	a := &c.answer
	a.Failure, a.End = why, c.net.now()
	a.Detail = token.Redact(err.Error())
}

// redirects tells whether a status sends the client elsewhere.
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// leadsTo is where a Location leads from base; "" when nowhere.
func leadsTo(base *url.URL, location string) string {
	if location == "" {
		return ""
	}
	to, err := base.Parse(location)
	if err != nil || !strings.HasPrefix(to.Scheme, "http") {
		return ""
	}
	return to.String()
}

// close ends what is under way and waits for its goroutines.
func (n *socketNetwork) close() {
	n.stack.close()
	n.running.Wait()
	for _, api := range n.apis {
		api.Wait()
	}
	n.stack.closeIdle()
}
