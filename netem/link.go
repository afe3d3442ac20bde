package netem

import (
	"math"
	"math/rand/v2"
	"sort"
	"time"
)

// Packet sizes of the measured links: an Ethernet frame of 1514 bytes carries
// 1448 bytes of TCP payload (IPv4, time stamps).
const (
	payload = 1448
	frame   = 1514
)

// unlimited is the rate of a link without steps, in bytes a second: any real
// transfer takes less than a microsecond, and the arithmetic stays finite.
const unlimited = 1e15

// instant is nanoseconds since the link's start. Plain integers keep the model's
// arithmetic exact and cheap.
type instant int64

// never is later than any run, yet leaves room to add to it.
const never instant = math.MaxInt64 / 4

// after is when n bytes begun at t are through at rate; rounded up, so that they
// are through when the clock shows it.
func (t instant) after(n, rate float64) instant {
	ns := n / rate * 1e9
	if !(ns < float64(never)) {
		return never
	}
	whole := instant(ns)
	if float64(whole) < ns { // math.Ceil may be a call, around which all else is put by
		whole++
	}
	return min(t+whole, never)
}

// seconds is time.Duration's Seconds, in fewer steps for less than one.
func seconds(d instant) float64 {
	if 0 <= d && d < instant(time.Second) {
		return float64(d) / 1e9
	}
	return time.Duration(d).Seconds()
}

// least is the lesser of two numbers. The built-in min minds NaN and negative zero, of
// which there are none here, in five times the steps.
func least(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

// link is the rate over time that transfers see: payload bytes a second.
type link struct {
	ends   []instant // of each step, within a cycle
	rates  []float64
	cycle  instant
	bytes  float64 // that one cycle carries
	offset instant // where in the cycle time 0 lies

	// The step looked at last; time mostly moves on within it.
	rate     float64
	from, to instant

	// How much was carried last where the rate never changes, and how long that took:
	// requests are mostly alike. Where it does, load is not a number, which is like none.
	load float64
	took instant
}

// newLink draws where to enter the steps, if the profile says so. Lost packets
// have used the link too, so loss lowers what arrives.
func newLink(p Profile, rng *rand.Rand) link {
	if len(p.Steps) == 0 {
		return link{rate: unlimited, from: math.MinInt64, to: never}
	}
	goodput := 1000.0 / 8 * payload / frame * (1 - p.Loss)
	if len(p.Steps) == 1 {
		return link{rate: p.Steps[0].Kbps * goodput, from: math.MinInt64, to: never}
	}
	l := link{load: math.NaN()}
	for _, s := range p.Steps {
		l.cycle += instant(s.For)
		l.ends = append(l.ends, l.cycle)
		l.rates = append(l.rates, s.Kbps*goodput)
		l.bytes += s.Kbps * goodput * s.For.Seconds()
	}
	if p.Scatter {
		l.offset = instant(rng.Int64N(int64(l.cycle)))
	}
	return l
}

// at is the rate at t and when it changes next.
func (l *link) at(t instant) (rate float64, until instant) {
	if t < l.from || t >= l.to {
		l.seek(t)
	}
	return l.rate, l.to
}

func (l *link) seek(t instant) {
	inCycle := (t + l.offset) % l.cycle
	begin := t - inCycle
	i := sort.Search(len(l.ends), func(i int) bool { return l.ends[i] > inCycle })
	l.rate, l.from, l.to = l.rates[i], begin, begin+l.ends[i]
	if i > 0 {
		l.from += l.ends[i-1]
	}
}

// up is the end of the outage at t; t if there is none.
func (l *link) up(t instant) instant {
	if l.rate > 0 && t >= l.from && t < l.to {
		return t
	}
	return l.carryAnother(t, 0)
}

// carry is when n bytes that enter an otherwise idle link at t are through.
func (l *link) carry(t instant, n float64) instant {
	if n != l.load {
		return l.carryAnother(t, n)
	}
	return min(t+l.took, never)
}

// carryAnother is carry of other than was carried last.
func (l *link) carryAnother(t instant, n float64) instant {
	if l.cycle == 0 {
		l.load, l.took = n, instant(0).after(n, l.rate)
		return min(t+l.took, never)
	}
	if l.bytes > 0 && n > l.bytes {
		cycles := math.Floor(n / l.bytes)
		if cycles*float64(l.cycle) > float64(never) {
			return never
		}
		t, n = t+instant(cycles)*l.cycle, n-cycles*l.bytes
	}
	for t < never {
		rate, until := l.at(t)
		if rate > 0 {
			end := t.after(n, rate)
			if end <= until {
				return end
			}
			n -= rate * time.Duration(until-t).Seconds()
		}
		t = until
	}
	return never
}

// usual is the mean rate while the link is up.
func (l *link) usual() float64 {
	if l.cycle == 0 {
		return l.rate
	}
	var up instant
	for i, rate := range l.rates {
		if rate > 0 {
			up += l.ends[i]
			if i > 0 {
				up -= l.ends[i-1]
			}
		}
	}
	return l.bytes / time.Duration(up).Seconds()
}
