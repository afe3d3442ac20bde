package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// dash.js at low latency against the lab's own: it stays as far behind as the MPD
// asks for, closer than a segment that is complete can be; segments come as they are
// made, in as long as is left of them.
func TestLowLatencyDASH(t *testing.T) {
	w := liveOne(t, time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		c.Player = player.Config{Profile: player.DashJS}
		sc.Target.Lab.LowLatency = lab.LowLatency{Chunk: 500 * time.Millisecond, Target: 1800 * time.Millisecond}
	})
	if n := len(of[qoe.Stall](w)); n != 0 || len(w.wrong(0, time.Hour)) != 0 {
		t.Errorf("%d stalls, %d requests went wrong; want none", n, len(w.wrong(0, time.Hour)))
	}
	if s := w.states[len(w.states)-2]; s.LiveLatency < 1600*time.Millisecond || s.LiveLatency > 2100*time.Millisecond {
		t.Errorf("%v behind; want about 1.8 s", s.LiveLatency)
	}
	made := 0
	for _, x := range w.exchanges {
		if x.Kind == qoe.Segment && x.Took > 1200*time.Millisecond && x.Took < 1700*time.Millisecond && x.TTFB < 100*time.Millisecond {
			made++
		}
	}
	if made < 40 {
		t.Errorf("%d segments came while they were made, in about a segment less a chunk; want nearly all of 60", made)
	}
}
