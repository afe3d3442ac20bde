package http1

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// serve serves bodies of any size: /10000.
func serve(tb testing.TB) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = w.Write(make([]byte, n))
	}))
	tb.Cleanup(srv.Close)
	return srv.URL
}

// canned is a server that gives one answer again and again, and makes no garbage
// itself.
func canned(t *testing.T, answer string) (url string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said, over := []byte(answer), make(chan struct{})
	go func() {
		defer close(over)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for buf := make([]byte, 4096); err == nil; { // requests come whole
			if _, err = c.Read(buf); err == nil {
				_, err = c.Write(said)
			}
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-over
	})
	return "http://" + l.Addr().String()
}

// Once a connection is open a request makes no garbage but what the collector, and the
// race detector in its place, take from the pools of buffers.
func TestRequestsMakeNoGarbage(t *testing.T) {
	for why, answer := range map[string]string{
		"a segment":              ok + "Content-Type: video/mp4\r\nContent-Length: 10000\r\n\r\n" + strings.Repeat("x", 10_000),
		"a large segment":        ok + "Content-Length: 300000\r\n\r\n" + strings.Repeat("x", 300_000),
		"a chunked one":          ok + "Transfer-Encoding: chunked\r\n\r\n2710\r\n" + strings.Repeat("x", 10_000) + "\r\n0\r\n\r\n",
		"an answer without body": "HTTP/1.1 304 Not Modified\r\n\r\n",
	} {
		for _, dial := range []dialFunc{new(net.Dialer).DialContext, hidden(new(net.Dialer).DialContext)} {
			c := &Client{Dial: dial, Now: time.Now}
			url := canned(t, answer) + "/cmaf/1_live/token/1999999999/v1/segment1.m4s"
			x := &Exchange{}
			allocs := testing.AllocsPerRun(50, func() {
				x.Reset()
				x.URL = url
				x.Fields = append(x.Fields, Field{"User-Agent", "soak"}, Field{"Range", "bytes=0-99"})
				if err := c.Do(x); err != nil {
					t.Fatal(err)
				}
				if err := x.Discard(); err != nil {
					t.Fatal(err)
				}
			})
			if allocs > 2 {
				t.Errorf("%s: %v allocations a request; want 2 at most", why, allocs)
			}
			c.Close()
		}
	}
}

func BenchmarkLean(b *testing.B) {
	for _, size := range []string{"10000", "500000"} {
		b.Run(size, func(b *testing.B) {
			url := serve(b) + "/" + size
			c := client()
			defer c.Close()
			x := &Exchange{}
			b.ReportAllocs()
			for b.Loop() {
				x.Reset()
				x.URL = url
				if err := c.Do(x); err != nil {
					b.Fatal(err)
				}
				if err := x.Discard(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNetHTTP(b *testing.B) {
	for _, size := range []string{"10000", "500000"} {
		b.Run(size, func(b *testing.B) {
			url := serve(b) + "/" + size
			t := &http.Transport{DisableCompression: true}
			defer t.CloseIdleConnections()
			buf := make([]byte, 64<<10)
			b.ReportAllocs()
			for b.Loop() {
				req, _ := http.NewRequest("GET", url, nil)
				resp, err := t.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = resp.Body.Read(buf)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				_ = resp.Body.Close()
			}
		})
	}
}
