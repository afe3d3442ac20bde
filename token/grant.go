package token

import (
	"strconv"
	"time"
)

// Grant is a right to fetch until Expires: what a token API hands out and what
// stands in a signed URL. The zero Grant is none.
type Grant struct {
	Token   string
	Expires int64 // Unix seconds
}

// Life is how long the grant is good for after now; negative when it is over.
// Whole seconds on the edge may add up to one second to it (see [Boundary]).
// Expiries that only a broken API produces give the longest life there is.
func (g Grant) Life(now time.Time) time.Duration {
	// What time.Time.Sub does, which looks out for lives of centuries, takes ten times
	// as long, and every request is asked this.
	if left := g.Expires - now.Unix(); g.Expires > 0 && uint64(left+century) < 2*century {
		return time.Duration(left)*time.Second - time.Duration(now.Nanosecond())
	}
	return g.oddLife(now)
}

const century = 100 * 365 * 24 * 3600

func (g Grant) oddLife(now time.Time) time.Duration {
	const most = 1 << 50 // time.Unix wraps around near the ends of int64
	return time.Unix(min(max(g.Expires, -most), most), 0).Sub(now)
}

// IsZero tells whether there is no grant.
func (g Grant) IsZero() bool { return g == Grant{} }

// Pair is the grant as it is written in a request.
func (g Grant) Pair() Pair {
	return Pair{Token: g.Token, Expires: strconv.FormatInt(g.Expires, 10)}
}

// Pair is a grant as text. It exists beside [Grant] because players that do not
// check what their token API says write whatever they got into the URL:
// "undefined", an ISO date, milliseconds.
type Pair struct{ Token, Expires string }
