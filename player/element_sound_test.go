package player

import (
	"testing"
	"time"

	"soak/qoe"
)

// TestElementSoundAlone: what Chromium does when one of two buffers runs out. The
// video is there up to 4 s.
func TestElementSoundAlone(t *testing.T) {
	second := time.Second
	for _, c := range []struct {
		why    string
		audio  time.Duration
		during func(e *element) // at 5 s
		stops  time.Duration    // where the playhead stands after 20 s
		unseen time.Duration    // sound without a picture
	}{
		{"sound goes on until it ends", 6 * second, nil, 6 * second, 2 * second},
		{"but for 3 s at most", 20 * second, nil, 7 * second, 3 * second},
		{"without sound nothing moves", 3 * second, nil, 3 * second, 0},
		{"video that continues in time is shown", 20 * second,
			func(e *element) { e.append(qoe.Video, 4*second, 12*second, 800) }, 15 * second, 4 * second},
		{"video beyond a hole is not: the decoder waits for what lies between", 20 * second,
			func(e *element) { e.append(qoe.Video, 6*second, 20*second, 800) }, 7 * second, 3 * second},
		{"a seek wants both", 20 * second,
			func(e *element) { e.seek(6 * second) }, 6 * second, second},
		{"a seek to both is fine", 20 * second, func(e *element) {
			e.append(qoe.Video, 6*second, 12*second, 800)
			e.seek(7 * second)
		}, 15 * second, 4 * second},
	} {
		w := newClockWorld()
		e := newElement(newStopwatch(w), epoch)
		e.ready = 250 * time.Millisecond
		e.require(qoe.Video, qoe.Audio)
		e.append(qoe.Video, 0, 4*second, 800)
		e.append(qoe.Audio, 0, c.audio, 64)
		w.wait(5 * second)
		if c.during != nil {
			c.during(e)
		}
		w.wait(15 * second)
		if e.moving() || e.position() != c.stops {
			t.Errorf("%s: moving %v at %v; want a standstill at %v", c.why, e.moving(), e.position(), c.stops)
		}
		if e.unseen != c.unseen {
			t.Errorf("%s: %v of sound alone; want %v", c.why, e.unseen, c.unseen)
		}
	}
}

// TestElementResumesWithBoth: once it stands, the element waits for both.
func TestElementResumesWithBoth(t *testing.T) {
	w := newClockWorld()
	e := newElement(newStopwatch(w), epoch)
	e.ready = 250 * time.Millisecond
	e.require(qoe.Video, qoe.Audio)
	e.append(qoe.Video, 0, 4*time.Second, 800)
	e.append(qoe.Audio, 0, 6*time.Second, 64)
	w.wait(10 * time.Second)
	e.append(qoe.Audio, 6*time.Second, 12*time.Second, 64)
	if e.moving() {
		t.Error("moves with sound only after a stall; want both")
	}
	e.append(qoe.Video, 4*time.Second, 12*time.Second, 800)
	if !e.moving() {
		t.Error("does not move with both")
	}
}

// TestElementDecodes: the first picture takes the decoder some time, later ones do not.
func TestElementDecodes(t *testing.T) {
	w := newClockWorld()
	e := newElement(newStopwatch(w), epoch)
	e.decoder = 60 * time.Millisecond
	e.require(qoe.Video)
	e.append(qoe.Video, 0, 2*time.Second, 800)
	w.wait(59 * time.Millisecond)
	if e.moving() {
		t.Error("moves before the decoder has a picture")
	}
	w.wait(time.Millisecond)
	if !e.moving() || e.position() != 0 {
		t.Errorf("moving %v at %v after 60 ms; want a start at 0", e.moving(), e.position())
	}
	w.wait(5 * time.Second)
	e.append(qoe.Video, 2*time.Second, 4*time.Second, 800)
	if !e.moving() {
		t.Error("a stall ends late; want it to end with the data")
	}
}

// TestElementDecodesWhilePaused: who presses play on a page that has preloaded
// waits for nothing.
func TestElementDecodesWhilePaused(t *testing.T) {
	for _, c := range []struct {
		after, moves time.Duration
		why          string
	}{
		{time.Second, time.Second, "the picture is there already"},
		{20 * time.Millisecond, 60 * time.Millisecond, "it is still being decoded"},
	} {
		w := newClockWorld()
		e := newElement(newStopwatch(w), epoch)
		e.decoder = 60 * time.Millisecond
		e.require(qoe.Video)
		e.pause()
		e.append(qoe.Video, 0, 2*time.Second, 800)
		w.wait(c.after)
		e.play()
		w.wait(5 * time.Second)
		if s, ok := w.samples[0].(qoe.Startup); !ok || s.At.Sub(epoch) != c.moves {
			t.Errorf("%s: %+v; want a start at %v", c.why, w.samples[0], c.moves)
		}
	}
}

// TestElementWantsMoreSoundEachTime: segments of 2 s that come one by one, each
// 0.1 s after the last was played, end three standstills at once and the fourth only
// together with the next one; a seek begins anew.
func TestElementWantsMoreSoundEachTime(t *testing.T) {
	for _, c := range []struct {
		why   string
		seeks bool
		want  bool // moves with the fourth
	}{
		{"after four standstills 3 s are wanted", false, false},
		{"a seek has forgotten them", true, true},
	} {
		w := newClockWorld()
		e := newElement(newStopwatch(w), epoch)
		e.ready = 250 * time.Millisecond
		e.require(qoe.Video, qoe.Audio)
		end := time.Duration(0)
		add := func() {
			e.append(qoe.Video, end, end+2*time.Second, 800)
			e.append(qoe.Audio, end, end+2*time.Second, 64)
			end += 2 * time.Second
		}
		add()
		for i := range 3 {
			w.wait(2100 * time.Millisecond)
			if add(); !e.moving() {
				t.Errorf("%s: stands still with 2 s after standstill %d", c.why, i+1)
			}
		}
		if c.seeks {
			e.seek(e.position() + time.Second)
		}
		w.wait(2100 * time.Millisecond)
		if add(); e.moving() != c.want {
			t.Errorf("%s: moving %v with 2 s after the fourth; want %v", c.why, e.moving(), c.want)
		}
		if add(); !e.moving() {
			t.Errorf("%s: stands still with 4 s", c.why)
		}
	}
}
