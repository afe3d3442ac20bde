package manifest

import (
	"net/url"
	"strings"
)

// Query is the query parameters that a DASH client adds to its requests for
// segments (ISO/IEC 23009-1 annex I: UrlQueryInfo, ExtUrlQueryInfo).
type Query struct {
	Template string // @queryTemplate: text with $querypart$ and $query:name$
	FromMPD  bool   // @useMPDUrlQuery: the MPD's own query is a source
	Fixed    string // @queryString: another, behind it
	// SameOrigin: only requests to the MPD's own origin get it (@sameOriginOnly).
	SameOrigin bool
}

// add is target with the query that the template makes out of mpd's query
// (clause I.2.2). Parameters that the template names and nobody gives are empty.
func (q *Query) add(mpd, target string) string {
	query := q.expand(q.source(mpd))
	if query == "" || q.SameOrigin && origin(mpd) != origin(target) {
		return target
	}
	target, fragment, hasFragment := strings.Cut(target, "#")
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	target += separator + query
	if hasFragment {
		target += "#" + fragment
	}
	return target
}

// origin is scheme and authority.
func origin(u string) string {
	scheme, rest, _ := strings.Cut(u, "://")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return strings.ToLower(scheme + "://" + rest)
}

func (q *Query) source(mpd string) string {
	var parts []string
	if q.FromMPD {
		mpd, _, _ = strings.Cut(mpd, "#")
		if _, query, _ := strings.Cut(mpd, "?"); query != "" {
			parts = append(parts, query)
		}
	}
	if q.Fixed != "" {
		parts = append(parts, q.Fixed)
	}
	return strings.Join(parts, "&")
}

func (q *Query) expand(source string) string {
	var b strings.Builder
	for rest := q.Template; ; {
		before, after, found := strings.Cut(rest, "$")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, next, closed := strings.Cut(after, "$")
		if !closed {
			b.WriteString("$" + after)
			return b.String()
		}
		rest = next
		parameter, named := strings.CutPrefix(name, "query:")
		switch {
		case name == "":
			b.WriteByte('$')
		case name == "querypart":
			b.WriteString(source)
		case named:
			b.WriteString(parameterOf(source, parameter))
		}
	}
}

// parameterOf is the value of the first parameter of that name, as it is escaped.
func parameterOf(query, name string) string {
	for _, p := range strings.Split(query, "&") {
		key, value, _ := strings.Cut(p, "=")
		if plain, err := url.QueryUnescape(key); err == nil && plain == name || key == name {
			return value
		}
	}
	return ""
}
