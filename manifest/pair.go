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
	for rest := body; ; {
		i := candidate(rest)
		if i < 0 {
			break
		}
		line, end := lineAround(rest, i)
		for text := line; ; {
			g, ok := token.Find(text)
			if !ok {
				break
			}
			found := "/" + g.Token + "/" + g.Pair().Expires + "/"
			at := strings.Index(text, found)
			if at < 0 || p.text != "" && p.text != found {
				return pair{} // an expiry beyond all numbers, or a second pair
			}
			p.text = found
			text = text[at+len(found)-1:]
		}
		rest = rest[end:]
	}
	if p.text != "" && bytes.Contains(body, []byte(pairMark)) {
		return pair{}
	}
	return p
}

// candidate is where the expiry of a pair may begin: a slash, a 1 and nine
// digits. -1 when there is none.
func candidate(body []byte) int {
	for from := 0; ; {
		i := bytes.Index(body[from:], []byte("/1"))
		if i < 0 {
			return -1
		}
		at := from + i
		digits := 0
		for at+2+digits < len(body) && '0' <= body[at+2+digits] && body[at+2+digits] <= '9' {
			digits++
		}
		if digits >= 9 {
			return at
		}
		from = at + 2
	}
}

// lineAround is the line that holds byte i, and where it ends.
func lineAround(body []byte, i int) (string, int) {
	start := bytes.LastIndexByte(body[:i], '\n') + 1
	end := bytes.IndexByte(body[i:], '\n')
	if end < 0 {
		return string(body[start:]), len(body)
	}
	return string(body[start : i+end]), i + end
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
