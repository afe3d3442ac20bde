package qoe

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// What a sketch tells is all it was told, in order and within 1 %.
func TestSketchEach(t *testing.T) {
	var s Sketch
	rng := rand.New(rand.NewPCG(1, 2))
	var want []float64
	for range 5000 {
		d := time.Duration(rng.NormFloat64() * 5e9).Truncate(time.Microsecond)
		s.Record(d)
		want = append(want, d.Seconds())
	}
	s.Record(0)
	want = append(want, 0)
	slices.Sort(want)
	at, last := 0, math.Inf(-1)
	s.Each(func(seconds float64, n int64) {
		if seconds <= last {
			t.Fatalf("%v s is told after %v s", seconds, last)
		}
		last = seconds
		for range n {
			if math.Abs(seconds-want[at]) > 0.0101*math.Abs(want[at]) {
				t.Fatalf("the %d-th duration is told as %v s; want %v s", at, seconds, want[at])
			}
			at++
		}
	})
	if at != len(want) {
		t.Errorf("%d durations are told; want %d", at, len(want))
	}
}
