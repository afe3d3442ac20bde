package http1

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

var addresses = []string{
	"http://a.example/", "http://a.example", "http://a.example:8080/x/y.m3u8?a=b&c=%20#frag", "https://[::1]:8443/x", "http://a.example?x=1",
	"http://a.example/cmaf/1_live/tok-en_0~/1999999999/seg(1).m4s", "http://a.example/a b", "http://a.example/ä", "http://a.example/[x]?[y]",
	"http://a.example/%zz", "http://a.example/%2F", "http://user@a.example/", "ftp://a.example/", "http:///x", "//a/b", "", "http://a.example:/x", "http://a.example/a//b?c?d",
	"http://bücher.example/", "http://a.example/\x01", "http://[::1/", "http://[::1]x/", "http://a b/", "http://a.example/?q=a b",
}

// What is sent for a URL is what net/http sends.
func TestAddresses(t *testing.T) {
	for _, text := range addresses {
		a, err := addressOf(text, "")
		u, bad := url.Parse(text)
		usable := bad == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http")
		if (err == nil) != usable && u != nil && u.Hostname() != "bücher.example" { // which net/http would encode
			t.Errorf("addressOf(%q) = %+v, %v; net/url says %v", text, a, err, bad)
		}
		if err != nil {
			continue
		}
		a = a.reach()
		if want := strings.ReplaceAll(u.RequestURI(), " ", "%20"); a.target != want || a.name != u.Hostname() || a.tls != (u.Scheme == "https") {
			t.Errorf("addressOf(%q) = %+v; want target %q of %q", text, a, want, u.Hostname())
		}
		if _, port, err := net.SplitHostPort(a.dial); err != nil || port == "" {
			t.Errorf("addressOf(%q): dials %q: %v", text, a.dial, err)
		}
	}
}

// Where a URL is cut in two makes no difference to what is sent.
func TestAddressesInTwo(t *testing.T) {
	for _, text := range addresses {
		whole, bad := addressOf(text, "")
		for cut := range text {
			a, err := addressOf(text[:cut], text[cut:])
			a.target, a.rest = a.target+a.rest, ""
			if (err == nil) != (bad == nil) || err == nil && a != whole {
				t.Errorf("addressOf(%q, %q) = %+v, %v; want %+v, %v", text[:cut], text[cut:], a, err, whole, bad)
			}
		}
	}
}

// A request must not become two.
func TestRequestsStayOne(t *testing.T) {
	c := client()
	defer c.Close()
	for _, x := range []*Exchange{
		{URL: "http://127.0.0.1:1/", Fields: []Field{{"A", "b\r\nC: d"}}},
		{URL: "http://127.0.0.1:1/", Fields: []Field{{"A b", "c"}}},
		{URL: "http://127.0.0.1:1/", Method: "GET / HTTP/1.1\r\nX:"},
		{URL: "http://127.0.0.1:1/x\r\nC: d"},
	} {
		if err := c.Do(x); err == nil || strings.Contains(err.Error(), "refused") {
			t.Errorf("%+v: %v; want it refused before it is sent", x, err)
		}
	}
}

// answers are the seeds of fuzzing: everything the conformance table knows in kind.
var answers = [...]string{
	ok + "Content-Length: 5\r\n\r\nhello", ok + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: 1\r\n\r\n",
	"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No\r\n\r\n", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "SSH-2.0\r\n\r\n", ok, "",
	ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
}

// played is a connection on which an answer stands, in pieces of so many bytes.
type played struct {
	net.Conn
	text []byte
	step int
}

func (p *played) Write(b []byte) (int, error) { return len(b), nil }
func (p *played) Close() error                { return nil }
func (p *played) RemoteAddr() net.Addr        { return nil }
func (p *played) Read(b []byte) (int, error) {
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.step)], p.text)
	p.text = p.text[n:]
	return n, nil
}

// FuzzAnswers reads whatever a server may say: it ends, keeps its bounds, does not
// depend on how the bytes were cut, and says what net/http says where both accept.
func FuzzAnswers(f *testing.F) {
	for _, a := range answers {
		f.Add([]byte(a), byte(3))
	}
	f.Fuzz(func(t *testing.T, text []byte, step byte) {
		whole, head := read(t, text, len(text)+1)
		pieces, _ := read(t, text, int(step)+1)
		if whole != pieces {
			t.Errorf("%q: %s in one piece, %s in pieces of %d", text, whole, pieces, int(step)+1)
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
		if err != nil || head == 0 || resp.StatusCode < 200 {
			return
		}
		if resp.StatusCode != head {
			t.Errorf("%q: status %d; net/http says %d", text, head, resp.StatusCode)
		}
		body, err := io.ReadAll(resp.Body)
		if want := string(body); err == nil && !strings.HasPrefix(whole, "bad") && whole != want && !bytes.Contains(text, []byte(" :")) && !bytes.Contains(text, []byte("\t:")) {
			t.Errorf("%q: body %q; net/http says %q", text, whole, want)
		}
	})
}

// read is the body, or what was bad, and the status.
func read(t *testing.T, text []byte, step int) (string, int) {
	c := &Client{Now: func() time.Time { return time.Time{} }}
	x := &Exchange{client: c}
	o := &origin{}
	x.conn = &conn{Conn: &played{text: bytes.Clone(text), step: step}, origin: o}
	x.conn.below = x.conn.Conn
	o.conns = []*conn{x.conn}
	if err := x.begin(); err != nil {
		return "bad", 0
	}
	body, err := x.ReadAll(1 << 20)
	if err != nil {
		return "bad body", x.Status
	}
	if x.conn != nil || x.buffer != nil {
		t.Errorf("%q: the exchange is over and keeps its connection or buffer", text)
	}
	return string(body), x.Status
}
