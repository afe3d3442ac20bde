package fleet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
	"soak/token"
)

// probeTimeout bounds each of the probe's two steps.
const probeTimeout = 15 * time.Second

var errProbe = fmt.Errorf("no answer within %v", probeTimeout)

// probe asks once, before anybody arrives, for a token and a manifest of every
// kind of stream that the audience will watch. The embedded lab needs no probe.
func (t *target) probe(ctx context.Context) error {
	if t.lab != nil {
		return nil
	}
	seen := map[string]bool{}
	for i := range t.scenario.Viewers.Mix {
		c := &t.scenario.Viewers.Mix[i]
		what := streamOf(c) + " " + c.Format()
		if seen[what] {
			continue
		}
		seen[what] = true
		err := t.probeStream(ctx, c)
		if why := t.consent.stopped(); why != "" {
			return fmt.Errorf("%w: %s", ErrConfig, why)
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrUnreachable, what, err)
		}
	}
	return nil
}

func (t *target) probeStream(ctx context.Context, c *scenarios.Cohort) error {
	stack := newStack(t.plumbing, t.scenario.Transport, t.consent.told(func(ctx context.Context, network, addr string) (net.Conn, error) {
		d := net.Dialer{ControlContext: t.control(), LocalAddr: t.sources.of(0).towards(addr)}
		return d.DialContext(ctx, network, addr)
	}))
	defer stack.close()
	n := &socketNetwork{ctx: ctx, http: stack, stack: stack, timers: loop.NewThread(0).Tab()} // which only tells the time
	url, err := t.probeToken(ctx, n, c)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	bound, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	asked := &socketCall{net: n, get: get{url: manifest.AddressOf(manifestURL(url, t.scenario.Target, c))}}
	defer context.AfterFunc(bound, asked.giveUp)()
	asked.exchange()
	a := &asked.answer
	switch {
	case bound.Err() != nil:
		return fmt.Errorf("manifest %s: %w", token.Redact(a.URL.String()), errProbe)
	case a.Status >= http.StatusBadRequest:
		return fmt.Errorf("manifest %s: answered %d %s", token.Redact(a.URL.String()), a.Status, http.StatusText(a.Status))
	case a.Failure != qoe.NoFailure:
		return fmt.Errorf("manifest %s: %s", token.Redact(a.URL.String()), a.Detail)
	}
	p, err := manifest.Parse(a.URL.String(), a.ContentType, a.Body)
	if err != nil {
		return err
	}
	s := sightOf(p)
	_, s.single = t.plumbing.multiplexed.Load(s.host)
	t.seen[streamOf(c)+c.Format()] = s
	return nil
}

// probeToken makes one call of the token API and returns where playback would begin.
func (t *target) probeToken(ctx context.Context, n *socketNetwork, c *scenarios.Cohort) (url string, err error) {
	l := loop.NewWall()
	n.post = l.Post
	src := t.source(n, 0, c, channelOf(t.scenario, c))
	if src == nil {
		return t.scenario.Target.URL, nil
	}
	bound, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	err = errProbe
	l.Post(func() {
		src.Call(1, func(a refresher.Answer) {
			url, err = t.begin(t.scenario.PolicyOf(c), a)
			cancel()
		})
	})
	_ = l.Run(bound) // ends by cancel, or by the time that err already tells
	return url, err
}

// begin is where playback would begin with that answer.
func (t *target) begin(p refresher.Policy, a refresher.Answer) (string, error) {
	switch {
	case a.Failure != qoe.NoFailure:
		return "", errors.New(firstOf(a.Detail, string(a.Failure)))
	case a.Problem != nil:
		return "", a.Problem
	}
	url := firstURL(t.scenario.Target.URL, &p, a, a.Grant)
	if url == "" {
		return "", errors.New("answer has no url: name the stream's URL (target.url), or the field that holds it (target.tokenApi.fields.url)")
	}
	return url, nil
}
