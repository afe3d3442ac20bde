package token

import "time"

// Grant is a right to fetch until Expires: what a token API hands out and what
// stands in a signed URL. The zero Grant is none.
type Grant struct {
	Token   string
	Expires int64 // Unix seconds
}

// Life is how long the grant is good for after now; negative when it is over.
// Whole seconds on the edge may add up to one second to it (see [Boundary]).
func (g Grant) Life(now time.Time) time.Duration {
	return time.Unix(g.Expires, 0).Sub(now)
}

// IsZero tells whether there is no grant.
func (g Grant) IsZero() bool { return g == Grant{} }
