package lab

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate is a listener that is down in windows of scenario time: the port is closed
// then, so that the system refuses connections as for a server that has died, and
// those that are open are closed.
type gate struct {
	mu     sync.Mutex
	socket net.Listener  // nil while it is down
	moved  chan struct{} // closed when socket changes
	shut   bool
	conns  map[*gatedConn]bool
	addr   net.Addr
}

// gated puts a gate in front of a listener that is ever to be down.
func (s *Server) gated(ctx context.Context, l net.Listener, down []Window, epoch time.Time, clock Clock) net.Listener {
	if len(down) == 0 {
		return l
	}
	g := &gate{socket: l, moved: make(chan struct{}), conns: map[*gatedConn]bool{}, addr: l.Addr()}
	failed := &s.errs[len(s.servers)] // the accept loop's, which ends without an error when the gate is shut
	s.running.Go(func() {
		if err := g.follow(ctx, down, epoch, clock); err != nil {
			*failed = err
		}
	})
	return g
}

// follow closes and opens the port until ctx is done or it stays closed.
func (g *gate) follow(ctx context.Context, down []Window, epoch time.Time, clock Clock) error {
	for _, w := range down {
		if clock.Sleep(ctx, epoch.Add(w.From).Sub(clock.Now())) != nil {
			return nil
		}
		g.swap(nil)
		if w.To == 0 || clock.Sleep(ctx, epoch.Add(w.To).Sub(clock.Now())) != nil {
			return nil
		}
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", g.addr.String())
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("lab: listen again on %s: %w", g.addr, err)
		}
		g.swap(l)
	}
	return nil
}

// swap puts another socket in the place of the one there is, with whose
// connections it is over.
func (g *gate) swap(l net.Listener) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		if l != nil {
			l.Close() // nobody has come yet
		}
		return
	}
	if g.socket != nil {
		g.socket.Close() // its error is of no use once it is gone
	}
	for c := range g.conns {
		abort(c.Conn)
	}
	clear(g.conns)
	g.socket = l
	close(g.moved)
	g.moved = make(chan struct{})
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		socket, moved, shut := g.state()
		if shut {
			return nil, net.ErrClosed
		}
		if socket == nil {
			<-moved
			continue
		}
		conn, err := socket.Accept()
		if err == nil {
			return g.admit(socket, conn), nil
		}
		if now, _, _ := g.state(); now == socket { // else it was closed under us
			return nil, err
		}
	}
}

func (g *gate) state() (socket net.Listener, moved chan struct{}, shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.socket, g.moved, g.shut
}

// admit remembers a connection, so that it ends with the socket it came by.
func (g *gate) admit(socket net.Listener, conn net.Conn) net.Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &gatedConn{Conn: conn, gate: g}
	if g.socket != socket {
		abort(conn)
		return c
	}
	g.conns[c] = true
	return c
}

// Close implements net.Listener.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return nil
	}
	g.shut = true
	close(g.moved)
	last := g.socket
	g.socket = nil
	if last == nil {
		return nil
	}
	return last.Close()
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr { return g.addr }

type gatedConn struct {
	net.Conn
	gate *gate
}

func (c *gatedConn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
}

// reset breaks the connection of a request without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2, which this server does not speak
	}
	abort(conn)
	panic(http.ErrAbortHandler)
}

// abort ends a connection with a reset instead of an orderly end.
func abort(conn net.Conn) {
	if c, ok := conn.(*gatedConn); ok {
		defer c.Close()
		conn = c.Conn
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // it is closed in any case
	}
	_ = conn.Close() // nothing more is to be said on it
}
