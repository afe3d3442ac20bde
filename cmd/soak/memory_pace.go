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
// collecting at a twelfth more than is in use costs next to nothing; where manifests are
// long it would cost all of a core.
//
// While viewers come there is little to collect, and to look for it at every twelfth that
// the heap grows by would mark all that is in use a dozen times over. What they will have
// in use is known beforehand, so the heap may grow to that at once.
const (
	pacedViewers = 1000
	paceEvery    = 5 * time.Second
	growthEvery  = 250 * time.Millisecond // a heap grows by megabytes meanwhile, not by more
	collectOften = 8                      // per cent: where it begins
	costly       = 0.05
	cheap        = 0.02
	pacedViewer  = 10 << 10 // bytes that a viewer of hlsjs has in use at least
	pacedBase    = 1 << 20  // and everything else
	leastHeap    = 4 << 20  // at GOGC=100, and in proportion (package runtime, mgcpacer.go)
)

// paceMemory keeps a run over sockets small, unless GOGC or GOMEMLIMIT say otherwise,
// until stop is called. An embedded lab's garbage is collected as it always was: the
// lab has to keep its times too.
func paceMemory(s scenarios.Scenario) (stop func()) {
	if s.Viewers.Count < pacedViewers || s.Target.Embedded() || os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	p := pacing{expected: pacedBase + pacedViewer*uint64(s.Viewers.Count), percent: collectOften}
	_ = hugePages(int64(p.expected)) // no more of them than will be in use; a kernel without is as right, and slower
	was := debug.SetGCPercent(growthPercent(p.percent, readHeap(), p.expected))
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(done) })
	return func() {
		close(done)
		watching.Wait()
		debug.SetGCPercent(was)
	}
}

// pacing is how far a heap may grow.
type pacing struct {
	expected uint64 // bytes in use once everybody is there
	percent  int    // beyond what is in use or will be, whichever is more
}

// watch looks at what collecting leaves, and at what it costs, until done is closed.
func (p *pacing) watch(done <-chan struct{}) {
	tick := time.NewTicker(growthEvery)
	defer tick.Stop()
	for before, ticks := readHeap(), 1; ; ticks++ {
		select {
		case <-done:
			return
		case <-tick.C:
		}
		now, was := readHeap(), p.percent
		if ticks%int(paceEvery/growthEvery) == 0 {
			share := (now.collecting - before.collecting) / (paceEvery.Seconds() * float64(runtime.GOMAXPROCS(0)))
			p.percent = nextPercent(p.percent, share)
			before.collecting = now.collecting
		}
		if now.live != before.live || p.percent != was {
			debug.SetGCPercent(growthPercent(p.percent, now, p.expected))
			before.live = now.live
		}
	}
}

// growthPercent is GOGC for a heap that may come to so many per cent more than is
// expected, or than the last collection left, whichever is more. GOGC is of what was
// marked, stacks and globals included, and also of a heap that is never collected before.
func growthPercent(percent int, last heap, expected uint64) int {
	if last.live >= expected {
		return percent
	}
	total := uint64(100+percent) * expected / 100
	marked := max(last.live+last.besides, 1) // there may have been no collection yet
	return max(percent, int(min(100*(total-last.live)/marked, 100*total/leastHeap)))
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

// heap is what the collector tells.
type heap struct {
	live       uint64  // bytes that the last collection left
	besides    uint64  // bytes of stacks and globals that it looked through
	collecting float64 // processor seconds so far, without those that nobody else wanted
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/cpu/classes/gc/mark/idle:cpu-seconds"},
	}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64() + s[2].Value.Uint64(), s[3].Value.Float64() - s[4].Value.Float64()}
}
