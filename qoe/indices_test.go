package qoe

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The table says what the logarithm says: of all short durations, where bins begin and
// end, and of any others.
func TestIndicesAreTheLogarithms(t *testing.T) {
	check := func(us int64) {
		if got, want := binOf(us), logarithmic.Index(float64(us)); got != want {
			t.Fatalf("bin of %d µs is %d; want %d", us, got, want)
		}
	}
	for us := int64(1); us < 200_000; us++ {
		check(us)
	}
	for n, step := range indices {
		for off := int64(-3); off <= 3; off++ {
			check(max(leastOf(n)+off, 1))
			check(max(step.next+off, 1))
		}
		if got := leading(leastOf(n)); got < n {
			t.Fatalf("the least number that begins as number %d begins as number %d", n, got)
		}
		if n > 0 && step.bin < indices[n-1].bin {
			t.Fatalf("numbers that begin as number %d are of bin %d, before the one before", n, step.bin)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		check(1 + rng.Int64()>>rng.IntN(63))
	}
	check(tabled - 1)
	check(tabled)
	check(math.MaxInt64)
}

// BenchmarkIndex is one bin looked up.
func BenchmarkIndex(b *testing.B) {
	us, sum := int64(1), 0
	for b.Loop() {
		sum += binOf(us)
		us = us*1103515245&(1<<27-1) + 1
	}
}

// BenchmarkIndexTable is what a process pays before it begins.
func BenchmarkIndexTable(b *testing.B) {
	for b.Loop() {
		newIndexTable()
	}
}
