package tune

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"soak/fleet"
	"soak/lab"
	"soak/loop"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// alone is a viewer who keeps a token fresh and plays nothing: the refresher of real
// runs, on a loop, drawing what the viewer of that number draws in the scenario. It
// costs a hundredth of a whole viewer, and tells who of them has anything to fear.
type alone struct {
	scene  *scenarios.Scenario
	api    lab.API
	viewer int
	cycle  Cycle
	way    way

	loop      *loop.Virtual
	refresher *refresher.Refresher
	transfers *rand.Rand
	held      int64 // expiry of the token in force; 0 before there is one
	life      life
}

// life is what became of the tokens of one viewer.
type life struct {
	cycles, late, calls int64
	// least is the least margin, and margins are all: how long before its death a token
	// was replaced. Negative: after.
	least   time.Duration
	margins []time.Duration
	// lost tells that there never was a token: the first calls failed, which no lead
	// can help.
	lost bool
}

// live plays one viewer of a scene for its whole length.
func live(ctx context.Context, sc *scenarios.Scenario, viewer int, arrival time.Duration, cycle Cycle, w way) (life, error) {
	cohort := fleet.CohortOf(sc, viewer)
	world := loop.NewWorld(epoch)
	v := &alone{scene: sc, api: sc.Target.Lab.API, viewer: viewer, cycle: cycle, way: w, loop: world.Loop()}
	v.life.least = cycle.TTL
	policy := sc.PolicyOf(cohort)
	policy.Seed = refresher.SeedAnswer // the answer's URL holds the same pair
	v.refresher = refresher.New(&policy, v.clock(policy, cohort), v, fleet.RefresherStream(sc.Seed, viewer), v.told)
	if cycle.Whole {
		v.transfers = rand.New(rand.NewPCG(sc.Seed^transferStream, uint64(viewer)))
	}
	v.loop.After(arrival, func() {
		v.refresher.Start(func(a refresher.Answer) { v.life.lost = !a.OK() })
	})
	if err := world.Run(ctx, epoch.Add(sc.Duration)); err != nil {
		return life{}, fmt.Errorf("viewer %d: %w", viewer, err)
	}
	v.end()
	return v.life, nil
}

func (v *alone) clock(p refresher.Policy, cohort *scenarios.Cohort) refresher.Clock {
	if cohort.Clock == nil {
		return v.loop
	}
	return behind{v.loop, -cohort.Clock.Skew}
}

// transferStream keeps transfers apart from what else is drawn for a viewer.
const transferStream = 0x7472616e73666572

// margin is how long the token in force has left where it will be judged.
func (v *alone) margin() time.Duration {
	dies := time.Unix(v.held, 0).Add(v.cycle.Grace)
	left := dies.Sub(v.loop.Now()) - v.way.travel - v.scene.Target.Lab.EdgeSkew
	if v.transfers != nil {
		left -= v.way.transfer.Draw(v.transfers)
	}
	return left
}

// told hears of each call.
func (v *alone) told(s qoe.Sample) {
	r, ok := s.(qoe.Refresh)
	if !ok {
		return
	}
	v.life.calls++
	if !r.Installed {
		return
	}
	if v.held != 0 {
		v.replaced(v.margin())
	}
	v.held = v.refresher.Grant().Expires
}

func (v *alone) replaced(margin time.Duration) {
	v.life.cycles++
	v.life.margins = append(v.life.margins, margin)
	v.life.least = min(v.life.least, margin)
	if margin < 0 {
		v.life.late++
	}
}

// end looks at the token that is in force as the viewer leaves.
func (v *alone) end() {
	if v.held == 0 {
		v.life.lost = true
	} else if margin := v.margin(); margin < 0 {
		v.replaced(margin)
	}
	v.refresher.Stop()
}

// Call implements refresher.Source: what the lab's token API does, without a link in
// between but for its delays.
func (v *alone) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	start := v.loop.Now()
	f := v.api.Fate(v.scene.Seed, v.viewer, n)
	if f.Hangs {
		return func(qoe.Failure) {}
	}
	arrives := start.Add(v.way.call - v.way.back)
	timer := v.loop.After(v.way.call+f.Latency, func() {
		a := refresher.Answer{Status: 200, Start: start, End: v.loop.Now(), Date: arrives.Add(f.Latency).Truncate(time.Second)}
		if f.Status != 0 {
			a.Status, a.Failure = f.Status, qoe.StatusFailure
		} else {
			a.Grant.Token = aloneTokens[n&1]
			a.Grant.Expires = arrives.Unix() + int64(v.cycle.TTL/time.Second)
			a.TokenIP = a.Grant.Token
		}
		done(a)
	})
	return func(qoe.Failure) { timer.Stop() }
}

// aloneTokens differ from one to the next, as a policy that looks at them wants.
var aloneTokens = [2]string{"token0000000000000000", "token1111111111111111"}
