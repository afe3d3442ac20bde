package live

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"soak/reports"
	"soak/telemetry"
)

// every is how often the run is looked at, at most: a little less than a second, so
// that of five ticks a second every fifth looks.
const every = 900 * time.Millisecond

// maxWatchers bounds how many pages are told of events at once.
const maxWatchers = 32

// Server shows one run after the other. It may be used from any goroutine.
type Server struct {
	cfg      Config
	session  string // what the cookie of a visitor with the token holds
	address  string
	http     *http.Server
	running  sync.WaitGroup
	watchers atomic.Int32

	looking sync.Mutex // held while the run is looked at

	mu      sync.Mutex
	look    func() *reports.Live
	control Control
	seen    *reports.Live
	frame   *reports.Frame
	at      time.Time     // of the last look
	changed chan struct{} // closed at the next one
	closing bool
}

// Listen starts a server that shows what look sees.
func Listen(ctx context.Context, cfg Config, look func() *reports.Live) (*Server, error) {
	address, err := cfg.address()
	if err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	s := &Server{cfg: cfg, session: rand.Text(), address: l.Addr().String(), look: look, changed: make(chan struct{})}
	s.http = &http.Server{Handler: s.guard(s.routes()), ReadHeaderTimeout: patience, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	s.running.Go(func() { _ = s.http.Serve(l) }) // ends when the server is closed; what fails before shows in browsers
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.address + "/" }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /events", s.events)
	mux.Handle("GET /metrics", telemetry.Handler(func() *telemetry.Run { return Measured(s.now()) }))
	mux.HandleFunc("POST /control/{action}", s.act)
	return mux
}

// Show changes what is looked at and what can be done to it.
func (s *Server) Show(look func() *reports.Live, c Control) {
	s.mu.Lock()
	s.look, s.control = look, c
	s.mu.Unlock()
	s.refresh()
}

func (s *Server) controls() Control {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.control
}

// Tick looks at the run if somebody watches and a second has passed. It is to be
// called more often than that.
func (s *Server) Tick() {
	if s.watchers.Load() > 0 && s.stale() {
		s.refresh()
	}
}

func (s *Server) stale() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen == nil || s.cfg.Now().Sub(s.at) >= every
}

// refresh looks at the run and tells the pages.
func (s *Server) refresh() {
	s.looking.Lock()
	defer s.looking.Unlock()
	s.mu.Lock()
	look := s.look
	s.mu.Unlock()
	seen := look()
	frame := seen.Frame()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.frame, s.at = seen, frame, s.cfg.Now()
	close(s.changed)
	s.changed = make(chan struct{})
}

// now is the run as it was less than a second ago.
func (s *Server) now() *reports.Live {
	if s.stale() {
		s.refresh()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	var page bytes.Buffer
	policy, err := reports.LivePage(&page, s.now())
	if err != nil {
		http.Error(w, "the page cannot be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", policy+"; frame-ancestors 'none'")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes()) // the visitor has left, if anything
}

// events tells a page how the run stands, and then what changes, until either ends
// (HTML Living Standard, 9.2 Server-sent events).
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	if s.watchers.Add(1) > maxWatchers {
		s.watchers.Add(-1)
		http.Error(w, "too many watch already", http.StatusServiceUnavailable)
		return
	}
	defer s.watchers.Add(-1)
	s.now()
	w.Header().Set("Content-Type", "text/event-stream")
	var before *reports.Frame
	for {
		frame, changed, closing := s.current()
		if frame != before {
			if err := s.tell(w, frame, before); err != nil {
				return
			}
			before = frame
		}
		if closing {
			s.end(w)
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (s *Server) current() (frame *reports.Frame, changed <-chan struct{}, closing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frame, s.changed, s.closing
}

// tell writes one event.
func (s *Server) tell(w http.ResponseWriter, frame, before *reports.Frame) error {
	data, err := json.Marshal(frame.Since(before))
	if err != nil {
		return err
	}
	s.extend(w)
	if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// end tells a page not to come again.
func (s *Server) end(w http.ResponseWriter) {
	s.extend(w)
	fmt.Fprint(w, "event: end\ndata: {}\n\n") // it goes out as the handler returns; who has left needs none
}

// Close shows pages the run as it ended, and stops. It waits a moment for those who
// read slowly.
func (s *Server) Close() error {
	s.refresh()
	s.mu.Lock()
	s.closing = true
	close(s.changed)
	s.changed = make(chan struct{})
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.running.Wait()
	return err
}
