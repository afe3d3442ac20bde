//go:build e2e

package fidelity

import (
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/netem"
	"soak/token"
)

// connsPerOrigin is how many connections a browser opens to one HTTP/1.1 origin.
// It keeps to that behind a proxy too; what dials for it must not fall short.
const connsPerOrigin = 6

// proxy is the HTTP proxy of one play: the viewer's access link, and the notebook
// of everything that crosses it. Being a proxy, it changes no URL and no answer.
type proxy struct {
	url   string
	pages http.Handler // what is asked of the proxy itself
	send  http.RoundTripper

	// Set before the first exchange of the play.
	play    span
	api     string // host of the token API
	address func(since time.Duration) string
	first   func(late time.Duration) // told when the first call of the token API has come

	mu        sync.Mutex
	exchanges []*exchange
	calls     int                  // of the token API so far
	follow    map[string]*exchange // redirected, by where to
}

// span is when a play begins and ends; nothing is noted outside of it.
type span struct{ begin, end time.Time }

// newProxy listens until the test ends.
func newProxy(t *testing.T, pages http.Handler, link netem.Profile, seed uint64) *proxy {
	t.Helper()
	dialer := netem.NewDialer(link, rand.New(rand.NewPCG(seed, 0)))
	dialer.Now, dialer.Sleep = time.Now, loop.Sleep
	transport := &http.Transport{
		DialContext:         dialer.DialContext,
		MaxConnsPerHost:     connsPerOrigin,
		MaxIdleConnsPerHost: connsPerOrigin,
		DisableCompression:  true, // the browser's own headers stand
	}
	p := &proxy{pages: pages, send: transport, follow: map[string]*exchange{}}
	server := httptest.NewServer(p)
	p.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		transport.CloseIdleConnections()
	})
	return p
}

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Host == "" || "http://"+r.URL.Host == p.url {
		p.pages.ServeHTTP(w, r)
		return
	}
	x := p.came(r)
	defer p.ended(x) // also when the exchange breaks off
	if ip := net.ParseIP(r.URL.Hostname()); ip == nil || !ip.IsLoopback() {
		http.Error(w, "no way out of this machine", http.StatusBadGateway)
		return
	}
	p.forward(w, r, x)
}

// forward carries one exchange. A broken one is broken for the browser too.
func (p *proxy) forward(w http.ResponseWriter, r *http.Request, x *exchange) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.Header.Del("Proxy-Connection")
	p.identify(out, x)
	resp, err := p.send.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	p.answered(x, resp)
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	if err := pass(w, resp.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// pass copies a body, every piece as soon as it comes: players measure.
func pass(w http.ResponseWriter, body io.Reader) error {
	flush := http.NewResponseController(w)
	buf := make([]byte, 64<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if err := flush.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// exchange is one request from when it came until its end. A redirect and what
// it leads to are one, as they are for the player.
type exchange struct {
	at, end time.Time // end is zero while it goes on
	status  int       // 0: no answer yet
	call    int       // of the token API, from 1; 0: not of it
	url     *url.URL
}

// came notes that a request has come.
func (p *proxy) came(r *http.Request) *exchange {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.follow[r.URL.String()]; x != nil {
		delete(p.follow, r.URL.String())
		x.end = time.Time{}
		return x
	}
	x := &exchange{at: time.Now(), url: r.URL}
	if r.URL.Host == p.api {
		p.calls++
		if x.call = p.calls; x.call == 1 && p.first != nil {
			p.first(x.at.Sub(p.play.begin))
		}
	}
	p.exchanges = append(p.exchanges, x)
	return x
}

// answered notes the status, and where a redirect will come again.
func (p *proxy) answered(x *exchange, resp *http.Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.status = resp.StatusCode
	if to, err := resp.Location(); err == nil && resp.StatusCode/100 == 3 {
		p.follow[to.String()] = x
	}
}

// ended notes that the last byte has gone to the browser, or that one side left.
func (p *proxy) ended(x *exchange) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.end = time.Now()
}

// identify says to the lab from where the viewer comes, and which of its calls of
// the token API this is.
func (p *proxy) identify(out *http.Request, x *exchange) {
	if p.address != nil {
		out.Header.Set("X-Real-IP", p.address(x.at.Sub(p.play.begin)))
	}
	if x.call > 0 {
		out.Header.Set(lab.ViewerHeader, "0")
		out.Header.Set(lab.CallHeader, strconv.Itoa(x.call))
	}
}

// notes are the exchanges of the play, in the order in which they came.
func (p *proxy) notes() (requests []Request, calls []Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.exchanges {
		if x.at.Before(p.play.begin) || !x.at.Before(p.play.end) {
			continue
		}
		at, took := x.at.Sub(p.play.begin).Seconds(), x.took(p.play.end).Seconds()
		if x.call > 0 {
			calls = append(calls, Call{At: at, Took: took, Status: x.status})
		} else {
			requests = append(requests, x.request(at, took))
		}
	}
	return requests, calls
}

// took is how long the exchange went on, at most until the play's end.
func (x *exchange) took(end time.Time) time.Duration {
	if !x.end.IsZero() && x.end.Before(end) {
		end = x.end
	}
	return end.Sub(x.at)
}

func (x *exchange) request(at, took float64) Request {
	q := Request{At: at, Took: took, Object: strings.TrimPrefix(x.url.Path, "/"), Status: x.status}
	if loc, ok := token.ParsePath(x.url.Path); ok {
		q.Object, q.Margin = loc.Rest, loc.Grant.Life(x.at).Seconds()
	}
	q.Kind, q.Media = kindOf(q.Object)
	if q.Object == "" { // CONNECT to an https server on the internet: the clock that dash.js asks by default
		q.Kind, q.Media, q.Object = "timing", "", x.url.Hostname()
	}
	return q
}
