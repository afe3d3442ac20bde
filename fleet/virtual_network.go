package fleet

import (
	"net/url"

	"soak/lab"
	"soak/loop"
	"soak/manifest"
	"soak/netem"
	"soak/player"
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
	calls  *modelCalls
	tokens *tokenCalls
}

// modelCall is an exchange on the model, or several where redirects are followed.
type modelCall struct {
	netem.Exchange // the latest
	net            *modelNetwork
	get            *get
	answer         *answer
	done           func(*answer)
	at             *manifest.Address // the URL asked for now: the get's, or the next
	next           manifest.Address  // where a redirect led
	hops           int
	sent           bool // false: the URL leads nowhere
	over           bool
	size           int64
	request        lab.Request // for the URL
	says           lab.Answer
	visits         loop.Timer // an edge that others have to be done with first
	behind         *modelCall // of those that are through

	onVisit func() // visit, bound once
}

// modelCalls are those that are through and may be used anew.
type modelCalls struct{ first *modelCall }

func (p *modelCalls) take() *modelCall {
	if c := p.first; c != nil {
		p.first = c.behind
		return c
	}
	c := new(modelCall)
	c.onVisit = c.visit
	return c
}

func (n *modelNetwork) get(g *get, done func(*answer)) call {
	c := n.calls.take()
	if g.route != nil {
		g.route.users++
	}
	c.net, c.get, c.done = n, g, done
	c.size, c.hops, c.over = -1, 0, false
	if c.answer = g.into; c.answer == nil {
		c.answer = new(answer)
	}
	c.send(&g.url)
	return c
}

// free implements call. One that has yet to reach its edge is left to itself.
func (c *modelCall) free() {
	if !c.Busy() && !c.visits.Pending() {
		c.recycle()
	}
}

// recycle lets the call be used anew.
func (c *modelCall) recycle() {
	if x := c.get.route; x != nil {
		x.users--
	}
	through := c.net.calls
	c.behind, through.first = through.first, c
}

func (c *modelCall) send(at *manifest.Address) {
	c.at = at
	c.says = lab.Answer{}
	host := ""
	if c.sent = c.direct(); c.sent {
		host = c.get.route.directory.Host
	} else if host, c.sent = c.parse(); !c.sent {
		c.net.loop.Set(&c.visits, 0, c.nowhere)
		return
	}
	if c.get.rng.Length > 0 {
		c.request.Range = rangeOf(c.get.rng)
	}
	weight := int64(requestBytes)
	if c.get.post {
		weight += challengeBytes
	}
	c.net.model.Do(&c.Exchange, host, weight, c)
}

// direct asks for a file of a directory that the lab knows already.
func (c *modelCall) direct() bool {
	x := c.get.route
	return x != nil && x.known && c.hops == 0 && x.directory.Request(&c.request, c.at.Name)
}

// parse reads the URL as what it is.
func (c *modelCall) parse() (host string, ok bool) {
	u, err := url.Parse(c.at.String())
	if err != nil {
		return "", false
	}
	c.request = lab.Request{Path: u.Path, RawQuery: u.RawQuery}
	c.request.Edge, _ = c.net.lab.Hosts().Edge(u.Host) // hosts that are none of the lab's are the plain edge
	return u.Host, true
}

// nowhere is the end of a request that cannot be sent.
func (c *modelCall) nowhere() {
	if c.over {
		return
	}
	*c.answer = answer{Response: player.Response{URL: *c.at, Failure: qoe.NetworkFailure, Detail: "url does not parse", End: loop.InstantAt(c.net.loop.Since())}}
	c.finish()
}

// Arrive implements netem.Party: the request is at the edge. Where edges remember
// what others asked, it is served in order of time.
func (c *modelCall) Arrive(*netem.Exchange) {
	if n := c.net; n.lab.EdgesShare() {
		n.loop.SetShared(&c.visits, 0, c.onVisit)
	} else {
		c.visit()
	}
}

func (c *modelCall) visit() {
	n := c.net
	r := &c.request
	n.from.atEdge(r)
	r.Viewer, r.Call = n.viewer, -1
	n.lab.EdgeSince(&c.says, r, n.loop.Since())
	if c.size = c.says.Size; c.says.Made != nil {
		c.size = -1
	}
	n.reply(&c.says, &c.Exchange)
}

// Done implements netem.Party.
func (c *modelCall) Done(_ *netem.Exchange, failure qoe.Failure) {
	if c.over {
		return
	}
	if 300 <= c.says.Status && c.says.Status < 400 && failure == qoe.NoFailure {
		if next := c.says.Location(); next != "" {
			c.follow(manifest.AddressOf(next))
			return
		}
	}
	c.answered(failure)
	c.finish()
}

// follow goes where a redirect leads, as XHR does: silently, and without giving the
// integration another chance to rewrite.
func (c *modelCall) follow(next manifest.Address) {
	if c.hops == maxRedirects {
		c.answered(qoe.NoFailure)
		c.answer.Failure, c.answer.Detail = qoe.RedirectFailure, "redirected too often"
		c.finish()
		return
	}
	c.hops++
	c.next = next
	c.send(&c.next)
}

func (n *modelNetwork) hangUp(from place) {
	n.from = from
	n.model.Hangup()
}

// reply hands the lab's answer to the link. A hung server never replies.
func (n *modelNetwork) reply(a *lab.Answer, to *netem.Exchange) {
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
	to.Answer(&r)
}

// answered reads the answer as a page gets it.
func (c *modelCall) answered(failure qoe.Failure) {
	a, out := &c.says, c.answer
	out.Status, out.Failure, out.Detail, out.URL, out.ContentType = a.Status, failure, "", *c.at, a.ContentType
	out.Body, out.Bytes, out.FirstByte, out.End = nil, a.Size, c.FirstByte(), loop.InstantAt(c.net.loop.Since())
	out.Date, out.Timed, out.Age, out.wire = a.Date, true, 0, nil // as lab's handlers allow
	switch {
	case failure != qoe.NoFailure:
		out.Status, out.Bytes = 0, c.Loaded()
	case a.Status < 200 || a.Status > 299:
		out.Failure, out.Detail = qoe.StatusFailure, a.Reason
	case !c.get.media:
		out.Body = a.Whole()
	}
}

func (c *modelCall) finish() {
	c.over = true
	a, done := c.answer, c.done
	a.size = c.total()
	c.recycle()
	done(a)
}

func (c *modelCall) cancel() {
	c.over = true
	if c.sent {
		c.Exchange.Cancel()
	}
}

func (c *modelCall) loaded() int64 {
	if !c.sent {
		return 0
	}
	return c.Loaded()
}

func (c *modelCall) total() int64 {
	if !c.sent || !c.Begun() {
		return -1
	}
	return c.size
}

func (c *modelCall) firstByte() loop.Instant {
	if !c.sent {
		return 0
	}
	return c.FirstByte()
}
