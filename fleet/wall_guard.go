package fleet

import (
	"context"
	"time"

	"soak/loop"
	"soak/scenarios"
)

// guard dismisses the audience when a threshold is missed that may end the run.
// It returns when present is over.
func (r *wallRun) guard(present context.Context, dismiss func(), guards scenarios.Guards) (*scenarios.Abort, error) {
	if len(guards) == 0 {
		return nil, nil
	}
	for at := guards.From(); loop.Sleep(present, time.Until(r.start.Add(at))) == nil; at += scenarios.GuardEvery {
		if abort, err := guards.Judge(at, r.summary()); abort != nil || err != nil {
			dismiss()
			return abort, err
		}
	}
	return nil, nil
}
