package tune

import (
	"fmt"
	"strings"
	"time"

	"soak/refresher"
)

// Own is the policy name for what each integration does already: nothing changes but
// the lead and its jitter.
const Own = "own"

// Quick is the policy name for the smallest change that helps: a call is given up
// after four seconds and made again after one.
const Quick = "quick"

const (
	quickTimeout = 4 * time.Second
	quickRetry   = time.Second
	quickTries   = 5 // of the first call
)

// calling is an integration's policy that calls the way a name says, its hook and its
// rewriting left as they are.
func calling(name string, own refresher.Policy) (refresher.Policy, error) {
	switch name {
	case Own:
		return own, nil
	case Quick:
		own.Timeout, own.TimeoutShare = quickTimeout, 0
		own.Retry, own.RetryFactor, own.RetryMax, own.RetryJitter, own.RetryShare = quickRetry, 0, 0, 0, 0
		own.FirstTries = max(own.FirstTries, quickTries)
		own.Overlap, own.LooseRetry = false, false
		return own, nil
	}
	p, err := refresher.Builtin(name)
	if err != nil {
		return p, fmt.Errorf("%w; or %s (each integration's), %s (given up after %v, again after %v)", err, Own, Quick, quickTimeout, quickRetry)
	}
	p.Name, p.Hook, p.Rewrite, p.Seed, p.IPBound = own.Name, own.Hook, own.Rewrite, own.Seed, own.IPBound
	return p, nil
}

// policyOf is an integration's policy as a choice wants it.
func (ch Choice) policyOf(own refresher.Policy) (refresher.Policy, error) {
	p, err := calling(ch.Policy, own)
	if err != nil {
		return p, err
	}
	p = p.WithLead(ch.Lead.Duration())
	p.LeadShare, p.LeadJitter = 0, 0
	if ch.Jitter > 0 {
		p.LeadJitter = float64(ch.Jitter) / float64(ch.Lead)
	}
	return p, nil
}

// String is how people write a choice: TTL 60 s, lead 10 s.
func (ch Choice) String() string {
	parts := []string{"TTL " + ch.TTL.Words(), "lead " + ch.Lead.Words()}
	if ch.Jitter > 0 {
		parts = append(parts, "jitter "+ch.Jitter.Words())
	}
	return strings.Join(append(parts, ch.Policy), ", ")
}

// steps tells whether the closed form has all that a policy does: constant waits and
// timeouts. Of others it has the first.
func steps(p refresher.Policy) bool {
	return p.RetryFactor <= 1 && p.RetryJitter == 0 && (p.Timeout == 0 || p.TimeoutShare == 0)
}
