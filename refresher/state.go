package refresher

import (
	"sync/atomic"

	"soak/token"
)

// State is the grant in force and how it is put into requests. The refresher
// writes it on its loop; any goroutine may read it, each request once, so that
// token and expiry always belong together. The zero State changes nothing.
type State struct{ current atomic.Pointer[inForce] }

type inForce struct {
	offer
	scheme token.PathScheme
}

// Grant is the grant in force, zero before the first. What a broken API sent and
// a careless policy installed has an Expires of 0 if it was no whole number.
func (s *State) Grant() token.Grant {
	if f := s.current.Load(); f != nil {
		return f.grant
	}
	return token.Grant{}
}

// Rewrite puts the grant in force into url and returns the grant that stands
// there then, zero if there is none.
func (s *State) Rewrite(url string) (string, token.Grant) { return s.Writer().Rewrite(url) }

// Writer is how requests are written at this moment.
func (s *State) Writer() Writer { return Writer{s.current.Load()} }

// Writer is a grant and how it is put into requests. Two that are equal write the
// same. The zero Writer changes nothing.
type Writer struct{ of *inForce }

// Rewrite puts the grant into url and returns the grant that stands there then, zero
// if there is none.
//
// Grants stand between slashes. So where a URL is cut at its last slash, what comes
// of the first part does not depend on the second, which stays as it is.
func (w Writer) Rewrite(url string) (string, token.Grant) {
	url = w.Put(url)
	return url, w.Standing(url)
}

// Put is the first half of Rewrite: it puts the grant into url.
func (w Writer) Put(url string) string { return w.put(token.Request{URL: url}).URL }

// Standing is the other half, the grant that stands in a URL. Every Writer sees the same.
func (w Writer) Standing(url string) token.Grant {
	g, _ := w.find(token.Request{URL: url})
	return g
}

func (w Writer) put(r token.Request) token.Request {
	if w.of != nil {
		return w.of.scheme.Put(r, w.of.pair)
	}
	return r
}

func (w Writer) find(r token.Request) (token.Grant, bool) {
	if w.of != nil {
		return w.of.scheme.Find(r)
	}
	return token.PathScheme{}.Find(r) // which does not depend on the rewriter
}

// offer is a grant that could be installed: as written into requests, as the edge
// reads it, and its expiry as a script counts with it.
type offer struct {
	pair    token.Pair
	grant   token.Grant
	expires float64 // Unix seconds, possibly NaN
}

func offerOf(g token.Grant) offer {
	return offer{pair: g.Pair(), grant: g, expires: float64(g.Expires)}
}
