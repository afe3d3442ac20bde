package http1

import (
	"errors"
	"io"
	"net"
	"time"
)

// conn is an open connection.
type conn struct {
	net.Conn          // what is read and written: TCP, TLS, or what a dialer makes of them
	below    net.Conn // Conn without TLS
	origin   *origin
	took     Handshakes
	used     bool      // has carried an exchange
	since    time.Time // idle; under the client's lock
	system   system    // what the system can do beyond Read and Write
}

// errStale is a kept-alive connection that the server closed, or spoke on unasked.
var errStale = errors.New("kept-alive connection is not usable any more")

// shut closes the connection without a word: TLS's goodbye could block.
func (k *conn) shut() { _ = k.below.Close() }

// ask sends a request and waits for the first bytes of the answer, which land in a
// buffer that it takes when they are there, if the system can tell.
func (k *conn) ask(request []byte, buffers *Buffers) (p *[]byte, n int, err error) {
	if k.system.able() {
		return k.askSystem(request, buffers)
	}
	if _, err := k.Write(request); err != nil {
		return nil, 0, err
	}
	p = buffers.take(false)
	n, err = k.read(*p)
	return p, n, err
}

// read is Read that either gives bytes or an error.
func (k *conn) read(p []byte) (int, error) {
	for range 100 { // as bufio: a reader that gives nothing is broken
		if n, err := k.Read(p); n > 0 {
			return n, nil
		} else if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}
