package qoe

import (
	"math"
	"time"
)

// Herd is how calls of the token API came together. Viewers' first calls are left
// out where it says refreshes: their crowd is the audience's arrival, and nothing
// in the player can spread it.
type Herd struct {
	// Burst is the greatest number of calls in a window of 10 ms (wider in runs over
	// an hour), which began at BurstAt.
	Burst       int64   `json:"burst"`
	BurstAt     float64 `json:"burstAtSeconds"`
	BurstMillis int64   `json:"burstMillis"`

	Refreshes int64   `json:"refreshes"`
	Peak      float64 `json:"peakPerSecond"` // of refreshes
	PeakAt    int64   `json:"peakAtSeconds"` // when that second began
	Mean      float64 `json:"meanPerSecond"` // of refreshes, from the first one to the end of the run
	Factor    float64 `json:"factor"`        // Peak / Mean
	Cycle     float64 `json:"cycleSeconds"`  // after which refreshes come together again; 0: they do not
	Persists  float64 `json:"persistence"`   // autocorrelation at Cycle, 0 to 1: how much of the crowd is back
	Outage    *Outage `json:"outage,omitempty"`
}

// Herd looks for crowds among the calls of the token API.
func (s *Summary) Herd() Herd {
	h := Herd{}
	burst, at, width := s.Bursts.Peak()
	h.Burst, h.BurstAt, h.BurstMillis = burst, at.Seconds(), width.Milliseconds()
	calls := s.Timeline.refreshes()
	for _, n := range calls.counts {
		h.Refreshes += n
	}
	if h.Refreshes > 0 {
		peak, i := calls.peak()
		h.Peak, h.PeakAt = calls.rate(peak), calls.second(i)
		h.Mean = float64(h.Refreshes) / float64(int64(len(calls.counts))*calls.width)
		h.Factor = h.Peak / h.Mean
		lag, r := calls.cycle()
		h.Cycle, h.Persists = float64(int64(lag)*calls.width), r
	}
	h.Outage = s.Timeline.outage()
	return h
}

// series are counts of refreshes in buckets of so many seconds.
type series struct {
	first  int64 // bucket of the timeline with which it begins
	width  int64
	counts []int64
}

func (b Bucket) refreshes() int64 { return b.TokenCalls - b.FirstCalls }

// refreshes are counted from the first one to the end of the run.
func (t *Timeline) refreshes() series {
	for i, b := range t.Buckets {
		if b.refreshes() > 0 {
			return t.between(i, len(t.Buckets))
		}
	}
	return series{width: t.Seconds}
}

func (t *Timeline) between(from, to int) series {
	s := series{first: int64(from), width: t.Seconds, counts: make([]int64, to-from)}
	for i := range s.counts {
		s.counts[i] = t.Buckets[from+i].refreshes()
	}
	return s
}

func (s series) peak() (count int64, at int) {
	for i, n := range s.counts {
		if n > count {
			count, at = n, i
		}
	}
	return count, at
}

func (s series) rate(count int64) float64 { return float64(count) / float64(s.width) }

func (s series) second(i int) int64 { return (s.first + int64(i)) * s.width }

// maxLag bounds the cycles looked for: a quarter of an hour in buckets of a
// second.
const maxLag = 900

// cycle finds the lag at which the counts are most like themselves, of those
// beyond the crowd's own width, and their autocorrelation there. At least two
// cycles must have been seen. Of cycles about as good, which multiples of one are,
// it is the shortest.
func (s series) cycle() (lag int, r float64) {
	n := len(s.counts)
	mean, variance := 0.0, 0.0
	for _, c := range s.counts {
		mean += float64(c) / float64(n)
	}
	for _, c := range s.counts {
		variance += (float64(c) - mean) * (float64(c) - mean) / float64(n)
	}
	if variance == 0 {
		return 0, 0
	}
	beyond := false
	var found []float64 // by lag; 0 within the crowd's own width
	for l := 0; l <= min(n/2, maxLag); l++ {
		sum := 0.0
		for i := 0; i+l < n; i++ {
			sum += (float64(s.counts[i]) - mean) * (float64(s.counts[i+l]) - mean)
		}
		v := sum / float64(n-l) / variance
		beyond = beyond || v <= 0
		if !beyond {
			v = 0
		}
		found = append(found, v)
		r = max(r, v)
	}
	for l, v := range found {
		if v > 0 && v >= 0.9*r && (l+1 == len(found) || v >= found[l+1]) {
			return l, min(v, 1)
		}
	}
	return 0, 0
}

// Spread is the jitter that spreads a herd, reckoned from the calls that were
// observed: each refresh is moved to anywhere within Jitter before its time.
type Spread struct {
	Limit  float64       // calls in a second
	Jitter time.Duration // whole seconds; 0 when none is needed, or none is enough
	Peak   float64       // refreshes a second to be expected at worst with it
	Needed bool          // the refreshes exceed the limit as they are
	Enough bool          // with Jitter they do not
	// Joined is the peak of viewers' first calls, which no jitter of refreshes moves.
	Joined float64
}

// Spread reckons the least jitter that keeps refreshes within limit calls a second.
// period is the wait from one refresh to the next, and the most that a refresh can
// be moved. The first refreshes after a crowd are spread over the jitter; later ones
// ever further, up to an even stream, which is denser than before because refreshes
// that come earlier are more.
//
// Where so many calls are expected in a second, about three times the root of
// their number more come by chance (they are nearly Poisson), which is allowed for.
func (s *Summary) Spread(limit float64, period time.Duration) Spread {
	calls := s.Timeline.refreshes()
	out := Spread{Limit: limit}
	for _, b := range s.Timeline.Buckets {
		out.Joined = max(out.Joined, float64(b.FirstCalls)/float64(s.Timeline.Seconds))
	}
	peak, _ := calls.peak()
	if len(calls.counts) == 0 || calls.rate(peak) <= limit {
		out.Enough, out.Peak = true, calls.rate(peak)
		return out
	}
	out.Needed = true
	before := calls.cumulated()
	mean := before[len(before)-1] / float64(int64(len(calls.counts))*calls.width)
	for jitter := time.Second; jitter <= period; jitter += time.Second {
		even := mean * float64(period) / float64(period-jitter/2)
		if out.Peak = atWorst(max(even, calls.spread(before, jitter.Seconds()))); out.Peak <= limit {
			out.Jitter, out.Enough = jitter, true
			break
		}
	}
	return out
}

// atWorst is how many come by chance where n are expected: three standard
// deviations of a Poisson distribution more.
func atWorst(n float64) float64 { return n + 3*math.Sqrt(n) }

// cumulated is the number of calls before each bucket.
func (s series) cumulated() []float64 {
	before := make([]float64, len(s.counts)+1)
	for i, n := range s.counts {
		before[i+1] = before[i] + float64(n)
	}
	return before
}

// spread is the greatest number of calls to be expected in a second when each is
// moved ahead by anything up to jitter seconds. A call at u comes within [t, t+1)
// with the share of [u-jitter, u] that lies in it, so what is expected there is the
// mean over that second of the calls in the jitter that follows it.
func (s series) spread(before []float64, jitter float64) float64 {
	upTo := func(bucket float64) float64 { // calls before that time, even within a bucket
		bucket = min(max(bucket, 0), float64(len(s.counts)))
		i := min(int(bucket), len(s.counts)-1)
		return before[i] + (bucket-float64(i))*float64(s.counts[i])
	}
	most, width := 0.0, float64(s.width)
	for i := -int(jitter / width); i < len(s.counts); i++ {
		at := float64(i)
		most = max(most, (upTo(at+jitter/width)-upTo(at)+upTo(at+1+jitter/width)-upTo(at+1))/2/jitter)
	}
	return most
}
