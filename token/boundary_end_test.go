package token

import (
	"testing"
	"time"
)

// End is the first instant at which Expired holds.
func TestBoundaryEnd(t *testing.T) {
	g := Grant{Token: "t", Expires: 1_700_000_060}
	for _, b := range []Boundary{WholeSecond, Strict} {
		end := b.End(g)
		if !b.Expired(g.Expires, end) || b.Expired(g.Expires, end.Add(-time.Nanosecond)) {
			t.Errorf("%v: End = %v; the grant is dead from %v on", b, end, end)
		}
	}
}
