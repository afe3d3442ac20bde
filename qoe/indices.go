package qoe

import "math/bits"

// indices tell which bin whole microseconds belong to without a logarithm: two are
// recorded for every request. They are those of [logarithmic].
var indices = newIndexTable()

// Durations below tabled, some twelve days, are looked up: by their leading bits, whose
// numbers are so near each other that at most one bin begins between two of them.
const (
	tabledBits  = 40
	tabled      = int64(1) << tabledBits
	leadingBits = 6 // after the first: 1.6 % apart, where bins are 2 % wide
)

type indexTable struct {
	near  []int16 // by leading bits: the bin of the least number that has them
	least []int64 // by bin: the least number of this bin, or of a later one
}

func newIndexTable() indexTable {
	t := indexTable{near: make([]int16, leading(tabled-1)+1), least: make([]int64, logarithmic.Index(float64(tabled))+2)}
	for i := range t.least {
		us := max(int64(logarithmic.LowerBound(i)), 1)
		for us > 1 && logarithmic.Index(float64(us-1)) >= i {
			us--
		}
		for logarithmic.Index(float64(us)) < i {
			us++
		}
		t.least[i] = us
	}
	i := 0
	for n := range t.near {
		for t.least[i+1] <= leastOf(n) {
			i++
		}
		t.near[n] = int16(i)
	}
	return t
}

// leading numbers what positive numbers begin with, ascending: those below 128 have
// each a number of their own.
func leading(us int64) int {
	more := max(bits.Len64(uint64(us))-leadingBits-1, 0)
	return more<<leadingBits + int(us>>more)
}

// leastOf is the least number that begins so.
func leastOf(leading int) int64 {
	more := max(leading>>leadingBits-1, 0)
	return max(int64(leading-more<<leadingBits)<<more, 1)
}

// of is the bin of a positive number of microseconds.
func (t indexTable) of(us int64) int {
	if us >= tabled {
		return logarithmic.Index(float64(us))
	}
	i := int(t.near[leading(us)])
	if us >= t.least[i+1] {
		i++
	}
	return i
}
