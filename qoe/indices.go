package qoe

import "math"

// indices tell which bin whole microseconds belong to without a logarithm: two are
// recorded for every request. They are those of [logarithmic].
var indices = newIndexTable()

// Durations below tabled, some twelve days, are looked up by how they begin: their
// exponent and the leading bits of their fraction, which stand side by side in a float64.
// Two neighbouring beginnings are so near each other that at most one bin begins between
// them.
const (
	tabledBits  = 40
	tabled      = int64(1) << tabledBits
	leadingBits = 6                // after the first: 1.6 % apart, where bins are 2 % wide
	shorter     = 52 - leadingBits // bits of the fraction that are not looked at
)

// An indexTable has a step for each beginning.
type indexTable [tabledBits << leadingBits]indexStep

type indexStep struct {
	bin  int   // of the least number that begins so
	next int64 // the least number of a later bin
}

func newIndexTable() (t indexTable) {
	bin, next := 0, leastOfBin(1)
	for n := range t {
		for next <= leastOf(n) {
			bin++
			next = leastOfBin(bin + 1)
		}
		t[n] = indexStep{bin, next}
	}
	return t
}

// leastOfBin is the least number of a bin, or of a later one.
func leastOfBin(bin int) int64 {
	us := max(int64(logarithmic.LowerBound(bin)), 1)
	for us > 1 && logarithmic.Index(float64(us-1)) >= bin {
		us--
	}
	for logarithmic.Index(float64(us)) < bin {
		us++
	}
	return us
}

// leading numbers how positive numbers begin, ascending.
func leading(us int64) int {
	return int(math.Float64bits(float64(us))>>shorter - math.Float64bits(1)>>shorter)
}

// leastOf is the least number that begins so, or later.
func leastOf(leading int) int64 {
	return int64(math.Ceil(math.Float64frombits(uint64(leading)<<shorter + math.Float64bits(1))))
}

// binOf is the bin of a positive number of microseconds.
func binOf(us int64) int {
	if us >= tabled {
		return logarithmic.Index(float64(us))
	}
	return tabledBin(us)
}

// tabledBin is binOf below tabled.
func tabledBin(us int64) int {
	step := indices[leading(us)]
	if us >= step.next {
		return step.bin + 1
	}
	return step.bin
}
