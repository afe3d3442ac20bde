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
	from   place
}

// modelCall is an exchange on the model, or several where redirects are followed.
type modelCall struct {
	net      *modelNetwork
	asked    get
	done     func(answer)
	exchange *netem.Exchange // the latest
	size     int64
	hops     int
	over     bool
}

func (n *modelNetwork) get(g get, done func(answer)) call {
	c := &modelCall{net: n, asked: g, done: done, size: -1}
	c.send(g.url)
	return c
}

func (c *modelCall) send(at string) {
	n := c.net
	u, err := url.Parse(at)
	if err != nil {
		n.loop.Post(func() {
			c.finish(answer{url: at, failure: qoe.NetworkFailure, detail: "url does not parse", end: n.loop.Now()})
		})
		return
	}
	var a lab.Answer
	arrive := func(reply func(netem.Reply)) {
		n.visit(func() {
			a = n.lab.Edge(n.request(u, c.asked), n.loop.Now())
			if c.size = a.Size; a.Made != nil {
				c.size = -1
			}
			n.reply(a, reply)
		})
	}
	c.exchange = n.model.Do(u.Host, requestBytes, arrive, func() {}, func(failure qoe.Failure) {
		c.answered(at, a, failure)
	})
}

// answered follows redirects as XHR does: silently, and without giving the
// integration another chance to rewrite.
func (c *modelCall) answered(at string, a lab.Answer, failure qoe.Failure) {
	next := a.Location()
	switch {
	case c.over:
	case failure != qoe.NoFailure || next == "":
		c.finish(c.answer(at, a, failure))
	case c.hops == maxRedirects:
		out := c.answer(at, a, failure)
		out.failure, out.detail = qoe.RedirectFailure, "redirected too often"
		c.finish(out)
	default:
		c.hops++
		c.send(next)
	}
}

// visit runs fn at the edge: at once, or where edges remember what others asked in
// order of time.
func (n *modelNetwork) visit(fn func()) {
	if n.lab.EdgesShare() {
		n.loop.Share(0, fn)
	} else {
		fn()
	}
}

func (n *modelNetwork) hangUp(from place) {
	n.from = from
	n.model.Hangup()
}

func (n *modelNetwork) request(u *url.URL, g get) lab.Request {
	r := n.from.atEdge(lab.Request{Path: u.Path, RawQuery: u.RawQuery, Viewer: n.viewer, Call: -1})
	r.Edge, _ = n.lab.Hosts().Edge(u.Host) // hosts that are none of the lab's are the plain edge
	if g.rng.Length > 0 {
		r.Range = fmt.Sprintf("bytes=%d-%d", g.rng.Offset, g.rng.Offset+g.rng.Length-1)
	}
	return r
}

// reply hands the lab's answer to the link. A hung server never replies.
func (n *modelNetwork) reply(a lab.Answer, reply func(netem.Reply)) {
	if a.Hang {
		return
	}
	r := netem.Reply{
		Delay: a.Delay, Bytes: a.Size, Pace: float64(a.Rate) / 8,
		Refused: a.Refused, Stall: a.Stall, StallFor: a.StallFor,
	}
	for _, m := range a.Made {
		r.Made = append(r.Made, netem.Made{Bytes: m.Bytes, After: m.At.Sub(n.loop.Now())})
	}
	if a.Reset {
		r.Bytes, r.Reset = 0, true
	}
	if a.Cut > 0 {
		r.Bytes, r.Reset = a.Cut, true
	}
	if !a.Until.IsZero() {
		r.Within = max(a.Until.Sub(n.loop.Now()), 1) // 0 would be never
	}
	reply(r)
}

func (c *modelCall) answer(at string, a lab.Answer, failure qoe.Failure) answer {
	now := c.net.loop.Now()
	out := answer{
		status: a.Status, failure: failure, url: at, contentType: a.ContentType,
		bytes: c.exchange.Loaded(), firstByte: c.exchange.FirstByte(), end: now,
		date: a.Date, timed: true, // as lab's handlers allow
	}
	if failure != qoe.NoFailure {
		out.status = 0
		return out
	}
	if a.Status < 200 || a.Status > 299 {
		out.failure, out.detail = qoe.StatusFailure, a.Reason
	} else if !c.asked.media {
		out.body = a.Body()
	}
	return out
}

func (c *modelCall) finish(a answer) {
	if !c.over {
		c.over = true
		c.done(a)
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
