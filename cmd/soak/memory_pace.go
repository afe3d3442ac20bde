package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"soak/scenarios"
)

// How memory is traded for processor time where thousands of viewers visit a stream
// elsewhere. Most of what they leave is in use, and little becomes garbage, so that
// collecting at a fifth more than is in use costs a few per cent of a core; where
// manifests are long it would cost all of it.
const (
	pacedViewers = 1000
	paceEvery    = 5 * time.Second
	collectOften = 20 // per cent: where it begins
	costly       = 0.05
	cheap        = 0.02
)

// paceMemory keeps a run over sockets small, unless GOGC or GOMEMLIMIT say otherwise,
// until stop is called. An embedded lab's garbage is collected as it always was: the
// lab has to keep its times too.
func paceMemory(s scenarios.Scenario) (stop func()) {
	if s.Viewers.Count < pacedViewers || s.Target.Embedded() || os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	was := debug.SetGCPercent(collectOften)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { pace(done) })
	return func() {
		close(done)
		watching.Wait()
		debug.SetGCPercent(was)
	}
}

// pace looks at what collecting costs until done is closed.
func pace(done <-chan struct{}) {
	tick := time.NewTicker(paceEvery)
	defer tick.Stop()
	percent, before := collectOften, collecting()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		now := collecting()
		share := (now - before) / (paceEvery.Seconds() * float64(runtime.GOMAXPROCS(0)))
		if next := nextPercent(percent, share); next != percent {
			percent = next
			debug.SetGCPercent(percent)
		}
		before = now
	}
}

// nextPercent is how far the heap may grow, given what share of the cores was spent on
// collecting it at the present one: further at once where that was much, and back
// step by step.
func nextPercent(percent int, share float64) int {
	switch {
	case share > costly:
		return min(2*percent, collectSeldom)
	case share < cheap:
		return max(percent*3/4, collectOften)
	}
	return percent
}

// collecting is the processor time, in seconds, that was spent on garbage so far, without
// what nobody else wanted.
func collecting() float64 {
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	metrics.Read(s)
	return s[0].Value.Float64() - s[1].Value.Float64()
}
