package refresher

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"soak/loop"
	"soak/qoe"
	"soak/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a token API and an edge on loopback. The edge lets only the newest grant
// in, so that revoking is one call.
type site struct {
	*httptest.Server
	calls  atomic.Int64
	ttl    time.Duration
	block  chan struct{} // when set, the API waits for it from the second call on
	broken atomic.Bool   // the API answers 503
	seen   sync.Map      // paths the edge was asked for
}

var signer = token.Signer{Client: "1", Secret: "s3cr3t"}

func newSite(t *testing.T, ttl time.Duration) *site {
	s := &site{ttl: ttl}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/token", s.api)
	mux.HandleFunc("/cmaf/", s.edge)
	mux.HandleFunc("/open/", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "open") })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *site) grant() token.Grant {
	e := time.Now().Add(s.ttl).Unix() + s.calls.Load() // each call's differs
	return token.Grant{Token: signer.Sign("a", e, ""), Expires: e}
}

func (s *site) api(w http.ResponseWriter, r *http.Request) {
	if n := s.calls.Add(1); n > 1 && s.block != nil {
		select {
		case <-s.block:
		case <-r.Context().Done():
		}
	}
	if s.broken.Load() {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	g := s.grant()
	_ = json.NewEncoder(w).Encode(map[string]any{
		"token": g.Token, "expires": g.Expires, "url": s.URL + token.Path(token.Live, "1", "a", g, "master.m3u8"),
	})
}

func (s *site) edge(w http.ResponseWriter, r *http.Request) {
	s.seen.Store(r.URL.Path, true)
	l, ok := token.ParsePath(r.URL.Path)
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
	case l.Grant.Token == "" || signer.Verify(l.Video, l.Grant, "", time.Now(), token.Strict) != nil:
		w.WriteHeader(http.StatusForbidden)
	case l.Rest == "refuse-once" && s.calls.Load() < 2:
		w.WriteHeader(http.StatusGone)
	case l.Rest == "v1/moved.ts":
		w.Header().Set("Location", "seg.ts?x=1")
		w.WriteHeader(http.StatusFound)
	default:
		_, _ = io.WriteString(w, r.URL.Path)
	}
}

func (s *site) open(t *testing.T, c Config) *Session {
	t.Helper()
	c.Base = &http.Transport{}
	t.Cleanup(c.Base.(*http.Transport).CloseIdleConnections)
	c.TokenAPI = s.URL + "/api/token?video=a"
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	session, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

func get(t *testing.T, c *http.Client, url string) (int, string, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Request.URL.Path
}

const stale = "/cmaf/1_a/stale-token/1700000000/"

func TestTransportRewritesAtDispatch(t *testing.T) {
	s := newSite(t, time.Minute)
	var seen []Dispatch
	session := s.open(t, Config{Policy: Steady(), OnDispatch: func(_ *http.Request, d Dispatch) { seen = append(seen, d) }})
	req, _ := http.NewRequest(http.MethodGet, s.URL+stale+"v1/2.m4s?x=1", nil)
	resp, err := session.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d; want 200 under the session's token", resp.StatusCode)
	}
	if req.URL.String() != s.URL+stale+"v1/2.m4s?x=1" {
		t.Errorf("the caller's request became %s", req.URL)
	}
	l, _ := token.ParsePath(resp.Request.URL.Path)
	if l.Grant != session.First.Grant || l.Rest != "v1/2.m4s" || resp.Request.URL.RawQuery != "x=1" {
		t.Errorf("final URL is %s; want the first grant, the rest kept", resp.Request.URL)
	}
	if len(seen) != 1 || !seen[0].Signed || seen[0].Grant != l.Grant || seen[0].Margin <= 0 || seen[0].Margin > 62*time.Second {
		t.Errorf("dispatches %+v; want one, with up to a minute's margin", seen)
	}
	if status, body, _ := get(t, session.Client(), s.URL+"/open/x"); status != 200 || body != "open" || seen[1].Signed {
		t.Errorf("unprotected: %d %q, %+v; want it left alone", status, body, seen[1])
	}
}

func TestTransportRedirects(t *testing.T) {
	s := newSite(t, time.Minute)
	var hops []bool
	session := s.open(t, Config{Policy: Steady(), OnDispatch: func(_ *http.Request, d Dispatch) { hops = append(hops, d.Hop) }})
	status, _, final := get(t, session.Client(), s.URL+stale+"v1/moved.ts")
	l, _ := token.ParsePath(final)
	if status != 200 || l.Grant != session.First.Grant || l.Rest != "v1/seg.ts" || len(hops) != 2 || hops[0] || !hops[1] {
		t.Errorf("%d at %s, hops %v; want the relative Location resolved against the rewritten URL", status, final, hops)
	}
	// Elsewhere a redirect leads to a URL with a token of the edge's own choice.
	own := &http.Transport{}
	defer own.CloseIdleConnections()
	g := s.grant()
	g.Expires += 7
	g.Token = signer.Sign("a", g.Expires, "")
	edge := httptest.NewServer(http.RedirectHandler(s.URL+token.Path(token.Live, "1", "a", g, "x.ts"), http.StatusFound))
	defer edge.Close()
	hops = nil
	_, _, final = get(t, session.Client(), edge.URL+"/x.ts")
	if l, _ := token.ParsePath(final); l.Grant != g || len(hops) != 2 || hops[0] || !hops[1] {
		t.Errorf("ended at %s, hops %v; want the edge's own grant %v kept", final, hops, g)
	}
}

func TestTransportRefreshesOnRefusal(t *testing.T) {
	rows := []struct {
		why    string
		policy Policy
		method string
		want   int
		calls  int64
	}{
		{"steady refreshes once and sends it again", Steady(), http.MethodGet, 200, 2},
		{"HEAD too", Steady(), http.MethodHead, 200, 2},
		{"a POST is not sent twice", Steady(), http.MethodPost, 410, 1},
		{"the guide lets it fail", GuideHLSJS(), http.MethodGet, 410, 1},
	}
	for _, r := range rows {
		s := newSite(t, time.Minute)
		session := s.open(t, Config{Policy: r.policy})
		req, _ := http.NewRequest(r.method, s.URL+stale+"refuse-once", nil)
		resp, err := session.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := s.calls.Load(); resp.StatusCode != r.want || got != r.calls {
			t.Errorf("%s: status %d after %d calls; want %d, %d", r.why, resp.StatusCode, got, r.want, r.calls)
		}
	}
}

// Only a refusal that a newer grant could mend is worth asking about.
func TestTransportAsksOnlyWhereItHelps(t *testing.T) {
	hop := &http.Response{}
	rows := []struct {
		why, method, path string
		via               *http.Response
		status, asked     int
	}{
		{"a refused grant", http.MethodGet, stale + "x", nil, 403, 1},
		{"401 as well", http.MethodGet, stale + "x", nil, 401, 1},
		{"once, though the second try is refused too", http.MethodGet, stale + "y", nil, 410, 1},
		{"no grant in the URL", http.MethodGet, "/ads/x", nil, 403, 0},
		{"a redirect's next hop goes where the edge said", http.MethodGet, stale + "x", hop, 403, 0},
		{"not found is not refused", http.MethodGet, stale + "x", nil, 404, 0},
		{"not safe to repeat", http.MethodDelete, stale + "x", nil, 403, 0},
	}
	for _, r := range rows {
		asked := 0
		tr := &Transport{
			State:   new(State),
			Refused: func(context.Context, string) bool { asked++; return true },
			Base: roundTrip(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: r.status, Header: http.Header{}, Body: http.NoBody}, nil
			}),
		}
		req := httptest.NewRequest(r.method, "http://edge.lab"+r.path, nil)
		req.Response = r.via
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if asked != r.asked || resp.StatusCode != r.status {
			t.Errorf("%s: asked %d times, status %d; want %d, %d", r.why, asked, resp.StatusCode, r.asked, r.status)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestManyRefusedShareOneCall(t *testing.T) {
	s := newSite(t, time.Minute)
	session := s.open(t, Config{Policy: Steady()})
	var wg sync.WaitGroup
	var ok atomic.Int64
	for range 8 {
		wg.Go(func() {
			if resp, err := session.Client().Get(s.URL + stale + "refuse-once"); err == nil {
				resp.Body.Close()
				if resp.StatusCode == 200 {
					ok.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if ok.Load() != 8 || s.calls.Load() != 2 {
		t.Errorf("%d of 8 served after %d calls; want all after 2", ok.Load(), s.calls.Load())
	}
}

func TestRefusalWaitsNoLongerThanItsRequest(t *testing.T) {
	s := newSite(t, time.Minute)
	s.block = make(chan struct{})
	session := s.open(t, Config{Policy: Steady()})
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+stale+"refuse-once", nil)
	resp, err := session.Client().Do(req)
	if err == nil {
		resp.Body.Close()
	} else if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v; want the refusal itself or the deadline", err)
	}
	session.Close() // with a call still under way
}

func TestOpenTellsWhy(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	defer gone.Close()
	defer page.Close()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	for _, r := range []struct{ why, url, want string }{
		{"a status", gone.URL + "?key=hidden", "404"},
		{"a page", page.URL, "web page"},
		{"nobody there", closed.URL + "?key=hidden", "refused"},
		{"no URL", "://", "missing protocol scheme"},
	} {
		_, err := Open(context.Background(), Config{TokenAPI: r.url, Policy: GuideHLSJS(), Base: base})
		if err == nil || !strings.Contains(err.Error(), r.want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: Open = %v; want %q and nothing of the URL's parameters", r.why, err, r.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, Config{TokenAPI: page.URL, Policy: Steady(), Base: base}); err == nil {
		t.Error("Open with a context that is done = nil; want an error")
	}
}

func TestHTTPSource(t *testing.T) {
	var header http.Header
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		switch r.URL.Path {
		case "/hang":
			<-r.Context().Done()
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, guideAnswer[:40])
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat(" ", maxAnswer+1))
		default:
			_, _ = io.WriteString(w, guideAnswer)
		}
	}))
	defer api.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	for _, r := range []struct {
		why, path string
		want      qoe.Failure
	}{
		{"an answer", "/", qoe.NoFailure},
		{"connection broken inside the body", "/cut", qoe.ResetFailure},
		{"no end to it", "/large", qoe.BodyFailure},
	} {
		src, wall, stop := source(api.URL+r.path, base)
		got := make(chan Answer, 1)
		wall.Post(func() { src.Call(3, func(a Answer) { got <- a }) })
		a := <-got
		stop()
		if a.Failure != r.want || a.Status != 200 || a.Start.IsZero() || a.End.Before(a.Start) {
			t.Errorf("%s: %+v; want failure %q", r.why, a, r.want)
		}
		if header.Get("Soak-Call") != "3" || header.Get("Authorization") != "Bearer x" {
			t.Errorf("%s: headers %v", r.why, header)
		}
	}
	src, wall, stop := source(api.URL+"/hang", base)
	cancelled := make(chan struct{})
	wall.Post(func() {
		cancel := src.Call(1, func(Answer) { t.Error("answered after it was cancelled") })
		cancel(qoe.TimeoutFailure)
		close(cancelled)
	})
	<-cancelled
	src.Wait()
	passed := make(chan struct{})
	wall.Post(func() { close(passed) }) // behind the cancelled call's answer
	<-passed
	stop()
}

// What a call waits for its goroutine is part of its time, and told. The clock goes on by
// a second whenever somebody looks at it.
func TestHTTPSourceLeaves(t *testing.T) {
	base := time.Unix(1_800_000_000, 0)
	var looks atomic.Int64
	var late []time.Duration
	var got Answer
	src := &HTTPSource{
		URL: "http://api/", Base: answering("{}"), Post: func(f func()) { f() },
		Now:  func() time.Time { return base.Add(time.Duration(looks.Add(1)) * time.Second) },
		Left: func(d time.Duration) { late = append(late, d) },
	}
	src.Call(1, func(a Answer) { got = a })
	src.Wait()
	if len(late) != 1 || late[0] != time.Second {
		t.Errorf("late %v; want 1s, once", late)
	}
	if asked := base.Add(time.Second); !got.Start.Equal(asked) || got.End.Sub(got.Start) != 2*time.Second {
		t.Errorf("the call took from %v to %v; want from %v, when it was asked for, for 2s", got.Start, got.End, asked)
	}
}

// answering is a transport that answers with a body.
type answering string

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

// source is an HTTPSource on a running loop.
func source(url string, base http.RoundTripper) (*HTTPSource, *loop.Wall, func()) {
	wall := loop.NewWall()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = wall.Run(ctx) }()
	src := &HTTPSource{URL: url, Header: map[string]string{"Authorization": "Bearer x"}, CallHeader: "Soak-Call", Base: base, Post: wall.Post, Now: wall.Clock}
	return src, wall, func() { cancel(); <-done; src.Wait() }
}
