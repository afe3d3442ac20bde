package fleet

import (
	"math"
	"math/rand/v2"
	"time"

	"soak/player"
	"soak/refresher"
	"soak/scenarios"
)

// seat is one viewer to come: who, and when.
type seat struct {
	id      int
	cohort  *scenarios.Cohort
	policy  *refresher.Policy // of the whole cohort
	model   *player.Model     // likewise
	arrival time.Duration     // scenario time
	door    int               // viewer whose own address this one's is too: the first behind the same NAT
	pool    int               // the cohort's, by its place in the mix
	copies  *link             // nil for viewers with tokens of their own
	lends   []*link           // to those who copy from this viewer
}

// Streams of random numbers of one viewer, so that what one part draws does not
// move the others.
const (
	arrivalStream = iota
	playerStream
	refresherStream
	linkStream
	pageStream
	lifeStream
	addressStream
	leechStream
)

// stream is viewer i's source of randomness for one part. It depends on the
// run's seed and on i only, so viewer 7 does the same whether 10 or 10,000 play.
func stream(seed uint64, viewer, part int) *rand.Rand { return rand.New(spring(seed, viewer, part)) }

// spring is what a stream draws from.
func spring(seed uint64, viewer, part int) *rand.PCG {
	return rand.NewPCG(seed, uint64(viewer)<<8|uint64(part))
}

// plan seats every viewer of the scenario.
func plan(sc *scenarios.Scenario) []seat {
	seats := make([]seat, sc.Viewers.Count)
	last := time.Duration(0)
	mix := sc.Viewers.Mix
	doors := make([]door, len(mix))
	policies, models := make([]refresher.Policy, len(mix)), make([]*player.Model, len(mix))
	for k := range mix {
		policies[k], models[k] = sc.PolicyOf(&mix[k]), player.ModelOf(mix[k].Player)
	}
	for i := range seats {
		last = arrival(sc, i, last)
		c := cohortOf(mix, i)
		k := 0
		for &mix[k] != c {
			k++
		}
		seats[i] = seat{id: i, cohort: c, policy: &policies[k], model: models[k], arrival: last, door: doors[k].of(i, c.Address), pool: k}
	}
	share(sc, seats)
	return seats
}

// door counts the viewers behind one NAT after the other.
type door struct{ first, behind int }

// of is the first viewer behind the NAT of the next one.
func (d *door) of(viewer int, a scenarios.Address) int {
	if a.Kind != scenarios.NAT || d.behind == a.Size {
		d.behind = 0
	}
	if d.behind == 0 {
		d.first = viewer
	}
	d.behind++
	return d.first
}

// cohortOf deals viewers to cohorts by share. The golden-ratio sequence fills
// [0,1) evenly however many viewers there are, so every prefix of the audience
// has about the mix that was asked for.
func cohortOf(mix []scenarios.Cohort, viewer int) *scenarios.Cohort {
	total := 0.0
	for _, c := range mix {
		total += c.Share
	}
	_, u := math.Modf((float64(viewer) + 0.5) * math.Phi)
	u *= total
	for i := range mix {
		if u -= mix[i].Share; u < 0 {
			return &mix[i]
		}
	}
	return &mix[len(mix)-1]
}

// arrival is when viewer i comes, given when the one before came. Poisson gaps are
// drawn from the viewer's own stream, so a larger audience begins like a smaller.
func arrival(sc *scenarios.Scenario, i int, before time.Duration) time.Duration {
	switch sc.Arrival.Kind {
	case scenarios.Ramp:
		return sc.Arrival.Over * time.Duration(i) / time.Duration(sc.Viewers.Count)
	case scenarios.Poisson:
		gap := stream(sc.Seed, i, arrivalStream).ExpFloat64() / sc.Arrival.Rate
		return before + time.Duration(gap*float64(time.Second))
	}
	return 0
}
