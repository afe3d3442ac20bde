package refresher

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"

	"soak/loop"
	"soak/qoe"
)

// Config is what a Go program needs to fetch protected content.
type Config struct {
	TokenAPI string            // address of the token API with its parameters
	Header   map[string]string // sent to the token API only
	Fields   Fields            // of its answer
	Policy   Policy            // for example Steady()
	Base     http.RoundTripper // for the token API and the content; nil: http.DefaultTransport

	OnDispatch func(*http.Request, Dispatch) // see Transport; may be nil
	OnRefresh  func(qoe.Refresh)             // told of each call, on the session's own goroutine; may be nil
}

// Session is a token kept fresh in real time: a loop of its own, a Refresher on
// it, and a Transport for as many goroutines as you like.
type Session struct {
	First     Answer // the first answer: its URL is the one to play
	Transport *Transport

	wall   *loop.Wall
	source *HTTPSource
	fresh  *Refresher // on the loop only
	done   chan struct{}
	close  func()
}

// Open gets the first token and keeps it fresh until Close. ctx bounds the wait for
// the first token, not the session.
func Open(ctx context.Context, c Config) (*Session, error) {
	if err := c.Policy.Validate(); err != nil {
		return nil, err
	}
	wall := loop.NewWall()
	s := &Session{wall: wall, done: make(chan struct{})}
	s.source = &HTTPSource{URL: c.TokenAPI, Header: c.Header, Fields: c.Fields, Base: c.Base, Post: wall.Post, Now: wall.Clock}
	emit := func(sample qoe.Sample) {
		if r, ok := sample.(qoe.Refresh); ok && c.OnRefresh != nil {
			c.OnRefresh(r)
		}
	}
	rng := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	s.fresh = New(&c.Policy, wall, s.source, rng, emit)
	s.Transport = &Transport{Base: c.Base, State: s.fresh.State(), Now: wall.Clock, OnDispatch: c.OnDispatch}
	if c.Policy.Refusal == RefreshRefusal {
		s.Transport.Refused = s.refused
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// start runs the loop and waits for the first answer.
func (s *Session) start(ctx context.Context) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.close = sync.OnceFunc(func() {
		stopped := make(chan struct{})
		s.wall.Post(func() { s.fresh.Stop(); close(stopped) })
		<-stopped
		stop()
		<-s.done
		s.source.Wait()
	})
	go func() {
		defer close(s.done)
		_ = s.wall.Run(running) // its only error is that it was told to stop
	}()
	first := make(chan Answer, 1)
	s.wall.Post(func() { s.fresh.Start(func(a Answer) { first <- a }) })
	select {
	case s.First = <-first:
	case <-ctx.Done():
		s.Close()
		return fmt.Errorf("first token: %w", ctx.Err())
	}
	if !s.First.OK() {
		s.Close()
		return fmt.Errorf("first token: %s", detail(&s.First))
	}
	return nil
}

// Client is an http.Client over the session's Transport.
func (s *Session) Client() *http.Client { return &http.Client{Transport: s.Transport} }

// Close stops refreshing and waits until nothing of the session runs. The
// Transport goes on with the last token.
func (s *Session) Close() { s.close() }

// refused carries a refusal to the loop and waits for its verdict.
func (s *Session) refused(ctx context.Context, url string) bool {
	verdict := make(chan bool, 1)
	s.wall.Post(func() { s.fresh.Refused(url, func(again bool) { verdict <- again }) })
	select {
	case again := <-verdict:
		return again
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}
