package fleet

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/scenarios"
)

// strains are the generator's health slice by slice, as far as the run has come. Slices
// are as wide as those of a [qoe.Course], and begin with the run.
type strains struct {
	every time.Duration

	mu     sync.Mutex
	course []Strain
}

func newStrains(of *scenarios.Scenario) *strains {
	return &strains{every: qoe.CourseStep(of.Duration)}
}

func (s *strains) add(one Strain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.course = append(s.course, one)
}

func (s *strains) soFar() []Strain {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.course)
}

// watchStrain measures the generator until ctx is done.
func (r *wallRun) watchStrain(ctx context.Context) {
	every := r.strains.every
	began, cpu := max(time.Since(r.start), 0), cpuTime()
	for over := false; !over; {
		over = loop.Sleep(ctx, began.Truncate(every)+every-began) != nil
		now, used := time.Since(r.start), cpuTime()
		if now > began {
			r.strains.add(r.strained(now-began, used-cpu))
		}
		began, cpu = now, used
	}
}

func (r *wallRun) strained(elapsed, cpu time.Duration) Strain {
	var late qoe.Sketch
	for _, l := range r.late {
		recent := l.takeRecent()
		late.Merge(&recent)
	}
	return Strain{
		CPU:         cpu.Seconds() / (elapsed.Seconds() * float64(runtime.GOMAXPROCS(0))),
		LatenessP99: late.Quantile(0.99), LatenessMax: late.Max(),
	}
}
