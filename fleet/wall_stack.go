package fleet

import (
	"cmp"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"soak/http1"
	"soak/manifest"
	"soak/netem"
	"soak/scenarios"
)

// readBuffer is what bodies are read into over net/http; pooled. io.Copy(io.Discard)
// costs 1.5-2 x more.
const readBuffer = 64 << 10

// unsaid is the transport of scenarios that name none. Whatever plays over sockets is
// tested with the other one by -ldflags=-X=soak/fleet.unsaid=net, which reaches tests
// and commands of all packages.
var unsaid = scenarios.AutoTransport

// plumbing is what the stacks of a run share.
type plumbing struct {
	agent       string   // User-Agent of all requests
	multiplexed sync.Map // hosts that took HTTP/2; https is understood
	lean        http1.Buffers
	buffers     sync.Pool // of net/http's bodies
	bodies      *bodies
	calls       sync.Pool // *socketCall that are over
	crew        crew
	dated       atomic.Pointer[dated]
	types       [8]atomic.Pointer[string] // Content-Types, by length
	leanly      atomic.Int64              // requests over the lean transport
	standardly  atomic.Int64              // and over net/http
}

func newPlumbing() *plumbing {
	p := &plumbing{agent: http1.Agent("load test"), bodies: newBodies()}
	p.buffers.New = func() any { return new([readBuffer]byte) }
	p.calls.New = func() any {
		c := new(socketCall)
		c.onLanded = c.landed
		return c
	}
	return p
}

// transport names what requests went over.
func (p *plumbing) transport() string {
	switch lean, standard := p.leanly.Load(), p.standardly.Load(); {
	case lean == 0 && standard == 0:
		return ""
	case standard == 0:
		return "lean"
	case lean == 0:
		return "net/http"
	}
	return "lean and net/http"
}

// stack is one viewer's HTTP: connections of its own, as a browser has. Requests go
// over the lean transport where that does what a browser would, and over net/http
// where the server has HTTP/2, or where a URL wants more care than it gives.
type stack struct {
	*plumbing
	kind string // a scenario's transport
	dial dialFunc
	slim *http1.Client

	once sync.Once
	full atomic.Pointer[http.Transport] // made when it is needed first
}

func newStack(p *plumbing, kind string, dial dialFunc) *stack {
	kind = cmp.Or(kind, unsaid)
	return &stack{plumbing: p, kind: kind, dial: dial, slim: &http1.Client{
		Dial: dial, Now: time.Now, HTTP2: kind != scenarios.LeanTransport,
		PerHost: connsPerHost, Idle: netem.KeepAlive, Buffers: &p.lean, Gzip: true,
	}}
}

// leads tells whether a request for the URL goes over the lean transport.
func (s *stack) leads(url manifest.Address) bool {
	switch s.kind {
	case scenarios.LeanTransport:
		return true
	case scenarios.NetTransport:
		return false
	}
	if !http1.Plain(url.Directory, url.Name) {
		return false
	}
	host, secure := secureHost(url)
	if !secure {
		return true
	}
	_, known := s.multiplexed.Load(host)
	return !known
}

// note remembers what an error of the lean transport tells of a server, and whether
// the request is better made over net/http.
func (s *stack) note(url manifest.Address, err error) bool {
	if !errors.Is(err, http1.ErrHTTP2) {
		return false
	}
	host, _ := secureHost(url)
	s.multiplexed.Store(host, true)
	return true
}

// standard is net/http's half.
func (s *stack) standard() *http.Transport {
	s.once.Do(func() { s.full.Store(newTransport(s.dial)) })
	return s.full.Load()
}

// RoundTrip implements http.RoundTripper for the token API's calls.
func (s *stack) RoundTrip(r *http.Request) (*http.Response, error) {
	if url := manifest.AddressOf(r.URL.String()); s.leads(url) {
		s.leanly.Add(1)
		resp, err := s.slim.RoundTrip(r)
		if err == nil || !s.note(url, err) {
			return resp, err
		}
		s.leanly.Add(-1)
	}
	s.standardly.Add(1)
	return s.standard().RoundTrip(r) // calls of token APIs have no body that is gone by now
}

func (s *stack) closeIdle() {
	s.slim.CloseIdleConnections()
	if full := s.full.Load(); full != nil {
		full.CloseIdleConnections()
	}
}

// close ends every lean exchange, and everything idle.
func (s *stack) close() {
	s.slim.Close()
	s.closeIdle()
}
