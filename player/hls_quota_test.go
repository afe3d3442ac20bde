package player

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"soak/qoe"
)

// What a browser lets go of for an append, and when it does not take one.
func TestHLSStoreEvicts(t *testing.T) {
	s := hlsStore{quota: 1000}
	for n := range 5 { // 0 to 40 s, 800 bytes
		s.put(time.Duration(n)*8*time.Second, time.Duration(n+1)*8*time.Second, 160)
	}
	for _, c := range []struct {
		bytes, playhead int64
		front           int64
		room            bool
		total           int64
		why             string
	}{
		{200, 20, 0, true, 800, "there is room"},
		{300, 20, 8, true, 640, "one piece behind the playhead is enough"},
		{700, 20, 16, false, 480, "what is at the playhead and ahead of it stays"},
		{600, 24, 24, true, 320, "a piece that ends at the playhead goes"},
		{900, 39, 32, false, 160, "what is being played never does"},
	} {
		front, _, room := s.evict(c.bytes, time.Duration(c.playhead)*time.Second)
		if front != time.Duration(c.front)*time.Second || room != c.room || s.total != c.total {
			t.Errorf("evict(%d) at %d s: up to %v, room %v, %d bytes left; want %d s, %v, %d: %s", c.bytes, c.playhead, front, room, s.total, c.front, c.room, c.total, c.why)
		}
	}
	s = hlsStore{quota: 1000}
	s.put(40*time.Second, 48*time.Second, 800)
	s.put(0, 2*time.Second, 100)
	if front, back, room := s.evict(300, time.Second); front != 0 || back != 40*time.Second || !room || s.total != 100 {
		t.Errorf("after a jump back: up to %v, from %v, room %v, %d left; want what lies ahead and apart to go", front, back, room, s.total)
	}
}

func (s *hlsStore) list() (all []weight) {
	for i := range s.held.len() {
		all = append(all, *s.held.at(i))
	}
	return all
}

// The bytes of what is held add up, whatever is put in, cut out and let go.
func TestHLSStoreAddsUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := func() time.Duration { return time.Duration(rng.IntN(60)) * time.Second }
	for range 300 {
		s := hlsStore{quota: 1 << 40}
		for range 40 {
			from := at()
			switch rng.IntN(12) {
			case 0, 1, 2:
				s.cut(from, from+at())
			case 3:
				s.quota = s.total
				s.evict(rng.Int64N(2000), from)
			default:
				s.put(from, from+time.Duration(1+rng.IntN(6))*time.Second, rng.Int64N(1000))
			}
			var sum int64
			last := time.Duration(-1)
			for i := range s.held.len() {
				w := s.held.at(i)
				sum += w.bytes
				if w.start < last || w.end <= w.start || w.bytes < 0 {
					t.Fatalf("held %v; want stretches in order", s.list())
				}
				last = w.end
			}
			if sum != s.total {
				t.Fatalf("held %v: %d bytes in all; want %d", s.held, s.total, sum)
			}
		}
	}
}

// bufferFulls counts the errors of that name.
func bufferFulls(o *hlsOrigin) int {
	n := 0
	for _, s := range all[qoe.Note](o) {
		if s.Text == bufferFullNote {
			n++
		}
	}
	return n
}

// A quota below what the player aims at: the append that does not fit is repeated,
// the player aiming at less each time, until it waits. Nothing is fatal and nothing
// stalls (e2e/fidelity/truth/hls-vod-quota-audio: four errors).
func TestHLSQuota(t *testing.T) {
	// 600 kbit/s are 150 kB a segment of 2 s: 40 of them are 6 MB, 80 s.
	o := (&hlsOrigin{length: 400 * time.Second, audio: true}).play(t, Config{MediaSourceQuota: Quota{Video: 6e6}}, 60*time.Second)
	if n := bufferFulls(o); n != 4 {
		t.Errorf("%d bufferFullErrors; want 4: 600 s are halved to 300, 150 and 75, and 74 fit", n)
	}
	if got := len(o.times("v0/seg40.")); got != 5 {
		t.Errorf("the segment beyond the quota was asked for %d times; want 5, the last when there is room", got)
	}
	if at, why := o.fatal(); at >= 0 {
		t.Errorf("fatal at %.1f: %s", at, why)
	}
	if stalls := all[qoe.Stall](o); len(stalls) > 0 {
		t.Errorf("stalled: %v", stalls)
	}
	h := o.player.(*hls)
	if b := h.main.store; b.total > 6e6 {
		t.Errorf("%d bytes held; want no more than the quota", b.total)
	}
	if ahead := h.el.ahead(qoe.Audio, 0); ahead > 76*time.Second {
		t.Errorf("%v of sound ahead; want what is aimed at to be less for it too", ahead)
	}
}

// A quota that the least buffer does not fit in: the player lives on what fits.
func TestHLSQuotaBelowTheLeastBuffer(t *testing.T) {
	o := (&hlsOrigin{length: 200 * time.Second}).play(t, Config{MediaSourceQuota: Quota{Video: 1e6}}, 100*time.Second)
	if at, why := o.fatal(); at >= 0 {
		t.Errorf("fatal at %.1f: %s", at, why)
	}
	if stalls := all[qoe.Stall](o); len(stalls) > 0 {
		t.Errorf("stalled: %v", stalls)
	}
	if n := bufferFulls(o); n == 0 || n > 200 {
		t.Errorf("%d bufferFullErrors; want some, and no hot loop", n)
	}
}

// What was played is there to be seen again: all of it, or what the page wants kept,
// or what the browser has room for.
func TestHLSBackBuffer(t *testing.T) {
	four, zero := 4.0, 0.0
	for _, c := range []struct {
		why   string
		cfg   Config
		first string // fetched after a jump from 40 s to 10 s; "" nothing
	}{
		{"all is kept", Config{}, ""},
		{"4 s are kept", Config{BackBufferLength: &four}, "seg5.m4s"},
		{"less than a target duration is not cut", Config{BackBufferLength: &zero}, "seg5.m4s"},
		{"that of live streams does not count", Config{LiveBackBufferLength: &four}, ""},
		{"the browser has let go of it", Config{MediaSourceQuota: Quota{Video: 2e6}}, "seg5.m4s"},
	} {
		cfg := c.cfg
		cfg.MaxBufferLength, cfg.MaxMaxBufferLength = 8, 8
		o := (&hlsOrigin{length: 200 * time.Second}).play(t, cfg, 40300*time.Millisecond)
		n := len(o.requests)
		o.player.Seek(Target{Origin: FromStart, Offset: 10 * time.Second})
		o.until(t, 41*time.Second)
		first := ""
		if len(o.requests) > n {
			first = o.requests[n].url[len("http://edge/v0/"):]
		}
		if first != c.first {
			t.Errorf("%s: the jump back fetched %q first; want %q", c.why, first, c.first)
		}
	}
}

// The back buffer of a VOD that was appended to its end is kept: its source buffers are
// in their ended state (flushBackBuffer).
func TestHLSBackBufferOfTheEnded(t *testing.T) {
	four := 4.0
	o := (&hlsOrigin{length: 40 * time.Second}).play(t, Config{BackBufferLength: &four}, 30*time.Second)
	n := len(o.requests)
	o.player.Seek(Target{Origin: FromStart, Offset: time.Second})
	o.until(t, 32*time.Second)
	if len(o.requests) != n || o.player.State().Phase != Playing {
		t.Errorf("%d requests, %s; want none, it is all there", len(o.requests)-n, o.player.State().Phase)
	}
}

// Live, the back buffer goes too, and the subtitles with it.
func TestHLSLiveBackBuffer(t *testing.T) {
	four := 4.0
	for _, cfg := range []Config{{BackBufferLength: &four}, {LiveBackBufferLength: &four}} {
		o := subtitled(true, english+",DEFAULT=YES").play(t, cfg, 60*time.Second)
		h := o.player.(*hls)
		pos := h.el.position()
		if kept := pos - h.el.buffers[qoe.Video][0].start; kept < 4*time.Second || kept > 8*time.Second {
			t.Errorf("%v of video kept; want 4 s, by whole target durations", kept)
		}
		if kept := pos - h.el.buffers[qoe.Text][0].start; kept > 10*time.Second {
			t.Errorf("%v of subtitles kept; want a second more than of the video", kept)
		}
	}
}

// What was buffered apart, too far ahead, is let go after a jump back, if the page
// says so.
func TestHLSFrontBuffer(t *testing.T) {
	ten := 10.0
	for _, cfg := range []Config{{}, {FrontBufferFlushThreshold: &ten}} {
		cfg.MaxBufferLength, cfg.MaxMaxBufferLength = 8, 8
		o := (&hlsOrigin{length: 200 * time.Second}).play(t, cfg, 5*time.Second)
		o.player.Seek(Target{Origin: FromStart, Offset: 100 * time.Second})
		o.until(t, 10*time.Second)
		o.player.Seek(Target{Origin: FromStart, Offset: 2 * time.Second})
		o.until(t, 20*time.Second)
		b := o.player.(*hls).el.buffers[qoe.Video]
		apart := slices.ContainsFunc(b, func(s span) bool { return s.start >= 90*time.Second })
		if want := cfg.FrontBufferFlushThreshold == nil; apart != want {
			t.Errorf("threshold %v: buffered %v; want what lies at 100 s kept: %v", cfg.FrontBufferFlushThreshold, b, want)
		}
	}
}
