package player

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A deque holds what a slice holds, whatever is done to it, and little more than that in
// memory.
func TestDequeIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d deque[int]
		var want []int
		for step := range rapid.IntRange(1, 150).Draw(t, "steps") {
			i := rapid.IntRange(0, len(want)).Draw(t, "i")
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0:
				d.insert(i, step)
				want = slices.Insert(want, i, step)
			case 1:
				j := rapid.IntRange(i, len(want)).Draw(t, "j")
				d.remove(i, j)
				want = slices.Delete(want, i, j)
			case 2:
				d.shift(i)
				want = want[i:]
			case 3:
				d.truncate(i)
				want = want[:i]
			default:
				for k := range 5 {
					d.push(step + k)
					want = append(want, step+k)
				}
			}
			checkDeque(t, &d, want)
		}
	})
}

func checkDeque(t *rapid.T, d *deque[int], want []int) {
	var got []int
	for i := range d.len() {
		got = append(got, *d.at(i))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("holds %v; want %v", got, want)
	}
	if room := len(d.blocks) * blockSize; room > len(want)+3*blockSize {
		t.Fatalf("room for %d where %d are held; want a block at either end and a spare one", room, len(want))
	}
}

// Those of a viewer who watches on come and go without a new block.
func TestDequeUsesBlocksAgain(t *testing.T) {
	var d deque[int]
	step := func() {
		d.push(1)
		if d.len() > 100 {
			d.shift(1)
		}
	}
	for range 200 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n > 0 {
		t.Errorf("%v allocations a step; want none", n)
	}
}
