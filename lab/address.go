package lab

import (
	"fmt"
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
// those are believed (the guide's rule for the token API), else the peer's. The
// guide has 0.0.0.0 for want of a header; the peer is at least somebody.
func (l *Lab) clientAt(server string, r Request) string {
	if r.Forwarded != "" && (l.cfg.Forwarded == forwardedAll || l.cfg.Forwarded == server) {
		return r.Forwarded
	}
	return r.ClientIP
}

// forwarded is the viewer's address by the guide's rule: X-Real-IP, else the first
// of X-Forwarded-For.
func forwarded(realIP, forwardedFor string) string {
	first, _, _ := strings.Cut(or(realIP, forwardedFor), ",")
	return strings.TrimSpace(first)
}
