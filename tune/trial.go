package tune

import (
	"context"
	"errors"
	"time"

	"soak/fleet"
	"soak/scenarios"
)

// Confirmation is choices played over sockets and computed: what was recommended, and
// what was not.
type Confirmation struct {
	Cells []Confirmed `json:"cells"`
	// Interrupted tells that it was stopped before all had been played.
	Interrupted bool `json:"interrupted,omitempty"`
}

// OK tells whether all that was computed is what happened.
func (c *Confirmation) OK() bool {
	if c.Interrupted {
		return false
	}
	for _, cell := range c.Cells {
		if !cell.OK() {
			return false
		}
	}
	return true
}

// Confirm runs trials one after the other, in real time. Progress, when set, is told
// how much of that time has passed, from 0 to 1. After ctx is done the confirmation has
// what was compared until then.
func Confirm(ctx context.Context, trials []Trial, progress func(done float64)) (*Confirmation, error) {
	c := &Confirmation{}
	var all, passed time.Duration
	for _, t := range trials {
		all += t.Wall.Duration
	}
	for _, t := range trials {
		if c.Interrupted = ctx.Err() != nil; c.Interrupted {
			break
		}
		if progress != nil {
			before := passed
			t.Progress = func(p fleet.Progress) { progress((before + p.Now).Seconds() / all.Seconds()) }
		}
		cell, err := t.Run(ctx)
		if c.Interrupted = errors.Is(err, context.Canceled) && ctx.Err() != nil; c.Interrupted {
			break // before anybody came
		}
		if err != nil {
			return c, err
		}
		c.Cells = append(c.Cells, cell)
		c.Interrupted = cell.Interrupted
		passed += t.Wall.Duration
	}
	return c, nil
}

const (
	// confirmers is how many viewers a trial has: what two cores carry with ease.
	confirmers = 300
	// confirmCycles is how many cycles every viewer of a trial lives through.
	confirmCycles = 2.5
	minTrial      = 30 * time.Second
)

// Trial makes a trial of a scenario that plays a choice against the lab: with an
// audience that one machine carries, for two cycles and a half of its longest-lived
// tokens.
func (c Config) Trial(name string, scene scenarios.Scenario) Trial {
	scene.Viewers.Count = min(scene.Viewers.Count, confirmers)
	scene.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: 5 * time.Second}
	scene.Duration = max(minTrial, scene.Arrival.Over+time.Duration(confirmCycles*float64(longestCycle(scene))).Round(time.Second))
	scene.Thresholds, scene.Expect = nil, nil
	scene.Start = time.Time{} // real time begins now
	return Trial{Name: name, Wall: scene}
}

// Against plays the trial over sockets against a stream out there, instead of the lab
// that stands for it where the trial is computed.
func (t Trial) Against(target scenarios.Target) Trial {
	scene := t.Wall
	t.Virtual = &scene
	t.Wall.Target = target
	return t
}

func longestCycle(sc scenarios.Scenario) time.Duration {
	longest := sc.Token.TTL - sc.Token.Lead
	for i := range sc.Viewers.Mix {
		c := &sc.Viewers.Mix[i]
		ttl := sc.TokenOf(c).TTL
		longest = max(longest, ttl-sc.PolicyOf(c).LeadFor(ttl))
	}
	return longest
}
