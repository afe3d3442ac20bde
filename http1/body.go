package http1

import (
	"fmt"
	"io"
	"math"
)

// framing is how the end of a body shows (RFC 9112, section 6.3).
type framing uint8

const (
	empty framing = iota
	counted
	chunked
	untilClose
)

// body is what is left of an answer's body.
type body struct {
	framing framing
	left    int64 // of the whole, or of the chunk; without bounds until the end
	between bool  // a chunk is through, its CRLF is not
	excess  int64 // bytes of framing beyond what data excuses
}

// frame finds out where the body ends.
func (x *Exchange) frame() {
	h := &x.head
	switch {
	case x.Method == "HEAD", h.status == 204, h.status == 304:
		x.body = body{}
	case h.codes:
		x.body = body{framing: chunked}
	case h.length > 0:
		x.body = body{framing: counted, left: h.length}
	case h.length < 0:
		x.body = body{framing: untilClose, left: math.MaxInt64}
	default:
		x.body = body{}
	}
}

// more makes sure that there are bytes of the body to come: io.EOF when it is through,
// and the connection was given back.
func (x *Exchange) more() error {
	switch {
	case x.err != nil:
		return x.err
	case x.body.left > 0:
		return nil
	case x.body.framing == chunked:
		if err := x.chunk(); err != nil {
			return x.fail(err)
		}
		if x.body.left > 0 {
			return nil
		}
	}
	x.finish(x.head.persists())
	return io.EOF
}

// took notes n bytes of the body. A counted body that is through gives the connection
// back at once.
func (x *Exchange) took(n int64) {
	b := &x.body
	switch b.framing {
	case counted:
		if b.left -= n; b.left == 0 {
			x.finish(x.head.persists())
		}
	case chunked:
		b.left -= n
		b.between = b.left == 0
	}
}

// broke is what an error of the connection means within a body.
func (x *Exchange) broke(err error) error {
	if err == io.EOF {
		if x.body.framing == untilClose {
			x.finish(false)
			return io.EOF
		}
		err = io.ErrUnexpectedEOF
	}
	return x.fail(err)
}

// Read reads the body.
func (x *Exchange) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := x.more(); err != nil {
		return 0, err
	}
	p = p[:min(int64(len(p)), x.body.left)]
	if x.buffered() > 0 {
		n = copy(p, (*x.buffer)[x.r:x.w])
		x.r += n
	} else if n, err = x.conn.read(p); err != nil {
		return 0, x.broke(err)
	}
	x.loaded.Add(int64(n))
	x.took(int64(n))
	return n, nil
}

// Discard reads the body to its end without keeping any of it.
func (x *Exchange) Discard() error {
	for {
		switch err := x.discard(); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// discard drops what is at hand, or else what comes next.
func (x *Exchange) discard() error {
	if err := x.more(); err != nil {
		return err
	}
	if n := min(int64(x.buffered()), x.body.left); n > 0 {
		x.r += int(n)
		x.loaded.Add(n)
		x.took(n)
		return nil
	}
	if x.conn.canDrop() {
		return x.drop()
	}
	if err := x.fill(); err != nil {
		return x.broke(err)
	}
	return nil
}

// drop lets the kernel drop the rest, or the rest of the chunk. A long one that is
// broken off leaves its bytes counted.
func (x *Exchange) drop() error {
	was := x.body.left
	left, err := x.conn.drop(was, &x.loaded)
	if err != nil {
		return x.broke(err)
	}
	x.took(was - left)
	return nil
}

// ReadAll reads the body, which may have so many bytes and no more.
func (x *Exchange) ReadAll(limit int64) ([]byte, error) {
	return x.ReadOver(make([]byte, 0, x.room(limit)), limit)
}

// ReadOver is ReadAll for who has memory to spare, which is written over: the body lies
// there if it is shorter.
func (x *Exchange) ReadOver(spare []byte, limit int64) ([]byte, error) {
	all := spare[:0]
	for {
		if len(all) == cap(all) {
			all = append(all, 0)[:len(all)]
		}
		n, err := x.Read(all[len(all):cap(all)])
		all = all[:len(all)+n]
		switch {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return all, err
		case int64(len(all)) > limit:
			return nil, x.fail(fmt.Errorf("body: %w: %d bytes", ErrTooLarge, limit))
		}
	}
}

// room is how large a body is expected to be: as declared, within reason.
func (x *Exchange) room(limit int64) int64 {
	if x.body.framing == counted {
		return min(x.body.left, limit, 1<<20) + 1
	}
	return 4 << 10
}

// chunk reads what stands between chunks: the end of the last one and the size of the
// next, or what follows the last of all.
func (x *Exchange) chunk() error {
	b := &x.body
	if b.between {
		line, err := x.strictLine()
		if err != nil {
			return err
		}
		if len(line) > 0 {
			return fmt.Errorf("%w: chunk longer than declared", ErrMalformed)
		}
		b.between = false
	}
	line, err := x.strictLine()
	if err != nil {
		return err
	}
	size, ok := chunkSize(line)
	if !ok {
		return fmt.Errorf("%w: chunk size", ErrMalformed)
	}
	// Extensions cost the reader what they cost the sender: 16 bytes a chunk are let
	// pass, and two for each byte of data.
	b.excess = max(b.excess+int64(len(line))+4-16-2*min(size, maxChunkExcuse), 0)
	if b.excess > maxExcess {
		return fmt.Errorf("%w: chunks that are mostly framing", ErrMalformed)
	}
	if b.left = size; size == 0 {
		return x.trailers()
	}
	return nil
}

const (
	maxExcess      = 16 << 10
	maxChunkExcuse = 1 << 40
)

// trailers are read and dropped.
func (x *Exchange) trailers() error {
	for total := 0; ; {
		line, err := x.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if _, _, ok := cutColon(line); !ok {
			return fmt.Errorf("%w: trailer", ErrMalformed)
		}
		if total += len(line); total > maxTrailers {
			return fmt.Errorf("trailers: %w: %d bytes", ErrTooLarge, maxTrailers)
		}
	}
}

const maxTrailers = 64 << 10

// chunkSize reads a chunk's size; extensions are passed over (RFC 9112, section 7.1.1).
func chunkSize(line []byte) (n int64, ok bool) {
	digits := 0
	for _, c := range line {
		digit := int64(0)
		switch {
		case c >= '0' && c <= '9':
			digit = int64(c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			digit = int64(c|0x20-'a') + 10
		case (c == ';' || c == ' ' || c == '\t') && digits > 0:
			return n, restOfSize(line[digits:])
		default:
			return 0, false
		}
		if digits++; digits > 16 || n > math.MaxInt64>>4 {
			return 0, false
		}
		n = n<<4 | digit
	}
	return n, digits > 0
}

// restOfSize tells whether what follows a size is blank or an extension.
func restOfSize(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t':
		case ';':
			return true
		default:
			return false
		}
	}
	return true
}
