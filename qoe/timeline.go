package qoe

import (
	"math/bits"
	"slices"
	"time"
)

// MaxBuckets bounds a timeline: an hour at one second a bucket.
const MaxBuckets = 3600

// Bucket is what happened in one slice of the run.
type Bucket struct {
	Requests   int64 `json:"requests"`
	Refused    int64 `json:"refused"` // for their token; some kinds of them follow below
	TokenCalls int64 `json:"tokenCalls"`
	Stalls     int64 `json:"stalls"` // that began in it
	// Stalled is for how long pictures stood in it, of all viewers together.
	Stalled int64 `json:"stalledMicros,omitempty"`

	// Signed requests carried a token; LeastMargin is the least life that one of these
	// had left, and means nothing without any.
	Signed      int64 `json:"signed,omitempty"`
	LeastMargin int64 `json:"leastMarginMicros,omitempty"`

	RefusedManifests int64 `json:"refusedManifests,omitempty"`
	RefusedPlaylists int64 `json:"refusedPlaylists,omitempty"`
	RefusedInits     int64 `json:"refusedInits,omitempty"`
	RefusedSegments  int64 `json:"refusedSegments,omitempty"`
	RefusedKeys      int64 `json:"refusedKeys,omitempty"`

	// Of the calls of the token API: viewers' first ones, those made because a call
	// had failed or a request was refused, and those that brought no usable answer.
	FirstCalls  int64 `json:"firstCalls,omitempty"`
	Retries     int64 `json:"retries,omitempty"`
	FailedCalls int64 `json:"failedCalls,omitempty"`

	Arrived int64 `json:"arrived,omitempty"` // viewers who made their very first call
	Left    int64 `json:"left,omitempty"`
	Dead    int64 `json:"dead,omitempty"` // viewers whose playback ended against their will
}

// refused counts a request that an edge turned down for its token.
func (b *Bucket) refused(k Kind) {
	b.Refused++
	switch k {
	case Manifest:
		b.RefusedManifests++
	case Playlist:
		b.RefusedPlaylists++
	case Init:
		b.RefusedInits++
	case Segment:
		b.RefusedSegments++
	case Key:
		b.RefusedKeys++
	}
}

// called counts a call of the token API.
func (b *Bucket) called(r *Refresh) {
	b.TokenCalls++
	switch r.Reason {
	case FirstToken:
		b.FirstCalls++
	case AfterError, AfterRefusal:
		b.Retries++
	}
	if r.Call == 1 {
		b.Arrived++
	}
	if r.Failure == CancelFailure && r.Took > unanswered || r.Failure != CancelFailure && r.Failure != NoFailure {
		b.FailedCalls++
	}
}

// signed counts requests that carried tokens, with the least life left of any.
func (b *Bucket) signed(n, leastMargin int64) {
	if n > 0 && (b.Signed == 0 || leastMargin < b.LeastMargin) {
		b.LeastMargin = leastMargin
	}
	b.Signed += n
}

// unanswered is how long a call that was given up must have waited to have failed:
// viewers who leave are no failures of the API, one that hangs is.
const unanswered = 10 * time.Second

func (b *Bucket) add(o Bucket) {
	b.Requests += o.Requests
	b.Refused += o.Refused
	b.RefusedManifests += o.RefusedManifests
	b.RefusedPlaylists += o.RefusedPlaylists
	b.RefusedInits += o.RefusedInits
	b.RefusedSegments += o.RefusedSegments
	b.RefusedKeys += o.RefusedKeys
	b.TokenCalls += o.TokenCalls
	b.Stalls += o.Stalls
	b.Stalled += o.Stalled
	b.signed(o.Signed, o.LeastMargin)
	b.FirstCalls += o.FirstCalls
	b.Retries += o.Retries
	b.FailedCalls += o.FailedCalls
	b.Arrived += o.Arrived
	b.Left += o.Left
	b.Dead += o.Dead
}

// Timeline counts events by time since the start of the run. Buckets are one
// second wide until they would be more than [MaxBuckets]; then neighbours are
// joined and the width doubles. The width depends on the latest event only, so
// the order of events and merges leaves no trace. The zero Timeline is empty.
type Timeline struct {
	Seconds int64    `json:"seconds"` // width of a bucket, a power of two; 0 while empty
	Buckets []Bucket `json:"buckets"`
}

// at returns the bucket of the instant d after the start; what happened before
// the start falls into the first.
func (t *Timeline) at(d time.Duration) *Bucket {
	if i := t.index(uint64(d) / uint64(time.Second)); i < uint64(len(t.Buckets)) { // not below 0
		return &t.Buckets[i]
	}
	return t.grow(uint64(max(d, 0) / time.Second))
}

// index is the bucket of a second: the width is a power of two.
func (t *Timeline) index(sec uint64) uint64 {
	return sec >> bits.TrailingZeros64(uint64(t.Seconds))
}

// stalled spreads a stall over the buckets that it lasted through. Whole microseconds
// make the same sums however wide buckets are.
func (t *Timeline) stalled(from, to time.Duration) {
	from, to = max(from, 0).Truncate(time.Microsecond), to.Truncate(time.Microsecond)
	for from < to {
		b := t.at(from)
		width := time.Duration(t.Seconds) * time.Second
		end := min(from-from%width+width, to)
		b.Stalled += (end - from).Microseconds()
		from = end
	}
}

// grow makes the bucket of a second.
func (t *Timeline) grow(sec uint64) *Bucket {
	if t.Seconds == 0 {
		t.Seconds = 1
	}
	for t.index(sec) >= MaxBuckets {
		t.double()
	}
	i := t.index(sec)
	for uint64(len(t.Buckets)) <= i {
		if n := len(t.Buckets); n == cap(t.Buckets) {
			t.Buckets = slices.Grow(t.Buckets, min(max(n, 64), MaxBuckets-n))
		}
		t.Buckets = append(t.Buckets, Bucket{})
	}
	return &t.Buckets[i]
}

func (t *Timeline) double() {
	t.Seconds *= 2
	for i, b := range t.Buckets {
		if i%2 == 0 {
			t.Buckets[i/2] = b
		} else {
			t.Buckets[i/2].add(b)
		}
	}
	t.Buckets = t.Buckets[:(len(t.Buckets)+1)/2]
}

func (t *Timeline) merge(o *Timeline) {
	for i, b := range o.Buckets {
		t.at(time.Duration(int64(i)*o.Seconds) * time.Second).add(b)
	}
}

// Peak is the greatest rate per second of what pick returns, and the second in
// which it began. In runs over an hour it is the mean over a bucket.
func (t *Timeline) Peak(pick func(Bucket) int64) (perSecond float64, second int64) {
	for i, b := range t.Buckets {
		if rate := float64(pick(b)) / float64(t.Seconds); rate > perSecond {
			perSecond, second = rate, int64(i)*t.Seconds
		}
	}
	return perSecond, second
}

// Mean is the rate per second of what pick returns, from the start of the run to
// the last event.
func (t *Timeline) Mean(pick func(Bucket) int64) float64 {
	if len(t.Buckets) == 0 {
		return 0
	}
	var sum int64
	for _, b := range t.Buckets {
		sum += pick(b)
	}
	return float64(sum) / float64(int64(len(t.Buckets))*t.Seconds)
}
