package player

import (
	"math"
	"time"
)

// ewma is an exponentially weighted mean whose weights are seconds, corrected for
// its start from zero (src/utils/ewma.ts).
type ewma struct{ halfLife, estimate, weight float64 }

func (e *ewma) sample(weight, value float64) {
	a := exp2(-weight / e.halfLife)
	e.estimate = value*(1-a) + a*e.estimate
	e.weight += weight
}

func (e *ewma) value() float64 {
	if e.weight > 54*e.halfLife { // what is left of the start rounds to nothing
		return e.estimate
	}
	if zero := 1 - exp2(-e.weight/e.halfLife); zero > 0 {
		return e.estimate / zero
	}
	return e.estimate
}

// exp2 is math.Exp2 to the last bit, for the small negative numbers that halves are made
// of without what it does for others: the exponent just goes into its place. The
// polynomial is FreeBSD's (e_exp.c), as there.
func exp2(x float64) float64 {
	if !(x > -1000 && x <= 0) {
		return math.Exp2(x)
	}
	const (
		ln2Hi = 6.93147180369123816490e-01
		ln2Lo = 1.90821492927058770002e-10
		p1    = 1.66666666666666657415e-01
		p2    = -2.77777777770155933842e-03
		p3    = 6.61375632143793436117e-05
		p4    = -1.65339022054652515390e-06
		p5    = 4.13813679705723846039e-08
	)
	k := int(x - 0.5)
	t := x - float64(k)
	hi, lo := t*ln2Hi, -t*ln2Lo
	r := hi - lo
	t = r * r
	c := r - t*(p1+t*(p2+t*(p3+t*(p4+t*p5))))
	y := 1 - ((lo - (r*c)/(2-c)) - hi)
	return y * math.Float64frombits(uint64(k+1023)<<52)
}

// bandwidth estimates bit/s as the lesser of a fast and a slow mean, so that it
// falls quickly and rises slowly, and the time to the first byte
// (src/utils/ewma-bandwidth-estimator.ts).
type bandwidth struct {
	fast, slow, ttfb ewma
	initial          float64 // bit/s until something was measured
	cached           float64 // of estimate; 0 when stale
	cachedTTFB       time.Duration
}

// minWeight is how much must have been measured before an estimate counts, in s.
const minWeight = 0.001

func newBandwidth(fast, slow, initial float64) bandwidth {
	return bandwidth{fast: ewma{halfLife: fast}, slow: ewma{halfLife: slow}, ttfb: ewma{halfLife: slow}, initial: initial}
}

// halfLives changes to those of live or VOD without forgetting.
func (b *bandwidth) halfLives(fast, slow float64) {
	if b.fast.halfLife != fast || b.slow.halfLife != slow {
		b.fast.halfLife, b.slow.halfLife, b.ttfb.halfLife, b.cached = fast, slow, slow, 0
		b.cachedTTFB = 0
	}
}

func (b *bandwidth) sample(took time.Duration, bytes int64) {
	if bytes <= 0 {
		return
	}
	ms := max(float64(took)/1e6, min(50, float64(bytes)/1e5))
	s := ms / 1000
	b.fast.sample(s, 8*float64(bytes)/s)
	b.slow.sample(s, 8*float64(bytes)/s)
	b.cached = 0
}

func (b *bandwidth) sampleTTFB(took time.Duration) {
	s := took.Seconds()
	b.ttfb.sample(math.Sqrt2*math.Exp(-s*s/2), max(s*1000, 5))
	b.cachedTTFB = 0
}

func (b *bandwidth) measured() bool { return b.fast.weight >= minWeight }

func (b *bandwidth) estimate() float64 {
	if !b.measured() {
		return b.initial
	}
	if b.cached == 0 {
		b.cached = min(b.fast.value(), b.slow.value())
	}
	return b.cached
}

// firstByte is the expected time to the first byte.
func (b *bandwidth) firstByte() time.Duration {
	if b.ttfb.weight < minWeight {
		return millis(defaultTTFB)
	}
	if b.cachedTTFB == 0 {
		b.cachedTTFB = millis(b.ttfb.value())
	}
	return b.cachedTTFB
}
