package fleet

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"

	"soak/lab"
	"soak/manifest"
)

// whereabouts is where a viewer's connections come from. The loop sets it, dialing
// goroutines read it.
type whereabouts struct {
	atomic.Pointer[place]
	api    string // host:port of the token API; "" when it sees what edges see
	source source // of who shares the machine's own address
}

// local is the address from which a connection to host:port is made; nil leaves it
// to the system.
func (w *whereabouts) local(to string) net.Addr {
	p := w.Load()
	ip := p.edge
	if to == w.api {
		ip = p.api
	}
	if ip == loopback {
		return w.source.towards(to)
	}
	return &net.TCPAddr{IP: net.ParseIP(ip)}
}

// says is what X-Forwarded-For tells of a viewer in a request for the URL: by itself,
// or by a proxy on the way. "" for nothing.
func (w *whereabouts) says(url manifest.Address) string {
	if w == nil {
		return ""
	}
	p := w.Load()
	if p.edgeForwarded == p.apiForwarded || w.api == "" || hostIn(url) != w.api {
		return p.edgeForwarded
	}
	return p.apiForwarded
}

// hostIn is host:port of a URL as it stands there.
func hostIn(url manifest.Address) string {
	_, rest, _ := strings.Cut(url.Directory, "://")
	if rest == "" { // and no path behind the host
		rest = url.Name
	}
	if cut := strings.IndexAny(rest, "/?#"); cut >= 0 {
		rest = rest[:cut]
	}
	return rest
}

// forwarding says it for the token API's calls.
type forwarding struct {
	http.RoundTripper
	from *whereabouts
}

// RoundTrip implements http.RoundTripper.
func (f forwarding) RoundTrip(r *http.Request) (*http.Response, error) {
	if said := f.from.says(manifest.AddressOf(r.URL.String())); said != "" {
		r = r.Clone(r.Context())
		r.Header.Set("X-Forwarded-For", said)
	}
	return f.RoundTripper.RoundTrip(r)
}

// wholeRange tells whether connections can come from any address of 127.0.0.0/8.
// Linux has them all; elsewhere each wants an alias.
func wholeRange() error {
	l, err := net.Listen("tcp4", net.JoinHostPort(ownAddress(0, 0), "0"))
	if err != nil {
		return fmt.Errorf("%w: viewers with addresses of their own need all of 127.0.0.0/8, which Linux has and this machine has not (%w); run with --virtual", ErrConfig, err)
	}
	return l.Close()
}

// reachable tells whether the lab's servers can be reached from those addresses.
func reachable(s *lab.Server) error {
	for _, base := range []string{s.Plain, s.IPBound, s.API} {
		host := hostOf(base)
		at, err := netip.ParseAddrPort(host)
		if err != nil || !at.Addr().Is4() || !at.Addr().IsLoopback() {
			return fmt.Errorf("%w: viewers with addresses of their own reach servers on IPv4 loopback only, not on %s; leave target.lab.listen out", ErrConfig, host)
		}
	}
	return nil
}

// hostOf is host:port of a URL.
func hostOf(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Host
}
