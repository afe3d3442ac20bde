package manifest

import (
	"errors"
	"net/url"
	"strings"
)

// Resolve makes the absolute URL of a reference (RFC 3986 section 5.2), through
// the BaseURLs above it, against the manifest's final URL. Parse has checked
// that every reference can be resolved, given a base that is itself absolute.
func (p *Presentation) Resolve(r Ref) string {
	if p.base != nil && p.base.directory != "" && len(r.Bases) == 0 && r.Query == nil && plain(r.URI) {
		return p.base.directory + r.URI
	}
	base := p.URL
	for _, b := range r.Bases {
		base = resolve(base, b)
	}
	if r.Query != nil {
		return p.unmark(r.Query.add(p.URL, resolve(base, r.URI)))
	}
	return p.unmark(resolve(base, r.URI))
}

// Via is the reference by its i-th alternative; by the first when there are none.
func (r Ref) Via(i int) Ref {
	if i >= 0 && i < len(r.Alternatives) {
		r.Bases = r.Alternatives[i].URLs
	}
	return r
}

func resolve(base, ref string) string {
	if plain(ref) {
		if dir, ok := directory(base); ok {
			return dir + ref
		}
	}
	r, err := parseRef(ref)
	if err != nil {
		return ref
	}
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	return b.ResolveReference(r).String()
}

// plain tells whether ref can simply be appended to a directory: a relative path
// of unreserved characters, without dot segments, perhaps with a query.
func plain(ref string) bool {
	start := 0 // of the current path segment
	for i := 0; i < len(ref); i++ {
		switch c := ref[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '~' || c == '=' || c == '@':
		case c == '.':
			if i == start {
				return false
			}
		case c == '/':
			if i == start {
				return false
			}
			start = i + 1
		case c == '?':
			return i > 0 && plainQuery(ref[i+1:])
		default:
			return false
		}
	}
	return ref != ""
}

func plainQuery(q string) bool {
	for i := 0; i < len(q); i++ {
		if c := q[i]; c <= ' ' || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>' {
			return false
		}
	}
	return true
}

// directory is base up to and including the last slash of its path.
func directory(base string) (string, bool) {
	if i := strings.IndexByte(base, '?'); i >= 0 {
		base = base[:i]
	}
	if i := strings.IndexByte(base, '#'); i >= 0 {
		base = base[:i]
	}
	host, last := hostAt(base), strings.LastIndexByte(base, '/')
	if host == 0 || last < host || !clean(base[host:]) {
		return "", false
	}
	return base[:last+1], true
}

// hostAt is where the host begins in an HTTP URL; 0 for others.
func hostAt(base string) int {
	for _, scheme := range [...]string{"http://", "https://"} {
		if strings.HasPrefix(base, scheme) {
			return len(scheme)
		}
	}
	return 0
}

// clean tells whether url.Parse would leave what follows a scheme as it is.
func clean(rest string) bool {
	for i := range len(rest) {
		switch c := rest[i]; {
		case unreserved[c], c == ':':
		case c == '/' && !strings.HasPrefix(rest[i+1:], "."):
		default:
			return false
		}
	}
	return true
}

var errURI = errors.New("URI cannot be parsed")

// parseRef reads a reference as browsers do (WHATWG URL), which forgive what
// url.Parse does not: white space and control characters inside, stray percent
// signs, a colon in the first segment of a relative path.
func parseRef(ref string) (*url.URL, error) {
	if u, err := url.Parse(ref); err == nil {
		return u, nil
	}
	ref = escapeStray(ref)
	if u, err := url.Parse(ref); err == nil {
		return u, nil
	}
	if u, err := url.Parse("./" + ref); err == nil && !hasScheme(ref) {
		return u, nil
	}
	return nil, errURI // url.Error would quote the reference, token and all
}

func escapeStray(ref string) string {
	var b strings.Builder
	for i := 0; i < len(ref); i++ {
		switch c := ref[i]; {
		case c < ' ' || c == 0x7f:
		case c == '%' && !(i+2 < len(ref) && isHex(ref[i+1]) && isHex(ref[i+2])):
			b.WriteString("%25")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hasScheme tells whether ref begins with a scheme, "http:" say.
func hasScheme(ref string) bool {
	i := strings.IndexByte(ref, ':')
	return i > 0 && strings.ContainsRune(letters, rune(ref[0])) && !strings.ContainsAny(ref[:i], "/?# ")
}

// resolvable is the check Parse makes of every reference it hands out.
func resolvable(ref string) bool {
	if plain(ref) {
		return true
	}
	_, err := parseRef(ref)
	return err == nil
}
