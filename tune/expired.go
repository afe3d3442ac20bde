package tune

import "time"

// Expired is the probability that an edge refuses at least one request of a cycle for
// its token. It is right to some 1e-14, below which it is 0.
func (c Cycle) Expired() float64 {
	slack := c.Slack()
	w := c.waiting(slack + c.Every)
	if c.Whole {
		return max(0, c.brokenOff(w, slack))
	}
	return max(0, w.excess(slack, slack+c.Every)/c.Every.Seconds())
}

// phases is how many offsets of the requests against the expiry are looked at.
const phases = 400

// brokenOff is Expired for an edge that looks at the whole transfer. Let the requests
// begin at offset + k × Every before the expiry, as the edge sees it, and one more
// after it. With m the first of them that carries the old token, those from m on pass
// if their transfers end in time; the one after the expiry needs the new token.
func (c Cycle) brokenOff(w waiting, slack time.Duration) float64 {
	hit := 0.0
	for i := range phases {
		offset := c.Every * time.Duration(2*i+1) / (2 * phases)
		through, pass := 1.0, 0.0
		for m := int(c.TTL / c.Every); m >= 0; m-- {
			early := offset + time.Duration(m)*c.Every
			through *= c.Transfer.CDF(early)
			pass += through * (w.cdf(slack+c.Every-early) - w.cdf(slack-early))
		}
		hit += 1 - pass
	}
	return hit / phases
}
