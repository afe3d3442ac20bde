package fleet

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/scenarios"
)

// socketed is a viewer's network alone, on a loop that runs in the test.
func socketed(t *testing.T, kind string) (*socketNetwork, *loop.Wall) {
	l := loop.NewWall()
	n := &socketNetwork{
		ctx: t.Context(), post: l.Post, leave: l.Leave, timers: l.Tab, stack: newStack(newPlumbing(), kind, new(net.Dialer).DialContext),
		viewer: "7", from: &whereabouts{},
	}
	n.hangUp(place{edgeForwarded: "203.0.113.7"})
	t.Cleanup(n.stack.crew.close)
	t.Cleanup(n.close)
	return n, l
}

// ask makes a request on the loop, which then ends, and tells what came of it.
func ask(t *testing.T, n *socketNetwork, l *loop.Wall, g get) (a answer) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	l.Post(func() {
		n.get(&g, func(got *answer) {
			a = *got
			stop()
		})
	})
	if _ = l.Run(ctx); ctx.Err() != context.Canceled {
		t.Fatal("no answer")
	}
	return a
}

// edgeOfTests answers in every way that matters to a player.
func edgeOfTests(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Date", "Thu, 26 Nov 2026 12:00:00 GMT")
	switch r.URL.Path {
	case "/doc":
		h.Set("Content-Type", "application/vnd.apple.mpegurl")
		h.Set("Timing-Allow-Origin", "*")
		h.Set("Age", "12")
		fmt.Fprintf(w, "#EXTM3U %s %s", r.Header.Get("Soak-Viewer"), r.Header.Get("X-Forwarded-For"))
	case "/segment":
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = w.Write(make([]byte, 300_000))
	case "/range":
		fmt.Fprint(w, r.Header.Get("Range"), " ", r.Header.Get("Accept-Encoding"))
	case "/packed", "/packed/long/ago":
		h.Set("Content-Encoding", map[bool]string{true: "gzip", false: "X-GZip"}[r.URL.Path == "/packed"])
		_, _ = w.Write(packed("#EXTM3U asked for " + r.Header.Get("Accept-Encoding")))
	case "/broken":
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed("#EXTM3U")[:20])
	case "/plainly":
		h.Set("Content-Encoding", "gzip")
		fmt.Fprint(w, "#EXTM3U")
	case "/brotli":
		h.Set("Content-Encoding", "br")
		fmt.Fprint(w, "whatever")
	case "/identity":
		h.Set("Content-Encoding", "identity")
		fmt.Fprint(w, "#EXTM3U")
	case "/empty":
		h.Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusNoContent)
	case "/license":
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d", r.Method, len(body))
	case "/no":
		http.Error(w, "no", http.StatusForbidden)
	case "/away":
		http.Redirect(w, r, "doc?x=1", http.StatusFound)
	case "/nowhere":
		h.Set("Location", "data:text/plain,x")
		w.WriteHeader(http.StatusFound)
	case "/round":
		http.Redirect(w, r, "/round", http.StatusTemporaryRedirect)
	case "/cut":
		h.Set("Content-Length", "10")
		fmt.Fprint(w, "12345")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		http.NotFound(w, r)
	}
}

// packed is text as gzip.
func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // into memory
	_ = z.Close()
	return b.Bytes()
}

// Players cannot tell the transports apart, and both are what was asked for.
func TestTransportsAnswerAlike(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(edgeOfTests))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	at := manifest.AddressOf
	for _, row := range []struct {
		get  get
		want string
	}{
		{get{url: at("/doc")}, `200 "" /doc application/vnd.apple.mpegurl "#EXTM3U 7 203.0.113.7" 21 bytes, 12:00:00, timed true, age 12s`},
		{get{url: at("/segment"), media: true}, `200 "" /segment video/mp4 "" 300000 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/segment?a=b#c"), media: true}, `200 "" /segment?a=b#c video/mp4 "" 300000 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/range"), rng: manifest.Range{Offset: 5, Length: 10}}, `200 "" /range text/plain; charset=utf-8 "bytes=5-14 identity" 19 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/packed")}, fmt.Sprintf(`200 "" /packed  "#EXTM3U asked for gzip" %d bytes, 12:00:00, timed false, age 0s`, len(packed("#EXTM3U asked for gzip")))},
		{get{url: at("/packed/long/ago")}, fmt.Sprintf(`200 "" /packed/long/ago  "#EXTM3U asked for gzip" %d bytes, 12:00:00, timed false, age 0s`, len(packed("#EXTM3U asked for gzip")))},
		{get{url: at("/packed"), media: true}, fmt.Sprintf(`200 "" /packed  "" %d bytes, 12:00:00, timed false, age 0s`, len(packed("#EXTM3U asked for gzip")))},
		{get{url: at("/broken")}, `0 "network" /broken  "" 20 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/plainly")}, `0 "network" /plainly  "" 7 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/brotli")}, `0 "network" /brotli  "" 8 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/identity")}, `200 "" /identity  "#EXTM3U" 7 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/empty")}, `204 "" /empty  "" 0 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/license"), post: true}, `200 "" /license text/plain; charset=utf-8 "POST 3000" 9 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/no")}, `403 "status" /no text/plain; charset=utf-8 "" 3 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/away")}, `200 "" /doc?x=1 application/vnd.apple.mpegurl "#EXTM3U 7 203.0.113.7" 21 bytes, 12:00:00, timed true, age 12s`},
		{get{url: at("/nowhere")}, `302 "redirect" /nowhere  "" 0 bytes, 00:00:00, timed false, age 0s`},
		{get{url: at("/round")}, `307 "redirect" /round  "" 0 bytes, 00:00:00, timed false, age 0s`},
		{get{url: at("/cut"), media: true}, `0 "reset" /cut text/plain; charset=utf-8 "" 5 bytes, 12:00:00, timed false, age 0s`},
		{get{url: at("/a b")}, `404 "status" /a b text/plain; charset=utf-8 "" 19 bytes, 12:00:00, timed false, age 0s`},
	} {
		for _, kind := range []string{scenarios.AutoTransport, scenarios.LeanTransport, scenarios.NetTransport} {
			n, l := socketed(t, kind)
			g := row.get
			g.url = at("http://" + host + g.url.String())
			a := ask(t, n, l, g)
			got := fmt.Sprintf("%d %q %s %s %q %d bytes, %s, timed %v, age %v", a.Status, a.Failure, strings.TrimPrefix(a.URL.String(), "http://"+host), a.ContentType, a.Body, a.Bytes, a.Date.Format("15:04:05"), a.Timed, a.Age)
			if got != row.want || a.End.IsZero() {
				t.Errorf("%s, %s: %s; want %s", row.get.url, kind, got, row.want)
			}
			wantLean := kind == scenarios.LeanTransport || kind == scenarios.AutoTransport && !strings.Contains(g.url.String(), " ")
			if by := n.stack.transport(); (by == "lean") != wantLean || (by == "net/http") == wantLean {
				t.Errorf("%s, %s: went over %s", row.get.url, kind, by)
			}
		}
	}
}

// Token APIs may compress what they say, as they may for fetch.
func TestTokenCallsAreUnpacked(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(edgeOfTests))
	defer srv.Close()
	for _, kind := range []string{scenarios.LeanTransport, scenarios.NetTransport} {
		n, _ := socketed(t, kind)
		resp, err := (&http.Client{Transport: n.stack}).Get(srv.URL + "/packed")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "#EXTM3U asked for gzip" {
			t.Errorf("%s: %q, %v", kind, text, err)
		}
		_ = resp.Body.Close()
	}
}

// What has come so far can be seen, and giving up ends it.
func TestProgressAndCancel(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "500000")
		_, _ = w.Write(make([]byte, 200_000))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // the client has gone
	}))
	defer srv.Close()
	for _, kind := range []string{scenarios.LeanTransport, scenarios.NetTransport} {
		n, l := socketed(t, kind)
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		began := n.now()
		var seen int64
		l.Post(func() {
			c := n.get(&get{url: manifest.AddressOf(srv.URL + "/"), media: true}, func(a *answer) { t.Errorf("%s: answered %+v", kind, a) })
			var look func()
			look = func() {
				if seen = c.loaded(); seen < 200_000 {
					l.After(time.Millisecond, look)
					return
				}
				if c.total() != 500_000 || c.firstByte().Before(began) || c.firstByte().After(n.now()) {
					t.Errorf("%s: of %d, first byte %v", kind, c.total(), c.firstByte())
				}
				c.cancel()
				c.free()
				stop()
			}
			look()
		})
		_ = l.Run(ctx)
		n.close() // waits for the goroutine
		if seen != 200_000 || ctx.Err() != context.Canceled {
			t.Errorf("%s: %d bytes seen, %v", kind, seen, ctx.Err())
		}
	}
}

// A request begins when it is let go, not when the callback began that asked for it: what
// a callback takes by itself is none of the server's doing.
func TestRequestsBeginWhenTheyLeave(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	n, l := socketed(t, scenarios.LeanTransport)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	l.Post(func() {
		const busy = time.Millisecond
		for n.now().Since()-l.Since() < busy { // the loop's time stands still
		}
		g := get{url: manifest.AddressOf(srv.URL + "/")}
		n.get(&g, func(a *answer) {
			if a.End.Before(g.began) {
				t.Errorf("ended %v before it began", g.began.Sub(a.End))
			}
			stop()
		})
		if after := g.began.Since() - l.Since(); after < busy {
			t.Errorf("began %v after its callback, which took %v until then", after, busy)
		}
	})
	_ = l.Run(ctx)
	n.close()
	if ctx.Err() != context.Canceled {
		t.Error(ctx.Err())
	}
}

// A server that has HTTP/2 is asked by net/http, as browsers ask it, unless the lean
// transport is insisted upon; the whole run learns that from one handshake.
func TestServersWithHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	trust := srv.Client().Transport.(*http.Transport).TLSClientConfig
	for kind, want := range map[string]string{scenarios.AutoTransport: "HTTP/2.0", "": "HTTP/2.0", scenarios.NetTransport: "HTTP/2.0", scenarios.LeanTransport: "HTTP/1.1"} {
		n, l := socketed(t, kind)
		n.stack.slim.TLS = trust
		n.stack.standard().TLSClientConfig = trust.Clone()
		if a := ask(t, n, l, get{url: manifest.AddressOf(srv.URL + "/")}); string(a.Body) != want {
			t.Errorf("%q: %s %s; want %s", kind, a.Body, a.Detail, want)
		}
		if _, known := n.stack.multiplexed.Load(strings.TrimPrefix(srv.URL, "https://")); known != (cmp.Or(kind, unsaid) == scenarios.AutoTransport) {
			t.Errorf("%q: known to speak HTTP/2: %v", kind, known)
		}
		resp, err := (&http.Client{Transport: n.stack}).Get(srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if string(body) != want {
			t.Errorf("%q: a token API is asked by %s; want %s", kind, body, want)
		}
		n.close()
	}
}

// A segment over an open connection costs next to no garbage: its goroutine, and now
// and then what the pools lost.
func TestSegmentsMakeLittleGarbage(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nTiming-Allow-Origin: *\r\nContent-Length: 10000\r\n\r\n"
	said := []byte(head + strings.Repeat("x", 10_000))
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() { // makes no garbage itself; requests come whole
		c, err := server.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for buf := make([]byte, 4096); err == nil; {
			if _, err = c.Read(buf); err == nil {
				_, err = c.Write(said)
			}
		}
	}()
	n, l := socketed(t, scenarios.LeanTransport)
	const warm, all = 50, 550
	done, url := 0, "http://"+server.Addr().String()+"/cmaf/1_live/token/1999999999/v1/segment1.m4s"
	var before, after runtime.MemStats
	var next func()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	landed := func(a *answer) {
		if a.Failure != "" || a.Bytes != 10_000 || !a.Timed || a.ContentType != "video/mp4" || a.Date.IsZero() {
			t.Errorf("%+v", a)
		}
		switch done++; done {
		case warm:
			runtime.ReadMemStats(&before)
		case all:
			runtime.ReadMemStats(&after)
			stop()
			return
		}
		next()
	}
	next = func() { n.get(&get{url: manifest.AddressOf(url), media: true}, landed) }
	l.Post(next)
	_ = l.Run(ctx)
	most := 2.0
	if racing {
		most = 8 // pools then lose a quarter of what they are given, on purpose
	}
	if per := float64(after.Mallocs-before.Mallocs) / (all - warm); done != all || per > most {
		t.Errorf("%.2f allocations a segment, %d segments; want %v at most", per, done, most)
	}
}
