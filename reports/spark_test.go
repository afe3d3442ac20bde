package reports

import (
	"strings"
	"testing"

	"soak/qoe"
)

func TestSpark(t *testing.T) {
	pick := func(b qoe.Bucket) int64 { return b.Requests }
	buckets := func(counts ...int64) (all []qoe.Bucket) {
		for _, n := range counts {
			all = append(all, qoe.Bucket{Requests: n})
		}
		return all
	}
	for _, c := range []struct {
		counts []int64
		cells  int
		want   string
		why    string
	}{
		{[]int64{1, 2, 3, 4, 5, 6, 7, 8}, 8, "▁▂▃▄▅▆▇█", "a cell a bucket"},
		{[]int64{0, 1, 1000, 0}, 4, "·▁█·", "one is little, but not none"},
		{[]int64{0, 0, 0, 9, 0, 0, 0, 0}, 4, "·█··", "a second that stands out is not averaged away"},
		{[]int64{0, 0, 0}, 3, "···", "nothing at all"},
		{[]int64{4, 4, 4, 4, 4}, 3, "███", "buckets that cells do not divide"},
	} {
		if got := spark(buckets(c.counts...), c.cells, pick); got != c.want {
			t.Errorf("%s: spark(%v, %d) = %s; want %s", c.why, c.counts, c.cells, got, c.want)
		}
	}
}

func TestMarginRow(t *testing.T) {
	p := newPage(new(strings.Builder), 80, false)
	line := &qoe.Timeline{Seconds: 1, Buckets: []qoe.Bucket{
		{Signed: 3, LeastMargin: 8_000_000}, {}, {Signed: 1, LeastMargin: -1_500_000}, {Signed: 2, LeastMargin: 4_000_000},
	}}
	row, ok := p.marginRow(line, 4)
	if !ok || row.cells != "█ ×▄" || row.note != "least −1.50 s at 0:02" {
		t.Errorf("margin row %+v, %v; want full, nothing asked, dead, half, and the least", row, ok)
	}
	if row, ok := p.marginRow(&qoe.Timeline{Seconds: 1, Buckets: make([]qoe.Bucket, 9)}, 9); ok {
		t.Errorf("margin row %+v of a stream without tokens; want none", row)
	}
}

// A run of a few seconds has no picture.
func TestShortRunsHaveNoPicture(t *testing.T) {
	var out strings.Builder
	newPage(&out, 80, false).overTime(&qoe.Timeline{Seconds: 1, Buckets: make([]qoe.Bucket, minCells-1)})
	if out.Len() > 0 {
		t.Errorf("%q; want nothing", out.String())
	}
}
