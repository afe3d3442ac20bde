package token

import "strings"

// IssuedPair replaces the first pair that the viewer was ever given, whatever its
// token looks like and whatever stands in front of it. A URL that has none of them
// may still hold somebody else's, as a playlist from a shared cache does: then the
// first pair in the path goes that has a token of the guide's form and an expiry of
// ten digits, which Unix time keeps until 2286.
type IssuedPair struct{ Issued []Pair }

// Rewrite replaces the pair.
func (i IssuedPair) Rewrite(url string, g Grant) string { return splice(i, url, g.Pair()) }

func (i IssuedPair) locate(url string) (span, bool) {
	var stranger span
	for start := pathStart(url); ; {
		s, ok := nextStamp(url, start)
		switch {
		case !ok:
			return stranger, stranger.end > 0
		case i.issued(url[s.start:s.end]):
			return s, true
		case stranger.end == 0 && plausible(url, s):
			stranger = s
		}
		start = s.mid
	}
}

func (i IssuedPair) issued(text string) bool {
	for _, p := range i.Issued {
		if holds(text, p) {
			return true
		}
	}
	return false
}

// nextStamp finds the next expiry of ten digits, behind the segment that begins at
// or after the slash at start.
func nextStamp(url string, start int) (span, bool) {
	for start < len(url) {
		n := strings.IndexByte(url[start+1:], '/')
		if n < 0 {
			return span{}, false
		}
		mid := start + 1 + n
		if end := mid + 12; n > 0 && end <= len(url) && url[end-1] == '/' && url[mid+1] != '0' && allDigits(url[mid+1:end-1]) {
			return span{start, mid, end}, true
		}
		start = mid
	}
	return span{}, false
}

// plausible tells whether the token at s could be one by the guide's [Pattern].
func plausible(url string, s span) bool {
	start, ok := tokenStart(url, s.mid)
	return ok && start == s.start
}

// pathStart is where the path of an absolute URL, or of a reference, begins.
func pathStart(url string) int {
	start := strings.Index(url, "://") + 3
	if start < 3 {
		start = 0
	}
	if slash := strings.IndexByte(url[start:], '/'); slash >= 0 {
		return start + slash
	}
	return len(url)
}
