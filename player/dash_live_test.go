package player

import (
	"testing"
	"time"

	"soak/qoe"
)

func liveOrigin() *dashOrigin {
	return &dashOrigin{live: true, tsbd: 12 * time.Second, mup: 2 * time.Second, ladder: []int{200, 400, 800}, rtt: 20 * time.Millisecond, kbps: 20000}
}

// Reproduces players.md 2.1 [RUN]: 2 s segments, no suggestedPresentationDelay,
// timeShiftBufferDepth 12 s: starts 8 s behind the edge (4 × maxSegmentDuration).
func TestDashLiveStartsFourSegmentsBehind(t *testing.T) {
	o := liveOrigin()
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 30*time.Second)
	first := w.asked(qoe.Segment, qoe.Video)[0]
	if want := "http://edge.lab/cmaf/1_v/T0/1900000000/v-v2-1796.m4s"; first.URL != want {
		t.Errorf("first segment = %s; want %s: it holds 3600 s - 8 s", first.URL, want)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("stalls = %d; want none on a good link", n)
	}
	s := d.State()
	if s.Phase != Playing || s.LiveLatency < 8*time.Second || s.LiveLatency > 8200*time.Millisecond {
		t.Errorf("state = %+v; want playing 8 s behind, plus the start-up", s)
	}
}
