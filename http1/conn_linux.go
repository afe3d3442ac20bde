//go:build !386 && !s390x

package http1

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// system is what Linux can do with a TCP connection: wait for bytes without a buffer
// for them, tell whether an idle connection is still good, and drop bytes in the
// kernel.
//
// Everything happens inside RawConn.Read, which calls back until that returns true and
// waits in between for the descriptor to become readable. It forgets earlier readiness
// first, which is why the request is written in there as well: what comes in answer
// comes after. That spares the read that finds nothing yet.
type system struct {
	raw     syscall.RawConn // nil: not able
	plain   bool            // the connection carries HTTP itself, not TLS
	onReady func(fd uintptr) bool
	onDrop  func(fd uintptr) bool

	// One ask or drop.
	request []byte // nil once written
	buffers *Buffers
	buffer  *[]byte
	n       int
	left    int64 // bytes to drop
	dropped *atomic.Int64
	err     error
}

// maxDrop is how many bytes are dropped in one call: a count that fits everywhere.
const maxDrop = 1 << 30

func (s *system) able() bool { return s.raw != nil }

// watch finds out what the system can do.
func (k *conn) watch(plain bool) {
	tcp, ok := k.below.(*net.TCPConn)
	if !ok {
		return
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return
	}
	s := &k.system
	s.raw, s.plain, s.onReady, s.onDrop = raw, plain, k.ready, s.dropping
}

// askSystem is ask. Of TLS the system can tell only that something has come.
func (k *conn) askSystem(request []byte, buffers *Buffers) (*[]byte, int, error) {
	s := &k.system
	s.request, s.buffers, s.buffer, s.n, s.err = request, buffers, nil, 0, nil
	err := s.raw.Read(s.onReady)
	if err == nil {
		err = s.err
	}
	p, n := s.buffer, s.n
	s.request, s.buffer = nil, nil
	if err != nil || s.plain {
		return p, n, err
	}
	p = buffers.take(true)
	n, err = k.read(*p)
	return p, n, err
}

// ready is called with a request to write, and then whenever something may have come.
func (k *conn) ready(fd uintptr) bool {
	s := &k.system
	if s.request != nil {
		if k.used && !s.quiet(fd) {
			s.err = errStale
			return true
		}
		s.err = k.send(fd)
		s.request = nil
		return s.err != nil
	}
	if !s.plain {
		return true
	}
	if s.buffer == nil {
		s.buffer = s.buffers.take(true)
	}
	for {
		n, err := rawRead(fd, *s.buffer)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			s.err = &net.OpError{Op: "read", Net: "tcp", Err: err}
		case n == 0:
			s.err = io.EOF
		}
		s.n = n
		return true
	}
}

// send writes the request. There is room for it in most cases; what there is none for
// waits its turn.
func (k *conn) send(fd uintptr) error {
	rest := k.system.request
	if k.system.plain {
		n, err := rawWrite(fd, rest)
		if err == nil {
			rest = rest[n:]
		} else if err != syscall.EAGAIN && err != syscall.EINTR {
			return &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", err)}
		}
	}
	if len(rest) == 0 {
		return nil
	}
	_, err := k.Write(rest)
	return err
}

// quiet tells whether nothing came on an idle connection: no end, and no bytes that
// nobody asked for, which TLS may send of itself (RFC 8446, section 4.6).
func (s *system) quiet(fd uintptr) bool {
	n, err := rawReceive(fd, 1, syscall.MSG_PEEK)
	return err == syscall.EAGAIN || err == nil && n > 0 && !s.plain
}

// canDrop tells whether bytes of bodies can be dropped without being read.
func (k *conn) canDrop() bool { return k.system.raw != nil && k.system.plain }

// drop drops n bytes as they come, which it counts.
func (k *conn) drop(n int64, dropped *atomic.Int64) (left int64, err error) {
	s := &k.system
	s.left, s.dropped, s.err = n, dropped, nil
	err = s.raw.Read(s.onDrop)
	if err == nil {
		err = s.err
	}
	return s.left, err
}

// dropping drops what has come. MSG_TRUNC: tcp(7).
//
// A short count is no reason to wait at once: an end that came with the last bytes is
// not announced again.
func (s *system) dropping(fd uintptr) bool {
	for s.left > 0 {
		n, err := rawReceive(fd, min(s.left, maxDrop), 0)
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			return false
		case err != nil:
			s.err = &net.OpError{Op: "read", Net: "tcp", Err: err}
			return true
		case n == 0:
			s.err = io.EOF
			return true
		}
		s.left -= int64(n)
		s.dropped.Add(int64(n))
	}
	return true
}
