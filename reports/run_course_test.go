package reports

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"soak/qoe"
)

// Charts of the course share the timelines' cursor, so all end where those do, and each
// series has a value for each x.
func TestCourses(t *testing.T) {
	for _, row := range []struct {
		r    Report
		want string
		why  string
	}{
		{fixture(t, true, true, false), "[states buffer bitrate latency refresh]", "a virtual run has no generator"},
		{fixture(t, true, false, false), "[states buffer bitrate latency refresh processor lateness]", "a real one has"},
		{Report{Summary: new(qoe.Summary)}, "[]", "nothing was run"},
		{Report{Summary: &qoe.Summary{Course: qoe.Course{Seconds: 1, Slots: make([]qoe.Slot, 3)}}}, "[]", "nobody was asked"},
	} {
		charts := courses(&row.r)
		var ids []string
		for _, c := range charts {
			ids = append(ids, c.ID)
			if end, want := c.X.Values[len(c.X.Values)-1], float64(len(row.r.Summary.Timeline.Buckets)); end != want || !slices.IsSorted(c.X.Values) || c.Sync != "time" {
				t.Errorf("%s: x from %v to %v, cursor %q; want ascending to %v, time: %s", c.ID, c.X.Values[0], end, c.Sync, want, row.why)
			}
			for _, s := range c.Series {
				if len(s.Values) != len(c.X.Values) {
					t.Errorf("%s, %s: %d values for %d of x", c.ID, s.Name, len(s.Values), len(c.X.Values))
				}
			}
			for _, f := range c.Fills {
				if max(f[0], f[1]) >= len(c.Series) {
					t.Errorf("%s: fill %v of %d series", c.ID, f, len(c.Series))
				}
			}
		}
		if fmt.Sprint(ids) != row.want {
			t.Errorf("charts %v; want %s: %s", ids, row.want, row.why)
		}
	}
}

// Shares are of those who were asked, and add up; who was not there leaves a gap.
func TestPhasesOverTime(t *testing.T) {
	r := fixture(t, true, true, false)
	c := phasesOverTime(&r, false)
	for i := range r.Summary.Course.Slots {
		sum := 0.0
		for _, s := range c.Series {
			sum += s.Values[i]
		}
		if asked := r.Summary.Course.Slots[i].Asked(); asked > 0 && math.Abs(sum-1) > 1e-9 || asked == 0 && !math.IsNaN(sum) {
			t.Fatalf("second %d: shares add up to %v of %d asked", i, sum, asked)
		}
	}
	if c.About != "" || len(c.Series) != 4 {
		t.Errorf("about %q, %d series; want nothing about all who were asked, and no series of what nobody did", c.About, len(c.Series))
	}
	r.Summary.Total.Viewers.Arrived = 20_000
	if c := phasesOverTime(&r, false); c.About != "About 60 of 20,000 viewers were asked, chosen by chance." {
		t.Errorf("about %q", c.About)
	}
}

// Quantiles come out in the chart's units.
func TestBands(t *testing.T) {
	shard := qoe.NewShard(epoch)
	v := shard.Viewer(1, qoe.Labels{})
	for i := range 20 {
		v.Emit(qoe.Standing{At: epoch, Phase: qoe.Playing, Buffer: time.Duration(i+1) * time.Second, BitRate: 3_000_000})
	}
	r := Report{Summary: shard.Summary()}
	r.Summary.Timeline.Seconds, r.Summary.Timeline.Buckets = 1, make([]qoe.Bucket, 4)
	charts := courses(&r)
	if got := []float64(charts[1].Series[2].Values); math.Abs(got[0]-10) > 0.4 || len(got) != 3 || !math.IsNaN(got[2]) {
		t.Errorf("median buffer %v; want about 10 s in one slot, its end, and nothing after", got)
	}
	if got := charts[2].Series[0].Values[0]; math.Abs(got-3e6) > 0.12e6 {
		t.Errorf("bit rate %v; want about 3 Mbit/s", got)
	}
	if len(charts) != 3 {
		t.Errorf("%d charts; want no latency of who does not watch live, and no refreshes", len(charts))
	}
}

// The chart of refusals goes where nothing was refused.
func TestEventful(t *testing.T) {
	for bad, want := range map[bool]bool{true: true, false: false} {
		r := fixture(t, bad, true, false)
		has := slices.ContainsFunc(runPage(&r).Timelines, func(c chart) bool { return c.ID == "refusals" })
		if has != want {
			t.Errorf("refusals happened: %v, and are drawn: %v", bad, has)
		}
	}
}

// What comes after the run's end is a matter of moments, whatever slice it stands in.
func TestGeneratorEndsWithTheRun(t *testing.T) {
	second := Seconds(time.Second)
	for _, row := range []struct {
		why    string
		slices int
		length time.Duration
		want   int
	}{
		{"as many slices as seconds", 20, 20 * time.Second, 20},
		{"everybody leaves", 21, 20 * time.Second, 20},
		{"the last one is cut off", 21, 20500 * time.Millisecond, 21},
		{"ended early", 7, 20 * time.Second, 7},
		{"all there is", 1, 0, 1},
	} {
		h := &HealthCourse{Seconds: second, CPU: make([]float64, row.slices), LatenessP99: make([]Seconds, row.slices), LatenessMax: make([]Seconds, row.slices)}
		for _, c := range generatorOverTime(h, row.length) {
			for _, s := range c.Series {
				if len(s.Values) != row.want {
					t.Errorf("%s: %s, %s: %d slices drawn; want %d", row.why, c.ID, s.Name, len(s.Values), row.want)
				}
			}
		}
	}
}
