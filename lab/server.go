package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the time that a listening lab lives in.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// The headers by which soak's viewers say who calls the token API, and which of
// their calls it is, counted from 1.
const (
	ViewerHeader = "Soak-Viewer"
	CallHeader   = "Soak-Call"
)

// Server is a lab that listens. Its hosts are its real URLs.
type Server struct {
	Hosts
	servers []*http.Server
	running sync.WaitGroup // accept loops, connections, and who ends them
	stop    context.CancelFunc
	errs    []error // of the accept loops

	lab       atomic.Pointer[Lab] // what is served: another one after each injection
	injecting sync.Mutex

	notAccepted atomic.Pointer[func(error)]
}

// Listen serves the lab until ctx is done or the server is closed; the caller
// closes it in either case. The second edge listens where faults redirect to it.
func (l *Lab) Listen(ctx context.Context, clock Clock) (*Server, error) {
	addresses := []string{l.cfg.Listen.Plain, l.cfg.Listen.IPBound, l.cfg.Listen.API}
	if l.cfg.redirects() {
		addresses = append(addresses, l.cfg.Listen.Second)
	}
	listeners, err := listenAll(ctx, addresses)
	if err != nil {
		return nil, err
	}
	url := func(i int) string { return "http://" + listeners[i].Addr().String() }
	s := &Server{Hosts: Hosts{Plain: url(0), IPBound: url(1), API: url(2) + "/api/token"}, errs: make([]error, len(listeners))}
	if len(listeners) > 3 {
		s.Second = url(3)
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.lab.Store(l.at(s.Hosts))
	atEdge := func(r Request, now time.Time) Answer { return s.lab.Load().Edge(r, now) }
	atAPI := func(r Request, now time.Time) Answer { return s.lab.Load().Token(r, now) }
	gather := &sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 64<<10) }}
	edges := l.cfg.Edges
	down := [][]Window{edges.Plain.Down, edges.IPBound.Down, l.cfg.API.down(), edges.Second.Down}
	serve := func(i int, edge Edge, headers Headers, answer func(Request, time.Time) Answer) {
		open := acceptor{s.gated(ctx, listeners[i], down[i], l.epoch, clock), ctx, clock.Sleep, &s.notAccepted}
		s.serve(ctx, open, handler{clock, edge, answer, headers, gather})
	}
	serve(0, Plain, l.cfg.Headers, atEdge)
	serve(1, IPBound, l.cfg.Headers, atEdge)
	serve(2, Plain, l.cfg.API.Headers, atAPI)
	if len(listeners) > 3 {
		serve(3, Second, l.cfg.Headers, atEdge)
	}
	s.running.Go(func() {
		<-ctx.Done()
		s.shut()
	})
	return s, nil
}

// listenAll listens on all addresses, or on none.
func listenAll(ctx context.Context, addresses []string) (listeners []net.Listener, err error) {
	for _, address := range addresses {
		listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			for _, open := range listeners {
				err = errors.Join(err, open.Close())
			}
			return nil, fmt.Errorf("lab: listen on %s: %w", address, err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

// serve starts one server. Its connections are counted, so that Close can wait
// for the goroutines behind them; a new one is counted by the accept loop itself,
// which is counted too, so the count never leaves zero once it is there.
func (s *Server) serve(ctx context.Context, listener net.Listener, h http.Handler) {
	server := &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.running.Add(1)
			case http.StateClosed, http.StateHijacked:
				s.running.Done()
			}
		},
	}
	failed := &s.errs[len(s.servers)]
	s.servers = append(s.servers, server)
	s.running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			*failed = fmt.Errorf("lab: %w", err)
		}
	})
}

// shut closes listeners and connections, which ends what hangs on them.
func (s *Server) shut() {
	for _, server := range s.servers {
		server.Close() // its error is the listener's, of no use once it is gone
	}
}

// Close stops the servers and waits until every goroutine of theirs has ended.
func (s *Server) Close() error {
	s.stop()
	s.running.Wait()
	return errors.Join(s.errs...)
}

// handler carries requests to one function of the lab and its answers back.
type handler struct {
	clock   Clock
	edge    Edge
	answer  func(Request, time.Time) Answer
	headers Headers
	// gather holds *bufio.Writer: a segment has many small parts, and every write
	// past the HTTP server's own 4 KiB is a system call.
	gather *sync.Pool
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	h.headers.allow(header, r)
	switch {
	case r.Method == http.MethodOptions:
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
	case r.Method == http.MethodPost && path.Base(r.URL.Path) == licenseFile:
	default:
		header.Set("Allow", "GET, HEAD, OPTIONS")
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
		return
	}
	a := h.answer(request(r, h.edge), h.clock.Now())
	if a.Hang {
		<-r.Context().Done()
		panic(http.ErrAbortHandler) // no answer, not even an empty one
	}
	if a.Delay > 0 && h.clock.Sleep(r.Context(), a.Delay) != nil {
		panic(http.ErrAbortHandler)
	}
	if a.Reset || a.Refused { // a request that came on a connection just being closed
		reset(w)
	}
	h.send(w, r, a)
}

// allowOrigins lets a page of any origin read answers and their headers; dash.js
// reads Date, and players want the status of refusals too.
func allowOrigins(header http.Header, r *http.Request) {
	header["Access-Control-Allow-Origin"] = anyOrigin
	header["Access-Control-Expose-Headers"] = exposed
	header["Timing-Allow-Origin"] = anyOrigin
	if r.Method != http.MethodOptions {
		return
	}
	header.Set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
	header.Set("Access-Control-Max-Age", "600")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		header.Set("Access-Control-Allow-Headers", asked)
	}
	if r.Header.Get("Access-Control-Request-Private-Network") != "" {
		header.Set("Access-Control-Allow-Private-Network", "true")
	}
}

func request(r *http.Request, edge Edge) Request {
	return Request{
		Edge:     edge,
		Path:     r.URL.Path,
		RawQuery: r.URL.RawQuery,
		ClientIP: peer(r),
		Range:    r.Header.Get("Range"),
		Viewer:   number(r.Header.Get(ViewerHeader)),
		Call:     number(r.Header.Get(CallHeader)),
		SignedIn: r.Header.Get("Authorization") != "" || r.Header.Get("Cookie") != "",

		Forwarded: or(r.Header.Get("X-Real-IP"), r.Header.Get("X-Forwarded-For")),
	}
}

// peer is the address that a request comes from.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return unspread(host)
}

// number reads a count; -1 is unknown.
func number(text string) int {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return -1
	}
	return int(n)
}
