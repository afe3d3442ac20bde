package refresher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/token"
)

// epoch is a whole second, as in virtual runs.
var epoch = time.Unix(1_700_000_000, 0).UTC()

// stage is one viewer's refresher in virtual time and a token API made to order.
// Its tape is the calls made, as "second outcome": + installed, - not, ? unanswered.
type stage struct {
	// What the API does; set before play.
	TTL     int64 // seconds
	Latency time.Duration
	Begin   time.Duration                // when the viewer comes, after epoch
	Skew    time.Duration                // viewer's clock minus the server's
	Answer  func(n int, a Answer) Answer // changes call n's answer; nil leaves it
	Delay   func(n int) time.Duration    // latency of call n; negative hangs; nil is Latency
	Ready   func()                       // called when the first token is there; may be nil

	loop    *loop.Virtual
	fresh   *Refresher
	first   *Answer
	samples []qoe.Refresh
	started map[int]time.Duration
	order   []int
	active  int
	most    int // calls under way at once
}

func (s *stage) Now() time.Time                                { return s.loop.Now().Add(s.Skew) }
func (s *stage) Set(t *loop.Timer, d time.Duration, fn func()) { s.loop.Set(t, d, fn) }

// Call answers as the guide's API does: expires = floor(now) + TTL.
func (s *stage) Call(n int, done func(Answer)) func(qoe.Failure) {
	at := s.loop.Now()
	s.started[n] = at.Sub(epoch)
	s.order = append(s.order, n)
	s.active++
	s.most = max(s.most, s.active)
	a := Answer{Grant: grant(n, at.Unix()+s.TTL), Status: 200, Date: at.Truncate(time.Second)}
	a.URL = "https://c" + token.Path(token.Live, "1", "a", a.Grant, "master.m3u8")
	if s.Answer != nil {
		a = s.Answer(n, a)
	}
	delay := s.Latency
	if s.Delay != nil {
		delay = s.Delay(n)
	}
	var t *loop.Timer
	if delay >= 0 {
		t = s.loop.After(delay, func() { s.active--; done(a) })
	}
	return func(qoe.Failure) {
		s.active--
		t.Stop()
	}
}

func grant(n int, expires int64) token.Grant {
	return token.Grant{Token: fmt.Sprintf("token-%d", n), Expires: expires}
}

// play runs the policy until so many seconds after epoch; at runs things then.
func (s *stage) play(t *testing.T, p Policy, until float64, at map[float64]func()) *stage {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	world := loop.NewWorld(epoch)
	s.loop, s.started = world.Loop(), map[int]time.Duration{}
	s.fresh = New(&p, s, s, rand.New(rand.NewPCG(1, 2)), func(q qoe.Sample) { s.samples = append(s.samples, q.(qoe.Refresh)) })
	s.loop.After(s.Begin, func() {
		s.fresh.Start(func(a Answer) {
			if s.first != nil {
				t.Error("ready was called twice")
			}
			s.first = &a
			if s.Ready != nil {
				s.Ready()
			}
		})
	})
	for second, fn := range at {
		s.loop.After(time.Duration(second*float64(time.Second)), fn)
	}
	if err := world.Run(context.Background(), epoch.Add(time.Duration(until*float64(time.Second)))); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) tape() string {
	outcome := map[int]string{}
	for _, q := range s.samples {
		outcome[q.Call] = "-"
		if q.Installed {
			outcome[q.Call] = "+"
		}
	}
	var b strings.Builder
	for _, n := range s.order {
		o, ok := outcome[n]
		if !ok {
			o = "?"
		}
		fmt.Fprintf(&b, " %.5g%s", s.started[n].Seconds(), o)
	}
	return strings.TrimSpace(b.String())
}

// still is steady without its dice, and with a lead to compare by.
func still() Policy {
	p := Steady().WithLead(10 * time.Second)
	p.LeadJitter, p.RetryJitter = 0, 0
	return p
}

// fails makes the API answer 503 from call n on.
func fails(from, to int) func(int, Answer) Answer {
	return func(n int, a Answer) Answer {
		if n < from || n > to {
			return a
		}
		return Answer{Status: 503, Failure: qoe.StatusFailure, Detail: "token API answered 503"}
	}
}

// says makes the API answer call n with a body of its own from call from on.
func says(from int, body string) func(int, Answer) Answer {
	return func(n int, a Answer) Answer {
		if n < from {
			return a
		}
		b, _ := DecodeAnswer([]byte(body), Fields{})
		b.Status, b.URL = 200, a.URL
		return b
	}
}

func hangs(call int, else_ time.Duration) func(int) time.Duration {
	return func(n int) time.Duration {
		if n == call {
			return -1
		}
		return else_
	}
}

// slows is an API that turns slow with call number call.
func slows(call int, before, after time.Duration) func(int) time.Duration {
	return func(n int) time.Duration {
		if n < call {
			return before
		}
		return after
	}
}
