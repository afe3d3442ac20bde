package fleet

import (
	"fmt"
	"net/url"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/netem"
	"soak/qoe"
)

// requestBytes is what a player's GET weighs on the uplink: request line, a
// browser's headers and cookies.
const requestBytes = 600

// modelNetwork is one viewer's network in virtual time: netem's model of the
// access link in front of the lab's own functions.
type modelNetwork struct {
	loop   *loop.Virtual
	model  *netem.Model
	lab    *lab.Lab
	viewer int
	client string // address as the edge sees it
	bound  string // host of the IP-bound edge
}

// modelCall is an exchange on the model.
type modelCall struct {
	exchange *netem.Exchange
	size     int64
	over     bool
}

func (n *modelNetwork) get(g get, done func(answer)) call {
	c := &modelCall{size: -1}
	u, err := url.Parse(g.url)
	if err != nil {
		n.loop.Post(func() {
			c.finish(done, answer{url: g.url, failure: qoe.NetworkFailure, detail: "url does not parse", end: n.loop.Now()})
		})
		return c
	}
	var a lab.Answer
	arrive := func(reply func(netem.Reply)) {
		a = n.lab.Edge(n.request(u, g), n.loop.Now())
		c.size = a.Size
		n.reply(a, reply)
	}
	c.exchange = n.model.Do(u.Host, requestBytes, arrive, func() {}, func(failure qoe.Failure) {
		c.finish(done, n.answer(g, a, c, failure))
	})
	return c
}

func (n *modelNetwork) hangUp(address string) {
	n.client = firstOf(address, n.client)
	n.model.Hangup()
}

func (n *modelNetwork) request(u *url.URL, g get) lab.Request {
	r := lab.Request{Path: u.Path, RawQuery: u.RawQuery, ClientIP: n.client, Viewer: n.viewer, Call: -1}
	if u.Host == n.bound {
		r.Edge = lab.IPBound
	}
	if g.rng.Length > 0 {
		r.Range = fmt.Sprintf("bytes=%d-%d", g.rng.Offset, g.rng.Offset+g.rng.Length-1)
	}
	return r
}

// reply hands the lab's answer to the link. A hung server never replies.
func (n *modelNetwork) reply(a lab.Answer, reply func(netem.Reply)) {
	if !a.Hang {
		reply(netem.Reply{Delay: a.Delay, Bytes: a.Size})
	}
}

func (n *modelNetwork) answer(g get, a lab.Answer, c *modelCall, failure qoe.Failure) answer {
	out := answer{
		status: a.Status, failure: failure, url: g.url, contentType: a.ContentType,
		bytes: c.exchange.Loaded(), firstByte: c.exchange.FirstByte(), end: n.loop.Now(),
		date: a.Date, timed: true, // as lab's handlers allow
	}
	if failure != qoe.NoFailure {
		out.status = 0
		return out
	}
	if a.Status < 200 || a.Status > 299 {
		out.failure, out.detail = qoe.StatusFailure, a.Reason
	} else if !g.media {
		out.body = a.Body()
	}
	return out
}

func (c *modelCall) finish(done func(answer), a answer) {
	if !c.over {
		c.over = true
		done(a)
	}
}

func (c *modelCall) cancel() {
	c.over = true
	if c.exchange != nil {
		c.exchange.Cancel()
	}
}

func (c *modelCall) loaded() int64 {
	if c.exchange == nil {
		return 0
	}
	return c.exchange.Loaded()
}

func (c *modelCall) total() int64 {
	if c.exchange == nil || c.exchange.FirstByte().IsZero() {
		return -1
	}
	return c.size
}

func (c *modelCall) firstByte() time.Time {
	if c.exchange == nil {
		return time.Time{}
	}
	return c.exchange.FirstByte()
}
