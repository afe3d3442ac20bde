package fleet

import (
	"time"

	"soak/lab"
	"soak/loop"
	"soak/netem"
	"soak/qoe"
	"soak/refresher"
)

// apiHost is the token API's place in the model's connection pool: players reach
// it over connections of its own.
const apiHost = "api"

// modelSource is the way to the lab's token API in virtual time.
type modelSource struct {
	*modelNetwork
	query  string
	bound  bool        // the viewer takes the tokens bound to its address
	played func() bool // there is a player, and nobody wants the answer's URL
	counts *counts
}

// tokenCall is a call of the token API.
type tokenCall struct {
	netem.Exchange
	source *modelSource
	number int
	visits loop.Timer
	start  time.Time
	asks   lab.Request
	says   lab.Answer
	given  bool // up
	done   func(refresher.Answer)

	// Bound once.
	onVisit  func()
	onGiveUp func(qoe.Failure)
}

// tokenCalls are those that were answered and may be used anew.
type tokenCalls []*tokenCall

func (p *tokenCalls) take() *tokenCall {
	if last := len(*p) - 1; last >= 0 {
		c := (*p)[last]
		*p = (*p)[:last]
		return c
	}
	c := new(tokenCall)
	c.onVisit, c.onGiveUp = c.visit, c.giveUp
	return c
}

// Call implements refresher.Source. A call given up still burns the backend's time:
// that is what amplifies real storms. One that was answered is not given up.
func (s *modelSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	c := s.tokens.take()
	c.source, c.number, c.start, c.done = s, n, s.loop.Now(), done
	s.model.Do(&c.Exchange, apiHost, requestBytes, c)
	return c.onGiveUp
}

// Arrive implements netem.Party. Where the backend's queue is shared by all viewers,
// the visit waits until everyone has reached that instant.
func (c *tokenCall) Arrive(*netem.Exchange) {
	if s := c.source; s.lab.CallsShare() {
		s.loop.SetShared(&c.visits, 0, c.onVisit)
	} else {
		c.visit()
	}
}

func (c *tokenCall) visit() {
	s := c.source
	now := s.loop.Now()
	s.counts.flush() // it is time for progress to hear of something
	c.asks = lab.Request{Path: "/api/token", RawQuery: s.query, Viewer: s.viewer, Call: c.number}
	s.from.atAPI(&c.asks)
	s.lab.TokenInto(&c.says, &c.asks, now)
	s.reply(&c.says, &c.Exchange)
}

// Done implements netem.Party.
func (c *tokenCall) Done(_ *netem.Exchange, failure qoe.Failure) {
	if c.given {
		return
	}
	s, done := c.source, c.done
	a := s.decode(&c.says, failure, c.start)
	*s.tokens = append(*s.tokens, c)
	done(a)
}

func (c *tokenCall) giveUp(qoe.Failure) {
	c.given = true
	c.Cancel()
}

func (s *modelSource) decode(a *lab.Answer, failure qoe.Failure, start time.Time) refresher.Answer {
	if failure != qoe.NoFailure {
		return refresher.Answer{Failure: failure, Start: start, End: s.loop.Now()}
	}
	retry := ""
	for _, f := range a.Header {
		if f.Name == "Retry-After" {
			retry = f.Value
		}
	}
	date := a.Date
	if !date.IsZero() {
		date = date.UTC()
	}
	var answer refresher.Answer
	if i := a.Issue(); i != nil {
		answer = s.handed(i)
		answer.Status, answer.Date = a.Status, date
	} else {
		answer = refresher.ReadModelled(a.Status, date, retry, a.Whole())
	}
	answer.Start, answer.End = start, s.loop.Now()
	return answer
}

// handed is what ReadModelled makes of the answer's text, but that what is meant for one
// edge is left out where the viewer goes to the other, and URLs where there is a player.
func (s *modelSource) handed(i *lab.Issue) refresher.Answer {
	a, g := refresher.Answer{Grant: i.Grant(), ClientIP: i.ClientIP()}, i.Grant()
	if s.bound {
		g = i.Bound()
		a.TokenIP = g.Token
	}
	switch {
	case s.played():
	case s.bound:
		a.URLIP = i.URL(lab.IPBound, g)
	default:
		a.URL = i.URL(lab.Plain, g)
	}
	return a
}
