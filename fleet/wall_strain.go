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
	files  int // most that were open at the end of a slice
}

func newStrains(of *scenarios.Scenario) *strains {
	return &strains{every: qoe.CourseStep(of.Duration)}
}

func (s *strains) add(one Strain) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.course = append(s.course, one)
	s.files = max(s.files, one.Files)
}

func (s *strains) soFar() (course []Strain, files int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.course), s.files
}

// watchStrain measures the generator until ctx is done.
func (r *wallRun) watchStrain(ctx context.Context) {
	every := r.strains.every
	began, before := max(time.Since(r.start), 0), spending()
	failed := int64(0)
	for over := false; !over; {
		over = loop.Sleep(ctx, began.Truncate(every)+every-began) != nil
		elapsed, now := time.Since(r.start), spending()
		if elapsed > began {
			r.strains.add(r.strained(before, now, &failed))
		}
		began, before = elapsed, now
	}
}

// strained is the slice from before to now, of which failed is the count of shortages
// before it and then after it.
func (r *wallRun) strained(before, now spent, failed *int64) Strain {
	late, dispatch, short := r.late.recent(), r.dispatch.recent(), r.shortages.count()
	s := Strain{
		LatenessP99: late.Quantile(0.99), LatenessMax: late.Max(), DispatchP99: dispatch.Quantile(0.99),
		Shortages: short - *failed,
	}
	s.CPU, s.GC, s.Paused = now.since(before)
	s.Files, _ = openFiles()
	*failed = short
	return s
}

// health is how the generator has done since before.
func (r *wallRun) health(before spent) Health {
	late, dispatch, arrival, now := r.late.all(), r.dispatch.all(), r.coming.all(), spending()
	timers := delayOf(&late)
	h := Health{
		LatenessP50: timers.P50, LatenessP99: timers.P99, LatenessMax: timers.Max,
		Dispatch: delayOf(&dispatch), Arrival: delayOf(&arrival),
		CPUs: runtime.GOMAXPROCS(0), PauseMax: now.longestPause(before), Warnings: r.warnings,
		Dials: r.dials.made.Load(), DialsFailed: r.shortages.count(), Shortages: r.shortages.soFar(),
		Transport: r.target.plumbing.transport(), Stopped: r.target.consent.stopped(), Every: r.strains.every, Until: now.at.Sub(r.start),
	}
	h.CPU, h.GC, h.Paused = now.since(before)
	h.Course, h.Files = r.strains.soFar()
	open, most := openFiles()
	h.Files, h.FilesMax = max(h.Files, open), most
	return h
}
