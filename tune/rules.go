package tune

import (
	"fmt"
	"time"

	"soak/refresher"
)

// breath is how long a token must be left alone: with less, calls follow one another
// at once, which is a storm of its own.
const breath = 5 * time.Second

// tooLong tells whether a cell was ruled out for a lead that is too long for its TTL.
func (t *trial) tooLong() bool { return t.TTL-t.Lead-t.Jitter < Seconds(breath) }

// ruledOut tells why a choice need not be tried; empty: it has to be.
func (c Config) ruledOut(ch Choice) string {
	switch {
	case ch.TTL-ch.Lead-ch.Jitter < Seconds(breath):
		return fmt.Sprintf("lead and jitter leave less than %v of the token's life", breath)
	case ch.Jitter > 10*ch.Lead:
		return "jitter is more than ten times the lead"
	case c.Outage > 0 && c.hangs(ch):
		return fmt.Sprintf("an outage of %v may leave calls without an answer, and not all integrations give these up by themselves", c.Outage)
	case c.Outage > 0 && ch.Lead < c.outlasting(ch):
		return fmt.Sprintf("an outage of %v takes a lead of %v: the next try after it comes up to %v later", c.Outage, c.outlasting(ch), c.outlasting(ch)-c.Outage-c.Skew)
	}
	return ""
}

// hangs tells whether somebody waits for ever for a call that is never answered: no
// lead outlasts that.
func (c Config) hangs(ch Choice) bool {
	for i := range c.Scenario.Viewers.Mix {
		k := &c.Scenario.Viewers.Mix[i]
		p, err := calling(ch.Policy, k.Policy)
		if err == nil && p.Timeout == 0 && k.Leech == nil && k.Idle() == "" {
			return true
		}
	}
	return false
}

// outlasting is the lead with which nobody notices an outage: its length, the longest
// wait from its end to the next call, and what a clock may be behind.
func (c Config) outlasting(ch Choice) Seconds {
	longest := time.Duration(0)
	for i := range c.Scenario.Viewers.Mix {
		p, err := calling(ch.Policy, c.Scenario.Viewers.Mix[i].Policy)
		if err != nil {
			continue // Validate has told
		}
		longest = max(longest, retryAfter(p, c.Outage.Duration())+p.Timeout)
	}
	return (c.Outage + c.Skew + Seconds(longest)).up()
}

// retryAfter is the longest wait between two calls of a policy when all have failed for
// so long.
func retryAfter(p refresher.Policy, outage time.Duration) time.Duration {
	wait := p.Retry
	if wait == 0 {
		return max(p.Floor, time.Millisecond)
	}
	for passed := wait; passed < outage && p.RetryFactor > 1; passed += wait {
		wait = time.Duration(float64(wait) * p.RetryFactor)
		if p.RetryMax > 0 && wait >= p.RetryMax {
			return p.RetryMax
		}
	}
	return wait
}

// up is the next whole second.
func (s Seconds) up() Seconds {
	const one = Seconds(time.Second)
	return (s + one - 1) / one * one
}
