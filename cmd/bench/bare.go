package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// bareGrid is what the bare client's wake-ups are rounded up to, as soak's are with as
// many viewers.
const bareGrid = 10 * time.Millisecond

// bare is the least that a client in Go can do: connections without any player behind
// them, which ask for the playlist and for a segment by turns, twice a segment's length.
// It is what the cost of viewers is measured by.
type bare struct {
	addr    string
	asks    [2][]byte // requests, by turns
	every   time.Duration
	buffers sync.Pool
	began   time.Time
}

// beBare runs so many of them until it is killed.
func beBare(ctx context.Context, o options) error {
	u, err := url.Parse(o.url)
	if err != nil {
		return err
	}
	b := &bare{addr: u.Host, every: o.segment / 2, began: time.Now()}
	for i, file := range []string{"video.m3u8", "s1.ts"} {
		b.asks[i] = fmt.Appendf(nil, "GET %s/%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bare\r\n\r\n", u.Path, file, u.Host)
	}
	b.buffers.New = func() any { return new([32 << 10]byte) }
	failed := make(chan error, o.viewers)
	for i := range o.viewers {
		go func() { failed <- b.view(o.ramp * time.Duration(i) / time.Duration(o.viewers)) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

// view is one viewer's life. It keeps to its times, however long answers take.
func (b *bare) view(at time.Duration) error {
	b.sleepUntil(at)
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		return err
	}
	for turn := 0; ; turn++ {
		if _, err := conn.Write(b.asks[turn%2]); err != nil {
			return err
		}
		if err := b.answer(conn); err != nil {
			return err
		}
		at += b.every
		b.sleepUntil(at)
	}
}

func (b *bare) sleepUntil(at time.Duration) {
	at = (at + bareGrid - 1).Truncate(bareGrid)
	time.Sleep(time.Until(b.began.Add(at)))
}

var errAnswer = errors.New("not the answer that was asked for")

// answer reads one, and drops its body.
func (b *bare) answer(conn net.Conn) error {
	buf := b.buffers.Get().(*[32 << 10]byte)
	defer b.buffers.Put(buf)
	n, err := conn.Read(buf[:])
	if err != nil {
		return err
	}
	head, body, whole := bytes.Cut(buf[:n], []byte("\r\n\r\n"))
	_, length, ok := bytes.Cut(head, []byte("Content-Length: "))
	if !whole || !ok || !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		return errAnswer
	}
	length, _, _ = bytes.Cut(length, []byte("\r"))
	left, err := strconv.Atoi(string(length))
	for left -= len(body); left > 0 && err == nil; left -= n {
		n, err = conn.Read(buf[:min(left, len(buf))])
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}
