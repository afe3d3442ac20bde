package player

import (
	"math"
	"testing"
	"time"

	"soak/qoe"
)

// A viewer who falls farther behind than the most latency jumps to the sync
// position when the next playlist comes, not sooner, paused or not; by default
// nobody ever does (synchronizeToLiveEdge).
func TestHLSSeeksToLive(t *testing.T) {
	for _, c := range []struct {
		why    string
		cfg    Config
		pause  time.Duration
		jumped bool
	}{
		{"no most latency: the viewer stays 6 s behind what is live", Config{}, 6 * time.Second, false},
		{"by count, 5 target durations", Config{LiveSyncDurationCount: 3, LiveMaxLatencyDurationCount: 5}, 6 * time.Second, true},
		{"by count, but not far enough behind", Config{LiveSyncDurationCount: 3, LiveMaxLatencyDurationCount: 5}, 2 * time.Second, false},
		{"by duration", Config{LiveSyncDuration: 6, LiveMaxLatencyDuration: 9}, 6 * time.Second, true},
		{"out of the window of 60 s, but what comes next is in the buffer", Config{}, 70 * time.Second, false},
	} {
		o := (&hlsOrigin{live: true, audio: true, window: 30}).play(t, c.cfg, 20*time.Second)
		before := o.player.State()
		o.player.Pause()
		o.until(t, 20*time.Second+c.pause)
		o.player.Play()
		o.until(t, 25*time.Second+c.pause)
		after := o.player.State()
		skips := all[qoe.Skip](o)
		if (len(skips) > 0) != c.jumped {
			t.Errorf("%s: skips %+v; want a jump: %v", c.why, skips, c.jumped)
		}
		lost := after.LiveLatency - before.LiveLatency
		if want := c.pause; !c.jumped && math.Abs((lost-want).Seconds()) > 0.3 {
			t.Errorf("%s: %v farther from live than before; want %v", c.why, lost, want)
		}
		if c.jumped && lost > 4*time.Second {
			t.Errorf("%s: %v farther from live than before; want the sync position again", c.why, lost)
		}
	}
}

// The rate that brings a viewer back who is some distance behind the target
// latency: sigmoid, in steps of 0.05, within 1 and maxLiveSyncPlaybackRate and 2;
// none within 0.05 s, nor with a second of buffer or less, nor farther away than a
// target duration beyond the target, which counts as watching the past.
func TestHLSCatchUpRate(t *testing.T) {
	for _, c := range []struct {
		behind, most, want float64
		why                string
	}{
		{0.04, 2, 1, "near enough"},
		{0.2, 2, 1.05, "2/(1+e^-0.15) = 1.07"},
		{1, 2, 1.35, "2/(1+e^-0.75) = 1.36"},
		{3, 2, 1.8, "2/(1+e^-2.25) = 1.81"},
		{3, 1.5, 1.5, "maxLiveSyncPlaybackRate"},
		{3, 3, 1.8, "which is at most 2"},
		{7.5, 2, 2, "2/(1+e^-5.6) = 1.99, rounded"},
		{9, 2, 1, "8 s, a target duration beyond the target of 6 s, is where the past begins"},
		{-1, 2, 1, "nearer than the target"},
	} {
		o := (&hlsOrigin{live: true, window: 30}).play(t, Config{LowLatencyMode: new(bool), MaxLiveSyncPlaybackRate: c.most}, 20*time.Second)
		h := o.player.(*hls)
		h.opt.lowLatency = true // until now no rate was set
		edge, _ := h.edge()
		target := h.latest.targetLatency(h.opt, h.stalls)
		h.el.append(qoe.Video, 0, 10*time.Minute, 1)
		h.el.seek(edge - target - seconds(c.behind))
		h.catchUp()
		if math.Abs(h.el.rate-c.want) > 1e-9 {
			t.Errorf("%v s behind, at most %v: rate %v; want %v: %s", c.behind, c.most, h.el.rate, c.want, c.why)
		}
	}
}

// H31 with alternate audio, seen in Chromium: a segment of the video that is left
// out is neither a stall nor, but for a nudge, a skip. Sound goes on over the hole, the
// picture stands until the player nudges the element after three seconds.
func TestHLSSoundGoesOnOverAHole(t *testing.T) {
	o := (&hlsOrigin{levels: one, live: true, audio: true, rules: []rule{{url: "v0/seg110.", status: 403}}}).play(t, Config{}, 40*time.Second)
	stalled, _ := sum(o.samples, func(s qoe.Stall) time.Duration { return s.Took })
	skipped, n := sum(o.samples, func(s qoe.Skip) time.Duration { return s.Amount })
	if len(o.times("seg110.")) < 2 || stalled > 200*time.Millisecond || n != 1 || skipped != 100*time.Millisecond {
		t.Errorf("stalled %v, skipped %v in %d jumps; want hardly any stall and one nudge", stalled, skipped, n)
	}
	o.player.Stop()
	if leave := all[qoe.Leave](o)[0]; leave.SoundOnly < 2900*time.Millisecond || leave.SoundOnly > 3*time.Second {
		t.Errorf("%v of sound alone; want 3 s", leave.SoundOnly)
	}
	if why := all[qoe.Skip](o)[0].Why; why != "nudge" {
		t.Errorf("skipped for %q; want a nudge", why)
	}
	o = (&hlsOrigin{levels: one, live: true, rules: []rule{{url: "v0/seg110.", status: 403}}}).play(t, Config{}, 40*time.Second)
	if skipped, _ = sum(o.samples, func(s qoe.Skip) time.Duration { return s.Amount }); skipped < 1900*time.Millisecond {
		t.Errorf("skipped %v without alternate audio; want the segment's 2 s", skipped)
	}
}
