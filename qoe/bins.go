package qoe

import (
	"slices"

	"github.com/DataDog/sketches-go/ddsketch/mapping"
)

// logarithmic is which bin a value belongs to: DDSketch's own mapping for [Accuracy].
var logarithmic = newLogarithmic()

func newLogarithmic() *mapping.LogarithmicMapping {
	// The only error is an accuracy outside (0, 1).
	m, _ := mapping.NewLogarithmicMapping(Accuracy)
	return m
}

// bins are counts by index, from first on. The indices of durations lie near each
// other, and one is counted for every request: a plain array is both the smallest
// and the fastest store for them. The zero bins are empty.
type bins struct {
	counts []int64
	first  int
}

// spareBins are those made beyond the one needed, so that arrays grow seldom.
const spareBins = 64

func (b *bins) add(index int, n int64) {
	i := index - b.first
	if uint(i) >= uint(len(b.counts)) {
		b.reach(index, spareBins)
		i = index - b.first
	}
	b.counts[i] += n
}

// reach makes room for a bin, and for spare more on its far side.
func (b *bins) reach(index, spare int) {
	first, end := index-spare, index+spare
	if len(b.counts) > 0 {
		if index > b.first {
			first = b.first
		} else {
			end = b.first + len(b.counts)
		}
	}
	counts := make([]int64, end-first)
	copy(counts[max(b.first-first, 0):], b.counts)
	b.first, b.counts = first, counts
}

// clear empties the bins, which stay where they are.
func (b *bins) clear() { clear(b.counts) }

// total is how many values were counted.
func (b *bins) total() (n int64) {
	for _, count := range b.counts {
		n += count
	}
	return n
}

func (b *bins) merge(o *bins) {
	if len(b.counts) == 0 {
		b.first, b.counts = o.first, slices.Clone(o.counts)
		return
	}
	for i, n := range o.counts {
		if n > 0 {
			b.add(o.first+i, n)
		}
	}
}

// list is the bins that are not empty, in order.
func (b *bins) list() (all []bin) {
	for i, n := range b.counts {
		if n > 0 {
			all = append(all, bin{int64(b.first + i), n})
		}
	}
	return all
}

// below is how many values have a lesser index.
func (b *bins) below(index int) (n int64) {
	for i, count := range b.counts {
		if b.first+i >= index {
			break
		}
		n += count
	}
	return n
}

// at is the index of the value of a rank, counted from 0: of 2.5 that of the fourth.
// There must be values; what lies outside of them is the first or the last.
func (b *bins) at(rank float64) (index int) {
	seen := int64(0)
	for i, n := range b.counts {
		if n == 0 {
			continue
		}
		index = b.first + i
		if seen += n; float64(seen) > rank {
			break
		}
	}
	return index
}
