package lab

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// script is a listener that answers as it is written.
type script struct {
	net.Listener
	errs []error
}

func (s *script) Accept() (net.Conn, error) {
	err := s.errs[0]
	s.errs = s.errs[1:]
	if err != nil {
		return nil, err
	}
	return &net.TCPConn{}, nil
}

func TestAcceptor(t *testing.T) {
	full := &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	over := &net.OpError{Op: "accept", Net: "tcp", Err: net.ErrClosed}
	ms := time.Millisecond
	for _, row := range []struct {
		why    string
		asked  bool
		errs   []error
		told   int
		waits  []time.Duration
		result error
	}{
		{"a connection", true, []error{nil}, 0, nil, nil},
		{"no descriptors for a while", true, []error{full, full, full, nil}, 3, []time.Duration{5 * ms, 10 * ms, 20 * ms}, nil},
		{"the end is not passing", true, []error{full, over}, 1, []time.Duration{5 * ms}, net.ErrClosed},
		{"nobody asks: http.Server's affair", false, []error{full}, 0, nil, syscall.EMFILE},
	} {
		var told []error
		var waits []time.Duration
		server := &Server{}
		if row.asked {
			server.NotAccepted(func(err error) { told = append(told, err) })
		}
		a := acceptor{&script{errs: row.errs}, t.Context(), func(_ context.Context, d time.Duration) error {
			waits = append(waits, d)
			return nil
		}, &server.notAccepted}
		conn, err := a.Accept()
		if !errors.Is(err, row.result) || (err == nil) != (conn != nil) || len(told) != row.told || !slices.Equal(waits, row.waits) {
			t.Errorf("%s: %v, %v, told %v, waited %v; want %v, told %d times, waits %v", row.why, conn, err, told, waits, row.result, row.told, row.waits)
		}
		for _, err := range told {
			if !errors.Is(err, syscall.EMFILE) {
				t.Errorf("%s: told %v; want what Accept said", row.why, err)
			}
		}
	}
}

// Waits grow to a second and no further.
func TestAcceptorWaits(t *testing.T) {
	full := os.NewSyscallError("accept4", syscall.EMFILE)
	var longest time.Duration
	var told atomic.Pointer[func(error)]
	told.Store(new(func(error) {}))
	a := acceptor{&script{errs: append(slices.Repeat([]error{full}, 20), nil)}, t.Context(), func(_ context.Context, d time.Duration) error {
		longest = max(longest, d)
		return nil
	}, &told}
	if _, err := a.Accept(); err != nil || longest != time.Second {
		t.Errorf("%v after waits up to %v; want waits up to 1s", err, longest)
	}
}
