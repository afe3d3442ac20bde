package qoe

import (
	"sync"
	"time"
)

// Labels say to which group a viewer belongs. They are few and bounded: never a
// URL, a token or a viewer's number.
type Labels struct {
	Cohort string `json:"cohort"` // name of the cohort in the scenario
	Player string `json:"player"` // "hlsjs 1.7.4"
	Policy string `json:"policy"` // "guide-hlsjs"
	Link   string `json:"link"`   // "4g"
}

// Shard folds the samples of some viewers into one tally a cohort. It is safe for
// concurrent use; viewers that run on one goroutine best share a shard of their
// own.
type Shard struct {
	start time.Time

	mu       sync.Mutex
	cohorts  map[Labels]*Tally
	timeline Timeline
	bursts   Bursts
}

// NewShard makes an empty shard of a run that started at start.
func NewShard(start time.Time) *Shard {
	return &Shard{start: start, cohorts: make(map[Labels]*Tally)}
}

// Viewer is one viewer's way into a shard: a few flags, so that a viewer who
// stalls ten times is one viewer who stalled.
type Viewer struct {
	shard *Shard
	tally *Tally

	id                                       int
	started, noticed, stalled, skipped, dead bool
}

// Viewer adds a viewer to the shard, who thereby counts as arrived. id is the
// viewer's number in the run.
func (s *Shard) Viewer(id int, l Labels) *Viewer {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.cohorts[l]
	if t == nil {
		t = new(Tally)
		s.cohorts[l] = t
	}
	t.Viewers.Arrived++
	return &Viewer{shard: s, tally: t, id: id}
}

// ID is the viewer's number in the run.
func (v *Viewer) ID() int { return v.id }

// Emit folds one sample into the shard.
func (v *Viewer) Emit(sample Sample) {
	v.shard.mu.Lock()
	defer v.shard.mu.Unlock()
	t, line := v.tally, &v.shard.timeline
	switch s := sample.(type) {
	case Fetch:
		t.fetched(&s)
		b := line.at(s.Start.Sub(v.shard.start))
		b.Requests++
		if s.countsRefused() {
			b.Refused++
		}
	case Refresh:
		t.Refreshes.add(&s)
		at := s.Start.Sub(v.shard.start)
		line.at(at).called(&s)
		v.shard.bursts.add(at)
	case Stall:
		t.Stalls.Record(s.Took)
		line.at(s.At.Sub(v.shard.start)).Stalls++
		once(&v.stalled, &t.Viewers.Stalled)
		if s.Took > NoticeableStall {
			v.notice()
		}
	case Switch:
		t.Switches.add(s.From, s.To)
	case Note:
		t.Notes.add(s.Text, 1)
	default:
		v.lived(sample)
	}
}

// lived folds the rare samples, a few in a viewer's life.
func (v *Viewer) lived(sample Sample) {
	t := v.tally
	switch s := sample.(type) {
	case Startup:
		if s.Zap {
			t.Zaps.Record(s.Took)
			return
		}
		t.Startup.Record(s.Took)
		once(&v.started, &t.Viewers.Started)
	case Skip:
		t.Skips.Record(s.Amount)
		if s.Amount > NoticeableSkip {
			once(&v.skipped, &t.Viewers.Skipped)
			v.notice()
		}
	case Seek:
		if s.Open {
			t.LostSeeks++
			if s.Took > Patience {
				v.notice()
			}
		} else {
			t.Seeks.Record(s.Took)
		}
	case Fatal:
		t.Fatals.add(s.Why, 1)
		if !v.dead {
			v.shard.timeline.at(s.At.Sub(v.shard.start)).Dead++
		}
		once(&v.dead, &t.Viewers.Dead)
		v.notice()
	case Leave:
		t.left(&s)
		v.shard.timeline.at(s.At.Sub(v.shard.start)).Left++
		if !v.started {
			t.Viewers.NeverStarted++
			if s.Watched > Patience {
				v.notice()
			}
		}
	}
}

func (v *Viewer) notice() { once(&v.noticed, &v.tally.Viewers.Noticed) }

// once counts a viewer the first time something happens.
func once(happened *bool, count *int64) {
	if !*happened {
		*happened = true
		*count++
	}
}

// Summary is a copy of all the shard knows now.
func (s *Shard) Summary() *Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := &Summary{Version: SummaryVersion, Timeline: s.timeline.clone(), Bursts: s.bursts.clone()}
	for l, t := range s.cohorts {
		sum.add(l, t)
	}
	sum.sort()
	return sum
}
