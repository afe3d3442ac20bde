package lab

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"
)

// How long a listener waits after it could not accept a connection: as http.Server does.
const (
	firstWait   = 5 * time.Millisecond
	longestWait = time.Second
)

// acceptor is a listener that tells when a connection cannot be accepted for want of
// descriptors or the like, and tries again. http.Server would only log it: whoever waits
// in the queue takes the lab for slow.
type acceptor struct {
	net.Listener
	ctx   context.Context
	sleep func(context.Context, time.Duration) error
	told  *atomic.Pointer[func(error)] // nil inside: nobody asks, and http.Server logs it
}

// Accept implements net.Listener.
func (a acceptor) Accept() (net.Conn, error) {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		conn, err := a.Listener.Accept()
		told := a.told.Load()
		if err == nil || told == nil || !passing(err) {
			return conn, err
		}
		(*told)(err)
		_ = a.sleep(a.ctx, wait) // cut short when the server is closed, and Accept with it
	}
}

// passing tells an error of a connection from the end of the listener.
func passing(err error) bool {
	temporary, ok := errors.AsType[interface {
		error
		Temporary() bool
	}](err)
	return ok && temporary.Temporary()
}

// NotAccepted has told called, from now on, with each error for which a connection could
// not be accepted. It is called from several goroutines.
func (s *Server) NotAccepted(told func(error)) { s.notAccepted.Store(&told) }
