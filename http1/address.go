package http1

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// address is a URL taken apart.
type address struct {
	prefix string // scheme://host:port as written
	host   string // as the Host header has it
	dial   string // host:port
	name   string // of the host alone, for certificates
	target string // path and query; never empty
	rest   string // of path and query
	tls    bool
}

// Plain tells whether a URL, of which name is the end, is spelled so that it can be
// asked for as it stands, byte for byte: http or https, no user, a host of letters,
// digits, dots and hyphens (or an IPv6 address), and nothing in path and query that
// would have to be escaped. Others are better left to net/url, which knows what to make
// of them.
func Plain(url, name string) bool {
	_, ok := split(url, name)
	return ok
}

// split takes a plain URL, of which name is the end, apart without garbage.
func split(text, name string) (address, bool) {
	var a address
	rest, ok := strings.CutPrefix(text, "http://")
	if !ok {
		rest, a.tls = strings.CutPrefix(text, "https://")
		if !a.tls {
			return a, false
		}
	}
	if cut := strings.IndexByte(rest, '#'); cut >= 0 {
		rest, name = rest[:cut], ""
	} else if cut := strings.IndexByte(name, '#'); cut >= 0 {
		name = name[:cut]
	}
	cut := strings.IndexAny(rest, "/?")
	if cut < 0 {
		cut = len(rest)
	}
	a.host, a.target, a.rest = rest[:cut], rest[cut:], name
	a.prefix = text[:len(text)-len(strings.TrimPrefix(strings.TrimPrefix(text, "https://"), "http://"))+cut]
	return a, plainHost(a.host) && len(a.target) > 0 && a.target[0] == '/' && plainTarget(a.target, false) &&
		plainTarget(name, strings.IndexByte(a.target, '?') >= 0)
}

func plainHost(host string) bool {
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 0 || strings.Trim(host[1:end], "0123456789abcdefABCDEF:.") != "" {
			return false
		}
		name, port = host[1:end], host[end+1:]
		if port != "" && port[0] != ':' {
			return false
		}
		port = strings.TrimPrefix(port, ":")
	} else if cut := strings.IndexByte(host, ':'); cut >= 0 {
		name, port = host[:cut], host[cut+1:]
		if port == "" {
			return false
		}
	}
	for i := range len(port) {
		if port[i] < '0' || port[i] > '9' {
			return false
		}
	}
	for i := range len(name) {
		if c := name[i]; !letterOrDigit(c) && c != '.' && c != '-' && c != '_' && c != ':' {
			return false
		}
	}
	return name != ""
}

// plainTarget tells whether net/url would send path and query, or the rest of them, as
// they are. query tells whether they begin within the query.
func plainTarget(target string, query bool) bool {
	for i := 0; i < len(target); i++ {
		switch c := target[i]; {
		case letterOrDigit(c), strings.IndexByte("-_.~/!$&'()*+,;=:@", c) >= 0:
		case c == '?':
			query = true
		case c == '%' && i+2 < len(target) && hexDigit(target[i+1]) && hexDigit(target[i+2]):
			i += 2
		case query && c > ' ' && c < 0x7f:
		default:
			return false
		}
	}
	return true
}

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func hexDigit(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// addressOf takes any URL, of which name is the end, apart: plain ones at once, others
// by way of net/url.
func addressOf(text, name string) (address, error) {
	a, ok := split(text, name)
	if ok {
		return a, nil
	}
	u, err := url.Parse(text + name)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return a, ErrURL // which may hold a token, and so is not shown
	}
	target := strings.ReplaceAll(u.RequestURI(), " ", "%20")
	a = address{prefix: u.Scheme + "://" + u.Host, host: u.Host, target: target, tls: u.Scheme == "https"}
	if !plainHost(strings.TrimSuffix(u.Host, ":")) {
		return a, fmt.Errorf("host %q: %w", u.Hostname(), ErrURL)
	}
	a.host = strings.TrimSuffix(u.Host, ":")
	return a, nil
}

// reach completes an address for an origin that is met for the first time.
func (a address) reach() address {
	u := url.URL{Host: a.host}
	port := u.Port()
	if port == "" {
		port = "80"
		if a.tls {
			port = "443"
		}
	}
	a.name = u.Hostname()
	a.dial = net.JoinHostPort(a.name, port)
	return a
}
