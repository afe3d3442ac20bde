package refresher

import (
	"math"
	"math/rand/v2"
	"time"
)

// maxTimer is the longest setTimeout: 2^31-1 ms, about 24.8 days.
const maxTimer = (1<<31 - 1) * time.Millisecond

// wait is the time from now to the call that goes out lead before expires (Unix
// seconds, as a script holds them: possibly NaN), but not less than floor:
//
//	setTimeout(refresh, max(floor, expires*1000 - Date.now() - lead))
//
// Math.max with a NaN is NaN, and setTimeout takes NaN for 0: that is the hot loop
// of a script whose API sent no usable expiry (H06).
func wait(expires float64, now time.Time, lead, floor time.Duration) time.Duration {
	return setTimeout(math.Max(milliseconds(floor), expires*1000-float64(now.UnixMilli())-milliseconds(lead)))
}

// setTimeout is what becomes of a script's delay in milliseconds: whole ones, and
// at once (1 ms) for NaN, for less than 1 and for more than fits 31 bits, as node
// does. Browsers keep the lower 32 bits instead, which for a delay too long may be
// at once or any time within 24.8 days; that is not reproduced.
func setTimeout(ms float64) time.Duration {
	if !(ms >= 1 && ms <= milliseconds(maxTimer)) {
		return time.Millisecond
	}
	return time.Duration(ms) * time.Millisecond
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// jitteredLead is the lead for a grant with that much life, made longer at random.
func (p *Policy) jitteredLead(life time.Duration, rng *rand.Rand) time.Duration {
	lead := p.leadFor(life)
	if p.LeadJitter > 0 {
		lead += time.Duration(p.LeadJitter * rng.Float64() * float64(lead))
	}
	return lead
}

// backoff is the wait after so many failures in a row, 1 or more; left is the life
// of the grant held, not positive when there is none; after is the server's
// Retry-After. Without a Retry (first calls only) the Floor takes its place.
func (p *Policy) backoff(failures int, left, after time.Duration, rng *rand.Rand) time.Duration {
	base := p.Retry
	if base == 0 {
		base = p.Floor
	}
	d := float64(base) * math.Pow(max(p.RetryFactor, 1), float64(failures-1))
	if p.RetryMax > 0 {
		d = min(d, float64(p.RetryMax))
	}
	if p.RetryShare > 0 && left > 0 {
		d = min(d, max(p.RetryShare*float64(left), float64(p.Floor)))
	}
	d = min(d, float64(maxTimer))
	jitter := 0.0
	if p.RetryJitter > 0 {
		jitter = p.RetryJitter * rng.Float64()
	}
	if p.RetryAfter && float64(after) > d {
		// Told when to come back, viewers must not all come back at that instant.
		return min(after, maxTimer) + time.Duration(jitter*d)
	}
	return max(time.Duration(d-jitter*d), time.Millisecond)
}

// limit is the timeout of a call: 0 is none. lead is that of the grant held, 0
// before there is one; slowest is the longest time that an answer has taken;
// timeouts counts the calls in a row that met their limit.
func (p *Policy) limit(first bool, lead, slowest time.Duration, timeouts int) time.Duration {
	if p.Timeout == 0 || p.TimeoutShare == 0 || first {
		return p.Timeout
	}
	share := max(time.Duration(p.TimeoutShare*float64(lead)), time.Second, 2*slowest)
	return min(share<<min(timeouts, 20), p.Timeout)
}
