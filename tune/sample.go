package tune

import (
	"context"
	"fmt"
	"slices"
	"time"

	"soak/fleet"
	"soak/refresher"
	"soak/scenarios"
)

// perScene is how many viewers make a scene: viewer n of a sweep is number n % perScene of
// scene n / perScene, whose seed is its own. All cells have the same scenes, so that their
// viewers meet the same luck.
const perScene = 1024

// audited is every how many of those viewers who have nothing to fear one is played
// all the same, to see that they have not.
const audited = 512

// sample counts viewers from ≤ n < to of a cell, all of one scene.
func (c Config) sample(ctx context.Context, ch Choice, from, to int) (Tally, error) {
	sc, err := c.Scene(ch, perScene, sceneSeed(c.Seed, from/perScene))
	if err != nil {
		return Tally{}, err
	}
	s := sampling{Config: c, choice: ch, scene: sc, count: Tally{Cohorts: make([]CohortTally, len(sc.Viewers.Mix))}}
	for i := range sc.Viewers.Mix {
		k := &sc.Viewers.Mix[i]
		cycle, w, err := c.cycle(k, ch)
		if err != nil {
			return Tally{}, err
		}
		s.ways = append(s.ways, w)
		s.cycles = append(s.cycles, cycle)
	}
	for n := from; n < to; n++ {
		if err := s.live(ctx, n%perScene); err != nil {
			return Tally{}, err
		}
	}
	return s.count, s.play(ctx)
}

// sceneSeed gives every scene of a sweep luck of its own.
func sceneSeed(seed uint64, scene int) uint64 { return seed + uint64(scene)*0x9e3779b97f4a7c15 }

// sampling is a sample being taken.
type sampling struct {
	Config
	choice   Choice
	scene    scenarios.Scenario
	cycles   []Cycle // by cohort
	ways     []way
	count    Tally
	suspects []int // viewers to be played
	audits   []int
}

// cohort is a viewer's place in the mix.
func (s *sampling) cohort(viewer int) int {
	k := fleet.CohortOf(&s.scene, viewer)
	return slices.IndexFunc(s.scene.Viewers.Mix, func(o scenarios.Cohort) bool { return o.Name == k.Name })
}

// live plays a viewer's refresher alone.
func (s *sampling) live(ctx context.Context, viewer int) error {
	k := s.cohort(viewer)
	arrival := arriving * time.Duration(viewer) / perScene
	l, err := live(ctx, &s.scene, viewer, arrival, s.cycles[k], s.ways[k])
	if err != nil {
		return err
	}
	c, cc := &s.count, &s.count.Cohorts[k]
	c.Viewers++
	c.Millis += (session - arrival).Milliseconds()
	c.Cycles += l.cycles
	c.Late += l.late
	c.Calls += l.calls
	c.Squares += l.calls * l.calls
	cc.Viewers++
	cc.Cycles += l.cycles
	cc.Late += l.late
	for _, m := range l.margins {
		c.Margins[s.choice.binOf(m)]++
	}
	switch {
	case l.lost:
		c.Lost++
	case l.least < s.ways[k].sloppy || unforeseen(&s.scene.Viewers.Mix[k]):
		s.suspects = append(s.suspects, viewer)
	case viewer%audited == 0:
		s.audits = append(s.audits, viewer)
	}
	return nil
}

// binOf is the bin of a margin.
func (ch Choice) binOf(margin time.Duration) int {
	from, to := ch.marginBin(0), ch.marginBin(bins)
	if to <= from {
		return 0
	}
	return min(max(int((Seconds(margin)-from)*bins/(to-from)), 0), bins-1)
}

// unforeseen tells whether a refresher alone cannot tell what becomes of a viewer,
// because of what the viewer does or of the clock's moves.
func unforeseen(k *scenarios.Cohort) bool {
	return len(k.Life) > 0 || k.Start != "" && k.Start != scenarios.Autoplay || k.Policy.Hook == refresher.ServiceWorkerHook ||
		k.Clock != nil && (k.Clock.Drift != 0 || k.Clock.Step != nil)
}

// play plays those whole who have anything to fear, and some others.
func (s *sampling) play(ctx context.Context) error {
	noticed, err := s.noticed(ctx, s.suspects)
	if err != nil {
		return err
	}
	for k, n := range noticed {
		s.count.Noticed += n
		s.count.Cohorts[k].Noticed += n
	}
	surprised, err := s.noticed(ctx, s.audits)
	for k, n := range surprised {
		s.count.Surprised += n
		s.count.Cohorts[k].Noticed += n
	}
	s.count.Played += int64(len(s.suspects) + len(s.audits))
	return err
}

// noticed counts, by cohort, who of some viewers notices something due to tokens.
func (s *sampling) noticed(ctx context.Context, viewers []int) ([]int64, error) {
	by := make([]int64, len(s.scene.Viewers.Mix))
	if len(viewers) == 0 {
		return by, nil
	}
	r, err := fleet.Run(ctx, s.scene, fleet.Options{Virtual: true, Causes: true, Only: viewers})
	if err != nil {
		return nil, err
	}
	if r.Interrupted {
		return nil, context.Cause(ctx)
	}
	for i := range r.Summary.Cohorts {
		c := &r.Summary.Cohorts[i]
		k := slices.IndexFunc(s.scene.Viewers.Mix, func(o scenarios.Cohort) bool { return o.Name == c.Cohort })
		if k < 0 {
			return nil, fmt.Errorf("cohort %s: not in the scene", c.Cohort)
		}
		by[k] += c.Causes.Token.Viewers
	}
	return by, nil
}
