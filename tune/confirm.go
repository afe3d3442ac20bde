package tune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"soak/fleet"
	"soak/scenarios"
)

// Trial is a scenario to be played in real time and computed, and what is to come of
// both compared.
type Trial struct {
	Name string
	// Wall is played over sockets: against the embedded lab, or a stream out there.
	Wall scenarios.Scenario
	// Virtual is computed. It is Wall with a lab in the place of the target; nil where
	// Wall plays the lab itself.
	Virtual *scenarios.Scenario
	// Progress, when set, is told how the run over sockets goes.
	Progress func(fleet.Progress)
}

// Confirmed is what a trial came to.
type Confirmed struct {
	Name     string  `json:"name"`
	Viewers  int     `json:"viewers"`
	Duration Seconds `json:"durationSeconds"`
	// Keyed tells that the same latencies and failures struck both runs, call by call
	// of each viewer, so that cycles can be compared one by one. Else only shares can.
	Keyed bool `json:"keyed"`

	Cycles  Pairs `json:"cycles"`
	Wall    Bad   `json:"wall"`
	Virtual Bad   `json:"virtual"`
	// Agree is the share of cycles that were good in both runs or bad in both. SameBad
	// is the share, of those bad in either run, that were bad in both.
	Agree   Share `json:"agree"`
	SameBad Share `json:"sameBad"`
	// WaitP50 and WaitP99 are by how much the waits for a token differed.
	WaitP50 Seconds `json:"waitP50Seconds"`
	WaitP99 Seconds `json:"waitP99Seconds"`
	// Worst are the cycles that differ most, five at most.
	Worst []Difference `json:"worst"`

	Lateness Seconds `json:"latenessSeconds"` // of the run over sockets: p99 of its timers
	// Saturated tells why the run over sockets is not to be trusted: it measured this
	// machine.
	Saturated   []string `json:"saturated,omitempty"`
	Interrupted bool     `json:"interrupted,omitempty"`
}

// Pairs are the cycles that ended in one run at least, or went bad there.
type Pairs struct {
	BothGood    int `json:"bothGood"`
	BothBad     int `json:"bothBad"`
	OnlyWall    int `json:"onlyWall"` // bad
	OnlyVirtual int `json:"onlyVirtual"`
	// Unpaired are cycles that the other run has not; good ones count nowhere else.
	Unpaired int `json:"unpaired"`
}

// Bad is how many of a run's cycles were bad.
type Bad struct {
	Share
	Requests int `json:"requests"` // that carried a token
	Expired  int `json:"expired"`  // of these
}

// Share is a part of a whole, and where it lies with 95 % confidence (Wilson).
type Share struct {
	Of int `json:"of"`
	K  int `json:"k"`
	Interval
}

func shareOf(k, of int) Share { return Share{of, k, Wilson(k, of, 0.95)} }

// Value is the share itself, 1 of nothing.
func (s Share) Value() float64 {
	if s.Of == 0 {
		return 1
	}
	return float64(s.K) / float64(s.Of)
}

// Difference is a cycle that was not the same in both runs.
type Difference struct {
	Viewer  int  `json:"viewer"`
	Cycle   int  `json:"cycle"`
	Wall    Side `json:"wall"`
	Virtual Side `json:"virtual"`
}

// Side is a cycle in one of two runs; the zero Side is of a run that has none such.
type Side struct {
	Began    bool    `json:"began"`
	Ended    bool    `json:"ended"`       // with the next token
	Wait     Seconds `json:"waitSeconds"` // for that one
	Requests int     `json:"requests"`
	Expired  int     `json:"expired"`
}

// Bad tells whether a request of it met an edge with a dead token.
func (s Side) Bad() bool { return s.Expired > 0 }

// counts tells whether it is known how the cycle went.
func (s Side) counts() bool { return s.Ended || s.Bad() }

func sideOf(c fleet.Cycle) Side {
	return Side{Began: true, Ended: !c.Open(), Wait: Seconds(c.Wait), Requests: c.Requests, Expired: c.Expired}
}

func side(life []fleet.Cycle, i int) Side {
	if i < len(life) {
		return sideOf(life[i])
	}
	return Side{}
}

// enough is the promise of a confirmation whose faults are keyed: so many of the
// cycles that are bad in either run are bad in both.
const enough = 0.95

// Nothing tells that there was no cycle to compare: nobody stayed for one.
func (c Confirmed) Nothing() bool {
	if c.Keyed {
		return c.Agree.Of == 0
	}
	return c.Wall.Of == 0 || c.Virtual.Of == 0
}

// OK tells whether what was computed is what happened. With keyed faults that is a
// matter of cycles; else the shares' intervals have to meet.
func (c Confirmed) OK() bool {
	if len(c.Saturated) > 0 || c.Nothing() {
		return false
	}
	if c.Keyed {
		return c.Agree.Value() >= enough && c.SameBad.High >= enough
	}
	return c.Wall.Low <= c.Virtual.High && c.Virtual.Low <= c.Wall.High
}

// most is how many cycles of a viewer are kept: an hour of a call a second.
const most = 3600

// Run plays a trial in real time, computes it as of the same instant, so that
// expiries fall on the same whole seconds, and compares the two. A trial stopped by
// ctx is compared as far as it came.
func (t Trial) Run(ctx context.Context) (Confirmed, error) {
	virtual, keyed := t.Wall, t.Wall.Target.Embedded()
	if t.Virtual != nil {
		virtual = *t.Virtual
	}
	if err := apart(t.Wall, virtual); err != nil {
		return Confirmed{}, fmt.Errorf("confirm %s: %w", t.Name, err)
	}
	played := fleet.NewLedger(t.Wall.Viewers.Count, most)
	wall, err := fleet.Run(ctx, t.Wall, fleet.Options{Observer: played.Observer(), Progress: t.Progress})
	if err != nil {
		return Confirmed{}, fmt.Errorf("confirm %s: %w", t.Name, err)
	}
	if wall.Interrupted {
		virtual.Duration = min(virtual.Duration, wall.Elapsed)
	}
	computed := fleet.NewLedger(virtual.Viewers.Count, most)
	_, err = fleet.Run(context.WithoutCancel(ctx), virtual, fleet.Options{
		Virtual: true, Start: wall.Started, Observer: computed.Observer(),
	})
	if err != nil {
		return Confirmed{}, fmt.Errorf("confirm %s: %w", t.Name, err)
	}
	c := compare(played, computed)
	if !keyed {
		c = Confirmed{Wall: c.Wall, Virtual: c.Virtual}
	}
	c.Name, c.Keyed, c.Viewers, c.Duration = t.Name, keyed, t.Wall.Viewers.Count, Seconds(virtual.Duration)
	c.Lateness, c.Saturated, c.Interrupted = Seconds(wall.Health.LatenessP99), wall.Health.Saturated(), wall.Interrupted
	return c, nil
}

// apart tells what of two scenarios keeps their runs from being compared.
func apart(wall, virtual scenarios.Scenario) error {
	switch {
	case !virtual.Target.Embedded():
		return errors.New("a stream out there cannot be computed: give the lab that stands for it")
	case wall.Seed != virtual.Seed || wall.Viewers.Count != virtual.Viewers.Count || wall.Duration != virtual.Duration:
		return errors.New("the two scenarios differ in seed, viewers or duration")
	}
	return nil
}

// compare puts the cycles of two runs of the same viewers side by side.
func compare(played, computed *fleet.Ledger) Confirmed {
	var c Confirmed
	var waits []time.Duration
	for viewer := range played.Viewers() {
		a, b := played.Cycles(viewer), computed.Cycles(viewer)
		c.Wall.add(a)
		c.Virtual.add(b)
		for i := range max(len(a), len(b)) {
			d := Difference{Viewer: viewer, Cycle: i + 1, Wall: side(a, i), Virtual: side(b, i)}
			c.Cycles.add(d)
			if d.Wall.Bad() != d.Virtual.Bad() {
				c.Worst = append(c.Worst, d)
			}
			if d.Wall.Ended && d.Virtual.Ended {
				waits = append(waits, d.wait())
			}
		}
	}
	p := c.Cycles
	c.Agree = shareOf(p.BothGood+p.BothBad, p.BothGood+p.BothBad+p.OnlyWall+p.OnlyVirtual)
	c.SameBad = shareOf(p.BothBad, p.BothBad+p.OnlyWall+p.OnlyVirtual)
	c.Wall.Share, c.Virtual.Share = shareOf(c.Wall.K, c.Wall.Of), shareOf(c.Virtual.K, c.Virtual.Of)
	slices.Sort(waits)
	c.WaitP50, c.WaitP99 = Seconds(quantile(waits, 0.5)), Seconds(quantile(waits, 0.99))
	c.Worst = worst(c.Worst)
	return c
}

func (p *Pairs) add(d Difference) {
	if !d.Wall.counts() && !d.Virtual.counts() {
		return
	}
	paired := d.Wall.Began && d.Virtual.Began
	if !paired {
		p.Unpaired++
	}
	switch wall, virtual := d.Wall.Bad(), d.Virtual.Bad(); {
	case wall && virtual:
		p.BothBad++
	case wall:
		p.OnlyWall++
	case virtual:
		p.OnlyVirtual++
	case paired:
		p.BothGood++
	}
}

func (b *Bad) add(life []fleet.Cycle) {
	for _, c := range life {
		b.Requests += c.Requests
		b.Expired += c.Expired
		if sideOf(c).counts() {
			b.Of++
		}
		if c.Bad() {
			b.K++
		}
	}
}

// worst are the differences that matter most: by the number of requests that expired
// in one run only, then by the wait.
func worst(all []Difference) []Difference {
	slices.SortStableFunc(all, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(b.requests(), a.requests()), cmp.Compare(b.wait(), a.wait()))
	})
	return all[:min(len(all), 5)]
}

func (d Difference) requests() int {
	return max(d.Wall.Expired, d.Virtual.Expired) - min(d.Wall.Expired, d.Virtual.Expired)
}

func (d Difference) wait() time.Duration { return (d.Wall.Wait - d.Virtual.Wait).Duration().Abs() }

// quantile is of values in order, 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(math.Ceil(q*float64(len(sorted)))))]
}
