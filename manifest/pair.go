package manifest

import (
	"bytes"
	"hash/maphash"
	"strings"

	"soak/token"
)

// pairMark stands in a shared document where each viewer's body had the pair
// /token/expires/. No pair looks like it: a token has no "~".
const pairMark = "/soak~token/soak~expires/"

// pair is the one pair that a body holds, slashes included; no text when it holds
// none, or several.
type pair struct{ text string }

// findPair looks for pairs as [token.Find] does, and gives up on a second one.
func findPair(body []byte) pair {
	var p pair
	for at := 0; ; {
		span, end := nextSpan(body, at)
		if span == nil {
			break
		}
		at = end
		if string(span) == p.text {
			continue
		}
		if _, ok := token.Find(string(span)); !ok {
			continue
		}
		if p.text != "" {
			return pair{}
		}
		p.text = string(span)
	}
	if p.text != "" && bytes.Contains(body, []byte(pairMark)) {
		return pair{}
	}
	return p
}

// nextSpan is the next "/…/1ddddddddd/" of body from at on, and where its last
// slash stands: what may be a pair. Nil when there is none.
func nextSpan(body []byte, at int) ([]byte, int) {
	for {
		i := bytes.Index(body[at:], []byte("/1"))
		if i < 0 {
			return nil, 0
		}
		mid := at + i
		end := mid + 2
		for end < len(body) && '0' <= body[end] && body[end] <= '9' {
			end++
		}
		start := bytes.LastIndexByte(body[:mid], '/')
		if end-mid > 10 && end < len(body) && body[end] == '/' && start >= 0 {
			return body[start : end+1], end
		}
		at = mid + 1
	}
}

// hash is that of the body with the pair replaced, without making it.
func (p pair) hash(seed maphash.Seed, body []byte) uint64 {
	if p.text == "" {
		return maphash.Bytes(seed, body)
	}
	var h maphash.Hash
	h.SetSeed(seed)
	for {
		before, after, found := bytes.Cut(body, []byte(p.text))
		h.Write(before)
		if !found {
			return h.Sum64()
		}
		h.WriteString(pairMark)
		body = after
	}
}

// mark is the body with the pair replaced.
func (p pair) mark(body []byte) []byte {
	if p.text == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(p.text), []byte(pairMark))
}

// unmark puts the viewer's pair where its body had it.
func (p *Presentation) unmark(url string) string {
	if p.pair == "" || !strings.Contains(url, pairMark) {
		return url
	}
	return strings.ReplaceAll(url, pairMark, p.pair)
}
