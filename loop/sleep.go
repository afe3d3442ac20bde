package loop

import (
	"context"
	"time"
)

// Sleep waits in real time for d, or until ctx is done, whose error it returns
// then. It is for shells at the wires; what runs on a loop uses After.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
