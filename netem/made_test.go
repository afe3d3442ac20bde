package netem

import (
	"testing"
	"time"

	"soak/qoe"
)

// A body that is made while it is sent comes as it is made, a one-way delay later, and
// not faster than the link carries it.
func TestMade(t *testing.T) {
	const ms = time.Millisecond
	parts := []Made{{1000, 0}, {2000, 500 * ms}, {3000, time.Second}}
	for _, c := range []struct {
		why  string
		p    Profile
		r    Reply
		want time.Duration // from the first byte to the end
		got  []int64       // loaded 100 ms, 600 ms and 1100 ms after the request had arrived
		end  qoe.Failure
	}{
		{"the link is fast: as it is made", simple(0), Reply{Bytes: 3000, Made: parts}, 1001 * ms, []int64{1000, 2000, 3000}, qoe.NoFailure},
		{"no link at all", Profile{}, Reply{Bytes: 3000, Made: parts}, time.Second, []int64{1000, 2000, 3000}, qoe.NoFailure},
		{"all of it has been made when the answer leaves", Profile{}, Reply{Bytes: 3000, Made: parts, Delay: 2 * time.Second}, 0, []int64{0, 0, 0}, qoe.NoFailure},
		{"the server sends 800 byte/s: never waiting for more", simple(0), Reply{Bytes: 3000, Made: parts, Pace: 800}, 3750 * ms, []int64{80, 480, 880}, qoe.NoFailure},
		{"cut off within the second part", Profile{}, Reply{Bytes: 1500, Made: parts, Reset: true}, 500 * ms, []int64{1000, 1500, 1500}, qoe.ResetFailure},
		{"stops in the second part for a second: the third has been made by then", Profile{}, Reply{Bytes: 3000, Made: parts, Stall: 1500, StallFor: time.Second}, 1500 * ms, []int64{1000, 1500, 1500}, qoe.NoFailure},
		{"breaks while nothing comes", Profile{}, Reply{Bytes: 3000, Made: parts, Within: 700 * ms}, 700 * ms, []int64{1000, 2000, 2000}, qoe.ResetFailure},
	} {
		b := newBench(t, c.p, 1)
		x := b.ask("edge", c.r, nil)
		for x.arrived.IsZero() {
			b.run(ms)
		}
		for i, at := range []time.Duration{100 * ms, 600 * ms, 1100 * ms} {
			b.run(x.arrived.Add(at).Sub(b.tab.Now()))
			if got := x.Loaded(); got != c.got[i] {
				t.Errorf("%s: %d bytes after %v; want %d", c.why, got, at, c.got[i])
			}
		}
		b.run(10 * time.Second)
		if took := x.done.Sub(x.first); !near(took, c.want) || x.failure != c.end || x.ends != 1 {
			t.Errorf("%s: took %v, %v, ended %d times; want %v, %v", c.why, took, x.failure, x.ends, c.want, c.end)
		}
	}
}

// The news of each part travels: half a round trip after it was made.
func TestMadeTravels(t *testing.T) {
	b := newBench(t, simple(100*time.Millisecond), 1)
	x := b.ask("edge", Reply{Bytes: 2000, Made: []Made{{1000, 0}, {2000, time.Second}}}, nil)
	b.run(10 * time.Second)
	if took := x.done.Sub(x.arrived); took < 1050*time.Millisecond || took > 1060*time.Millisecond {
		t.Errorf("the last byte came %v after the request had arrived; want 1.05 s and its own time on the link", took)
	}
}
