package fleet

import (
	"context"

	"soak/scenarios"
)

// guarded computes the run, in steps where thresholds may end it. After each step
// every loop stands at the same instant, so what is judged is the same every time.
func (r *virtualRun) guarded(ctx context.Context, guards scenarios.Guards) (*scenarios.Abort, error) {
	if len(guards) > 0 {
		for at := guards.From(); at < r.length; at += scenarios.GuardEvery {
			if err := r.time.Run(ctx, r.start.Add(at)); err != nil {
				return nil, err
			}
			if abort, err := guards.Judge(at, r.summary()); abort != nil || err != nil {
				return abort, err
			}
		}
	}
	return nil, r.time.Run(ctx, r.start.Add(r.length))
}
