package telemetry

import "math"

// An exponential histogram's buckets grow by 2^(1/8), 9 %; values are exact to 1 %
// before they are put into them.
const (
	Schema        = 3
	ZeroThreshold = 1e-7 // s: less than a microsecond, which durations are counted in
)

// Exponential is a histogram's counts in buckets that grow with their values, as
// Prometheus' native histograms have them: bucket i ends at 2^(i/2^Schema) seconds,
// which belong to it, and begins where the one before ends.
type Exponential struct {
	Positive, Negative map[int]int64 // by index; of negative values without their sign
	Zero               uint64
}

// Exponential is the point's distribution.
func (p *Point) Exponential() Exponential {
	e := Exponential{Positive: map[int]int64{}, Negative: map[int]int64{}}
	p.Sketch.Each(func(v float64, n int64) {
		switch {
		case v > 0:
			e.Positive[index(v)] += n
		case v < 0:
			e.Negative[index(-v)] += n
		default:
			e.Zero += uint64(n)
		}
	})
	return e
}

// index is the bucket of a value above 0.
func index(v float64) int { return int(math.Ceil(math.Log2(v) * (1 << Schema))) }

// upTo are how many values do not exceed each of the bounds, which ascend.
func (p *Point) upTo(bounds []float64) map[float64]uint64 {
	counts := make(map[float64]uint64, len(bounds))
	sum, at := uint64(0), 0
	p.Sketch.Each(func(v float64, n int64) {
		for ; at < len(bounds) && bounds[at] < v; at++ {
			counts[bounds[at]] = sum
		}
		sum += uint64(n)
	})
	for ; at < len(bounds); at++ {
		counts[bounds[at]] = sum
	}
	return counts
}
