package qoe

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Accuracy is the relative error of every quantile: 1 %.
const Accuracy = 0.01

// Sketch is a distribution of durations: exact count, sum, least and greatest,
// and quantiles within [Accuracy]. It counts whole microseconds, negative ones
// too, and merges exactly. The zero Sketch is empty.
type Sketch struct {
	n             int64
	sum, min, max int64 // µs; min and max mean nothing while n is 0
	zero          int64
	over, under   bins // of values above 0, and of those below it without their sign
}

// Record adds one duration, cut to whole microseconds.
func (s *Sketch) Record(d time.Duration) {
	s.record(d.Microseconds())
}

func (s *Sketch) record(us int64) {
	if s.n == 0 || us <= 0 || us >= tabled {
		s.seldom(us)
		return
	}
	s.n++
	s.sum += us
	if us < s.min {
		s.min = us
	}
	if us > s.max {
		s.max = us
	}
	bin := tabledBin(us)
	if i := bin - s.over.first; uint(i) < uint(len(s.over.counts)) {
		s.over.counts[i]++
		return
	}
	s.over.add(bin, 1)
}

// seldom records what is the first, or out of the usual.
func (s *Sketch) seldom(us int64) {
	s.note(1, us, us, us)
	switch {
	case us > 0:
		s.over.add(binOf(us), 1)
	case us < 0:
		s.under.add(logarithmic.Index(-float64(us)), 1)
	default:
		s.zero++
	}
}

func (s *Sketch) note(n, sum, least, greatest int64) {
	if s.n == 0 {
		s.min, s.max = least, greatest
	}
	s.n += n
	s.sum += sum
	s.min, s.max = min(s.min, least), max(s.max, greatest)
}

// Merge adds all that o has seen.
func (s *Sketch) Merge(o *Sketch) {
	if o.n == 0 {
		return
	}
	s.note(o.n, o.sum, o.min, o.max)
	s.zero += o.zero
	s.over.merge(&o.over)
	s.under.merge(&o.under)
}

// Clear empties the sketch, whose memory serves what is recorded next.
func (s *Sketch) Clear() {
	s.over.clear()
	s.under.clear()
	*s = Sketch{over: s.over, under: s.under}
}

// Count is how many durations were recorded.
func (s *Sketch) Count() int64 { return s.n }

// Sum is the exact sum.
func (s *Sketch) Sum() time.Duration { return time.Duration(s.sum) * time.Microsecond }

// Min is the exact least; 0 when empty.
func (s *Sketch) Min() time.Duration { return time.Duration(s.min) * time.Microsecond }

// Max is the exact greatest; 0 when empty.
func (s *Sketch) Max() time.Duration { return time.Duration(s.max) * time.Microsecond }

// Mean is Sum / Count; 0 when empty.
func (s *Sketch) Mean() time.Duration {
	if s.n == 0 {
		return 0
	}
	return s.Sum() / time.Duration(s.n)
}

// Quantile is the least duration that at least a part q (0 to 1) of the durations
// does not exceed (nearest rank), within [Accuracy] and never outside Min and Max;
// 0 when empty. Of few durations a high quantile is the greatest, not a guess
// below it.
func (s *Sketch) Quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(s.n))) // from 1
	switch {
	case s.n == 0:
		return 0
	case rank <= 1:
		return s.Min()
	case rank >= s.n:
		return s.Max()
	}
	// Half a rank more than the one counted from 0 keeps rounding on the right side.
	near := time.Duration(math.Round(s.value(float64(rank)-0.5))) * time.Microsecond
	return min(max(near, s.Min()), s.Max())
}

// UpTo is how many durations are at most d, those within [Accuracy] of it included.
func (s *Sketch) UpTo(d time.Duration) int64 {
	us := d.Microseconds()
	switch {
	case us < 0:
		return s.under.total() - s.under.below(logarithmic.Index(-float64(us)))
	case us == 0:
		return s.under.total() + s.zero
	}
	return s.under.total() + s.zero + s.over.below(logarithmic.Index(float64(us))+1)
}

// value is what stands at a rank counted from 0, in microseconds.
func (s *Sketch) value(rank float64) float64 {
	below := float64(s.under.total())
	switch {
	case rank < below:
		return -logarithmic.Value(s.under.at(below - 1 - rank))
	case rank < below+float64(s.zero):
		return 0
	}
	return logarithmic.Value(s.over.at(rank - below - float64(s.zero)))
}

// bin is [index, count]: count durations between γ^(index-1) and γ^index
// microseconds (of the negated value for negative ones), γ = (1+a)/(1-a) for
// accuracy a.
type bin [2]int64

type sketchJSON struct {
	Count     int64 `json:"count"`
	SumMicros int64 `json:"sumMicros"`
	MinMicros int64 `json:"minMicros"`
	MaxMicros int64 `json:"maxMicros"`
	Zero      int64 `json:"zero,omitempty"`
	Bins      []bin `json:"bins,omitempty"`
	Negative  []bin `json:"negative,omitempty"`
}

// MarshalJSON writes the exact figures and the non-empty bins in order of index.
func (s Sketch) MarshalJSON() ([]byte, error) {
	return json.Marshal(sketchJSON{
		Count: s.n, SumMicros: s.sum, MinMicros: s.min, MaxMicros: s.max,
		Zero: s.zero, Bins: s.over.list(), Negative: s.under.list(),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote, so that summaries of several
// processes can be merged from their files.
func (s *Sketch) UnmarshalJSON(data []byte) error {
	var in sketchJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*s = Sketch{}
	if in.Count == 0 {
		return nil
	}
	for _, side := range []struct {
		listed []bin
		bins   *bins
	}{{in.Bins, &s.over}, {in.Negative, &s.under}} {
		for _, b := range side.listed {
			if b[0] < -maxIndex || b[0] > maxIndex || b[1] <= 0 {
				return fmt.Errorf("sketch bin %v is out of range", b)
			}
			side.bins.add(int(b[0]), b[1])
		}
	}
	s.zero = in.Zero
	if total := s.zero + s.over.total() + s.under.total(); in.Zero < 0 || total != in.Count {
		return fmt.Errorf("sketch counts %d durations, its bins hold %d", in.Count, total)
	}
	s.note(in.Count, in.SumMicros, in.MinMicros, in.MaxMicros)
	return nil
}

// maxIndex is beyond the bin of the greatest int64: ln(2^63) / ln γ ≈ 2183.
const maxIndex = 2200
