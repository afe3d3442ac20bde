package token

import (
	"math"
	"strconv"
	"strings"
)

// Pattern is the regular expression with which the guide's players find the pair
// in a URL. [Find] and [AnyPair] are equal to its first match but run in a
// fraction of the time, because every request of every viewer passes them. Its
// limits are part of what is simulated:
//
//   - expiries begin with 1: from 2033-05-18 (2000000000) on nothing matches;
//   - tokens under six characters, or with one of . ~ = %, do not match;
//   - the first match wins: a date and a number in front of the token, as in
//     /20231114/1699999999/, are taken for the pair;
//   - any host matches, an advertiser's too, and the query as well as the path.
const Pattern = `/([A-Za-z0-9_-]{6,})/(1\d{9,})/`

// Find returns the pair that stands in a URL, by the guide's [Pattern]. An expiry
// beyond int64 is cut to the largest.
func Find(url string) (Grant, bool) {
	s, ok := locateAny(url)
	if !ok {
		return Grant{}, false
	}
	expires, err := strconv.ParseInt(url[s.mid+1:s.end-1], 10, 64)
	if err != nil { // digits only: the one possible error is their number
		expires = math.MaxInt64
	}
	return Grant{Token: url[s.start+1 : s.mid], Expires: expires}, true
}

// span is where "/token/expires/" stands in a URL: start, mid are the first two
// slashes, end is just behind the third.
type span struct{ start, mid, end int }

// locateAny finds the first match of Pattern. It looks for what is rare, a
// segment that begins with 1, and checks its left neighbour: since neither class
// holds a slash, the leftmost match has the leftmost such segment.
func locateAny(url string) (span, bool) {
	for mid := -1; ; {
		i := strings.IndexByte(url[mid+1:], '/')
		if i < 0 {
			return span{}, false
		}
		if mid += 1 + i; mid+1 == len(url) || url[mid+1] != '1' {
			continue
		}
		if end, ok := expiryEnd(url, mid); ok {
			if start, ok := tokenStart(url, mid); ok {
				return span{start, mid, end}, true
			}
		}
	}
}

// expiryEnd wants at least ten digits and a slash behind the slash at mid.
func expiryEnd(url string, mid int) (int, bool) {
	i := mid + 1
	for i < len(url) && isDigit(url[i]) {
		i++
	}
	return i + 1, i-mid-1 >= 10 && i < len(url) && url[i] == '/'
}

// tokenStart wants at least six token characters and a slash before the slash at mid.
func tokenStart(url string, mid int) (int, bool) {
	i := mid - 1
	for i >= 0 && isToken(url[i]) {
		i--
	}
	return i, mid-i-1 >= 6 && i >= 0 && url[i] == '/'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isToken(c byte) bool { return tokenBytes[c] }

// tokenBytes are those of the pattern's first class.
var tokenBytes = newTokenBytes()

func newTokenBytes() (in [256]bool) {
	for _, c := range []byte("-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		in[c] = true
	}
	return in
}
