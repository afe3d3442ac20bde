package fidelity

import (
	"context"
	"fmt"
	"time"

	"soak/fleet"
	"soak/scenarios"
)

// look is how often a play looks at its player: what is shown is known to
// this grain.
const look = 50 * time.Millisecond

// Play plays a pair with our profile in virtual time, for as long as its scenario
// lasts, and observes it. start is scenario time zero, the viewer's wish to play:
// that of the browser's play it is to be held against.
func Play(pair scenarios.Scenario, start time.Time) (Observation, error) {
	return play(context.Background(), pair, fleet.Options{Virtual: true, Start: start})
}

// PlayNow plays a pair with our profile over sockets, in real time from now on: for
// pairs whose target is not the lab. It takes as long as the scenario lasts.
func PlayNow(ctx context.Context, pair scenarios.Scenario) (Observation, error) {
	return play(ctx, pair, fleet.Options{})
}

func play(ctx context.Context, pair scenarios.Scenario, opt fleet.Options) (Observation, error) {
	if n := pair.Viewers.Count; n != 1 || len(pair.Viewers.Mix) != 1 {
		return Observation{}, fmt.Errorf("pair %s: %d viewers of %d cohorts; a pair has one viewer", pair.Name, n, len(pair.Viewers.Mix))
	}
	r := newRecorder(pair.Viewers.Mix[0].Player)
	opt.Observer = r.observer()
	result, err := fleet.Run(ctx, pair, opt)
	if err != nil {
		return Observation{}, fmt.Errorf("pair %s: %w", pair.Name, err)
	}
	if result.Interrupted {
		return Observation{}, fmt.Errorf("pair %s: %w", pair.Name, context.Cause(ctx))
	}
	return r.observation(), nil
}
