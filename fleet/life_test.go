package fleet

import (
	"context"
	"slices"
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// lived is one viewer's life in virtual time, as told.
type lived struct {
	samples   []qoe.Sample
	exchanges []Exchange
	states    []player.State
	start     time.Time
	summary   *qoe.Summary
}

// liveOne plays a scenario of one viewer, made from the library's defaults.
func liveOne(t *testing.T, long time.Duration, change func(*scenarios.Scenario, *scenarios.Cohort)) *lived {
	t.Helper()
	sc := oneViewer(t, long, change)
	w, err := watched(sc)
	if err != nil {
		t.Fatal(err)
	}
	w.addUp(t)
	return w
}

// watched computes a run of one viewer and keeps what it told.
func watched(sc scenarios.Scenario) (*lived, error) {
	w := &lived{start: virtualEpoch}
	r, err := Run(context.Background(), sc, Options{Virtual: true, Observer: &Observer{
		Sample:   func(_ int, s qoe.Sample) { w.samples = append(w.samples, s) },
		Exchange: func(_ int, x Exchange) { w.exchanges = append(w.exchanges, x) },
		State:    func(_ int, _ time.Time, s player.State) { w.states = append(w.states, s) },
		Every:    500 * time.Millisecond,
	}})
	if err == nil {
		w.summary = r.Summary
	}
	return w, err
}

func oneViewer(t testing.TB, long time.Duration, change func(*scenarios.Scenario, *scenarios.Cohort)) scenarios.Scenario {
	t.Helper()
	sc := scenarios.Default()
	sc.Thresholds, sc.Duration, sc.Arrival = nil, long, scenarios.Arrival{Kind: scenarios.Once}
	steady, err := refresher.Builtin("steady")
	if err != nil {
		t.Fatal(err)
	}
	c := sc.Viewers.Mix[0]
	c.Name, c.Share, c.Policy = "one", 1, steady
	sc.Viewers = scenarios.Viewers{Count: 1, Mix: []scenarios.Cohort{c}}
	cfg := labConfig(&sc)
	cfg.Window = 30 // one minute to jump back into
	sc.Target.Lab = &cfg
	change(&sc, &sc.Viewers.Mix[0])
	return sc
}

// policy puts a built-in policy into a cohort.
func policy(t testing.TB, c *scenarios.Cohort, name string) {
	t.Helper()
	p, err := refresher.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	p.Lead = nil
	c.Policy = p
}

// addUp holds the account: every instant since the wish to play belongs to exactly
// one thing that the viewer did, and nothing is told after leaving.
func (w *lived) addUp(t interface {
	Helper()
	Errorf(string, ...any)
}) {
	t.Helper()
	var stalls, seeks time.Duration
	leaves := 0
	for i, s := range w.samples {
		switch s := s.(type) {
		case qoe.Stall:
			stalls += s.Took
		case qoe.Seek:
			seeks += s.Took
		case qoe.Leave:
			leaves++
			if sum := s.Starting + s.Playing + s.Seeking + s.Paused + s.Asleep + s.Ended + stalls; sum != s.Watched {
				t.Errorf("account of %v in all for %v: %+v, stalls %v", sum, s.Watched, s, stalls)
			}
			if s.Seeking != seeks {
				t.Errorf("%v spent on seeking, %v told", s.Seeking, seeks)
			}
			if i != len(w.samples)-1 {
				t.Errorf("%d samples after leaving, first %+v", len(w.samples)-1-i, w.samples[i+1])
			}
		}
	}
	if leaves != 1 {
		t.Errorf("%d accounts, want one", leaves)
	}
}

func of[T qoe.Sample](w *lived) (found []T) {
	for _, s := range w.samples {
		if v, ok := s.(T); ok {
			found = append(found, v)
		}
	}
	return found
}

func (w *lived) leave() qoe.Leave { return of[qoe.Leave](w)[0] }

// between are the exchanges of some kinds that began in a span of the session.
func (w *lived) between(from, to time.Duration, kinds ...qoe.Kind) (found []Exchange) {
	for _, x := range w.exchanges {
		if at := x.Start.Sub(w.start); at >= from && at < to && (len(kinds) == 0 || slices.Contains(kinds, x.Kind)) {
			found = append(found, x)
		}
	}
	return found
}

// players are the profiles that every step is tried on.
func players() []player.Config {
	return []player.Config{
		{Profile: player.HLSJS}, {Profile: player.DashJS}, {Profile: player.Generic},
		{Profile: player.HLSJS, Wrapper: player.Gcore}, {Profile: player.DashJS, Wrapper: player.Gcore},
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func step(at float64, do string, change ...func(*scenarios.Step)) scenarios.Step {
	s := scenarios.Step{At: lab.Fixed(seconds(at)), Do: do}
	for _, c := range change {
		c(&s)
	}
	return s
}

func lasting(s float64) func(*scenarios.Step) {
	return func(step *scenarios.Step) { step.For = lab.Fixed(seconds(s)) }
}

func to(t testing.TB, place string) func(*scenarios.Step) {
	p := new(scenarios.Place)
	if err := p.UnmarshalText([]byte(place)); err != nil {
		t.Fatal(err)
	}
	return func(step *scenarios.Step) { step.To = p }
}

// near tells whether two times are within a tenth of a second.
func near(a, b time.Duration) bool { return (a - b).Abs() <= 100*time.Millisecond }

func TestPause(t *testing.T) {
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player = p
				c.Life = []scenarios.Step{step(20, scenarios.Pause, lasting(15))}
			})
			if got := w.leave().Paused; got != 15*time.Second {
				t.Errorf("paused %v, want 15s", got)
			}
			if n := len(of[qoe.Stall](w)); n != 0 {
				t.Errorf("%d stalls, want none: a pause is no stall", n)
			}
			if n := len(w.between(22*time.Second, 34*time.Second, qoe.Playlist, qoe.Manifest)); n < 4 {
				t.Errorf("%d playlists in a pause, want one every 2 s: both players go on reloading", n)
			}
			if n := len(w.between(22*time.Second, 34*time.Second, qoe.Segment)); n < 4 {
				t.Errorf("%d segments in a pause, want the stream's: both players go on loading", n)
			}
		})
	}
}

func TestSeekBack(t *testing.T) {
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player = p
				c.Life = []scenarios.Step{step(20, scenarios.Seek, to(t, "-30s")), step(40, scenarios.Seek, to(t, "live"))}
			})
			seeks := of[qoe.Seek](w)
			if len(seeks) != 2 || seeks[0].By != -30*time.Second || seeks[0].Open || seeks[1].By < 20*time.Second {
				t.Fatalf("seeks %+v, want 30 s back and then to the live edge, both with a picture", seeks)
			}
			if seeks[0].Took <= 0 || seeks[0].Took > 2*time.Second {
				t.Errorf("picture %v after jumping out of the buffer, want one segment's time", seeks[0].Took)
			}
			if stalls, skips := of[qoe.Stall](w), of[qoe.Skip](w); len(stalls)+len(skips) != 0 {
				t.Errorf("stalls %+v, skips %+v; want none: a jump of the viewer's own is neither", stalls, skips)
			}
		})
	}
}

func TestSeekInVOD(t *testing.T) {
	for _, p := range players() {
		t.Run(p.Profile, func(t *testing.T) {
			w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
				c.Player, c.Stream = p, scenarios.VOD
				c.Link.Steps = nil
				c.Life = []scenarios.Step{
					step(10, scenarios.Seek, to(t, "5m")),
					step(20, scenarios.Seek, to(t, "+10s")),
					step(30, scenarios.Seek, to(t, "20h")),
				}
			})
			seeks := of[qoe.Seek](w)
			if len(seeks) != 3 {
				t.Fatalf("seeks %+v, want three", seeks)
			}
			if seeks[1].By != 10*time.Second {
				t.Errorf("jump of %v, want 10s on from where the playhead was", seeks[1].By)
			}
			if got := w.leave().Ended; got < 25*time.Second {
				t.Errorf("at the end for %v, want most of the last half minute: a jump beyond the end goes to it", got)
			}
		})
	}
}

func TestQuality(t *testing.T) {
	for _, p := range players() {
		for _, how := range []player.Switch{player.SwitchNext, player.SwitchNow, player.SwitchLoad} {
			t.Run(p.Profile+"/"+string(how), func(t *testing.T) {
				w := liveOne(t, time.Minute, func(_ *scenarios.Scenario, c *scenarios.Cohort) {
					c.Player, c.Stream = p, scenarios.VOD
					c.Life = []scenarios.Step{step(20, scenarios.Choose, func(s *scenarios.Step) { s.Bitrate, s.Switch = 1, string(how) })}
				})
				shown := w.shown(virtualEpoch.Add(20 * time.Second))
				switch {
				case how == player.SwitchNow && (shown < 0 || shown > 3*time.Second):
					t.Errorf("lowest quality seen after %v, want at once: the buffer is emptied", shown)
				case how == player.SwitchLoad && shown >= 0 && shown < 5*time.Second:
					t.Errorf("lowest quality seen after %v, want when the buffer has been played", shown)
				}
				for _, x := range w.between(25*time.Second, time.Minute, qoe.Segment) {
					if x.Media == qoe.Video && x.Object[:2] != "v1" {
						t.Errorf("%s asked for at %v, want the lowest only", x.Object, x.Start.Sub(w.start))
						break
					}
				}
			})
		}
	}
}

// shown is how long after an instant the lowest quality was first on screen; -1
// when never.
func (w *lived) shown(since time.Time) time.Duration {
	lowest := int64(1 << 62)
	for _, s := range w.states {
		if s.Bitrate > 0 {
			lowest = min(lowest, s.Bitrate)
		}
	}
	for i, s := range w.states {
		if at := w.start.Add(time.Duration(i) * 500 * time.Millisecond); s.Bitrate == lowest && !at.Before(since) {
			return at.Sub(since)
		}
	}
	return -1
}
