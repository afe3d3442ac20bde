package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"soak/qoe"
)

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// hidden hides what a connection is.
func hidden(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return struct{ net.Conn }{c}, nil
	}
}

// seen is what a caller sees of one GET: status, body, and how it failed.
func seen(rt http.RoundTripper, method, url string) string {
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return "failed: " + string(qoe.Classify(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if len(body) > 40 {
		body = fmt.Appendf(nil, "%d bytes", len(body))
	}
	text := fmt.Sprintf("%s %d %q", resp.Status, resp.ContentLength, body)
	if x := resp.Header.Get("X"); x != "" {
		text += " X=" + strings.Join(strings.Fields(x), " ") // how many spaces a fold becomes is left open
	}
	if err != nil {
		text += " broke: " + string(qoe.Classify(err))
	}
	return text
}

const ok = "HTTP/1.1 200 OK\r\n"

// TestConformance holds this package and net/http to one table: what a caller sees of
// one or two GETs, and over how many connections.
func TestConformance(t *testing.T) {
	second := `200 OK 1 "2"`
	two := []string{ok + "Content-Length: 1\r\n\r\n2", hold}
	for _, c := range []struct {
		why   string
		first []string // what the first connection says
		want  string
		conns int // for two GETs; the second is answered "2"
	}{
		{"a length, and the connection stays", []string{ok + "Content-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 1},
		{"a body in pieces", []string{ok + "Content-Length: 10\r\n\r\nhello" + pause + "world", two[0], hold}, `200 OK 10 "helloworld"`, 1},
		{"a head in pieces", []string{"HTTP/1.1 20" + pause + "0 OK\r\nX: a\r" + pause + "\nContent-Length: 1\r\n\r" + pause + "\n1", two[0], hold}, `200 OK 1 "1" X=a`, 1},
		{"no body: a length of zero", []string{ok + "Content-Length: 0\r\n\r\n", two[0], hold}, `200 OK 0 ""`, 1},
		{"no body: 204", []string{"HTTP/1.1 204 No Content\r\n\r\n", two[0], hold}, `204 No Content 0 ""`, 1},
		{"no body: 304 with the length of what was not sent", []string{"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", two[0], hold}, `304 Not Modified 0 ""`, 1},
		{"a body until the end", []string{ok + "\r\nhello"}, `200 OK -1 "hello"`, 2},
		{"HTTP/1.0 closes", []string{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 2},
		{"HTTP/1.0 that keeps alive", []string{"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 1},
		{"HTTP/1.0 knows no chunks", []string{"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}, `200 OK -1 "5\r\nhello\r\n0\r\n\r\n"`, 2},
		{"Connection: close", []string{ok + "Connection: foo, Close\r\nContent-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 2},
		{"chunks", []string{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;ext=1\r\n!\r\n0\r\n\r\n", two[0], hold}, `200 OK -1 "hello!"`, 1},
		{"chunks in odd pieces, in capitals, with a trailer", []string{ok + "transfer-encoding: Chunked\r\n\r\n" + pause + "0A" + pause + "\r\nhello" + pause + "world\r" + pause + "\n0\r\nT: 1\r\n" + pause + "\r\n", two[0], hold}, `200 OK -1 "helloworld"`, 1},
		{"a large body", []string{ok + "Content-Length: 300000\r\n\r\n" + strings.Repeat("x", 300000), two[0], hold}, `200 OK 300000 "300000 bytes"`, 1},
		{"a large chunk", []string{ok + "Transfer-Encoding: chunked\r\n\r\n493e0\r\n" + strings.Repeat("x", 300000) + "\r\n0\r\n\r\n", two[0], hold}, `200 OK -1 "300000 bytes"`, 1},
		{"1xx first", []string{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + pause + "HTTP/1.1 102 Processing\r\n\r\n" + ok + "Content-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 1},
		{"line ends without CR", []string{"HTTP/1.1 200 OK\nContent-Length: 5\nX: a\n\nhello", two[0], hold}, `200 OK 5 "hello" X=a`, 1},
		{"a folded field", []string{ok + "Content-Length: 5\r\nX: a\r\n  b\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello" X=a b`, 1},
		{"a status without a text", []string{"HTTP/1.1 404 \r\nContent-Length: 2\r\n\r\nno", two[0], hold}, `404  2 "no"`, 1},
		{"a status nobody knows", []string{"HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nno", two[0], hold}, `799 Odd 2 "no"`, 1},
		{"the same length twice", []string{ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", two[0], hold}, `200 OK 5 "hello"`, 1},
		{"a 403 with a body", []string{"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", two[0], hold}, `403 Forbidden 2 "no"`, 1},

		{"closed before the answer", []string{""}, "failed: reset", 2},
		{"reset before the answer", []string{pause + reset}, "failed: reset", 2},
		{"closed within the head", []string{ok + "Content-Length: 5\r\n"}, "failed: reset", 2},
		{"closed within the body", []string{ok + "Content-Length: 5\r\n\r\nhel"}, `200 OK 5 "hel" broke: reset`, 2},
		{"closed within a chunk", []string{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"}, `200 OK -1 "hel" broke: reset`, 2},
		{"closed between chunks", []string{ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}, `200 OK -1 "hello" broke: reset`, 2},
		{"reset within the body", []string{ok + "Content-Length: 5\r\n\r\nhel" + pause + reset}, `200 OK 5 "hel" broke: reset`, 2},
		{"not HTTP at all", []string{"SSH-2.0-OpenSSH_9.2\r\n\r\n", hold}, "failed: network", 2},
		{"no status", []string{"HTTP/1.1\r\n\r\n", hold}, "failed: network", 2},
		{"a status of four digits", []string{"HTTP/1.1 2000 OK\r\n\r\n", hold}, "failed: network", 2},
		{"a status that is no number", []string{"HTTP/1.1 2xx OK\r\n\r\n", hold}, "failed: network", 2},
		{"a field without a colon", []string{ok + "Content-Length\r\n\r\n", hold}, "failed: network", 2},
		{"a field without a name", []string{ok + ": 5\r\n\r\nhello", hold}, "failed: network", 2},
		{"a control character", []string{ok + "X: a\x01\r\nContent-Length: 0\r\n\r\n", hold}, "failed: network", 2},
		{"two lengths that differ", []string{ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", hold}, "failed: network", 2},
		{"two lengths in one field", []string{ok + "Content-Length: 5, 5\r\n\r\nhello", hold}, "failed: network", 2},
		{"a negative length", []string{ok + "Content-Length: -5\r\n\r\nhello", hold}, "failed: network", 2},
		{"a signed length", []string{ok + "Content-Length: +5\r\n\r\nhello", hold}, "failed: network", 2},
		{"a length of nothing", []string{ok + "Content-Length: \r\n\r\nhello", hold}, "failed: network", 2},
		{"a length beyond numbers", []string{ok + "Content-Length: 99999999999999999999\r\n\r\nhello", hold}, "failed: network", 2},
		{"a coding nobody knows", []string{ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", hold}, "failed: network", 2},
		{"two codings", []string{ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", hold}, "failed: network", 2},
		{"a chunk size that is none", []string{ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "" broke: network`, 2},
		{"a chunk size beyond numbers", []string{ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "" broke: network`, 2},
		{"a negative chunk", []string{ok + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "" broke: network`, 2},
		{"a chunk that is longer than it says", []string{ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "hel" broke: network`, 2},
		{"a chunk line without CR", []string{ok + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "" broke: network`, 2},
		{"chunk extensions without end", []string{ok + "Transfer-Encoding: chunked\r\n\r\n5;" + strings.Repeat("x", 9000) + "\r\nhello\r\n0\r\n\r\n", hold}, `200 OK -1 "" broke: network`, 2},
		{"a head without end", []string{ok + strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 300), hold}, "failed: network", 2},
		{"1xx without end", []string{strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n", 300), hold}, "failed: network", 2},
	} {
		t.Run(c.why, func(t *testing.T) {
			t.Parallel()
			for name, rt := range transports(t) {
				s := script(t, c.first, two, two)
				got, then := seen(rt, "GET", s.url("/a?b=c")), seen(rt, "GET", s.url("/2"))
				if got != c.want || then != second || s.accepted() != c.conns {
					t.Errorf("%s: %s, then %s, over %d connections; want %s, %s, %d", name, got, then, s.accepted(), c.want, second, c.conns)
				}
			}
		})
	}
}

// What a length declared in two ways leads to differs: net/http goes on using the
// connection. Here nothing that such a server says afterwards is believed.
func TestLengthsInTwoWaysEndTheConnection(t *testing.T) {
	t.Parallel()
	c := client()
	defer c.Close()
	s := script(t,
		[]string{ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ok + "Content-Length: 6\r\n\r\npoison", hold},
		[]string{ok + "Content-Length: 1\r\n\r\n2", hold})
	if got := seen(c, "GET", s.url("/")); got != `200 OK -1 "hello"` {
		t.Errorf("the first answer is %s; want the chunks", got)
	}
	if got := seen(c, "GET", s.url("/")); got != `200 OK 1 "2"` {
		t.Errorf("the second answer is %s; want that of another connection", got)
	}
}

// A length behind a space would be one to some readers and none to others; net/http
// takes it for a field of another name.
func TestSpacesBeforeColons(t *testing.T) {
	t.Parallel()
	c := client()
	defer c.Close()
	s := script(t, []string{ok + "Content-Length : 5\r\n\r\nhello", hold})
	if got := seen(c, "GET", s.url("/")); got != "failed: network" {
		t.Errorf("%s; want it refused", got)
	}
}

// Bytes that nobody asked for are no answer to what is asked next.
func TestUnaskedBytesEndTheConnection(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{
		"with the answer":  ok + "Content-Length: 1\r\n\r\n1" + ok + "Content-Length: 6\r\n\r\npoison",
		"after the answer": ok + "Content-Length: 1\r\n\r\n1" + pause + "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
	} {
		c := client()
		s := script(t, []string{first, hold}, []string{ok + "Content-Length: 1\r\n\r\n2", hold})
		if got := seen(c, "GET", s.url("/")); got != `200 OK 1 "1"` {
			t.Errorf("%s: the first answer is %s", name, got)
		}
		for range 2 { // the server's moment, and one to arrive in
			moment(s.over)
		}
		if got := seen(c, "GET", s.url("/")); got != `200 OK 1 "2"` {
			t.Errorf("%s: the second answer is %s; want that of another connection", name, got)
		}
		c.Close()
	}
}

// HEAD has the head of a body that does not come.
func TestHead(t *testing.T) {
	t.Parallel()
	for name, rt := range transports(t) {
		s := script(t, []string{ok + "Content-Length: 5\r\nX: a\r\n\r\n", ok + "Content-Length: 1\r\n\r\n2", hold})
		got, then := seen(rt, "HEAD", s.url("/")), seen(rt, "GET", s.url("/"))
		if got != `200 OK 5 "" X=a` || then != `200 OK 1 "2"` || s.accepted() != 1 {
			t.Errorf("%s: %s, then %s, over %d connections; want 5 bytes told and none sent, one connection", name, got, then, s.accepted())
		}
	}
}

// A kept-alive connection that is closed under a request is another's chance, if the
// request does no harm twice.
func TestRepeats(t *testing.T) {
	t.Parallel()
	for name, rt := range transports(t) {
		s := script(t, []string{ok + "Content-Length: 1\r\n\r\n1", pause}, []string{ok + "Content-Length: 1\r\n\r\n2", hold})
		if got, then := seen(rt, "GET", s.url("/")), seen(rt, "GET", s.url("/")); got != `200 OK 1 "1"` || then != `200 OK 1 "2"` {
			t.Errorf("%s: GET after a close: %s, then %s; want it sent again", name, got, then)
		}
		s = script(t, []string{ok + "Content-Length: 1\r\n\r\n1", pause}, []string{ok + "Content-Length: 1\r\n\r\n2", hold})
		got := seen(rt, "GET", s.url("/"))
		req, _ := http.NewRequest("POST", s.url("/"), io.NopCloser(strings.NewReader("body"))) // which cannot be had twice
		_, err := rt.RoundTrip(req)
		if got != `200 OK 1 "1"` || qoe.Classify(err) != qoe.ResetFailure {
			t.Errorf("%s: POST after a close: %v; want it failed: it may have been acted upon", name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := script(t)
	url := s.url("/")
	_ = s.Close()
	for name, rt := range transports(t) {
		if got := seen(rt, "GET", url); got != "failed: refused" {
			t.Errorf("%s: %s; want refused", name, got)
		}
		if got := seen(rt, "GET", "http://no-such-host.invalid/"); got != "failed: dns" {
			t.Errorf("%s: %s; want dns", name, got)
		}
	}
}

// A context that ends is told by its own reason.
func TestContexts(t *testing.T) {
	t.Parallel()
	for name, rt := range transports(t) {
		s := script(t, []string{ok + "Content-Length: 5\r\n\r\nhel", hold})
		ctx, cancel := context.WithCancelCause(t.Context())
		req, _ := http.NewRequestWithContext(ctx, "GET", s.url("/"), nil)
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		enough := errors.New("enough")
		cancel(enough)
		if _, err := io.ReadAll(resp.Body); !errors.Is(err, enough) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: body of a cancelled request: %v; want the cause", name, err)
		}
		_ = resp.Body.Close()
		if _, err := rt.RoundTrip(req); !errors.Is(err, enough) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a request cancelled before: %v; want the cause", name, err)
		}
	}
}
