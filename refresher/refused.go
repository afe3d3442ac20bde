package refresher

import (
	"time"

	"soak/qoe"
)

// refusals is what a refresher that reacts to an edge's refusals remembers.
type refusals struct {
	waiting []func(again bool) // requests that wait for the call under way
	last    time.Time          // of the last call made for a refusal
	refused bool               // the edge has turned the grant held down
}

// Refused tells that the edge answered 401, 403 or 410 to url, as rewritten. A
// policy that reacts makes one call, shared by all requests refused meanwhile, and
// calls retry(true) once the request would go out with another grant; if that
// cannot be, retry(false). Other policies call retry(false) at once. After Stop
// retry may never be called.
//
// A refusal does not shorten a back-off after failed calls, and calls made for
// refusals keep Floor apart: an edge that refuses every token must not turn its
// viewers against the token API.
func (r *Refresher) Refused(url string, retry func(again bool)) {
	if r.stopped || r.policy.Refusal != RefreshRefusal {
		retry(false)
		return
	}
	if fresh, g := r.state.Rewrite(url); fresh != url {
		retry(true) // another grant has come in the meantime
		return
	} else if g.IsZero() || g != r.held.grant {
		retry(false) // not ours to replace
		return
	}
	r.refused = true
	if len(r.flights) == 0 && !r.mayCallForRefusal() {
		retry(false)
		return
	}
	r.waiting = append(r.waiting, retry)
	if len(r.flights) == 0 {
		r.last = r.clock.Now()
		r.call(qoe.AfterRefusal)
	}
}

func (r *Refresher) mayCallForRefusal() bool {
	since := r.clock.Now().Sub(r.last)
	return r.failures == 0 && (r.last.IsZero() || since < 0 || since >= r.policy.Floor)
}

// settle answers the requests that waited for a call.
func (r *Refresher) settle(again bool) {
	waiting := r.waiting
	r.waiting = nil
	for _, retry := range waiting {
		retry(again)
	}
}
