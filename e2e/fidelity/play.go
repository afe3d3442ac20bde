package fidelity

import (
	"context"
	"fmt"
	"time"

	"soak/fleet"
	"soak/scenarios"
)

// look is how often a virtual play looks at its player: what is shown is known to
// this grain.
const look = 50 * time.Millisecond

// Play plays a pair with our profile in virtual time, for as long as its scenario
// lasts, and observes it. start is scenario time zero, the viewer's wish to play:
// that of the browser's play it is to be held against.
func Play(pair scenarios.Scenario, start time.Time) (Observation, error) {
	if n := pair.Viewers.Count; n != 1 || len(pair.Viewers.Mix) != 1 {
		return Observation{}, fmt.Errorf("pair %s: %d viewers of %d cohorts; a pair has one viewer", pair.Name, n, len(pair.Viewers.Mix))
	}
	r := newRecorder(start, pair.Viewers.Mix[0].Player)
	_, err := fleet.Run(context.Background(), pair, fleet.Options{Virtual: true, Start: start, Observer: r.observer()})
	if err != nil {
		return Observation{}, fmt.Errorf("pair %s: %w", pair.Name, err)
	}
	return r.observation(pair.Duration), nil
}
