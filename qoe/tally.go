package qoe

import (
	"math"
	"time"
)

// NoticeableSkip is the least jump over content that a viewer notices: a tenth
// of a second, below which players bridge holes without a word.
const NoticeableSkip = 100 * time.Millisecond

// NoticeableStall is the least freeze that a viewer notices: two or three pictures
// of film. Shorter stalls are counted all the same.
const NoticeableStall = 100 * time.Millisecond

// Patience is how long a viewer who leaves may have waited for the first picture,
// or for the one sought, without having noticed anything amiss.
const Patience = 2 * time.Second

// Tally is what a group of viewers lived through. It merges exactly.
type Tally struct {
	Viewers  Viewers  `json:"viewers"`
	Requests Requests `json:"requests"`
	Refused  Refused  `json:"refused"`
	// Margin is the life left in the token of each signed request at dispatch,
	// by the true clock; negative when it was already dead.
	Margin Sketch `json:"margin"`
	// Answers is the time from asking to the last byte, of requests that did not
	// fail.
	Answers   Sketch    `json:"answers"`
	Refreshes Refreshes `json:"refreshes"`
	Startup   Sketch    `json:"startup"` // from the wish to play to the first picture
	Stalls    Sketch    `json:"stalls"`  // length of each
	Skips     Sketch    `json:"skips"`   // media time of each
	// Seeks is the time to the picture after each jump of the viewer's own, Zaps that
	// after each change of stream; jumps that never came to a picture are not in it.
	Seeks     Sketch   `json:"seeks,omitzero"`
	Zaps      Sketch   `json:"zaps,omitzero"`
	LostSeeks int64    `json:"lostSeeks,omitempty"` // jumps that never came to a picture
	Switches  Switches `json:"switches"`
	// Latency is each viewer's mean distance to the live edge.
	Latency Sketch `json:"latency"`
	Watched int64  `json:"watchedMicros"`           // from the wish to play to leaving
	Played  int64  `json:"playedMicros"`            // media time shown
	Paused  int64  `json:"pausedMicros,omitempty"`  // by the viewers
	Seeking int64  `json:"seekingMicros,omitempty"` // waiting after jumps of their own
	Asleep  int64  `json:"asleepMicros,omitempty"`  // laptop closed
	// SoundOnly is how much of Played the picture stood while the sound went on.
	SoundOnly int64 `json:"soundOnlyMicros,omitempty"`
	Bits      int64 `json:"playedBits"` // video bits shown, at the rendition's bit rate
	Fatals    Texts `json:"fatals"`
	Notes     Texts `json:"notes"`
	// PerViewer is how counts lie among viewers: who compares runs must know, since what
	// happens to one viewer comes together.
	PerViewer PerViewer `json:"perViewer,omitzero"`
	// Exposure is what links were worth that these viewers copied from others.
	Exposure Exposure `json:"exposure,omitzero"`
	// Causes is what stalls, skips, deaths and late starts are due to.
	Causes Causes `json:"causes,omitzero"`
}

// Viewers counts viewers by what became of them; one viewer may be in several.
type Viewers struct {
	Arrived      int64 `json:"arrived"`
	Started      int64 `json:"started"`      // saw a first picture
	NeverStarted int64 `json:"neverStarted"` // left without having seen one
	Noticed      int64 `json:"noticed"`      // stalled or skipped noticeably, lost the picture, died, or waited in vain
	Stalled      int64 `json:"stalled"`      // at least once
	Skipped      int64 `json:"skipped"`      // NoticeableSkip or more at a time
	Dead         int64 `json:"dead"`         // playback ended against their will
	Left         int64 `json:"left"`
}

func (v *Viewers) merge(o *Viewers) {
	v.Arrived += o.Arrived
	v.Started += o.Started
	v.NeverStarted += o.NeverStarted
	v.Noticed += o.Noticed
	v.Stalled += o.Stalled
	v.Skipped += o.Skipped
	v.Dead += o.Dead
	v.Left += o.Left
}

// Refreshes counts calls of the token API.
type Refreshes struct {
	Calls        int64 `json:"calls"`
	Failed       int64 `json:"failed"`    // brought no usable answer, given-up calls not counted
	Installed    int64 `json:"installed"` // brought a better grant than the one held
	First        int64 `json:"first"`     // calls by reason …
	Scheduled    int64 `json:"scheduled"`
	AfterError   int64 `json:"afterError"`
	AfterRefusal int64 `json:"afterRefusal"`
	// Took is how long calls lasted, failed ones included.
	Took     Sketch `json:"took"`
	Failures Texts  `json:"failures"` // Failure names of failed calls
	Problems Texts  `json:"problems"` // why grants were not installed
}

func (r *Refreshes) add(s *Refresh) {
	r.Calls++
	r.Took.Record(s.Took)
	if s.Failure.counts() {
		r.Failed++
		r.Failures.add(string(s.Failure), 1)
	}
	if s.Installed {
		r.Installed++
	} else if s.Problem != "" {
		r.Problems.add(s.Problem, 1)
	}
	switch s.Reason {
	case FirstToken:
		r.First++
	case Scheduled:
		r.Scheduled++
	case AfterError:
		r.AfterError++
	case AfterRefusal:
		r.AfterRefusal++
	}
}

func (r *Refreshes) merge(o *Refreshes) {
	r.Calls += o.Calls
	r.Failed += o.Failed
	r.Installed += o.Installed
	r.First += o.First
	r.Scheduled += o.Scheduled
	r.AfterError += o.AfterError
	r.AfterRefusal += o.AfterRefusal
	r.Took.Merge(&o.Took)
	r.Failures.merge(&o.Failures)
	r.Problems.merge(&o.Problems)
}

// Switches counts changes of rendition by direction.
type Switches struct {
	Up   int64 `json:"up"`
	Down int64 `json:"down"`
}

func (s *Switches) add(from, to int64) {
	switch {
	case to > from:
		s.Up++
	case to < from:
		s.Down++
	}
}

// fetched takes in a request; margin is its in microseconds.
func (t *Tally) fetched(f *Fetch, margin int64) {
	t.Requests.add(f)
	if f.Signed {
		t.Margin.record(margin)
	}
	if f.Failure == NoFailure {
		t.Answers.Record(f.Took)
	}
}

// countsRefused leaves out the token API, whose 401 or 403 is a failed refresh.
func (f *Fetch) countsRefused() bool { return f.Kind != Token && refused(f.Status) }

func (t *Tally) left(l *Leave) {
	t.Viewers.Left++
	t.Watched += l.Watched.Microseconds()
	t.Played += l.Played.Microseconds()
	t.Paused += l.Paused.Microseconds()
	t.Seeking += l.Seeking.Microseconds()
	t.Asleep += l.Asleep.Microseconds()
	t.SoundOnly += l.SoundOnly.Microseconds()
	if l.BitTime > 0 && l.BitTime < math.MaxInt64 {
		t.Bits += int64(math.Round(l.BitTime))
	}
	if l.Latency > 0 {
		t.Latency.Record(l.Latency)
	}
}

// Merge adds all that o has seen.
func (t *Tally) Merge(o *Tally) {
	t.Viewers.merge(&o.Viewers)
	t.Requests.merge(&o.Requests)
	t.Refused.merge(&o.Refused)
	t.Margin.Merge(&o.Margin)
	t.Answers.Merge(&o.Answers)
	t.Refreshes.merge(&o.Refreshes)
	t.Startup.Merge(&o.Startup)
	t.Stalls.Merge(&o.Stalls)
	t.Skips.Merge(&o.Skips)
	t.Seeks.Merge(&o.Seeks)
	t.Zaps.Merge(&o.Zaps)
	t.LostSeeks += o.LostSeeks
	t.Switches.Up += o.Switches.Up
	t.Switches.Down += o.Switches.Down
	t.Latency.Merge(&o.Latency)
	t.Watched += o.Watched
	t.Played += o.Played
	t.Paused += o.Paused
	t.Seeking += o.Seeking
	t.Asleep += o.Asleep
	t.SoundOnly += o.SoundOnly
	t.Bits += o.Bits
	t.Fatals.merge(&o.Fatals)
	t.Notes.merge(&o.Notes)
	t.PerViewer.merge(&o.PerViewer)
	t.Exposure.merge(&o.Exposure)
	t.Causes.Merge(&o.Causes)
}
