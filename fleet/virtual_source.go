package fleet

import (
	"time"

	"soak/lab"
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
	counts *counts
}

// tokenCall is a call of the token API.
type tokenCall struct {
	netem.Exchange
	source *modelSource
	number int
	start  time.Time
	says   lab.Answer
	given  bool // up
	done   func(refresher.Answer)
}

// Call implements refresher.Source. A call given up still burns the backend's time:
// that is what amplifies real storms.
func (s *modelSource) Call(n int, done func(refresher.Answer)) (cancel func(qoe.Failure)) {
	c := &tokenCall{source: s, number: n, start: s.loop.Now(), done: done}
	s.model.Do(&c.Exchange, apiHost, requestBytes, c)
	return c.giveUp
}

// Arrive implements netem.Party. Where the backend's queue is shared by all viewers,
// the visit waits until everyone has reached that instant.
func (c *tokenCall) Arrive(*netem.Exchange) {
	if s := c.source; s.lab.CallsShare() {
		s.loop.Share(0, c.visit)
	} else {
		c.visit()
	}
}

func (c *tokenCall) visit() {
	s := c.source
	now := s.loop.Now()
	s.counts.flush() // it is time for progress to hear of something
	c.says = s.lab.Token(s.from.atAPI(lab.Request{Path: "/api/token", RawQuery: s.query, Viewer: s.viewer, Call: c.number}), now)
	s.reply(&c.says, &c.Exchange)
}

// Done implements netem.Party.
func (c *tokenCall) Done(_ *netem.Exchange, failure qoe.Failure) {
	if !c.given {
		c.done(c.source.decode(c.says, failure, c.start))
	}
}

func (c *tokenCall) giveUp(qoe.Failure) {
	c.given = true
	c.Cancel()
}

func (s *modelSource) decode(a lab.Answer, failure qoe.Failure, start time.Time) refresher.Answer {
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
	answer := refresher.ReadModelled(a.Status, date, retry, a.Body())
	answer.Start, answer.End = start, s.loop.Now()
	return answer
}
