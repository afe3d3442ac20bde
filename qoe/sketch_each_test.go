package qoe

import (
	"encoding/json"
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

// TestSketchClear: a sketch that was used and cleared is like a new one, and takes no
// memory for what lies where other values lay.
func TestSketchClear(t *testing.T) {
	var used, fresh Sketch
	values := []time.Duration{time.Second, -time.Millisecond, 0, time.Microsecond, time.Hour}
	for _, d := range values {
		used.Record(2 * d)
		used.Record(d)
	}
	used.Clear()
	if used.Count() != 0 || used.Max() != 0 || used.Quantile(0.5) != 0 || used.UpTo(time.Hour) != 0 {
		t.Errorf("cleared: %d durations up to %v", used.Count(), used.Max())
	}
	allocs := testing.AllocsPerRun(1, func() {
		used.Clear()
		for _, d := range values {
			used.Record(d)
		}
	})
	for _, d := range values {
		fresh.Record(d)
	}
	got, err := json.Marshal(used)
	want, err2 := json.Marshal(fresh)
	if err != nil || err2 != nil || string(got) != string(want) || allocs != 0 {
		t.Errorf("used anew: %s with %v allocations; want %s, %v %v", got, allocs, want, err, err2)
	}
}
