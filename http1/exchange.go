package http1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"sync/atomic"
	"time"
)

// Field is a header field of a request.
type Field struct{ Name, Value string }

// Exchange is one request and its answer. The caller fills in the request and calls
// [Client.Do]; then the answer's figures stand here, and its body is read, dropped or
// closed. An Exchange may be used again after [Exchange.Reset], which keeps its memory.
//
// Everything happens on the goroutine that calls, except [Client.Cancel], Loaded and
// FirstByte, which any goroutine may call at any time.
type Exchange struct {
	Method string // empty: GET
	URL    string
	Name   string  // the URL's end, if the caller has it apart
	Fields []Field // besides Host and Content-Length
	Body   []byte  // sent with Content-Length, also when it is empty but not nil

	Status int
	Length int64      // of the body as declared; -1 when it is not
	Reused bool       // the connection had carried an exchange before
	Remote net.Addr   // of the connection
	Took   Handshakes // of the connection, when this exchange is its first
	Sent   time.Time  // when the request that was answered went out
	End    time.Time  // of the body, or of the exchange by an error

	client *Client
	conn   *conn   // under the client's lock when it changes
	wait   *waiter // for a connection; under the client's lock
	at     *origin // where it waits
	head   head
	body   body
	err    error // how the exchange ended; io.EOF when all is well
	out    []byte
	text   []byte // the head's memory
	buffer *[]byte
	r, w   int // what is read of it, and filled

	given  atomic.Bool // up
	loaded atomic.Int64
	first  atomic.Int64 // Unix nanoseconds; 0 before
}

// Reset makes the exchange ready for another request. Nobody may still cancel the old
// one.
func (x *Exchange) Reset() {
	x.Close()
	out, text, fields := x.out[:0], x.text[:0], x.Fields[:0]
	x.Method, x.URL, x.Name, x.Fields, x.Body = "", "", "", fields, nil
	x.Status, x.Length, x.Reused, x.Took, x.Sent, x.End, x.Remote = 0, 0, false, Handshakes{}, time.Time{}, time.Time{}, nil
	x.client, x.at, x.head, x.body, x.err, x.out, x.text = nil, nil, head{}, body{}, nil, out, text
	x.given.Store(false)
	x.loaded.Store(0)
	x.first.Store(0)
}

// Do sends the request and reads the head of the answer. It waits for a connection when
// all to the origin are in use, and sends the request again when a kept-alive
// connection turns out to have been closed before anything came back.
func (c *Client) Do(x *Exchange) error {
	x.client, x.err = c, nil
	a, err := addressOf(x.URL, x.Name)
	if err != nil {
		return x.over(err)
	}
	o := c.originOf(a)
	if err := x.write(a); err != nil {
		return x.over(err)
	}
	for {
		if err := c.acquire(x, o); err != nil {
			return x.over(err)
		}
		err := x.begin()
		if err == nil {
			return nil
		}
		again := x.worthAnother(err)
		x.putBuffer()
		c.release(x, false)
		if !again {
			return x.over(err)
		}
		c.dropIdle(o) // as old as the one that failed, or older
	}
}

// begin sends the request over a connection and reads the head of the answer.
func (x *Exchange) begin() error {
	k, c := x.conn, x.client
	x.Reused, x.Took, x.Remote = k.used, Handshakes{}, k.RemoteAddr()
	if !k.used {
		x.Took = k.took
	}
	x.r, x.w = 0, 0
	x.Sent = c.Now()
	p, n, err := k.ask(x.out, c.buffers())
	x.buffer, x.w = p, n
	if err != nil {
		return err
	}
	x.first.Store(c.Now().UnixNano())
	if err := x.readHead(); err != nil {
		return err
	}
	x.Status, x.Length = x.head.status, x.head.length
	if x.head.codes {
		x.Length = -1
	}
	x.frame()
	if x.body.framing == empty {
		if x.Method != "HEAD" {
			x.Length = 0
		}
		x.finish(x.head.persists())
	}
	return nil
}

// worthAnother tells whether a request that failed can be sent again: its connection
// had been kept alive, nothing came back, and a repetition does no harm (RFC 9110,
// section 9.2.2), or the request was not even sent.
func (x *Exchange) worthAnother(err error) bool {
	if x.given.Load() || !x.conn.used || x.w > 0 {
		return false
	}
	safe := (x.Method == "" || x.Method == "GET" || x.Method == "HEAD") && len(x.Body) == 0
	return safe || errors.Is(err, errStale)
}

// readHead reads heads until one that is not 1xx.
func (x *Exchange) readHead() error {
	for total := 0; ; {
		n, err := x.wholeHead(total)
		if err != nil {
			return err
		}
		total += n
		x.text = append(x.text[:0], (*x.buffer)[x.r:x.r+n]...)
		x.r += n
		if err := x.head.parse(x.text); err != nil {
			return err
		}
		switch {
		case x.head.status == 101:
			return fmt.Errorf("%w: switching protocols unasked", ErrMalformed)
		case x.head.status >= 200:
			return nil
		}
	}
}

// wholeHead reads until a whole head is in the buffer and tells its length; before are
// the bytes of those before it.
func (x *Exchange) wholeHead(before int) (int, error) {
	from := 0
	for {
		after, next := end((*x.buffer)[x.r:x.w], from)
		if after >= 0 {
			return after, nil
		}
		if before+x.buffered() >= x.client.maxHead() {
			return 0, fmt.Errorf("answer's head: %w: %d bytes", ErrTooLarge, x.client.maxHead())
		}
		from = next
		if err := x.extend(); err == io.EOF {
			return 0, io.ErrUnexpectedEOF
		} else if err != nil {
			return 0, err
		}
	}
}

// buffered is how many bytes were read and not used yet.
func (x *Exchange) buffered() int { return x.w - x.r }

// extend reads more behind what is in the buffer, which it makes larger when it is
// full.
func (x *Exchange) extend() error {
	if x.w == len(*x.buffer) {
		x.makeRoom()
	}
	n, err := x.conn.read((*x.buffer)[x.w:])
	x.w += n
	return err
}

// makeRoom moves what is in the buffer to its beginning, or to a larger one.
func (x *Exchange) makeRoom() {
	to := x.buffer
	if x.r == 0 {
		if len(*x.buffer) < largeSize {
			to = x.client.buffers().take(true)
		} else {
			larger := make([]byte, 2*len(*x.buffer))
			to = &larger
		}
	}
	n := copy(*to, (*x.buffer)[x.r:x.w])
	if to != x.buffer {
		x.client.buffers().put(x.buffer)
		x.buffer = to
	}
	x.r, x.w = 0, n
}

// fill reads into the empty buffer, a large one.
func (x *Exchange) fill() error {
	if len(*x.buffer) < largeSize {
		x.client.buffers().put(x.buffer)
		x.buffer = x.client.buffers().take(true)
	}
	x.r, x.w = 0, 0
	return x.extend()
}

// maxLine bounds a line within a body: a chunk's size, or a trailer.
const maxLine = 4 << 10

// line reads a line, without its end. It is good until more is read.
func (x *Exchange) line() ([]byte, error) {
	line, err := x.rawLine()
	return bytes.TrimSuffix(line, []byte("\r")), err
}

// strictLine is a line that ends in CRLF and has no other CR: chunks whose ends two
// readers see in two places are how answers are smuggled.
func (x *Exchange) strictLine() ([]byte, error) {
	line, err := x.rawLine()
	if err != nil {
		return nil, err
	}
	last := len(line) - 1
	if bytes.IndexByte(line, '\r') != last || last < 0 {
		return nil, fmt.Errorf("%w: line end within chunks", ErrMalformed)
	}
	return line[:last], nil
}

func (x *Exchange) rawLine() ([]byte, error) {
	for {
		b := (*x.buffer)[x.r:x.w]
		cut := bytes.IndexByte(b, '\n')
		if cut > maxLine || cut < 0 && len(b) > maxLine {
			return nil, fmt.Errorf("line within a body: %w: %d bytes", ErrTooLarge, maxLine)
		}
		if cut >= 0 {
			x.r += cut + 1
			return b[:cut], nil
		}
		if len(b) == 0 {
			x.r, x.w = 0, 0
		}
		if err := x.extend(); err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
	}
}

// finish ends an exchange whose answer is through.
func (x *Exchange) finish(again bool) {
	again = again && x.buffered() == 0 // else the server says more than it was asked
	x.err, x.End = io.EOF, x.client.Now()
	x.putBuffer()
	x.client.release(x, again)
}

// fail ends an exchange within the body.
func (x *Exchange) fail(err error) error {
	x.putBuffer()
	if x.conn != nil {
		x.client.release(x, false)
	}
	return x.over(err)
}

// over notes how the exchange ended.
func (x *Exchange) over(err error) error {
	if x.given.Load() {
		err = ErrCancelled
	}
	x.err, x.End = err, x.client.Now()
	return err
}

func (x *Exchange) putBuffer() {
	if x.buffer != nil {
		x.client.buffers().put(x.buffer)
		x.buffer = nil
	}
	x.r, x.w = 0, 0
}

// Close ends the exchange. The connection is kept if the rest of the body is at hand
// already, and closed otherwise.
func (x *Exchange) Close() {
	switch {
	case x.conn == nil:
	case x.body.framing == counted && x.body.left == int64(x.buffered()):
		x.r = x.w
		x.took(x.body.left)
	default:
		_ = x.fail(io.ErrClosedPipe) // nobody asks any more
	}
}

// All are the fields of the answer, names as received, until Reset.
func (x *Exchange) All() iter.Seq2[[]byte, []byte] { return x.head.all() }

// Reason is the status line's text, as in "404 Not Found", until Reset.
func (x *Exchange) Reason() []byte { return x.head.reason() }

// Proto is the answer's version: HTTP/1.1 or HTTP/1.0.
func (x *Exchange) Proto() string {
	if x.head.minor == 0 {
		return "HTTP/1.0"
	}
	return "HTTP/1.1"
}

// Loaded is how many bytes of the body have come.
func (x *Exchange) Loaded() int64 { return x.loaded.Load() }

// FirstByte is when the answer began; zero before.
func (x *Exchange) FirstByte() time.Time {
	if ns := x.first.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}
