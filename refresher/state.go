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
	scheme token.Scheme
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
func (s *State) Rewrite(url string) (string, token.Grant) {
	r := s.put(token.Request{URL: url})
	g, _ := s.find(r)
	return r.URL, g
}

func (s *State) put(r token.Request) token.Request {
	if f := s.current.Load(); f != nil {
		return f.scheme.Put(r, f.pair)
	}
	return r
}

func (s *State) find(r token.Request) (token.Grant, bool) {
	if f := s.current.Load(); f != nil {
		return f.scheme.Find(r)
	}
	return token.PathScheme{}.Find(r)
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
