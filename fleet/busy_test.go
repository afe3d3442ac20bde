//go:build !race

// With the race detector a machine is busy in any case.

package fleet

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Past what the machine can do the verdict is invalid: here others take all of it as soon
// as viewers play.
func TestBusyMachinesAreNoticed(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	began := time.Duration(0)
	r, err := Run(ctx, short(3, 20*time.Second), Options{Progress: func(p Progress) {
		switch {
		case p.Playing > 0 && began == 0:
			began = p.Now
			for range 25 { // a turn is 10 ms: who waits for the others waits for 250 ms
				go func() {
					for ctx.Err() == nil {
					}
				}()
			}
		case began > 0 && p.Now > began+1500*time.Millisecond:
			stop()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if why := strings.Join(r.Health.Saturated(), "\n"); !strings.Contains(why, " late: p99 ") {
		t.Errorf("saturated by %q, health %+v; want late timers, or requests", why, r.Health)
	}
}
