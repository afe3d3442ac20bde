package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// The hazards of token protection that come with a viewer's life and clock. What
// is expected is what the real players and refreshers do.

func (w *lived) calls(from, to time.Duration) (found []qoe.Refresh) {
	for _, r := range of[qoe.Refresh](w) {
		if at := r.Start.Sub(w.start); at >= from && at < to {
			found = append(found, r)
		}
	}
	return found
}

func (w *lived) refused(from, to time.Duration) (found []Exchange) {
	for _, x := range w.between(from, to) {
		if x.Refused() {
			found = append(found, x)
		}
	}
	return found
}

// A clock ahead by more than TTL - lead makes every token look due at once: one
// call a second for ever, and playback is fine.
func TestH07SkewAhead(t *testing.T) {
	for _, name := range []string{"guide-hlsjs", "gcore-plugin"} {
		t.Run(name, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				policy(t, c, name)
				c.Clock = &scenarios.Clock{Skew: 30 * time.Second}
			})
			if n := len(w.calls(10*time.Second, 50*time.Second)); n < 33 || n > 41 {
				t.Errorf("%d calls in 40 s, want one about every 1.1 s", n)
			}
			if n, stalls := len(w.refused(0, time.Hour)), len(of[qoe.Stall](w)); n+stalls != 0 {
				t.Errorf("%d refused, %d stalls; want none", n, stalls)
			}
		})
	}
}

// A clock behind by more than the lead sends the refresh that much after expiry.
func TestH08SkewBehind(t *testing.T) {
	w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
		policy(t, c, "guide-hlsjs")
		c.Clock = &scenarios.Clock{Skew: -12 * time.Second} // lead 6
	})
	calls := w.calls(time.Second, time.Minute)
	if len(calls) == 0 || !nearly(calls[0].Start.Sub(w.start), 26*time.Second, time.Second) {
		t.Fatalf("refreshes %+v, want the first 6 s after the token died at 20 s", calls)
	}
	refused := w.refused(0, time.Minute)
	if len(refused) == 0 || refused[0].Margin > 0 || refused[0].Margin < -3*time.Second {
		t.Fatalf("refused %+v, want the first within a reload of 2 s after expiry, by the true clock", refused)
	}
	if len(of[qoe.Fatal](w)) == 0 {
		t.Error("no fatal error; hls.js gives up about a second after the first refusal")
	}
}

// setTimeout is monotonic: a clock set right before its timer fires does not help
// the timer. From then on all is well.
func TestH09ClockStep(t *testing.T) {
	w := liveOne(t, 2*time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
		policy(t, c, "guide-hlsjs")
		c.Player = player.Config{Profile: player.DashJS, Version: "4.7"}
		policy(t, c, "guide-dashjs")
		c.Clock = &scenarios.Clock{Skew: -8 * time.Second, Step: &scenarios.ClockStep{At: lab.Fixed(10 * time.Second), By: 8 * time.Second}}
	})
	if n := len(w.refused(19*time.Second, 25*time.Second)); n == 0 {
		t.Error("nothing refused after the first expiry; want 403s until the refresh 2 s after it, which was armed by the wrong clock")
	}
	if refused := w.refused(25*time.Second, time.Hour); len(refused) != 0 {
		t.Errorf("%d refused later, first at %v; want none: the clock is right now", len(refused), refused[0].Start.Sub(w.start))
	}
}

// After a closed laptop the page asks for playlists and segments with the token of
// before; the refresh comes when its timer has run out what it had left.
func TestH10SuspendResume(t *testing.T) {
	const wake = 30*time.Second + 10*time.Minute
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, 12*time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player = p
				policy(t, c, "guide-hlsjs")
				c.Policy.Hook = "transport"
				c.Life = []scenarios.Step{step(30, scenarios.Sleep, lasting(600))}
			})
			if got := w.leave().Asleep; got != 10*time.Minute {
				t.Errorf("asleep %v, want 10m", got)
			}
			if n := len(w.between(31*time.Second, wake)) + len(w.calls(31*time.Second, wake)); n != 0 {
				t.Errorf("%d requests while asleep", n)
			}
			first := w.refused(wake, wake+5*time.Second)
			if len(first) == 0 || first[0].Margin > -9*time.Minute {
				t.Fatalf("refused after waking up: %+v, want requests with a token dead for minutes", first)
			}
			if p.Profile == player.HLSJS {
				fatal := of[qoe.Fatal](w)
				if len(fatal) == 0 || !nearly(fatal[0].At.Sub(w.start), wake+time.Second, 3*time.Second) {
					t.Errorf("fatal %+v, want about a second after the first refusal: three levels are burnt at once", fatal)
				}
			}
		})
	}
}

// A laptop that sleeps breaks off what is in flight; the page learns of it on
// waking up.
func TestH10RequestsInFlightFailOnWakingUp(t *testing.T) {
	w := liveOne(t, 2*time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
		c.Link.Steps = nil
		c.Link.RTT = time.Second // nearly always something is in flight
		for at := 40.3; at < 100; at += 20 {
			c.Life = append(c.Life, step(at, scenarios.Sleep, lasting(10)))
		}
	})
	lost := 0
	for _, x := range w.exchanges {
		if x.Failure == qoe.NetworkFailure {
			lost++
			if end := x.Start.Add(x.Took).Sub(w.start) % (20 * time.Second); end != 10300*time.Millisecond {
				t.Errorf("%s failed at …%v, want 10.3s, when the laptop was opened", x.Object, end)
			}
		}
	}
	if lost == 0 {
		t.Error("nothing failed, want what was in flight")
	}
}

// In a hidden silent tab timers run at the browser's ticks once a second: the
// refresh is late by less than that. In a tab that is heard they run on time.
func TestH11BackgroundThrottle(t *testing.T) {
	live := func(muted bool) *lived {
		return liveOne(t, 5*time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
			policy(t, c, "guide-hlsjs")
			c.Life = []scenarios.Step{step(5, scenarios.Background, func(s *scenarios.Step) { s.Muted = muted })}
		})
	}
	silent, heard := live(true).calls(20*time.Second, time.Hour), live(false).calls(20*time.Second, time.Hour)
	if len(silent) < 15 || len(heard) < 15 {
		t.Fatalf("%d and %d refreshes, want one in 14 s", len(silent), len(heard))
	}
	apart := silent[1].Start.Sub(silent[0].Start)
	if apart != apart.Truncate(time.Second) {
		t.Errorf("refreshes of the silent tab %v apart, want whole seconds: the browser's ticks", apart)
	}
	late := silent[0].Start.Sub(heard[0].Start)
	if late <= 0 || late >= time.Second {
		t.Errorf("silent tab's refresh %v later, want under a second", late)
	}
	apart = heard[1].Start.Sub(heard[0].Start)
	if apart == apart.Truncate(time.Second) {
		t.Errorf("refreshes of a tab that is heard %v apart, want what its timers say", apart)
	}
}

// Nobody tells the refresher that its viewer has paused for an hour.
func TestH33PausedViewer(t *testing.T) {
	for _, p := range players() {
		w := liveOne(t, time.Hour, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			c.Player = p
			policy(t, c, "guide-hlsjs")
			c.Policy.Hook = "transport"
			sc.Token = scenarios.Token{TTL: time.Minute, Lead: 10 * time.Second, Mode: scenarios.Plain}
			c.Life = []scenarios.Step{step(60, scenarios.Pause)}
		})
		if n := len(w.calls(0, time.Hour)); n < 71 || n > 73 {
			t.Errorf("%s: %d token calls, want 72 an hour", p.Profile, n)
		}
		if n := len(w.between(30*time.Minute, time.Hour, qoe.Playlist, qoe.Manifest)); n < 800 {
			t.Errorf("%s: %d playlists in the last half hour, want one every 2 s", p.Profile, n)
		}
	}
}

// The Gcore plugin installs the old stream's token when its call is answered after
// another stream was loaded: everything is refused until the next refresh.
func TestH34SourceSwitchRace(t *testing.T) {
	play := func(at float64) *lived {
		return liveOne(t, time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			policy(t, c, "gcore-plugin")
			sc.Target.Lab.Live = []string{"one", "two"}
			sc.Target.Lab.API.Latency = lab.Fixed(200 * time.Millisecond)
			sc.Target.Lab.API.Faults = []lab.CallFault{{Calls: []int{2}, Latency: lab.Fixed(4 * time.Second)}}
			c.Life = []scenarios.Step{step(at, scenarios.Zap, func(s *scenarios.Step) { s.Video = "two" })}
		})
	}
	// The refresh is under way from 14 s to 18 s; the page's own call is answered at once.
	race := play(15)
	if n := len(race.refused(18*time.Second, 31*time.Second)); n == 0 {
		t.Error("nothing refused, want all requests of the new stream with the old one's token")
	}
	if n := len(of[qoe.Fatal](race)); n == 0 {
		t.Error("hls.js survived, want a fatal error: the next refresh is a dozen seconds away")
	}
	calm := play(25)
	if n := len(calm.refused(0, time.Minute)); n != 0 {
		t.Errorf("%d refused without a call under way, want none", n)
	}
	if zaps := of[qoe.Startup](calm); len(zaps) != 2 || zaps[0].Zap || !zaps[1].Zap {
		t.Errorf("startups %+v, want the first and one zap", zaps)
	}
}

// A viewer whose address changes keeps the token of the old one until the lead says
// otherwise, and is refused meanwhile.
func TestH38IPChange(t *testing.T) {
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, 90*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player = p
				policy(t, c, "guide-hlsjs")
				c.Policy.Hook = "transport"
				sc.Token = scenarios.Token{TTL: time.Minute, Lead: 10 * time.Second, Mode: scenarios.IP}
				c.Life = []scenarios.Step{step(20, scenarios.Move)}
			})
			if n := len(w.refused(0, 20*time.Second)); n != 0 {
				t.Errorf("%d refused at the first address", n)
			}
			refused := w.refused(20*time.Second, 50*time.Second)
			if len(refused) == 0 || refused[0].Margin < 30*time.Second {
				t.Fatalf("refused %+v, want requests with tokens that have half a minute to live", refused)
			}
			if n := len(of[qoe.Fatal](w)) + len(of[qoe.Stall](w)); n == 0 {
				t.Error("nobody noticed, want a frozen picture long before the refresh at 50 s")
			}
		})
	}
	t.Run("plain tokens do not care", func(t *testing.T) {
		w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
			c.Life = []scenarios.Step{step(20, scenarios.Move, lasting(15))}
		})
		if n := len(w.refused(0, time.Minute)); n != 0 {
			t.Errorf("%d refused, want none", n)
		}
	})
}

// A page that fetched its token long before play was pressed, with a token API
// that has failed since, asks for the master playlist with a dead token.
func TestH42ColdStartExpiry(t *testing.T) {
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, 2*time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player = p
				policy(t, c, "guide-hlsjs")
				c.Policy.Hook = "transport"
				sc.Target.Lab.API.Outages = []lab.Outage{{From: 5 * time.Second, To: time.Hour}}
				c.Start = scenarios.Click
				c.Life = []scenarios.Step{step(60, scenarios.Play)}
			})
			asked := w.between(0, time.Hour)
			if len(asked) == 0 || asked[0].Start.Sub(w.start) < time.Minute || asked[0].Start.Sub(w.start) > time.Minute+100*time.Millisecond || asked[0].Kind != qoe.Manifest || !asked[0].Refused() {
				t.Fatalf("requests %+v, want nothing before play, then a refused manifest", asked)
			}
			fatal := of[qoe.Fatal](w)
			if p.Profile == player.Generic { // which goes on for a minute
				if n := len(asked); n < 15 || len(fatal) != 0 {
					t.Errorf("%d requests, fatal %+v; want it to ask again and again", n, fatal)
				}
				return
			}
			if len(fatal) != 1 {
				t.Fatalf("fatal %+v, want one", fatal)
			}
			// hls.js asks once for a master that is refused; dash.js 1 + 3 times.
			if after := fatal[0].At.Sub(w.start) - time.Minute; p.Profile == player.HLSJS && after > time.Second || after > 3*time.Second {
				t.Errorf("gave up %v after play was pressed", after)
			}
			if l := w.leave(); l.Watched != time.Minute || l.Starting != time.Minute {
				t.Errorf("account %+v, want a minute since the wish to play, all of it waiting", l)
			}
		})
	}
}

func nearly(a, b, by time.Duration) bool { return (a - b).Abs() <= by }
