package fleet

import (
	"context"
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// A zap is a new player on another stream with a token of its own; the account is
// one viewer's.
func TestZap(t *testing.T) {
	for _, p := range players() {
		for _, name := range []string{"steady", "guide-hlsjs"} {
			t.Run(p.Profile+"/"+name, func(t *testing.T) {
				w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
					c.Player = p
					policy(t, c, name)
					c.Policy.Hook = "transport"
					c.Life = []scenarios.Step{step(20, scenarios.Zap, lasting(15), func(s *scenarios.Step) { s.Stream = scenarios.VOD })}
				})
				starts := of[qoe.Startup](w)
				if len(starts) != 3 || starts[0].Zap || !starts[1].Zap || !starts[2].Zap {
					t.Fatalf("startups %+v, want the first, the zap and the zap back", starts)
				}
				for _, s := range starts[1:] {
					if s.Took < 50*time.Millisecond || s.Took > 3*time.Second {
						t.Errorf("picture %v after zapping, want a token call and a start", s.Took)
					}
				}
				if n := len(w.refused(0, time.Minute)); n != 0 {
					t.Errorf("%d refused, want none", n)
				}
				m := w.summary.Metrics()
				if m["viewers"] != 1 || m["watched_seconds"] != 60 || m["zap_seconds_max"] <= 0 {
					t.Errorf("metrics %v, want one viewer of 60 s who zapped", m)
				}
			})
		}
	}
}

// Who leaves and comes back loads the page anew, with a first token of its own; the
// time away is nobody's.
func TestLeaveAndComeBack(t *testing.T) {
	w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
		c.Life = []scenarios.Step{step(20, scenarios.Leave, lasting(15)), step(50, scenarios.Leave)}
	})
	if got := w.leave(); got.Watched != 35*time.Second || got.At.Sub(w.start) != 50*time.Second {
		t.Errorf("account %+v, want 20 s and 15 s watched until 50 s", got)
	}
	if n := len(w.between(20*time.Second, 35*time.Second)) + len(w.between(50*time.Second, time.Hour)); n != 0 {
		t.Errorf("%d requests while away", n)
	}
	first := 0
	for _, r := range of[qoe.Refresh](w) {
		if r.Reason == qoe.FirstToken {
			first++
		}
	}
	if first != 2 {
		t.Errorf("%d first tokens, want one a visit", first)
	}
}

// A page that preloads has its buffer and no picture until play is pressed: the
// viewer who presses it waits for nothing.
func TestPreload(t *testing.T) {
	for _, p := range players() {
		if p.Wrapper != "" && p.Profile == player.DashJS {
			continue // made when play is pressed: player's TestGcoreWaitsForPlay
		}
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player, c.Start = p, scenarios.Preload
				c.Life = []scenarios.Step{step(10, scenarios.Play)}
			})
			starts := of[qoe.Startup](w)
			if len(starts) != 1 || starts[0].At.Sub(w.start) != 10*time.Second {
				t.Fatalf("startups %+v, want one when play was pressed", starts)
			}
			if len(w.between(0, 10*time.Second, qoe.Segment)) == 0 {
				t.Error("no segment before play, want the buffer filled")
			}
			// dash.js arms the MPD's timer at PLAYBACK_STARTED, the others at the first playlist.
			reloads := len(w.between(4*time.Second, 10*time.Second, qoe.Playlist, qoe.Manifest))
			if reloading := p.Profile != player.DashJS; (reloads > 0) != reloading {
				t.Errorf("%d playlists while waiting; want some: %v", reloads, reloading)
			}
			if got := w.leave(); got.Paused < 9*time.Second || got.Paused > 10*time.Second {
				t.Errorf("paused %v, want from the first token to play", got.Paused)
			}
		})
	}
}

// Times are drawn from each viewer's own stream: viewer 3 does the same in a larger
// audience.
func TestLifeIsDrawnForEachViewer(t *testing.T) {
	paused := func(count int) map[int]time.Duration {
		at := map[int]time.Duration{}
		sc := oneViewer(t, time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			sc.Viewers.Count = count
			c.Life = []scenarios.Step{{At: lab.Uniform(5*time.Second, 30*time.Second), For: lab.Uniform(time.Second, 20*time.Second), Do: scenarios.Pause}}
		})
		_, err := Run(context.Background(), sc, Options{Virtual: true, Observer: &Observer{Sample: func(viewer int, s qoe.Sample) {
			if l, ok := s.(qoe.Leave); ok {
				at[viewer] = l.Paused
			}
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	few, many := paused(4), paused(8)
	for i := range 4 {
		if few[i] != many[i] || i > 0 && few[i] == few[i-1] {
			t.Errorf("viewer %d paused %v of four and %v of eight; want the same, and unlike others", i, few[i], many[i])
		}
	}
}

// The same life over sockets, in real time: another address, a pause, a jump, a
// sleep, another stream and another page.
func TestLifeOverSockets(t *testing.T) {
	sc := oneViewer(t, 14*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		sc.Viewers.Count = 2
		sc.Viewers.Mix = append(sc.Viewers.Mix, *c)
		for i := range sc.Viewers.Mix {
			c := &sc.Viewers.Mix[i]
			c.Name, c.Player, c.Token = players()[i].Profile, players()[i], &scenarios.CohortToken{Mode: scenarios.IP}
			c.Clock = &scenarios.Clock{Skew: 2 * time.Second}
			c.Life = []scenarios.Step{
				step(3, scenarios.Pause, lasting(1)), step(5, scenarios.Sleep, lasting(1)),
				step(7, scenarios.Zap, func(s *scenarios.Step) { s.Stream = scenarios.VOD }),
				step(9, scenarios.Seek, to(t, "+2m")), step(11, scenarios.Move),
			}
		}
	})
	r, err := Run(t.Context(), sc, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := r.Summary.Metrics()
	for name, want := range map[string]float64{"viewers": 2, "started_viewers": 2, "seek_count": 2} {
		if m[name] != want {
			t.Errorf("%s = %v; want %v", name, m[name], want)
		}
	}
	if m["paused_seconds"] < 1.5 || m["asleep_seconds"] < 1.5 || m["zap_seconds_max"] <= 0 {
		t.Errorf("paused %v, asleep %v, zapped %v; want about 2 s, 2 s and something", m["paused_seconds"], m["asleep_seconds"], m["zap_seconds_max"])
	}
	if m["refused_requests"] == 0 {
		t.Error("nothing refused; want the requests from the new address with tokens bound to the old one")
	}
}
