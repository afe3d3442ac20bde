package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Who believes X-Real-IP and X-Forwarded-For.
const (
	forwardedAll  = "all"
	forwardedAPI  = "api"
	forwardedEdge = "edge"
	forwardedNone = "none"
)

func validateForwarded(who string) error {
	if !slices.Contains([]string{forwardedAll, forwardedAPI, forwardedEdge, forwardedNone}, who) {
		return fmt.Errorf("forwarded %.60q: use all, api, edge or none", who)
	}
	return nil
}

// clientAt is the viewer's address as a server takes it: what headers say, where
// those are believed (the guide's rule for its token API: X-Real-IP, else the first
// of X-Forwarded-For), else the peer's, where the guide has 0.0.0.0.
func (l *Lab) clientAt(server string, r *Request) string {
	if r.Forwarded == "" {
		return r.ClientIP
	}
	first, _, _ := strings.Cut(r.Forwarded, ",")
	first = strings.TrimSpace(first)
	if first != "" && (l.cfg.Forwarded == forwardedAll || l.cfg.Forwarded == server) {
		return first
	}
	return r.ClientIP
}

// Spread are addresses of loopback that only stand for 127.0.0.1, whose ports do not
// suffice for all clients: the lab takes one for the other.
func Spread() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 0, 64, 0}), 18) }

func unspread(host string) string {
	if !strings.HasPrefix(host, "127.0.") || host == machine {
		return host
	}
	if a, err := netip.ParseAddr(host); err == nil && Spread().Contains(a) {
		return machine
	}
	return host
}

const machine = "127.0.0.1"
