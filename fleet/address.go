package fleet

import (
	"fmt"
	"time"

	"soak/lab"
	"soak/scenarios"
)

// Addresses that a viewer may have, all on loopback:
//
//	127.0.0.1              the machine's own: shared
//	127.0.64.1 - 127.0.127 stand for it where its ports do not suffice (lab.Spread)
//	127.1.0.0 - 127.240    viewers' own, several each: at home, then after each move;
//	                       every second one is that which the token API sees
//	127.241.0.0 - 127.244  pools, a thousand addresses a cohort
//	127.255.0.1            the proxy in front of the token API
const (
	loopback = "127.0.0.1"
	proxy    = "127.255.0.1"

	perOctet  = 250  // addresses in the last octet, and blocks in the one before
	ownEach   = 14   // addresses of a viewer
	ownOctets = 15   // second octets of a block of viewers
	perPool   = 1000 // addresses
	poolOctet = 241
)

// ownAddress is a viewer's n-th address. It does not depend on the other viewers.
func ownAddress(viewer, n int) string {
	return spread(1+viewer/(perOctet*perOctet)*ownOctets+n%ownEach, viewer)
}

// poolAddress is the n-th address of a cohort's pool.
func poolAddress(cohort, n int) string {
	i := cohort*perPool + n
	return spread(poolOctet+i/(perOctet*perOctet), i)
}

// spread avoids last octets of 0 and 255.
func spread(second, i int) string {
	return fmt.Sprintf("127.%d.%d.%d", second, i/perOctet%perOctet, 1+i%perOctet)
}

// place is where a viewer's requests come from, as the two servers see it, and
// what they say of it in X-Forwarded-For.
type place struct {
	edge, api                   string
	edgeForwarded, apiForwarded string
}

// placeAt is where a viewer is after so many moves; 0 is home.
func (v *viewer) placeAt(moves int) place {
	a := &v.cohort.Address
	p := place{edge: ownAddress(v.id, 2*moves), edgeForwarded: a.Forwarded, apiForwarded: a.Forwarded}
	if moves == 0 {
		p.edge = v.homeAddress()
	}
	switch a.API {
	case scenarios.APIOther:
		p.api = ownAddress(v.id, 2*moves+1)
	case scenarios.APIProxy:
		p.api = proxy
		p.apiForwarded = p.edge
		if a.Forwarded != "" {
			p.apiForwarded = a.Forwarded + ", " + p.edge
		}
	default:
		p.api = p.edge
	}
	return p
}

func (v *viewer) homeAddress() string {
	switch v.cohort.Address.Kind {
	case scenarios.OwnAddress, scenarios.NAT:
		return ownAddress(v.door, 0)
	case scenarios.Pool:
		return poolAddress(v.pool, v.pooled)
	}
	return loopback
}

// settle gives a viewer its first address.
func (v *viewer) settle() {
	if a := v.cohort.Address; a.Kind == scenarios.Pool {
		v.pooled = v.rng(addressStream).IntN(a.Size)
	}
	v.at = v.placeAt(0)
}

// drift begins the changes of a viewer's address in a pool.
func (v *viewer) drift() {
	a := &v.cohort.Address
	if a.Every.IsZero() {
		return
	}
	rng := v.rng(addressStream)
	rng.IntN(a.Size) // the first address
	var next func()
	next = func() {
		v.clock.After(max(a.Every.Draw(rng), time.Second), func() {
			if v.left {
				return
			}
			v.pooled = (v.pooled + 1 + rng.IntN(a.Size-1)) % a.Size
			if !v.roaming {
				v.goOn(v.placeAt(0))
			}
			next()
		})
	}
	next()
}

// goOn lets later connections come from elsewhere; the page is told nothing.
func (v *viewer) goOn(from place) {
	v.at = from
	v.net.hangUp(from)
}

// atEdge puts what an edge sees of a viewer's address into a request.
func (p *place) atEdge(r *lab.Request) { r.ClientIP, r.Forwarded = p.edge, p.edgeForwarded }

// atAPI puts what the token API sees of it into one.
func (p *place) atAPI(r *lab.Request) { r.ClientIP, r.Forwarded = p.api, p.apiForwarded }
