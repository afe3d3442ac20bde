package tune

import (
	"fmt"
	"time"

	"soak/lab"
)

// Law is how a token API answers the calls of one viewer, independently of each other.
type Law struct {
	// Latency is the time from a viewer's timer to the answer, failed calls included.
	Latency lab.Distribution `json:"latency"`
	// Failures is the share of calls that fail, from 0 to below 1.
	Failures float64 `json:"failures"`
	// Hangs is the share of calls that are never answered; Failures are not among them.
	Hangs float64 `json:"hangs,omitempty"`
}

// Cycle is what a viewer lives through from one token to the next: a timer fires Lead
// before expiry, calls are made until one succeeds, and requests go on all the while.
type Cycle struct {
	Law
	TTL   time.Duration `json:"ttl"`
	Lead  time.Duration `json:"lead"`
	Floor time.Duration `json:"floor"` // shortest wait from a token received to the next call
	// Retry is the wait after a failed call, 10ms or more.
	Retry time.Duration `json:"retry"`
	// Timeout ends a call, which has failed then. 0: none.
	Timeout time.Duration `json:"timeout,omitempty"`

	// Every is the time from one request to the next; their phase is uniform.
	Every time.Duration `json:"every"`
	// Travel is how long a request is under way from being written to being judged.
	Travel time.Duration `json:"travel,omitempty"`
	// Skew is how far the viewer's clock is behind the edge's; negative: ahead.
	Skew time.Duration `json:"skew,omitempty"`
	// Grace is how long the edge takes a token that has expired.
	Grace time.Duration `json:"grace,omitempty"`

	// Whole is an edge that looks at the token during the whole transfer, which takes
	// Transfer. False: at the request only.
	Whole    bool             `json:"whole,omitempty"`
	Transfer lab.Distribution `json:"transfer,omitzero"`
}

// Validate tells what of a cycle cannot be computed.
func (c Cycle) Validate() error {
	switch {
	case !(c.Failures >= 0 && c.Hangs >= 0 && c.Failures+c.Hangs < 1):
		return fmt.Errorf("failures %v, hangs %v: use shares from 0 to below 1 together", c.Failures, c.Hangs)
	case c.TTL <= 0 || c.TTL > 24*time.Hour:
		return fmt.Errorf("ttl %v: use more than 0s, up to 24h", c.TTL)
	case c.Lead < 0 || c.Floor < 0 || c.Timeout < 0 || c.Travel < 0 || c.Grace < 0:
		return fmt.Errorf("lead %v, floor %v, timeout %v, travel %v, grace %v: none may be negative", c.Lead, c.Floor, c.Timeout, c.Travel, c.Grace)
	case c.Retry < cell:
		return fmt.Errorf("retry %v: use %v or more", c.Retry, cell)
	case c.Every <= 0:
		return fmt.Errorf("every %v: use more than 0s", c.Every)
	case c.Every > c.TTL:
		return fmt.Errorf("every %v: use at most the ttl, %v", c.Every, c.TTL)
	}
	return nil
}

// Slack is the wait for a token that does no harm: the lead, shortened by what the
// refresher, the viewer's clock and the way to the edge take from it. Where the lead is
// longer than the life, that an expiry is in whole seconds costs up to one more.
func (c Cycle) Slack() time.Duration {
	return min(c.Lead, c.TTL-c.Floor) - c.Skew - c.Travel + c.Grace
}

// Length is the mean time from one token to the next.
func (c Cycle) Length() time.Duration { return c.length(c.Wait()) }

func (c Cycle) length(wait time.Duration) time.Duration { return max(c.TTL-c.Lead, c.Floor) + wait }

// CallsPerHour is what one viewer costs the token API.
func (c Cycle) CallsPerHour() float64 { return c.callsPerHour(c.Wait()) }

func (c Cycle) callsPerHour(wait time.Duration) float64 {
	return time.Hour.Seconds() / c.length(wait).Seconds() / (1 - c.lost())
}

// Wait is the mean time from the timer to the token: a call takes until its answer or
// its timeout, and each that fails costs the retry's wait too.
func (c Cycle) Wait() time.Duration {
	lost := c.lost()
	call := c.mean()
	return seconds((call + lost*c.Retry.Seconds()) / (1 - lost))
}

// lost is the share of calls that end without a token. Those that hang without a
// timeout do not end.
func (c Cycle) lost() float64 {
	if c.Timeout == 0 {
		return c.Failures
	}
	return 1 - (1-c.Failures-c.Hangs)*c.Latency.CDF(c.Timeout)
}

// mean is how long a call takes on average, in seconds: the integral of P(D > x) up to
// the timeout, or to where nothing is left. Calls that hang without a timeout are left
// out.
func (c Cycle) mean() float64 {
	sum := 0.0
	for x := time.Duration(0); c.Timeout == 0 || x < c.Timeout; x += cell {
		step := cell
		if c.Timeout > 0 {
			step = min(step, c.Timeout-x)
		}
		left := 1 - c.Latency.CDF(x)
		if left < 1e-12 {
			break
		}
		sum += step.Seconds() * (left + 1 - c.Latency.Below(x+step)) / 2
	}
	if c.Timeout > 0 {
		return (1-c.Hangs)*sum + c.Hangs*c.Timeout.Seconds()
	}
	return sum
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
