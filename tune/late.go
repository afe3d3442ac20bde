package tune

import "time"

// Late is the probability that a cycle's token comes after the old one has died where
// the edge looks: what refuses a request if one is made meanwhile, and so a bound of
// [Cycle.Expired] however dense requests are. An edge that looks at the whole transfer
// breaks off one that is under way then.
func (c Cycle) Late() float64 {
	slack := c.Slack()
	return c.late(c.waiting(slack), slack)
}

// late is Late where W is known up to slack.
func (c Cycle) late(w waiting, slack time.Duration) float64 {
	if !c.Whole {
		return 1 - w.cdf(slack)
	}
	sum := 0.0
	for _, s := range c.Transfer.Quantiles(transfers) {
		sum += 1 - w.cdf(slack-s)
	}
	return sum / transfers
}

// transfers is how many lengths of a transfer stand for all.
const transfers = 40
