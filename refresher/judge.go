package refresher

import (
	"fmt"
	"strings"
	"time"

	"soak/token"
)

// judge takes the grant from an answer and tells why it is not to be installed;
// an empty problem means it is.
func (r *Refresher) judge(a *Answer) (got offer, problem string) {
	if !a.OK() {
		return offer{}, detail(a)
	}
	if r.ready != nil && r.policy.Seed == SeedURL {
		return r.seedFromURL(a)
	}
	got = r.policy.take(a)
	if !r.policy.Sane {
		return got, ""
	}
	return got, r.insane(a, &got)
}

func detail(a *Answer) string {
	if a.Detail != "" {
		return a.Detail
	}
	return string(a.Failure)
}

// seedFromURL is how a plugin starts that is given a URL and no token: by the pair
// it finds there.
func (r *Refresher) seedFromURL(a *Answer) (offer, string) {
	url := a.URL
	if r.policy.IPBound {
		url = a.URLIP
	}
	g, ok := token.Find(url)
	if !ok {
		return offer{}, "the URL holds no token of the guide's form: refreshing never starts"
	}
	return offerOf(g), ""
}

// take reads the grant the way a script does.
func (p *Policy) take(a *Answer) offer {
	if l := a.Literal; l != nil {
		pair := token.Pair{Token: l.Token, Expires: l.Expires}
		if p.IPBound {
			pair.Token = l.TokenIP
		}
		g, _ := token.Find("/" + pair.Token + "/" + pair.Expires + "/")
		g.Token = pair.Token
		return offer{pair: pair, grant: g, expires: l.Seconds}
	}
	g := a.Grant
	if p.IPBound {
		g.Token = strings.Clone(a.TokenIP) // or all of the answer's text would be kept as long
	}
	o := offerOf(g)
	if g.Token == "" {
		o.pair.Token = "undefined"
	}
	return o
}

// insane tells what is wrong with an offer, by the server's clock. While that is
// not known, a grant that seems to have expired tells rather of a viewer's clock
// that is wrong, and is worth trying.
func (r *Refresher) insane(a *Answer, o *offer) string {
	life := o.grant.Life(r.now())
	held := r.held.grant
	switch {
	case a.Problem != nil:
		return a.Problem.Error()
	case o.grant.Token == "":
		return "token answer has no token for the viewer's address"
	case life <= 0 && r.server.known:
		return fmt.Sprintf("grant expired %v ago by the API's own clock: is the answer cached?", (-life).Round(time.Millisecond))
	case life > maxTimer:
		return fmt.Sprintf("grant expires in %.0f days, more than the 24.8 a timer can wait", life.Hours()/24)
	case o.grant == held:
		return "grant is the one already held: is the answer cached?"
	case o.grant.Expires < held.Expires && !r.refused:
		return fmt.Sprintf("grant expires %v before the one held", time.Duration(held.Expires-o.grant.Expires)*time.Second)
	}
	return ""
}
