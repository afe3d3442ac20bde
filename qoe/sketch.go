package qoe

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// Accuracy is the relative error of every quantile: 1 %.
const Accuracy = 0.01

// Sketch is a distribution of durations: exact count, sum, least and greatest,
// and quantiles within [Accuracy]. It counts whole microseconds, negative ones
// too, and merges exactly. The zero Sketch is empty.
type Sketch struct {
	n             int64
	sum, min, max int64 // µs; min and max mean nothing while n is 0
	dd            *ddsketch.DDSketch
}

// Record adds one duration, cut to whole microseconds.
func (s *Sketch) Record(d time.Duration) {
	us := d.Microseconds()
	s.note(1, us, us, us)
	// The only error is a value outside ±1e308 or NaN, which an int64 is not.
	_ = s.bins().Add(float64(us))
}

func (s *Sketch) note(n, sum, least, greatest int64) {
	if s.n == 0 {
		s.min, s.max = least, greatest
	}
	s.n += n
	s.sum += sum
	s.min, s.max = min(s.min, least), max(s.max, greatest)
}

func (s *Sketch) bins() *ddsketch.DDSketch {
	if s.dd == nil {
		// The only error is an accuracy outside (0, 1).
		s.dd, _ = ddsketch.NewDefaultDDSketch(Accuracy)
	}
	return s.dd
}

// Merge adds all that o has seen.
func (s *Sketch) Merge(o *Sketch) {
	if o.n == 0 {
		return
	}
	s.note(o.n, o.sum, o.min, o.max)
	// The only error is a different accuracy.
	_ = s.bins().MergeWith(o.dd)
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
	// The sketch takes q for the rank q·(n-1) from 0; half a rank more keeps
	// rounding on the right side.
	us, err := s.dd.GetValueAtQuantile((float64(rank) - 0.5) / float64(s.n-1))
	if err != nil {
		return 0 // only for an empty sketch or a q outside 0 to 1
	}
	near := time.Duration(math.Round(us)) * time.Microsecond
	return min(max(near, s.Min()), s.Max())
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
	out := sketchJSON{Count: s.n, SumMicros: s.sum, MinMicros: s.min, MaxMicros: s.max}
	if s.dd != nil {
		out.Zero = int64(s.dd.GetZeroCount())
		out.Bins = binsOf(s.dd.GetPositiveValueStore())
		out.Negative = binsOf(s.dd.GetNegativeValueStore())
	}
	return json.Marshal(out)
}

func binsOf(st store.Store) (bins []bin) {
	st.ForEach(func(index int, count float64) bool {
		bins = append(bins, bin{int64(index), int64(count)})
		return false
	})
	return bins
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
	dd := s.bins()
	total := in.Zero
	for _, side := range []struct {
		bins []bin
		st   store.Store
	}{{in.Bins, dd.GetPositiveValueStore()}, {in.Negative, dd.GetNegativeValueStore()}} {
		for _, b := range side.bins {
			if b[0] < -maxIndex || b[0] > maxIndex || b[1] <= 0 {
				return fmt.Errorf("sketch bin %v is out of range", b)
			}
			total += b[1]
			side.st.AddWithCount(int(b[0]), float64(b[1]))
		}
	}
	if in.Zero < 0 || total != in.Count {
		return fmt.Errorf("sketch counts %d durations, its bins hold %d", in.Count, total)
	}
	if in.Zero > 0 {
		_ = dd.AddWithCount(0, float64(in.Zero)) // fails for a negative count only
	}
	s.note(in.Count, in.SumMicros, in.MinMicros, in.MaxMicros)
	return nil
}

// maxIndex is beyond the bin of the greatest int64: ln(2^63) / ln γ ≈ 2183.
const maxIndex = 2200
