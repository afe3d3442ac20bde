package http1

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// The ends of a scripted connection, besides answers.
const (
	hold  = "\x00hold"  // stays open
	reset = "\x00reset" // is reset
	pause = "\x00pause" // a moment: what follows is not read together with what went before
)

// scripted is a server whose connections answer what they were told, to the byte.
type scripted struct {
	net.Listener
	conns    [][]string // connection by connection: the answers, one a request
	requests []string   // heads, as received
	opened   []net.Conn
	mu       sync.Mutex
	running  sync.WaitGroup
	over     chan struct{}
}

func script(t *testing.T, conns ...[]string) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Listener: l, conns: conns, over: make(chan struct{})}
	s.running.Go(s.serve)
	t.Cleanup(func() {
		close(s.over)
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.opened {
			_ = c.Close()
		}
		s.mu.Unlock()
		s.running.Wait()
	})
	return s
}

func (s *scripted) url(path string) string { return "http://" + s.Addr().String() + path }

func (s *scripted) serve() {
	for {
		c, err := s.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		answers := []string(nil)
		if n := len(s.opened); n < len(s.conns) {
			answers = s.conns[n]
		}
		s.opened = append(s.opened, c)
		s.mu.Unlock()
		s.running.Go(func() { s.answer(c, answers) })
	}
}

func (s *scripted) answer(c net.Conn, answers []string) {
	defer c.Close()
	asks := bufio.NewReader(c)
	for _, text := range answers {
		switch text {
		case hold:
			<-s.over
			return
		case reset:
			_ = c.(*net.TCPConn).SetLinger(0)
			return
		}
		if !s.read(asks) {
			return
		}
		for i, part := range strings.Split(text, pause) {
			if i > 0 && !moment(s.over) {
				return
			}
			if part == reset {
				_ = c.(*net.TCPConn).SetLinger(0)
				return
			}
			if _, err := io.WriteString(c, part); err != nil {
				return
			}
		}
	}
}

// moment waits for what a reader needs to take up what has been sent so far.
func moment(over <-chan struct{}) bool {
	tick := time.NewTimer(20 * time.Millisecond)
	defer tick.Stop()
	select {
	case <-tick.C:
		return true
	case <-over:
		return false
	}
}

// read reads one request, and tells whether there was one.
func (s *scripted) read(asks *bufio.Reader) bool {
	r, err := http.ReadRequest(asks)
	if err != nil {
		return false
	}
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.RequestURI+" "+r.Host+" "+string(body))
	return true
}

func (s *scripted) accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.opened)
}

// transports are the two that must not be told apart.
func transports(t *testing.T) map[string]http.RoundTripper {
	std := &http.Transport{MaxConnsPerHost: 6, MaxIdleConnsPerHost: 6, DisableCompression: true, MaxResponseHeaderBytes: defaultMaxHead}
	lean := client()
	t.Cleanup(func() {
		std.CloseIdleConnections()
		lean.Close()
	})
	return map[string]http.RoundTripper{"net/http": std, "http1": lean, "http1, generic": genericClient(t)}
}

func client() *Client { return &Client{Dial: new(net.Dialer).DialContext, Now: time.Now} }

// genericClient has connections of which the system knows nothing.
func genericClient(t *testing.T) *Client {
	c := client()
	dial := c.Dial
	c.Dial = hidden(dial)
	t.Cleanup(c.Close)
	return c
}
