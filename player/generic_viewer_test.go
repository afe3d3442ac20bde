package player

import (
	"math"
	"testing"
	"time"

	"soak/qoe"
)

// accountOf checks that what a session was spent on adds up to its length.
func accountOf(t *testing.T, why string, samples []qoe.Sample) qoe.Leave {
	t.Helper()
	var leave qoe.Leave
	var stalled time.Duration
	for _, s := range samples {
		switch s := s.(type) {
		case qoe.Stall:
			stalled += s.Took
		case qoe.Leave:
			leave = s
		}
	}
	sum := leave.Starting + leave.Playing + leave.Seeking + leave.Paused + leave.Asleep + leave.Ended + stalled
	if d := sum - leave.Watched; d.Abs() > time.Millisecond {
		t.Errorf("%s: %+v and stalls of %v add up to %v; want %v", why, leave, stalled, sum, leave.Watched)
	}
	return leave
}

// What viewers do to a generic player, and to one in the Gcore player.
func TestViewersOfGeneric(t *testing.T) {
	film := func() *hlsOrigin { return &hlsOrigin{levels: three, audio: true, length: 3 * time.Minute, init: true} }
	event := func() *hlsOrigin { return &hlsOrigin{levels: three, audio: true, live: true, window: 60} }
	for _, c := range []struct {
		why    string
		origin *hlsOrigin
		do     func(Player)
		seeks  int
		check  func(State, qoe.Leave) bool
	}{
		{"pause to the end", film(), func(p Player) { p.Pause() }, 0,
			func(s State, l qoe.Leave) bool {
				return s.Phase == Paused && near([]float64{l.Paused.Seconds()}, []float64{30}, 0.1)
			}},
		{"jump ahead in a film", film(), func(p Player) { p.Seek(Target{FromStart, 100 * time.Second}) }, 1,
			func(s State, l qoe.Leave) bool {
				return s.Phase == Playing && math.Abs(s.Position.Seconds()-130) < 2 && l.Seeking < 2*time.Second
			}},
		{"jump back into what is not buffered any more", film(), func(p Player) { p.Seek(Target{FromStart, 0}) }, 1,
			func(s State, _ qoe.Leave) bool { return s.Phase == Playing && math.Abs(s.Position.Seconds()-30) < 2 }},
		{"jump a minute back in a live event", event(), func(p Player) { p.Seek(Target{FromLive, -time.Minute}) }, 1,
			func(s State, _ qoe.Leave) bool { return s.Phase == Playing && math.Abs(s.LiveLatency.Seconds()-66) < 4 }},
		{"laptop closed", film(), func(p Player) { p.Suspend() }, 0,
			func(s State, l qoe.Leave) bool {
				return s.Phase == Asleep && near([]float64{l.Asleep.Seconds()}, []float64{30}, 0.1)
			}},
		{"lowest quality, at once", film(), func(p Player) { p.Choose(Quality{Manual: true, Switch: SwitchNow}) }, 0,
			func(s State, _ qoe.Leave) bool { return s.Bitrate == 200_000 && s.Phase == Playing }},
		{"lowest quality, next", film(), func(p Player) { p.Choose(Quality{Manual: true}) }, 0,
			func(s State, _ qoe.Leave) bool { return s.Bitrate == 200_000 && s.Phase == Playing }},
		{"lowest quality, when the buffer is played", film(), func(p Player) { p.Choose(Quality{Manual: true, Switch: SwitchLoad}) }, 0,
			func(s State, _ qoe.Leave) bool { return s.Phase == Playing }},
	} {
		o := c.origin.play(t, genericPlayer, 20*time.Second)
		c.do(o.player)
		o.until(t, 50*time.Second)
		s := o.player.State()
		o.player.Stop()
		l := accountOf(t, c.why, o.samples)
		if n := len(all[qoe.Seek](o)); n != c.seeks || len(all[qoe.Fatal](o))+len(all[qoe.Skip](o)) != 0 || !c.check(s, l) {
			t.Errorf("%s: %d jumps, %+v, %+v", c.why, n, s, l)
		}
	}
}

// Before there is anything to do it to, a wish waits; a player paused before Start
// loads and does not play.
func TestGenericWishesWait(t *testing.T) {
	o := &hlsOrigin{levels: three, length: time.Minute}
	o.setUp()
	p, err := New(genericPlayer, o, "http://edge/master.m3u8", dice())
	if err != nil {
		t.Fatal(err)
	}
	p.Pause()
	p.Start(epoch)
	p.Seek(Target{FromStart, 30 * time.Second})
	p.Choose(Quality{Manual: true, Index: 0})
	o.until(t, 20*time.Second)
	if s := p.State(); s.Phase != Paused && s.Phase != Loading || s.Position != 30*time.Second {
		t.Errorf("%+v; want it paused at 30 s", s)
	}
	p.Play()
	o.until(t, 25*time.Second)
	if s := p.State(); s.Phase != Playing || s.Bitrate != 200_000 || s.Position != 35*time.Second {
		t.Errorf("%+v; want it playing the lowest, 5 s on", s)
	}
	p.Stop()
	accountOf(t, "wishes", o.samples)
}

// The Gcore player gives one account of all its loads.
func TestGcoreAccount(t *testing.T) {
	for _, c := range []struct {
		why   string
		rules []rule
	}{
		{"nothing goes wrong", nil},
		{"error screen", []rule{{from: 10 * time.Second, url: "index", status: 410}}},
		{"gone and back", []rule{{from: 10 * time.Second, to: 20 * time.Second, url: "index", status: 410}}},
		{"late to begin", []rule{{to: 20 * time.Second, url: "master", status: 410}}},
		{"never there", []rule{{url: "master", status: 410}}},
	} {
		for _, reload := range []bool{false, true} {
			o := (&hlsOrigin{live: true, rules: c.rules}).play(t, gcoreHLS(GcoreConfig{SourceController: reload}), time.Minute)
			o.player.Pause()
			o.until(t, 70*time.Second)
			o.player.Stop()
			if l := accountOf(t, c.why, o.samples); l.Watched != 70*time.Second {
				t.Errorf("%s: %+v", c.why, l)
			}
		}
	}
}
