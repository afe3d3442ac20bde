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
	// Leech tells that these viewers play links copied from others. They are no part
	// of the audience: neither the total nor the timeline knows more of them than what
	// the links were worth, and they notice nothing.
	Leech bool `json:"leech,omitempty"`
}

// Shard folds the samples of some viewers into one tally a cohort. It is safe for
// concurrent use; viewers that run on one goroutine best share a shard of their
// own.
type Shard struct {
	start time.Time

	mu       sync.Mutex
	cohorts  map[Labels]*Tally
	timeline Timeline
	course   Course
	bursts   Bursts
	worst    worst
	ordinary ordinary
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
	cohort                                   string
	leech, accounted                         bool
	losses                                   losses
	diary                                    *recorder // nil: none is kept
	spare                                    Bucket    // a leech's timeline
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
	return &Viewer{shard: s, tally: t, id: id, cohort: l.Cohort, leech: l.Leech}
}

// ID is the viewer's number in the run.
func (v *Viewer) ID() int { return v.id }

// Emit folds one sample into the shard.
func (v *Viewer) Emit(sample Sample) {
	v.shard.mu.Lock()
	defer v.shard.mu.Unlock()
	t := v.tally
	v.losses.add(sample)
	v.diary.sample(sample)
	switch s := sample.(type) {
	case Fetch:
		v.fetched(&s, v.since(s.Start))
	case Refresh:
		t.Refreshes.add(&s)
		start := v.since(s.Start)
		v.bucket(start).called(&s)
		v.shard.bursts.add(start)
		if s.Failure != CancelFailure && !v.leech {
			v.shard.course.at(start).Refresh.record(s.Took.Milliseconds())
		}
	case Stall:
		t.Stalls.Record(s.Took)
		at := v.since(s.At)
		v.bucket(at).Stalls++
		if !v.leech {
			v.shard.timeline.stalled(at, at+s.Took)
		}
		once(&v.stalled, &t.Viewers.Stalled)
		if s.Took > NoticeableStall {
			v.notice()
		}
	case Switch:
		t.Switches.add(s.From, s.To)
	case Note:
		t.Notes.add(s.Text, 1)
	case Standing:
		v.stands(&s)
	default:
		v.lived(sample)
	}
}

// Fetched is Emit of a request, of which there are thousands to each other sample.
func (v *Viewer) Fetched(f *Fetch) { v.FetchedAt(f, v.since(f.Start)) }

// Stands is Emit of how the viewer stands, for who asks hundreds of viewers a second.
func (v *Viewer) Stands(s *Standing) {
	v.shard.mu.Lock()
	v.stands(s)
	v.shard.mu.Unlock()
}

func (v *Viewer) stands(s *Standing) {
	if !v.leech {
		v.shard.course.at(v.since(s.At)).stands(s)
	}
}

// FetchedAt is Fetched for who knows how long after the shard's beginning the request
// started: to subtract the times takes as long as half of the rest.
func (v *Viewer) FetchedAt(f *Fetch, start time.Duration) {
	v.shard.mu.Lock()
	if v.diary != nil {
		v.diary.fetched(f)
	}
	v.fetched(f, start)
	v.shard.mu.Unlock()
}

func (v *Viewer) fetched(f *Fetch, start time.Duration) {
	margin := f.Margin.Microseconds()
	v.tally.fetched(f, margin)
	b := v.bucket(start)
	b.Requests++
	if f.Signed {
		b.signed(1, margin)
		v.losses.sign(f.Margin)
	}
	if f.Failure.counts() {
		v.losses.failed++
	}
	if f.countsRefused() {
		v.tally.Refused.add(f.Kind, f.Status, 1)
		v.losses.refused++
		b.refused(f.Kind)
	}
}

// since is how long after the shard's beginning something happened.
func (v *Viewer) since(at time.Time) time.Duration { return at.Sub(v.shard.start) }

// bucket is the part of the timeline that something belongs to.
func (v *Viewer) bucket(at time.Duration) *Bucket {
	if v.leech {
		return &v.spare
	}
	return v.shard.timeline.at(at)
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
			v.bucket(v.since(s.At)).Dead++
		}
		once(&v.dead, &t.Viewers.Dead)
		v.notice()
	case Leave:
		v.left(&s)
	case Copy:
		t.Exposure.add(&s)
	}
}

// left is the end of a viewer's life.
func (v *Viewer) left(s *Leave) {
	t := v.tally
	t.left(s)
	v.bucket(v.since(s.At)).Left++
	if s.SoundOnly > NoticeableStall {
		v.notice()
	}
	if !v.started {
		t.Viewers.NeverStarted++
		if s.Watched > Patience {
			v.notice()
		}
	}
	v.settle(s)
}

// settle puts the viewer's losses on the list, once.
func (v *Viewer) settle(l *Leave) {
	if v.accounted {
		return
	}
	v.accounted = true
	v.tally.PerViewer.add(&v.losses, l)
	if w, lost := v.account(l); lost {
		w.Diary = v.diary.seal()
		v.shard.worst.add(w)
	} else if v.diary != nil && v.shard.ordinary.wants(v.id) {
		v.shard.ordinary.add(Ordinary{Viewer: v.id, Cohort: v.cohort, Diary: v.diary.seal()})
	}
	v.diary = nil
}

func (v *Viewer) notice() {
	if !v.leech {
		once(&v.noticed, &v.tally.Viewers.Noticed)
	}
}

// once counts a viewer the first time something happens.
func once(happened *bool, count *int64) {
	if !*happened {
		*happened = true
		*count++
	}
}

// Summary is a copy of all the shard knows now.
func (s *Shard) Summary() *Summary { return Merged(s) }
