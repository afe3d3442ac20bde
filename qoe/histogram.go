package qoe

import (
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
)

// Histogram is a rough distribution of whole numbers that are not negative: one for
// each slot of a [Course], so it is small. Its bins are 1/16 of the power of two that
// they lie in, which keeps quantiles within 4 %; numbers below 32 are exact. It merges
// exactly. The zero Histogram is empty.
type Histogram struct{ bins bins }

// histogramBits is how many bits of a number its bin keeps beside the leading one.
const histogramBits = 4

// maxHistogramBin is that of the greatest int64.
const maxHistogramBin = 64 << histogramBits

// spareHistogram is how far beyond the bin needed the array reaches.
const spareHistogram = 6

func histogramBin(v int64) int {
	e := max(bits.Len64(uint64(v))-histogramBits-1, 0)
	return e<<histogramBits + int(v>>e)
}

// histogramValue is the middle of a bin.
func histogramValue(bin int) int64 {
	e := max(bin>>histogramBits-1, 0)
	low := int64(bin-e<<histogramBits) << e
	return low + (int64(1)<<e-1)/2
}

func (s *Histogram) record(v int64) { s.add(histogramBin(max(v, 0)), 1) }

func (s *Histogram) add(bin int, n int64) {
	if i := bin - s.bins.first; uint(i) >= uint(len(s.bins.counts)) {
		s.bins.reach(bin, spareHistogram)
	}
	s.bins.add(bin, n)
}

func (s *Histogram) merge(o *Histogram) {
	for i, n := range o.bins.counts {
		if n > 0 {
			s.add(o.bins.first+i, n)
		}
	}
}

// Count is how many numbers were recorded.
func (s *Histogram) Count() int64 { return s.bins.total() }

// IsZero tells that nothing was recorded.
func (s Histogram) IsZero() bool { return s.bins.total() == 0 }

// Quantile is about the least number that at least a part q of the numbers does not
// exceed; 0 when empty.
func (s *Histogram) Quantile(q float64) int64 {
	if s.bins.total() == 0 {
		return 0
	}
	rank := max(math.Ceil(q*float64(s.bins.total())), 1)
	return histogramValue(s.bins.at(rank - 0.5))
}

// MarshalJSON writes [bin, count, bin, count …]. A bin below 32 is the number itself;
// another is of the numbers from (16 + bin mod 16) × 2^(bin div 16 − 1) on.
func (s Histogram) MarshalJSON() ([]byte, error) {
	flat := []int64{}
	for _, b := range s.bins.list() {
		flat = append(flat, b[0], b[1])
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Histogram) UnmarshalJSON(data []byte) error {
	var flat []int64
	if err := json.Unmarshal(data, &flat); err != nil {
		return err
	}
	*s = Histogram{}
	if len(flat)%2 != 0 {
		return fmt.Errorf("histogram of %d numbers: bins and counts come in pairs", len(flat))
	}
	for i := 0; i < len(flat); i += 2 {
		if flat[i] < 0 || flat[i] >= maxHistogramBin || flat[i+1] <= 0 {
			return fmt.Errorf("histogram bin %d with %d is out of range", flat[i], flat[i+1])
		}
		s.add(int(flat[i]), flat[i+1])
	}
	return nil
}
