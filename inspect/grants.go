package inspect

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"soak/token"
)

// refreshes is how many refreshes Derive looks ahead: a token is baked in by the
// first and found to be dead by the second.
const refreshes = 2

// Grants are the grant that playback begins with and those of the next refreshes.
type Grants [refreshes + 1]token.Grant

// Foresee is the grant in a URL and two that follow it. Those that were really
// issued can be given; the others are invented: the first one's characters in
// another order, so that whatever recognizes one recognizes all.
func Foresee(first token.Grant, now time.Time, issued ...token.Grant) Grants {
	g := Grants{first}
	if first.IsZero() {
		return g
	}
	life := min(max(first.Expires-now.Unix(), shortestLife), longestLife)
	for i := 1; i < len(g); i++ {
		g[i] = renewed(first, i, life)
		if i <= len(issued) && !issued[i-1].IsZero() && issued[i-1] != first {
			g[i] = issued[i-1]
		}
	}
	return g
}

// Lives of invented grants, in seconds: a token that was made to last for years is
// not renewed by others that do.
const (
	shortestLife = 60
	longestLife  = 3600
)

// renewed is what a grant may look like n renewals later.
func renewed(g token.Grant, n int, life int64) token.Grant {
	if n == 0 {
		return g
	}
	t := g.Token
	for range n {
		t = t[1:] + t[:1]
	}
	if t == g.Token { // all characters alike
		t += strings.Repeat(t[:1], n)
	}
	return token.Grant{Token: t, Expires: g.Expires + int64(n)*life}
}

// Locate finds the grant that opens a URL. It looks where an edge looks, in the
// layout of a protected path, before it looks as the players' pattern does, and
// takes any segment before a Unix time at last.
func Locate(address string, now time.Time) (token.Grant, bool) {
	if u, err := url.Parse(address); err == nil {
		if l, ok := token.ParsePath(u.EscapedPath()); ok {
			return l.Grant, true
		}
	}
	var last token.Grant
	for _, g := range loosePairs(address) {
		if g.Expires >= now.Unix() || last.IsZero() {
			last = g
		}
	}
	return last, !last.IsZero()
}

// pairSegments is a pair as wide as token.Redact sees it: any segment before a
// Unix time.
var pairSegments = regexp.MustCompile(`/([^/?#\s"'<>]+)/(\d{9,})/`)

func loosePairs(address string) []token.Grant {
	path, _, _ := strings.Cut(address, "?")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		path = rest
	}
	var found []token.Grant
	for from := 0; from < len(path); {
		m := pairSegments.FindStringSubmatchIndex(path[from:])
		if m == nil {
			break
		}
		if expires, err := strconv.ParseInt(path[from+m[4]:from+m[5]], 10, 64); err == nil {
			found = append(found, token.Grant{Token: path[from+m[2] : from+m[3]], Expires: expires})
		}
		from += m[3] // the slash between may begin the next pair
	}
	return found
}

func looseFind(address string) (token.Grant, bool) {
	if all := loosePairs(address); len(all) > 0 {
		return all[len(all)-1], true
	}
	return token.Grant{}, false
}

// segments is a grant as it stands in a path.
func segments(g token.Grant) string {
	return "/" + g.Token + "/" + strconv.FormatInt(g.Expires, 10) + "/"
}

func carries(address string, g token.Grant) bool {
	return !g.IsZero() && strings.Contains(address, segments(g))
}

// carried is which of the grants stands in a URL, the first one first.
func (g Grants) carried(address string) (int, bool) {
	for i := range g {
		if carries(address, g[i]) {
			return i, true
		}
	}
	return 0, false
}

// Replace puts another grant in the place of one.
func Replace(address string, from, to token.Grant) string {
	return strings.Replace(address, segments(from), segments(to), 1)
}

// QueryToken tells whether a URL carries a token in its query, as far as names
// tell.
func QueryToken(address string) bool {
	_, query, found := strings.Cut(address, "?")
	return found && token.Redact(query) != query
}

// Shown is a URL with hashes in place of its tokens. Unlike token.Redact, which
// looks for tokens in any text, it knows that a number with an extension is a
// file and not an expiry.
func Shown(address string) string {
	path, query, found := strings.Cut(address, "?")
	for _, g := range loosePairs(path + "/") {
		path = strings.TrimSuffix(Replace(path+"/", g, token.Grant{Token: "#" + token.Hash(g.Token), Expires: g.Expires}), "/")
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = token.Redact(part)
	}
	if path = strings.Join(parts, "/"); !found {
		return path
	}
	return path + "?" + token.Redact(query)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
