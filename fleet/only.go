package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"soak/scenarios"
)

// CohortOf is the cohort that a viewer of the scenario belongs to.
func CohortOf(sc *scenarios.Scenario, viewer int) *scenarios.Cohort {
	return cohortOf(sc.Viewers.Mix, viewer)
}

// RefresherStream is what a viewer's refresher draws from.
func RefresherStream(seed uint64, viewer int) *rand.Rand {
	return stream(seed, viewer, refresherStream)
}

// cast is who plays in a virtual run: all, or those who are asked for.
func cast(sc *scenarios.Scenario, only []int) ([]seat, error) {
	seats := plan(sc)
	if only == nil {
		return seats, nil
	}
	copied := slices.ContainsFunc(seats, func(s seat) bool { return s.copies != nil })
	if cfg := labConfig(sc); cfg.Shared() || copied {
		return nil, fmt.Errorf("%w: some viewers only, where they get into each other's way or copy from each other", ErrConfig)
	}
	some := make([]seat, len(only))
	for i, id := range only {
		if id < 0 || id >= len(seats) || i > 0 && id <= only[i-1] {
			return nil, fmt.Errorf("%w: viewer %d only: numbers ascend, from 0 to %d", ErrConfig, id, len(seats)-1)
		}
		some[i] = seats[id]
	}
	return some, nil
}
