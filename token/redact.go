package token

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// Hash is a short name for a token: eight hexadecimal digits, enough to tell
// tokens apart in a report, useless for fetching. The empty token has none.
func Hash(token string) string {
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:4])
}

// Redact replaces every usable token in a text by "#" and its [Hash], so that
// errors and logs can quote URLs and answers. It is deliberately wider than
// [Pattern]: any path segment before a number of nine digits or more, whatever
// its length and alphabet, and the value of any field or parameter named like a
// token. Expiries stay readable; without their token they open nothing.
func Redact(text string) string {
	if text == "" {
		return ""
	}
	return redactFields(redactPairs(text))
}

// redactPairs goes over the text slash by slash.
func redactPairs(text string) string {
	var out strings.Builder
	done := 0
	for i := strings.IndexByte(text, '/'); i >= 0; {
		next := strings.IndexByte(text[i+1:], '/')
		if next < 0 {
			break
		}
		mid := i + 1 + next
		if seg := text[i+1 : mid]; seg != "" && segmentLike(seg) && digitsAfter(text, mid) >= 9 {
			out.WriteString(text[done : i+1])
			out.WriteString("#" + Hash(seg))
			done = mid
		}
		i = mid
	}
	if done == 0 {
		return text
	}
	out.WriteString(text[done:])
	return out.String()
}

// segmentLike refuses what cannot be one path segment: texts quote several URLs.
func segmentLike(seg string) bool { return !strings.ContainsAny(seg, " \t\r\n\"'<>") }

// digitsAfter counts the digits behind the slash at mid.
func digitsAfter(text string, mid int) int {
	n := 0
	for mid+1+n < len(text) && isDigit(text[mid+1+n]) {
		n++
	}
	return n
}

// fieldPattern is a name that tells of a token (also as the last part of one:
// access_token) in a query, a cookie, JSON or a header, and its value. A bare
// "token: " is prose, and so is "key=" but in a query: there it is mostly an account's.
var fieldPattern = regexp.MustCompile(
	`(?i)((?:token(?:_ip)?|md5|hdnts|hdntl|hmac|verify|sig|signature|secret|api_?key|access_?key|[-_]key|password|passwd|jwt|session(?:_?id)?)(?:=|["']\s*:\s*["'])|(?:^|[?&;])key=|authorization["']?:\s*["']?(?:bearer\s+)?)` +
		`([A-Za-z0-9_\-.~+/%]+=*)`)

func redactFields(text string) string {
	return fieldPattern.ReplaceAllStringFunc(text, func(match string) string {
		at := fieldPattern.FindStringSubmatchIndex(match)
		return match[:at[3]] + "#" + Hash(match[at[4]:])
	})
}
