package qoe

import (
	"math"
	"reflect"
	"testing"
	"time"
)

// Sums and squares are those of viewers, not of what happened to them.
func TestPerViewer(t *testing.T) {
	start := time.Unix(1_800_000_000, 0)
	shard := NewShard(start)
	for viewer, stalls := range []int{0, 3, 1} {
		v := shard.Viewer(viewer, Labels{Cohort: "one"})
		v.Emit(Refresh{Call: 1, Start: start, Failure: TimeoutFailure})
		v.Emit(Refresh{Call: 2, Start: start, Failure: CancelFailure})
		for range stalls {
			v.Emit(Stall{At: start, Took: 2 * time.Second})
			v.Fetched(&Fetch{Kind: Segment, Start: start, Status: 410, Failure: StatusFailure})
		}
		for _, margin := range []time.Duration{4, 2, 9} {
			v.Emit(Fetch{Kind: Segment, Start: start, Status: 200, Signed: true, Margin: margin * time.Second})
		}
		v.Emit(Leave{At: start, Played: 10 * time.Second, BitTime: 10 * 2e6})
		v.Emit(Leave{At: start}) // of a second page: no other viewer
	}
	got := shard.Summary().Total.PerViewer
	want := PerViewer{
		Viewers: 3, Refused: Moments{4, 10}, Failed: Moments{4, 10}, Calls: Moments{6, 12}, FailedCalls: Moments{3, 3},
		Stalls: Moments{4, 10}, Stalled: Moments{8000, 36_000_000 + 4_000_000}, Shown: 3, BitRate: Moments{6000, 12_000_000},
	}
	for range 3 {
		want.LeastMargin.Record(2 * time.Second)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v; want %+v", got, want)
	}
}

// Whatever is too much stays too much, in whichever order it comes.
func TestMomentsAreBounded(t *testing.T) {
	var a, b Moments
	for _, n := range []int64{1 << 31, 5, 7} {
		a.add(n)
	}
	for _, n := range []int64{7, 1 << 31, 5} {
		b.add(n)
	}
	if a != b || a.Squares != math.MaxInt64 || a.Sum != 1<<31+12 {
		t.Errorf("%+v and %+v; want the same, and no overflow", a, b)
	}
	a.merge(&b)
	if a.Squares != math.MaxInt64 || a.Sum != 2*(1<<31+12) {
		t.Errorf("merged %+v", a)
	}
}

func TestSketchUpTo(t *testing.T) {
	var s Sketch
	for _, ms := range []int{-3000, -10, 0, 0, 5, 40, 40, 900} {
		s.Record(time.Duration(ms) * time.Millisecond)
	}
	for _, row := range []struct {
		d    time.Duration
		want int64
	}{{-4 * time.Second, 0}, {-3 * time.Second, 1}, {-time.Second, 1}, {-time.Millisecond, 2}, {0, 4}, {time.Millisecond, 4}, {40 * time.Millisecond, 7}, {time.Hour, 8}} {
		if got := s.UpTo(row.d); got != row.want {
			t.Errorf("UpTo(%v) = %d; want %d", row.d, got, row.want)
		}
	}
}
