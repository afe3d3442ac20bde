package refresher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"soak/qoe"
	"soak/token"
)

// maxAnswer bounds the body of a token API's answer; the guide's is 400 bytes.
const maxAnswer = 64 << 10

// HTTPSource is a token API reached by HTTP GET. Each call runs on a goroutine of
// its own and comes back through Post. Redirects are followed, as by fetch.
type HTTPSource struct {
	// URL is the API's address with its parameters.
	URL string
	// Header is sent with each call: the viewer's session, for example.
	Header map[string]string
	// CallHeader names a header that carries the call's number. Empty: none.
	CallHeader string
	// Fields maps the answer's fields.
	Fields Fields
	// Base does the exchange. Nil: http.DefaultTransport.
	Base http.RoundTripper
	// Post runs a function on the viewer's loop: loop.Wall's.
	Post func(func())
	// Now is the true clock.
	Now func() time.Time
	// Left, when set, is told how long each call waited for its goroutine, and there. That
	// time is part of the call's.
	Left func(late time.Duration)

	calls sync.WaitGroup
}

// Call implements Source.
func (s *HTTPSource) Call(n int, done func(Answer)) (cancel func(qoe.Failure)) {
	// A call lives until it is answered or cancelled; who stops the refresher cancels
	// it and waits for it with Wait.
	ctx, stop := context.WithCancel(context.Background())
	cancelled := false // on the loop only
	asked := s.Now()
	s.calls.Go(func() {
		defer stop()
		a := s.ask(ctx, n, asked)
		s.Post(func() {
			if !cancelled {
				done(a)
			}
		})
	})
	return func(qoe.Failure) {
		cancelled = true
		stop()
	}
}

// Wait returns when no call is under way.
func (s *HTTPSource) Wait() { s.calls.Wait() }

func (s *HTTPSource) ask(ctx context.Context, n int, asked time.Time) Answer {
	if s.Left != nil {
		s.Left(s.Now().Sub(asked))
	}
	a := s.exchange(ctx, n)
	a.Start, a.End = asked, s.Now()
	return a
}

func (s *HTTPSource) exchange(ctx context.Context, n int) Answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return failed(err)
	}
	for name, value := range s.Header {
		req.Header.Set(name, value)
	}
	if s.CallHeader != "" {
		req.Header.Set(s.CallHeader, strconv.Itoa(n))
	}
	resp, err := (&http.Client{Transport: s.Base}).Do(req)
	if err != nil {
		return failed(err)
	}
	defer closeBody(resp.Body)
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		a := failed(err)
		a.Status = resp.StatusCode
		return a
	case len(body) > maxAnswer:
		return Answer{Status: resp.StatusCode, Failure: qoe.BodyFailure,
			Detail: fmt.Sprintf("token answer is larger than %d bytes", maxAnswer)}
	}
	return ReadAnswer(resp.StatusCode, resp.Header, body, s.Fields)
}

// failed leaves the URL out of the error: its parameters may be a session's.
func failed(err error) Answer {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	return Answer{Failure: qoe.Classify(err), Detail: token.Redact(err.Error())}
}
