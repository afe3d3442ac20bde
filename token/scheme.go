package token

import "strings"

// Request is the part of an HTTP request in which a grant may ride. Header has
// the shape of http.Header, canonical names; nil is empty.
type Request struct {
	URL    string
	Header map[string][]string
}

// Scheme is where a grant sits in a request. [PathScheme] is the guide's; schemes
// for grants in a query, a cookie or a header implement the same two methods.
type Scheme interface {
	// Find returns the grant the request carries.
	Find(r Request) (Grant, bool)
	// Put returns the request with p in the place of the grant it carries. A
	// request that carries none the scheme knows is returned unchanged. The
	// caller's Header is never written to.
	Put(r Request, p Pair) Request
}

// PathScheme is a grant in the path, replaced as Rewriter does.
type PathScheme struct{ Rewriter Rewriter }

// Find reads the grant by the layout of [Path] where the URL has it, at the start
// of its path or further in, which is how the edge reads it, and else by the
// guide's [Pattern].
func (PathScheme) Find(r Request) (Grant, bool) {
	if l, ok := Locate(r.URL); ok {
		return l.Grant, true
	}
	return Find(r.URL)
}

// Locate reads a URL by the layout of [Path], which begins its path or stands
// behind a prefix of it.
func Locate(url string) (Location, bool) {
	path := pathOf(url)
	if l, ok := ParsePath(path); ok {
		return l, true
	}
	for _, kind := range [...]Kind{Live, VOD} {
		if i := strings.Index(path, kind.prefix()); i > 0 {
			if l, ok := ParsePath(path[i:]); ok {
				return l, true
			}
		}
	}
	return Location{}, false
}

// Put rewrites the URL.
func (s PathScheme) Put(r Request, p Pair) Request {
	r.URL = splice(s.Rewriter, r.URL, p)
	return r
}

// pathOf is the path of an absolute URL or of an absolute-path reference, without
// query and fragment.
func pathOf(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
		slash := strings.IndexByte(url, '/')
		if slash < 0 {
			return ""
		}
		url = url[slash:]
	}
	for _, end := range [...]byte{'#', '?'} {
		if i := strings.IndexByte(url, end); i >= 0 {
			url = url[:i]
		}
	}
	return url
}
