package fleet

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/qoe"
	"soak/scenarios"
)

// Whatever a viewer does, on whatever link and however wrong the clock: the
// buffer is never negative, every instant since the wish to play is accounted for
// once, one segment a pipeline is in flight, and nothing happens after leaving.
func TestAnyLifeAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sc := oneViewer(t, 3*time.Minute, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			c.Player = rapid.SampledFrom([]player.Config{
				{Profile: player.HLSJS}, {Profile: player.DashJS}, {Profile: player.DashJS, Version: "4.7"},
			}).Draw(r, "player")
			policy(t, c, rapid.SampledFrom([]string{"steady", "guide-hlsjs", "gcore-plugin"}).Draw(r, "policy"))
			c.Link, _ = netem.Builtin(rapid.SampledFrom([]string{"fibre", "4g", "3g"}).Draw(r, "link"))
			c.Stream = rapid.SampledFrom([]string{scenarios.Live, scenarios.VOD}).Draw(r, "stream")
			c.Start = rapid.SampledFrom([]string{"", scenarios.Preload, scenarios.Click}).Draw(r, "start")
			c.Clock = &scenarios.Clock{Skew: time.Duration(rapid.IntRange(-20, 20).Draw(r, "skew")) * time.Second}
			c.Life = []scenarios.Step{step(float64(rapid.IntRange(0, 60).Draw(r, "pressed")), scenarios.Play)}
			for range rapid.IntRange(0, 12).Draw(r, "steps") {
				c.Life = append(c.Life, anyStep(t, r))
			}
			sc.Seed = rapid.Uint64().Draw(r, "seed")
		})
		w, err := watched(sc)
		if err != nil {
			r.Fatal(err)
		}
		for _, s := range w.states {
			if s.Buffer < 0 || s.Position < 0 {
				r.Errorf("state %+v; want nothing negative", s)
			}
		}
		w.addUp(r)
		w.oneAtATime(r)
	})
}

// oneAtATime holds that a player has one segment of each kind of media in flight.
func (w *lived) oneAtATime(r *rapid.T) {
	busy := map[qoe.Media]time.Time{}
	for _, x := range inOrder(w.between(0, time.Hour, qoe.Segment)) {
		if x.Start.Before(busy[x.Media]) {
			r.Errorf("%s segment %s asked for at %v, before the one before it had ended", x.Media, x.Object, x.Start.Sub(w.start))
		}
		busy[x.Media] = x.Start.Add(x.Took)
	}
}

func inOrder(x []Exchange) []Exchange {
	slices.SortStableFunc(x, func(a, b Exchange) int { return a.Start.Compare(b.Start) })
	return x
}

func anyStep(t *testing.T, r *rapid.T) scenarios.Step {
	s := scenarios.Step{At: lab.Fixed(time.Duration(rapid.IntRange(0, 179_999).Draw(r, "at")) * time.Millisecond)}
	lasts := lab.Fixed(time.Duration(rapid.IntRange(1, 60_000).Draw(r, "for")) * time.Millisecond)
	s.Do = rapid.SampledFrom([]string{
		scenarios.Pause, scenarios.Play, scenarios.Seek, scenarios.Seek, scenarios.Choose, scenarios.Background,
		scenarios.Foreground, scenarios.Sleep, scenarios.Zap, scenarios.Move, scenarios.Leave,
	}).Draw(r, "do")
	switch s.Do {
	case scenarios.Play, scenarios.Foreground:
		return s
	case scenarios.Seek:
		to(t, rapid.SampledFrom([]string{"-20s", "+20s", "live", "start", "live-30s", "5m", "20h", "-5ms"}).Draw(r, "to"))(&s)
		return s
	case scenarios.Choose:
		level := rapid.IntRange(0, 4).Draw(r, "level")
		s.Level, s.Switch = &level, rapid.SampledFrom([]string{"", "now", "next", "load"}).Draw(r, "switch")
	case scenarios.Background:
		s.Muted = rapid.Bool().Draw(r, "muted")
	case scenarios.Zap:
		s.Stream = rapid.SampledFrom([]string{scenarios.Live, scenarios.VOD}).Draw(r, "zap to")
	}
	if s.Do == scenarios.Sleep || rapid.Bool().Draw(r, "undone") {
		s.For = lasts
	}
	return s
}
