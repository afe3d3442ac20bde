package audit

import "context"

// lookAtAddresses uses the token that is bound to an address: from here, claiming
// to come from elsewhere, and from another address.
func (a *audit) lookAtAddresses(ctx context.Context) {
	x := a.answer
	if x.URLIP == "" || x.TokenIP == "" || x.TokenIP == x.Grant.Token {
		a.add(checkBound, Unknown, "the API gives no token that is bound to an address")
		a.add(checkEdgeForwarded, Unknown, "the API gives no token that is bound to an address")
		return
	}
	lie := map[string]string{"X-Forwarded-For": forwarded, "X-Real-IP": forwarded}
	r, err := a.askEdge(ctx, x.URLIP, Question{Header: lie})
	switch {
	case err != nil:
		a.add(checkEdgeForwarded, Unknown, "%v", err)
	case r.Status < 400:
		a.add(checkEdgeForwarded, Pass, "X-Forwarded-For and X-Real-IP of a viewer change nothing")
	default:
		if !a.lookFromHere(ctx, x.URLIP, r.Status) {
			return
		}
	}
	a.lookFromElsewhere(ctx, x.URLIP)
}

// lookFromHere tells whether it was the claim that made the edge refuse.
func (a *audit) lookFromHere(ctx context.Context, address string, status int) bool {
	r, err := a.askEdge(ctx, address, Question{})
	switch {
	case err != nil:
		a.add(checkEdgeForwarded, Unknown, "%v", err)
	case r.Status >= 400:
		a.add(checkEdgeForwarded, Unknown, "the bound token is refused in any case")
		a.add(checkBound, Warn, "the edge answers the bound token with %d from the address that had it: it sees another address than the token API", status)
		return false
	default:
		a.add(checkEdgeForwarded, Fail, "it believes X-Forwarded-For or X-Real-IP of anybody: whoever copies a link can claim its address")
	}
	return true
}

func (a *audit) lookFromElsewhere(ctx context.Context, address string) {
	if a.cfg.From == "" {
		a.add(checkBound, Unknown, "takes a second address of this machine to ask from: name one")
		return
	}
	r, err := a.askEdge(ctx, address, Question{From: a.cfg.From})
	switch {
	case err != nil:
		a.add(checkBound, Unknown, "from %s: %v", a.cfg.From, err)
	case r.Status < 400:
		a.add(checkBound, Fail, "the token bound to one address is taken from another (%s)", a.cfg.From)
	default:
		a.add(checkBound, Pass, "%d from another address (%s)", r.Status, a.cfg.From)
	}
}
