package qoe

import (
	"cmp"
	"slices"
	"time"
)

// MaxWorst is how many viewers [Summary.Worst] names.
const MaxWorst = 100

// Worst is one of the viewers who lost most of what they came for, or nothing but
// requests, refused for their token.
type Worst struct {
	Viewer  int    `json:"viewer"` // number in the run
	Cohort  string `json:"cohort"`
	Lost    int64  `json:"lostMicros"` // stalled, skipped and waited, together
	Stalled int64  `json:"stalledMicros,omitempty"`
	Skipped int64  `json:"skippedMicros,omitempty"` // media time
	Waited  int64  `json:"waitedMicros,omitempty"`  // for a first picture that never came
	Refused int64  `json:"refused,omitempty"`       // requests
	Noticed bool   `json:"noticed,omitempty"`       // anything at all
	Dead    bool   `json:"dead,omitempty"`          // playback ended against their will
	Why     string `json:"why,omitempty"`           // what it ended of
	// Diary is what the viewer did around the worst of it, of the first [MaxDiaries] on
	// the list, if diaries were kept.
	Diary *Diary `json:"diary,omitempty"`
}

// losses is what a viewer lost so far.
type losses struct {
	stalled, skipped, refused          int64
	stalls, failed, calls, failedCalls int64
	why                                string
	signed                             bool
	margin                             time.Duration // least; means nothing unless signed
}

func (l *losses) add(sample Sample) {
	switch s := sample.(type) {
	case Stall:
		l.stalls++
		l.stalled += s.Took.Microseconds()
	case Skip:
		l.skipped += s.Amount.Microseconds()
	case Refresh:
		l.calls++
		if s.Failure.counts() {
			l.failedCalls++
		}
	case Fatal:
		if l.why == "" {
			l.why = clip(s.Why)
		}
	}
}

// account is what the viewer lost in all; lost is false for who noticed nothing and
// was refused nothing.
func (v *Viewer) account(l *Leave) (w Worst, lost bool) {
	w = Worst{
		Viewer: v.id, Cohort: v.cohort, Stalled: v.losses.stalled, Skipped: v.losses.skipped,
		Refused: v.losses.refused, Noticed: v.noticed && !v.leech, Dead: v.dead, Why: v.losses.why,
	}
	if !v.started {
		w.Waited = max(l.Watched-time.Duration(w.Stalled)*time.Microsecond, 0).Microseconds()
	}
	w.Lost = w.Stalled + w.Skipped + w.Waited
	return w, v.noticed || w.Refused > 0 && !v.leech
}

// worst keeps the viewers who lost most. Which they are does not depend on the
// order in which they are told of, so lists merge exactly.
type worst []Worst

func (w *worst) add(more ...Worst) {
	*w = append(*w, more...)
	if len(*w) > 2*MaxWorst { // not at every one: a cut sorts
		w.cut()
	}
}

// cut keeps those who lost most, in that order.
func (w *worst) cut() {
	slices.SortFunc(*w, func(a, b Worst) int {
		return cmp.Or(cmp.Compare(b.Lost, a.Lost), cmp.Compare(b.Refused, a.Refused), cmp.Compare(a.Viewer, b.Viewer), cmp.Compare(a.Cohort, b.Cohort))
	})
	*w = (*w)[:min(len(*w), MaxWorst)]
	for i := MaxDiaries; i < len(*w); i++ {
		(*w)[i].Diary = nil
	}
}
