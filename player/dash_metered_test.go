package player

import (
	"testing"
	"time"

	"soak/qoe"
)

// A segment that times out has still measured the network in 5.x, whose metrics keep
// the traces of failures; 4.x throws them away.
func TestDashTimeoutMeasures(t *testing.T) {
	for _, c := range []struct {
		version string
		want    int // samples
		why     string
	}{
		{"5.2", 1, "HTTPLoader.js, _onRequestEnd: traces whatever the status"},
		{"4.7", 0, "HTTPLoader.js, handleLoaded(false): no traces"},
	} {
		o := &dashOrigin{length: time.Minute, ladder: []int{400}, kbps: 30} // 800 kbit take 27 s
		w := newDashWorld(o.serve)
		d := w.play(t, Config{Version: c.version}, dashURL)
		w.run(t, 22*time.Second)
		if asked := w.asked(qoe.Segment, qoe.Video); len(asked) != 2 || asked[1].Attempt != 2 {
			t.Fatalf("%s: %d requests for video; want a first and a second attempt", c.version, len(asked))
		}
		if got := d.tracks[qoe.Video].abr.through.count; got != c.want {
			t.Errorf("%s: %d samples after a timeout; want %d: %s", c.version, got, c.want, c.why)
		}
	}
}

// BUFFER_EMPTY is told once, when the buffer becomes empty: not again for a segment
// that replaces what was played meanwhile, with which BOLA's placeholder has grown.
func TestDashEmptyIsToldOnce(t *testing.T) {
	o := &dashOrigin{length: time.Minute, ladder: []int{400, 800}}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{Version: "4.7"}, dashURL)
	w.run(t, 2*time.Second)
	v := d.tracks[qoe.Video]
	v.abr.bola = newBola(v.ladder, 12, true)
	v.abr.bola.steady, v.abr.bola.placeholder = true, 5
	d.el.remove(qoe.Video, 0, time.Minute)
	v.metered()
	if got := v.abr.bola.placeholder; got != 0 {
		t.Errorf("placeholder of an empty buffer = %v s; want 0", got)
	}
	v.abr.bola.placeholder = 2
	v.metered()
	if got := v.abr.bola.placeholder; got != 2 {
		t.Errorf("placeholder while the buffer stays empty = %v s; want 2, as the replacement made it", got)
	}
}

// Where 4.x and 5.x draw the line of an empty buffer (checkIfSufficientBuffer).
func TestDashStallThreshold(t *testing.T) {
	for _, c := range []struct {
		version string
		level   time.Duration
		want    bool
		why     string
	}{
		{"5.2", 300 * time.Millisecond, true, "5.x: no more than stallThreshold"},
		{"4.7", 300 * time.Millisecond, false, "4.x: less than stallThreshold"},
		{"4.7", 299 * time.Millisecond, true, "less"},
		{"5.2", 301 * time.Millisecond, false, "more"},
	} {
		d := newDashWorld(nil).play(t, Config{Version: c.version}, dashURL)
		if got := newDashTrack(d, qoe.Video).starved(c.level); got != c.want {
			t.Errorf("%s: starved(%v) = %v; want %v: %s", c.version, c.level, got, c.want, c.why)
		}
	}
}
