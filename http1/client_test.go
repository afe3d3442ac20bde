package http1

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"soak/qoe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// get is one GET whose body is dropped.
func get(c *Client, url string) (*Exchange, error) {
	x := &Exchange{URL: url}
	if err := c.Do(x); err != nil {
		return x, err
	}
	return x, x.Discard()
}

// wired is a client whose connections end in the handler's pipes, for bubbles; dials
// take a second.
func wired(serve func(n int, c net.Conn)) (*Client, *atomic.Int64) {
	dials := new(atomic.Int64)
	return &Client{Now: time.Now, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		n := int(dials.Add(1))
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
		}
		mine, theirs := net.Pipe()
		go serve(n, theirs)
		return mine, nil
	}}, dials
}

// echo answers every request with two bytes after a while.
func echo(after time.Duration) func(int, net.Conn) {
	return func(_ int, c net.Conn) {
		defer c.Close()
		buf := make([]byte, 4096)
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
			<-time.After(after)
			if _, err := io.WriteString(c, ok+"Content-Length: 2\r\n\r\nhi"); err != nil {
				return
			}
		}
	}
}

// Six connections to an origin, no more; who waits for one gets the first that is
// free.
func TestSixToAnOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, dials := wired(echo(3 * time.Second))
		defer c.Close()
		began := time.Now()
		var all sync.WaitGroup
		for range 13 {
			all.Go(func() {
				if _, err := get(c, "http://a.example/"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() { _, _ = get(c, "http://b.example/") }) // which has six of its own
		all.Wait()
		if took := time.Since(began); dials.Load() != 7 || took != 10*time.Second {
			t.Errorf("13 requests and one elsewhere: %d connections, %v; want 7, and 1 s to connect and three turns of 3 s", dials.Load(), took)
		}
	})
}

// A request that waits for its connection takes one that becomes free before; its own
// is kept for the next.
func TestTheFirstConnectionServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, dials := wired(echo(100 * time.Millisecond))
		defer c.Close()
		first := make(chan error)
		go func() { _, err := get(c, "http://a.example/"); first <- err }()
		<-time.After(900 * time.Millisecond)
		second := make(chan time.Time)
		go func() { _, _ = get(c, "http://a.example/"); second <- time.Now() }()
		began := time.Now()
		if err := <-first; err != nil { // at 1.1 s
			t.Fatal(err)
		}
		if took := (<-second).Sub(began); took != 300*time.Millisecond {
			t.Errorf("the second took %v; want 200 ms of waiting and 100 ms", took)
		}
		<-time.After(2 * time.Second)
		if left := c.Expire(); dials.Load() != 2 || left != 2 {
			t.Errorf("%d connections made, %d idle; want both kept", dials.Load(), left)
		}
	})
}

func TestIdleConnectionsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, dials := wired(echo(0))
		c.Idle = 75 * time.Second
		defer c.Close()
		for _, pause := range []time.Duration{0, 74 * time.Second, 76 * time.Second} {
			<-time.After(pause)
			if x, err := get(c, "http://a.example/"); err != nil || x.Reused != (pause == 74*time.Second) {
				t.Errorf("after %v: reused %v, %v", pause, x.Reused, err)
			}
		}
		<-time.After(75 * time.Second)
		if left := c.Expire(); left != 0 || dials.Load() != 2 {
			t.Errorf("%d idle connections are left, %d were made; want none of 2", left, dials.Load())
		}
	})
}

// Cancelling ends a request wherever it stands, with one and the same error, and takes
// its connection along.
func TestCancel(t *testing.T) {
	slow := func(_ int, c net.Conn) {
		defer c.Close()
		buf := make([]byte, 4096)
		if _, err := c.Read(buf); err != nil {
			return
		}
		<-time.After(2 * time.Second)
		_, _ = io.WriteString(c, ok+"Content-Length: 9\r\n\r\nhi")
		_, _ = c.Read(buf)
	}
	for _, at := range []struct {
		after  time.Duration
		where  string
		loaded int64
	}{
		{0, "before it began", 0},
		{500 * time.Millisecond, "waiting for a connection", 0},
		{1500 * time.Millisecond, "waiting for the answer", 0},
		{3500 * time.Millisecond, "within the body", 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := wired(slow)
			defer c.Close()
			x := &Exchange{URL: "http://a.example/"}
			if at.after == 0 {
				c.Cancel(x)
			}
			done := make(chan error)
			began := time.Now()
			go func() {
				err := c.Do(x)
				if err == nil {
					err = x.Discard()
				}
				done <- err
			}()
			if at.after > 0 {
				<-time.After(at.after)
				c.Cancel(x)
			}
			if err := <-done; !errors.Is(err, ErrCancelled) || qoe.Classify(err) != qoe.CancelFailure || time.Since(began) != at.after || x.Loaded() != at.loaded {
				t.Errorf("cancelled %s: %v after %v with %d bytes; want ErrCancelled at once, %d bytes", at.where, err, time.Since(began), x.Loaded(), at.loaded)
			}
			if left := c.Expire(); left != 0 {
				t.Errorf("cancelled %s: %d connections idle; want none kept", at.where, left)
			}
			x.Reset()
			x.URL = "http://b.example/"
			if err := c.Do(x); err != nil || x.Status != 200 {
				t.Errorf("used again: %d, %v", x.Status, err)
			}
			x.Close()
		})
	}
}

// Close ends what is under way and what waits.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := wired(func(_ int, c net.Conn) { _, _ = io.Copy(io.Discard, c); _ = c.Close() })
		done := make(chan error)
		for range 9 {
			go func() { _, err := get(c, "http://a.example/"); done <- err }()
		}
		<-time.After(2 * time.Second)
		c.Close()
		for range 9 {
			if err := <-done; !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%v; want net.ErrClosed", err)
			}
		}
		if _, err := get(c, "http://a.example/"); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v; want ErrClosed", err)
		}
	})
}

// Figures are those of the clock.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := wired(echo(2 * time.Second))
		defer c.Close()
		began := time.Now()
		x, err := get(c, "http://a.example/")
		if err != nil {
			t.Fatal(err)
		}
		if sent, first := x.Sent.Sub(began), x.FirstByte().Sub(began); sent != time.Second || first != 3*time.Second || !x.End.Equal(x.FirstByte()) {
			t.Errorf("sent after %v, answered after %v; want 1s and 3s", sent, first)
		}
		if x.Loaded() != 2 || x.Length != 2 || x.Status != 200 || x.Reused {
			t.Errorf("%+v", x)
		}
	})
}

// secure is a TLS server and a client that trusts it.
func secure(t *testing.T, http2 bool, h http.HandlerFunc) (*httptest.Server, *Client) {
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = http2
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	c := client()
	c.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
	c.TLS.RootCAs.AddCert(srv.Certificate())
	t.Cleanup(c.Close)
	return srv, c
}

func TestTLS(t *testing.T) {
	for _, generic := range []bool{false, true} {
		srv, c := secure(t, true, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 300_000)) })
		if generic {
			c.Dial = hidden(c.Dial)
		}
		for i := range 3 {
			x, err := get(c, srv.URL+"/")
			if err != nil || x.Loaded() != 300_000 || x.Reused != (i > 0) || (x.Took.TLS > 0) != (i == 0) {
				t.Errorf("request %d: %d bytes, reused %v, handshakes %v, %v", i, x.Loaded(), x.Reused, x.Took, err)
			}
		}
	}
}

// A server that prefers HTTP/2 is left to net/http; one that has none is not.
func TestHTTP2IsLeftToOthers(t *testing.T) {
	for _, offered := range []bool{true, false} {
		srv, c := secure(t, offered, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) })
		c.HTTP2 = true
		if _, err := get(c, srv.URL+"/"); errors.Is(err, ErrHTTP2) != offered {
			t.Errorf("server with HTTP/2 %v: %v", offered, err)
		}
	}
}

func TestTLSFailures(t *testing.T) {
	srv, _ := secure(t, false, func(http.ResponseWriter, *http.Request) {})
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	silent := script(t, []string{hold})
	for _, f := range []struct {
		why, url string
		want     qoe.Failure
	}{
		{"a certificate nobody knows", srv.URL, qoe.TLSFailure},
		{"HTTP where TLS was expected", "https://" + strings.TrimPrefix(plain.URL, "http://") + "/", qoe.TLSFailure},
		{"TLS where HTTP was expected", "http://" + strings.TrimPrefix(srv.URL, "https://") + "/", ""},
		{"no handshake", "https://" + silent.Addr().String() + "/", qoe.TimeoutFailure},
	} {
		c := client()
		if f.want == qoe.TimeoutFailure {
			c.Handshake = 50 * time.Millisecond
		}
		x, err := get(c, f.url)
		c.Close()
		if got := qoe.Classify(err); got != f.want || f.want == "" && x.Status != 400 {
			t.Errorf("%s: %s (%v), status %d; want %s", f.why, got, err, x.Status, f.want)
		}
	}
}

// Compressed answers are unpacked for those who asked for them in general, and left as
// they are for those who asked by name.
func TestGzip(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			fmt.Fprint(w, "plain")
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, "packed")
		_ = z.Close()
	}))
	defer srv.Close()
	lean := client()
	lean.Gzip = true
	defer lean.Close()
	for name, rt := range map[string]http.RoundTripper{"net/http": &http.Transport{}, "http1": lean} {
		if got := seen(rt, "GET", srv.URL); got != `200 OK -1 "packed"` {
			t.Errorf("%s: %s; want the text unpacked", name, got)
		}
		req, _ := http.NewRequest("GET", srv.URL, nil)
		req.Header.Set("Accept-Encoding", "gzip")
		resp, err := rt.RoundTrip(req)
		if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: asked by name: %v; want it as it is", name, err)
			continue
		}
		_ = resp.Body.Close()
		if idle, ok := rt.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

// A document may be as large as allowed, declared or not.
func TestReadAll(t *testing.T) {
	c := client()
	defer c.Close()
	for body, want := range map[string]string{
		"Content-Length: 5\r\n\r\nhello":                                  "hello",
		"Content-Length: 6\r\n\r\nhello!":                                 "",
		"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n":       "hello",
		"Transfer-Encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n":      "",
		"Content-Length: 99999999999999\r\n\r\n" + strings.Repeat("x", 9): "",
	} {
		for _, spare := range [][]byte{nil, make([]byte, 1, 2), make([]byte, 9, 64)} {
			s := script(t, []string{ok + body, hold})
			x := &Exchange{URL: s.url("/")}
			if err := c.Do(x); err != nil {
				t.Fatal(err)
			}
			read := func() ([]byte, error) { return x.ReadOver(spare, 5) }
			if spare == nil {
				read = func() ([]byte, error) { return x.ReadAll(5) }
			}
			got, err := read()
			if string(got) != want || (want == "") != errors.Is(err, ErrTooLarge) {
				t.Errorf("%q, %d bytes to spare: %q, %v; want %q or ErrTooLarge", body, cap(spare), got, err, want)
			}
			if len(got) > 0 && cap(spare) > len(got) && &got[0] != &spare[0] {
				t.Errorf("%q: %d bytes to spare were left alone", body, cap(spare))
			}
		}
	}
}

// What a redirect says besides where to go is not worth a connection.
func TestCloseKeepsTheConnectionIfItCan(t *testing.T) {
	c := client()
	defer c.Close()
	s := script(t, []string{"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 5\r\n\r\nhello", ok + "Content-Length: 99\r\n\r\nhello", hold}, []string{ok + "Content-Length: 0\r\n\r\n", hold})
	for _, conns := range []int{1, 1, 2} {
		x := &Exchange{URL: s.url("/")}
		if err := c.Do(x); err != nil {
			t.Fatal(err)
		}
		x.Close()
		if s.accepted() != conns {
			t.Errorf("%d connections; want %d", s.accepted(), conns)
		}
	}
}
