package player

import (
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// Without a clock of its own the stream would be played by Date headers, which count
// whole seconds: the latency would be off by up to one of them, and change with every
// synchronisation.
const (
	lowClock   = `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="http://edge.lab/time"/>`
	lowService = lowClock + `<ServiceDescription id="0"><Latency target="3000" max="6000"/><PlaybackRate min="0.96" max="1.04"/></ServiceDescription>`
)

func dashLowOrigin() *dashOrigin {
	return &dashOrigin{
		live: true, tsbd: 20 * time.Second, mup: 2 * time.Second, rtt: 20 * time.Millisecond, kbps: 20_000,
		ladder: []int{400, 800}, chunk: 500 * time.Millisecond, extra: lowService,
	}
}

// A low-latency stream is played three seconds behind the edge, of segments that are
// not complete when they are asked for.
func TestDashLowLatency(t *testing.T) {
	o := dashLowOrigin()
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	var most, least time.Duration
	for at := 5 * time.Second; at <= time.Minute; at += 100 * time.Millisecond {
		w.run(t, at)
		s := d.State()
		if s.Phase != Playing {
			t.Fatalf("%v at %v; want playing", s.Phase, at)
		}
		most = max(most, s.LiveLatency)
		if least == 0 || s.LiveLatency < least {
			least = s.LiveLatency
		}
	}
	if least < 2900*time.Millisecond || most > 3200*time.Millisecond {
		t.Errorf("latency between %v and %v; want 3 s (Latency@target)", least, most)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("%d stalls; want none", n)
	}
	early := 0
	for _, r := range w.asked(qoe.Segment, qoe.Video) {
		if r.status != 200 {
			t.Errorf("%s asked for at %v: %d; want no request before the first chunk is there", r.URL, r.at, r.status)
		}
		seg, _ := d.tracks[qoe.Video].rendition().Segments.At(r.at + time.Hour)
		if strings.HasSuffix(r.URL.String(), seg.Ref.URI) {
			early++
		}
	}
	if early < 20 {
		t.Errorf("%d segments asked for while they were made; want most of 30", early)
	}
	if d.tracks[qoe.Video].rung != 1 {
		t.Error("800 kbit/s not chosen on 20 Mbit/s: chunks arrive no faster than they are made, which must not count")
	}
}

// The picture starts with the first chunk, not with the first segment.
func TestDashPlaysChunks(t *testing.T) {
	o := dashLowOrigin()
	o.extra = lowClock + `<ServiceDescription id="0"><Latency target="1000"/></ServiceDescription>`
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 700*time.Millisecond)
	v := d.tracks[qoe.Video]
	if !v.load.active || v.initial {
		t.Fatal("no segment under way")
	}
	if level := v.level(); level <= 0 {
		t.Errorf("%v of video buffered while the first segment comes; want its first chunks", level)
	}
	if !d.el.started {
		t.Error("no picture before the segment is complete")
	}
}

// What the mode changes of retries (players.md 2.5): 16 tries instead of four, ten
// times as fast.
func TestDashLowLatencyRetries(t *testing.T) {
	for _, c := range []struct {
		kind  qoe.Kind
		tries int
		every time.Duration
		why   string
	}{
		{qoe.Manifest, 16, 50 * time.Millisecond, "retryAttempts 3 x 5, 500 ms / 10: F5 is reached after 0.75 s"},
		{qoe.Segment, 16, 100 * time.Millisecond, "3 x 5, 1000 ms / 10"},
	} {
		o := dashLowOrigin()
		o.refuse = func(r Request, at time.Duration) int {
			if r.Kind == c.kind && at > 10*time.Second && r.Media != qoe.Audio {
				return 403
			}
			return 0
		}
		w := newDashWorld(o.serve)
		w.play(t, Config{}, dashURL)
		w.run(t, 13*time.Second)
		var tries int
		var gap time.Duration
		failed := w.log[:0:0]
		for _, r := range w.log {
			if r.Kind == c.kind && r.status == 403 {
				failed = append(failed, r)
			}
		}
		for i, r := range failed {
			tries = max(tries, r.Attempt)
			if i > 0 && r.Attempt == i+1 {
				gap = max(gap, r.at-failed[i-1].at)
			}
		}
		if tries != c.tries || gap < c.every || gap > c.every+60*time.Millisecond {
			t.Errorf("%s: %d tries %v apart at most; want %d, %v apart: %s", c.kind, tries, gap, c.tries, c.every, c.why)
		}
	}
}

// A stall puts the viewer behind; the catch-up brings it back, by speed or by a jump.
func TestDashLowLatencyCatchesUp(t *testing.T) {
	for _, c := range []struct {
		extra  string
		outage time.Duration
		jumps  bool
		within time.Duration // after the outage
		why    string
	}{
		{lowService, 4500 * time.Millisecond, false, 90 * time.Second, "1.5 s behind at 1.04 takes some 40 s and more"},
		{lowClock + `<ServiceDescription id="0"><Latency target="3000" max="4000"/></ServiceDescription>`, 6 * time.Second, true, 2 * time.Second, "more than max - target + 0.5 s behind: a jump"},
	} {
		o := dashLowOrigin()
		o.extra = c.extra
		o.refuse = func(r Request, at time.Duration) int {
			if at > 20*time.Second && at < 20*time.Second+c.outage && r.Kind == qoe.Segment {
				return 503
			}
			return 0
		}
		w := newDashWorld(o.serve)
		d := w.play(t, Config{Dash: DashConfig{RetryAttemptsMedia: new(20)}}, dashURL)
		back := 20*time.Second + c.outage
		w.run(t, back+500*time.Millisecond)
		if late := d.State().LiveLatency; !c.jumps && late < 3500*time.Millisecond {
			t.Errorf("%v behind after the outage; want more than 3.5 s: %s", late, c.why)
		}
		w.run(t, back+c.within)
		if late := d.State().LiveLatency; late > 3100*time.Millisecond {
			t.Errorf("%v behind %v after the outage; want 3 s again: %s", late, c.within, c.why)
		}
		jumped := false
		for _, s := range samplesOf[qoe.Skip](w) {
			jumped = jumped || s.Why == "seek-to-live"
		}
		if jumped != c.jumps {
			t.Errorf("jumped to the edge: %v; want %v: %s", jumped, c.jumps, c.why)
		}
	}
}

func TestPlayableOf(t *testing.T) {
	const early = 1500 * time.Millisecond // four chunks of 500 ms
	at := func(made time.Duration) time.Time { return dashEpoch.Add(made) }
	live := manifest.Segment{Duration: 2 * time.Second, Available: dashEpoch.Add(500 * time.Millisecond)}
	for _, c := range []struct {
		seg   manifest.Segment
		early time.Duration
		share float64
		now   time.Time
		want  time.Duration
		why   string
	}{
		{live, early, 0.24, at(time.Second), 0, "not one chunk yet"},
		{live, early, 0.25, at(time.Second), 500 * time.Millisecond, "the first chunk"},
		{live, early, 0.7, at(time.Second), time.Second, "no more than has been made: the segment is smaller than was thought"},
		{live, early, 1.5, at(time.Minute), 1500 * time.Millisecond, "the last chunk is there when the answer ends, not before"},
		{live, early, 0.3, at(-time.Second), 0, "a clock that is slow makes nothing"},
		{manifest.Segment{Duration: 2 * time.Second}, early, 0.5, at(0), time.Second, "VOD has all been made"},
		{live, manifest.Always, 0.5, at(time.Minute), time.Second, "an offset that says nothing of chunks: as it comes"},
	} {
		if got := playableOf(c.seg, c.early, c.share, c.now); got != c.want {
			t.Errorf("playableOf(share %v, early %v, at %v) = %v; want %v: %s", c.share, c.early, c.now.Sub(dashEpoch), got, c.want, c.why)
		}
	}
}
