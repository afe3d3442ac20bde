package lab

import (
	"net/url"
	"strings"

	"soak/token"
)

// Directory is what the URLs of one directory have in common, and what an edge found
// out about them: of a client that asks for file after file, it looks at the
// directory once. It belongs to one goroutine.
//
//	http://edge.lab/cmaf/lab_event/token/1800000060/v2/1234.m4s
//	│               │                               │  └ the file's name
//	│               └ path                          └ below
//	└ the directory's URL, up to the last slash
type Directory struct {
	Host string // as written in the URL

	edge   Edge
	url    string // with a slash at its end
	path   int    // where in url the path begins
	below  string // what follows the token; "" for the token's own directory
	common file   // but for its name; what was asked for last
	folder folder // below the token; of no use when the directory is the token's own
	origin *origin
	hash   *hashed // shared with the directories in it
	usual  bool    // holds files of a live stream, and the lab is as labs mostly are
}

// hashed is what came of the latest comparison of a grant with its hash, which
// depends on nothing else.
type hashed struct {
	known  bool
	secret int
	ip     string
	good   bool
	until  int64 // Unix seconds before which it is not looked at again; 0: it always is
}

func (h *hashed) of(secret int, ip string) bool { return h.known && h.secret == secret && h.ip == ip }

// Directory reads a URL up to its last slash into d; false for one that does not settle
// which files there are: these are asked for by their whole URLs.
func (l *Lab) Directory(d *Directory, at string) bool {
	if l.cfg.URLs.queried() || !strings.HasSuffix(at, "/") || !literal(at) {
		return false
	}
	edge, host, path := l.hosts.split(at)
	if host == "" {
		u, err := url.Parse(at)
		if err != nil || u.Host == "" || !strings.HasSuffix(at, u.Path) {
			return false
		}
		host, path = u.Host, u.Path
		edge, _ = l.hosts.Edge(host)
	}
	protected, ok := strings.CutPrefix(path, l.cfg.URLs.Prefix)
	if !ok {
		return false
	}
	loc, ok := l.cfg.URLs.locate(protected, "")
	below, deeper, _ := strings.Cut(loc.Rest, "/")
	if !ok || deeper != "" {
		return false
	}
	d.Host, d.edge, d.url, d.path, d.below = host, edge, at, len(at)-len(path), loc.Rest
	d.origin, d.common, d.folder, d.hash = l.origin, l.origin.common(loc), l.origin.folder(below), new(hashed)
	d.usual = l.usual && d.common.served && d.common.live()
	return true
}

// Within reads the URL of a directory that stands in this one into in; false for one
// that does not settle which files there are.
func (d *Directory) Within(in *Directory, at string) bool {
	below, deeper, _ := strings.Cut(at[len(d.url):], "/")
	if d.below != "" || deeper != "" || !literal(below) {
		return false
	}
	*in = *d
	in.url, in.below, in.folder = at, at[len(d.url):], d.origin.folder(below)
	in.common = file{Location: d.common.Location, served: d.common.served}
	return true
}

// passes tells without much ado that its grant is good, if that is so and it was found
// well signed before.
func (d *Directory) passes(r *Request, unix int64) bool {
	return unix < d.hash.until && (d.edge != IPBound || d.hash.ip == r.ClientIP)
}

// until is the last whole second of a well signed grant's life on an edge. Where secrets
// change, there is none.
func (l *Lab) until(g token.Grant, edge Edge) int64 {
	if len(l.cfg.Rotations) > 0 {
		return 0
	}
	return l.end(g, edge).Unix()
}

// split takes a URL of the lab's own apart, in which nothing is escaped; "" for others.
func (h *Hosts) split(at string) (edge Edge, host, path string) {
	for edge, base := range [...]string{Plain: h.Plain, IPBound: h.IPBound, Second: h.Second} {
		if path, ok := strings.CutPrefix(at, base); ok && strings.HasPrefix(path, "/") {
			_, host, _ := strings.Cut(base, "://")
			return Edge(edge), host, path
		}
	}
	return Plain, "", ""
}

// Request makes r the request for a file by its name; false for a name that URLs write
// in several ways, which no file has that there can be.
func (d *Directory) Request(r *Request, name string) bool {
	*r = Request{}
	r.Edge, r.Directory, r.Name = d.edge, d, name
	if d.below == "" {
		r.found = d.origin.named(name)
	} else {
		r.found.known = true
		r.found.within(&d.folder, name)
	}
	return r.found.known || literal(name)
}

// literal tells whether there is one way to write a text in a URL's path.
func literal(text string) bool {
	for i := range len(text) {
		if !literals[text[i]] {
			return false
		}
	}
	return true
}

// literals are the bytes that stand for themselves in a URL's path.
var literals = literalBytes()

func literalBytes() (plain [256]bool) {
	for c := '!'; c <= '~'; c++ {
		plain[c] = c != '%' && c != '?' && c != '#'
	}
	return plain
}

// file is what a request asks for; it is the directory's until the next. Nobody
// looks at its Location's Rest who has the name.
func (d *Directory) file(r *Request) *file {
	f := &d.common
	f.named = r.found
	return f
}
