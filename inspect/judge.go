package inspect

import (
	"fmt"
	"time"

	"soak/manifest"
	"soak/refresher"
	"soak/token"
)

// Fault is what is wrong with a request.
type Fault string

// Faults.
const (
	Stale   Fault = "stale"   // goes out with a token that is no longer refreshed
	Missing Fault = "missing" // goes out without a token
	Foreign Fault = "foreign" // takes the token to another host, in place of that host's own
	Broken  Fault = "broken"  // something that is no token was replaced
)

// Problem is one kind of request that would go wrong.
type Problem struct {
	Integration
	Hazard    string `json:"hazard,omitempty"` // "H13"; empty where the list has none
	Request   Kind   `json:"request"`
	Fault     Fault  `json:"fault"`
	Refreshes int    `json:"refreshes"` // how many it takes
	Text      string `json:"text"`      // one line, no token
	URL       string `json:"url"`       // an example, tokens hashed
	Count     int    `json:"count"`     // how many children it concerns

	child map[*Child]bool
}

// judge rewrites a URL as it is dispatched after that many refreshes, and notes
// what is wrong with it. from is nil for the URL that playback begins with.
func (r *replay) judge(kind Kind, address string, epoch int, from *link) (string, Fault) {
	dispatched := address
	// Until its first refresh the plugin holds what it found in the URL.
	if !r.blind(kind) && (epoch > 0 || r.Rewrite != refresher.RewriteOriginal) {
		dispatched = r.rewriter.Rewrite(address, r.grants[epoch])
	}
	p := Problem{Integration: r.Integration, Request: kind, Refreshes: epoch, URL: Shown(dispatched)}
	if mine, ok := r.grants.carried(address); ok {
		r.judgeMine(&p, address, dispatched, mine, epoch)
	} else if own, ok := looseFind(address); ok {
		r.judgeOwn(&p, dispatched != address, own, epoch, from)
	} else {
		r.judgeBare(&p, address, epoch, from)
	}
	if p.Fault != "" {
		r.note(p, from)
	}
	return dispatched, p.Fault
}

// blind tells whether a player's hooks do not see such a request: dash.js asks the
// clock with a fetch of its own (players' hazard H43).
func (r *replay) blind(kind Kind) bool {
	return kind == TimeServer && r.Hook != refresher.TransportHook
}

// judgeMine judges a URL that carries one of the grants.
func (r *replay) judgeMine(p *Problem, address, dispatched string, mine, epoch int) {
	switch dispatched {
	case Replace(address, r.grants[mine], r.grants[epoch]):
		return
	case address:
		p.Fault = Stale
		p.Hazard, p.Text = r.whyStale(p.Request, address, mine)
	default:
		p.Fault, p.Hazard = Broken, "H16"
		p.Text = "the players' pattern meets something else first, and replaces that in place of the token"
	}
}

// whyStale tells why the pair in a URL was not replaced.
func (r *replay) whyStale(kind Kind, address string, mine int) (hazard, why string) {
	keeps := fmt.Sprintf("keeps T%d for ever", mine+1)
	switch found, ok := token.Find(address); {
	case r.Rewrite == refresher.RewriteNever:
		return "H15", keeps + ": no URL is rewritten"
	case r.blind(kind):
		return "H43", keeps + ": dash.js asks for it behind the back of its hooks"
	case !ok && r.grants[mine].Expires >= 2_000_000_000:
		return "H20", keeps + ": the players' pattern knows no expiry from 2033-05-18 on"
	case !ok:
		return "H18", keeps + ": the players' pattern does not recognize such a token"
	case found != r.grants[mine]:
		return "H16", keeps + ": the players' pattern takes something else for the token"
	case r.format == manifest.HLS:
		return "H13", keeps + ": its playlist was first loaded under it, and only T1 is replaced"
	}
	return "H14", keeps + ": the MPD is asked for again where it last came from, and only T1 is replaced"
}

// judgeOwn judges a URL with a pair that is not one of the grants.
func (r *replay) judgeOwn(p *Problem, rewritten bool, own token.Grant, epoch int, from *link) {
	redirected := originOf(from) == "H22"
	foreign := !r.sameHost(p.URL)
	switch {
	case rewritten && foreign && redirected:
		p.Fault, p.Hazard = Foreign, "H22"
		p.Text = fmt.Sprintf("%s, where a redirect led, gets T%d in place of its own token", hostOf(p.URL), epoch+1)
	case rewritten && foreign:
		p.Fault, p.Hazard = Foreign, "H17"
		p.Text = fmt.Sprintf("%s gets T%d in place of what its URL said", hostOf(p.URL), epoch+1)
	case rewritten || own.Expires < r.now || from == nil || epoch <= from.from.epoch || chained(from):
		return
	case r.Rewrite == refresher.RewriteNever:
		p.Fault, p.Hazard = Stale, "H15"
		p.Text = "keeps the token it was given: no URL is rewritten"
	default:
		p.Fault, p.Hazard = Stale, "H21"
		if redirected {
			p.Hazard = "H22"
		}
		p.Text = fmt.Sprintf("keeps a token of its own (#%s, until %s): only T1 is replaced",
			token.Hash(own.Token), time.Unix(own.Expires, 0).UTC().Format("15:04:05Z"))
	}
}

// chained tells whether each load of an MPD brings the URL of the next, with a
// token of its own in it.
func chained(from *link) bool {
	return from.child != nil && (from.child.Kind == Location || from.child.Kind == Patch) && hasPair(from.child)
}

// hasPair tells whether the manifest itself wrote a pair into a reference.
func hasPair(c *Child) bool {
	if _, ok := looseFind(c.Ref.URI + "/"); ok {
		return true
	}
	for _, b := range c.Ref.Bases {
		if _, ok := looseFind(b + "/"); ok {
			return true
		}
	}
	return false
}

// judgeBare judges a URL without a pair in its path.
func (r *replay) judgeBare(p *Problem, address string, epoch int, from *link) {
	switch {
	case QueryToken(address):
		if epoch == 0 {
			return
		}
		p.Fault, p.Hazard = Stale, "H19"
		p.Text = "its token is in the query, which is never rewritten"
	case from == nil, from.child == nil, from.child.Open, !r.sameHost(address), from.child.Kind == TimeServer && r.offline(from):
		return
	case QueryToken(from.from.base):
		p.Fault, p.Hazard = Missing, "H19"
		p.Text = "a relative URL does not inherit the query that holds its parent's token"
	default:
		p.Fault = Missing
		p.Text = "goes out without the token that its parent has"
	}
}

// offline tells whether nothing could be asked of the server: a clock that has no
// token is then taken to be open.
func (r *replay) offline(from *link) bool { return from.from.page.Local }

// note adds a problem, or counts it where the like of it is known.
func (r *replay) note(p Problem, from *link) {
	var c *Child
	count := 1
	if from != nil && from.child != nil {
		c, count = from.child, from.child.Count
	}
	for i := range r.problems {
		if q := &r.problems[i]; q.Hazard == p.Hazard && q.Request == p.Request && q.Fault == p.Fault {
			if !q.child[c] {
				q.child[c] = true
				q.Count += count
			}
			return
		}
	}
	p.Count, p.child = count, map[*Child]bool{c: true}
	r.problems = append(r.problems, p)
}
