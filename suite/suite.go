package suite

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"soak/fleet"
	"soak/scenarios"
)

// wallWorkers is how many scenarios play side by side in real time: each is a lab
// and a dozen viewers, which leaves a core mostly idle.
const wallWorkers = 8

// Options say how to run a suite. The zero value plays it in real time.
type Options struct {
	Virtual bool
	// Workers is how many scenarios play side by side. 0: as many as there are cores
	// in virtual time, 8 in real time.
	Workers int
	// Run plays one scenario. nil: fleet.Run.
	Run func(context.Context, scenarios.Scenario, fleet.Options) (*fleet.Result, error)
	// Progress, when set, is called as each scenario ends, one call at a time.
	Progress func(done, of int, name string)
}

func (o Options) workers() int {
	switch {
	case o.Workers > 0:
		return o.Workers
	case o.Virtual:
		return runtime.GOMAXPROCS(0)
	}
	return wallWorkers
}

// Run plays the scenarios. When ctx is done those under way end early and those
// not begun are not played; their cases say so.
func Run(ctx context.Context, all []scenarios.Scenario, opt Options) Result {
	if opt.Run == nil {
		opt.Run = fleet.Run
	}
	cases := make([]Case, len(all))
	next := make(chan int)
	var workers sync.WaitGroup
	var told sync.Mutex
	done := 0
	for range min(opt.workers(), len(all)) {
		workers.Go(func() {
			for i := range next {
				cases[i] = play(ctx, &all[i], opt)
				told.Lock()
				done++
				if opt.Progress != nil {
					opt.Progress(done, len(all), all[i].Name)
				}
				told.Unlock()
			}
		})
	}
	for i := range all {
		next <- i
	}
	close(next)
	workers.Wait()
	return Result{Virtual: opt.Virtual, Cases: cases}
}

// play runs one scenario and judges it.
func play(ctx context.Context, sc *scenarios.Scenario, opt Options) Case {
	c := newCase(sc)
	if ctx.Err() != nil {
		c.Interrupted = true
		return c
	}
	r, err := opt.Run(ctx, *sc, fleet.Options{Virtual: opt.Virtual})
	if err != nil {
		c.Err, c.Problem = err, err.Error()
		return c
	}
	c.Interrupted = r.Interrupted
	if !opt.Virtual {
		c.Saturated = r.Health.Saturated()
	}
	if c.Findings, err = findings(sc, r.Summary); err != nil {
		c.Err, c.Problem = err, fmt.Sprintf("scenario %s: %v", sc.Name, err)
	}
	return c
}
