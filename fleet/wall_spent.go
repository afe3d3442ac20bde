package fleet

import (
	"runtime"
	"runtime/metrics"
	"time"
)

// spent is what this process has used up to a moment.
type spent struct {
	at     time.Time
	cpu    time.Duration
	gc     time.Duration // of processors, for garbage; cores that had nothing else to do not counted
	paused time.Duration // for which the collector stopped everything
	pauses *metrics.Float64Histogram
}

// What the runtime tells (package runtime/metrics). It adds up when a collection ends.
const (
	gcTotal  = "/cpu/classes/gc/total:cpu-seconds"
	gcIdle   = "/cpu/classes/gc/mark/idle:cpu-seconds"
	gcPause  = "/cpu/classes/gc/pause:cpu-seconds" // of all cores
	gcPauses = "/sched/pauses/total/gc:seconds"
)

func spending() spent {
	all := []metrics.Sample{{Name: gcTotal}, {Name: gcIdle}, {Name: gcPause}, {Name: gcPauses}}
	metrics.Read(all)
	s := spent{at: time.Now(), cpu: cpuTime()}
	number := func(i int) float64 {
		if all[i].Value.Kind() != metrics.KindFloat64 {
			return 0 // a runtime that does not know it
		}
		return all[i].Value.Float64()
	}
	s.gc = time.Duration((number(0) - number(1)) * float64(time.Second))
	s.paused = time.Duration(number(2) / float64(runtime.GOMAXPROCS(0)) * float64(time.Second))
	if all[3].Value.Kind() == metrics.KindFloat64Histogram {
		s.pauses = all[3].Value.Float64Histogram()
	}
	return s
}

// since are the shares used from before to s: of the cores, of these for garbage, and of
// the time that was stood still.
func (s spent) since(before spent) (cpu, gc, paused float64) {
	elapsed := s.at.Sub(before.at).Seconds()
	if elapsed <= 0 {
		return 0, 0, 0
	}
	cores := elapsed * float64(runtime.GOMAXPROCS(0))
	return (s.cpu - before.cpu).Seconds() / cores, max((s.gc-before.gc).Seconds()/cores, 0), max((s.paused-before.paused).Seconds()/elapsed, 0)
}

// longestPause is the greatest of the collector's stops from before to s, rounded up to a
// bound of the runtime's histogram.
func (s spent) longestPause(before spent) time.Duration {
	if s.pauses == nil || before.pauses == nil || len(s.pauses.Counts) != len(before.pauses.Counts) {
		return 0
	}
	for i := len(s.pauses.Counts) - 1; i >= 0; i-- {
		if s.pauses.Counts[i] > before.pauses.Counts[i] {
			upper := s.pauses.Buckets[min(i+1, len(s.pauses.Buckets)-2)] // the last one is without end
			return time.Duration(upper * float64(time.Second))
		}
	}
	return 0
}
