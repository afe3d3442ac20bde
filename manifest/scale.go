package manifest

import (
	"math"
	"math/bits"
	"time"
)

// maxTime bounds every duration and presentation time: 100 years. Live MPDs that
// count from 1970 need half of it; the sum of two still fits a time.Duration.
const maxTime = 100 * 365 * 24 * time.Hour

// maxNumber bounds segment numbers, so that adding to them cannot overflow.
const maxNumber = 1 << 53

// ticks is v units of 1/scale seconds. It rounds up to the nanosecond, so that a
// segment's start, turned back into units with [units], never falls before it.
// Values beyond maxTime come back as maxTime.
func ticks(v, scale int64) time.Duration {
	if v < 0 {
		return -floorTicks(uint64(-(v+1))+1, scale)
	}
	d := floorTicks(uint64(v), scale)
	if d < maxTime && units(d, scale) < v {
		d++
	}
	return d
}

func floorTicks(v uint64, scale int64) time.Duration {
	hi, lo := bits.Mul64(v, uint64(time.Second))
	if hi >= uint64(scale) {
		return maxTime
	}
	q, _ := bits.Div64(hi, lo, uint64(scale))
	return time.Duration(min(q, uint64(maxTime)))
}

// units is how many whole units of 1/scale seconds are in d, rounded down;
// saturated at the ends of int64.
func units(d time.Duration, scale int64) int64 {
	if d < 0 {
		hi, lo := bits.Mul64(uint64(-d), uint64(scale))
		if hi >= uint64(time.Second) {
			return math.MinInt64
		}
		q, r := bits.Div64(hi, lo, uint64(time.Second))
		if r > 0 {
			q++
		}
		return -int64(min(q, math.MaxInt64))
	}
	hi, lo := bits.Mul64(uint64(d), uint64(scale))
	if hi >= uint64(time.Second) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(time.Second))
	return int64(min(q, math.MaxInt64))
}
