package fleet

import (
	"crypto/tls"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"soak/http1"
	"soak/qoe"
	"soak/token"
)

// wireTrace times one exchange by the hooks of net/http. They come from several
// goroutines, and some after the answer: dialling goes on for another request.
type wireTrace struct {
	mu                               sync.Mutex
	began, dns, dial, hello, got     time.Time
	looked, connected, secured, sent time.Duration
	reused                           bool
	remote                           string
}

func newWireTrace() *wireTrace { return &wireTrace{began: time.Now()} }

// traced is the request with hooks; the request itself without a trace.
func (t *wireTrace) traced(r *http.Request) *http.Request {
	if t == nil {
		return r
	}
	return r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		DNSStart:          func(httptrace.DNSStartInfo) { t.mark(&t.dns) },
		DNSDone:           func(httptrace.DNSDoneInfo) { t.lap(&t.looked, &t.dns) },
		ConnectStart:      func(string, string) { t.mark(&t.dial) },
		ConnectDone:       func(string, string, error) { t.lap(&t.connected, &t.dial) },
		TLSHandshakeStart: func() { t.mark(&t.hello) },
		TLSHandshakeDone:  func(tls.ConnectionState, error) { t.lap(&t.secured, &t.hello) },
		GotConn: func(c httptrace.GotConnInfo) {
			t.mark(&t.got)
			t.mu.Lock()
			defer t.mu.Unlock()
			t.reused, t.remote = c.Reused, c.Conn.RemoteAddr().String()
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { t.lap(&t.sent, &t.got) },
	}))
}

// mark notes the first beginning: of several addresses the first is dialled first.
func (t *wireTrace) mark(at *time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at.IsZero() {
		*at = time.Now()
	}
}

func (t *wireTrace) lap(to *time.Duration, from *time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !from.IsZero() {
		*to = time.Since(*from)
	}
}

// wire is what was seen up to the answer.
func (t *wireTrace) wire(resp *http.Response) *qoe.Wire {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &qoe.Wire{DNS: t.looked, Connect: t.connected, TLS: t.secured, Send: t.sent, Reused: t.reused, Remote: t.remote}
	if t.reused { // what was dialled meanwhile is another request's
		w.DNS, w.Connect, w.TLS = 0, 0, 0
	}
	if !t.got.IsZero() {
		w.Blocked = max(t.got.Sub(t.began)-w.DNS-w.Connect-w.TLS, 0)
	}
	if resp != nil {
		w.Proto, w.Header = resp.Proto, shownHeader(resp.Header)
	}
	return w
}

// leanWire is what was seen of an exchange over the lean transport, asked for at began.
func leanWire(x *http1.Exchange, began time.Time) *qoe.Wire {
	w := &qoe.Wire{DNS: x.Took.DNS, Connect: x.Took.Connect, TLS: x.Took.TLS, Reused: x.Reused}
	if !x.Sent.IsZero() {
		w.Blocked = max(x.Sent.Sub(began)-w.DNS-w.Connect-w.TLS, 0)
	}
	if x.Remote != nil {
		w.Remote = x.Remote.String()
	}
	if x.Status != 0 {
		w.Proto = x.Proto()
		header := http.Header{}
		for name, value := range x.All() {
			header.Add(string(name), string(value))
		}
		w.Header = shownHeader(header)
	}
	return w
}

// unshown are fields of answers that are nobody else's business.
var unshown = [...]string{"Set-Cookie", "Set-Cookie2", "Www-Authenticate", "Proxy-Authenticate", "Authorization"}

func shownHeader(h http.Header) (all []qoe.Header) {
	for name, values := range h {
		if slices.Contains(unshown[:], name) {
			continue
		}
		for _, v := range values {
			all = append(all, qoe.Header{Name: name, Value: token.Redact(v)})
		}
	}
	slices.SortStableFunc(all, func(a, b qoe.Header) int { return strings.Compare(a.Name, b.Name) })
	return all
}
