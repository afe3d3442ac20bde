package inspect

import (
	"context"
	"fmt"
	"strings"
	"time"

	"soak/manifest"
)

// Followed is what came of watching a live manifest.
type Followed struct {
	Steps   []Step  `json:"steps"`
	Moved   float64 `json:"moved"`   // how far the end of the window went, in seconds
	Elapsed float64 `json:"elapsed"` // in how many seconds
	Notes   []Note  `json:"notes"`   // what only the whole shows
	Ended   string  `json:"ended"`   // why it ended
}

// Step is one load.
type Step struct {
	At     float64 `json:"at"` // seconds since the first
	Window *Window `json:"window,omitempty"`
	Moved  float64 `json:"moved,omitempty"` // how far the end of the window went, in seconds
	Same   bool    `json:"same,omitempty"`  // nothing that matters has changed
	Notes  []Note  `json:"notes,omitempty"`
	Error  string  `json:"error,omitempty"`
}

// Note is something that a healthy live manifest does not do.
type Note struct {
	Code string `json:"code"` // stale, jump-back, gap, rewritten, publish-time, epoch, discontinuity
	Text string `json:"text"`
}

// Watch compares the loads of one live manifest. The zero Watch has seen none.
type Watch struct {
	result  Followed
	last    *manifest.Presentation
	parent  *Page         // multivariant playlist
	edge    time.Duration // presentation time (DASH) at the end of the window
	began   time.Time
	changed time.Time // when the window last moved
	still   bool      // at the last load
	failed  bool
	same    int // loads in which publishTime stood while the MPD changed
	moved   time.Duration
	stale   bool
}

// Next is how long to wait for the next load, by the manifest's own rule; false
// when there is none.
func (w *Watch) Next() (time.Duration, bool) {
	if w.last == nil {
		return time.Second, true
	}
	r := reloadOf(w.last)
	every := r.Every
	if w.still || w.failed {
		every = r.Unchanged
	}
	// A playlist without a target duration would be asked for without a pause.
	return time.Duration(max(every, 0.5) * float64(time.Second)), w.last.Reload.Live
}

// Fail takes a load that did not give a manifest.
func (w *Watch) Fail(err error, now time.Time) Step {
	w.start(now)
	w.failed = true
	return w.add(Step{At: now.Sub(w.began).Seconds(), Error: err.Error()})
}

// See takes a load.
func (w *Watch) See(p *manifest.Presentation, now time.Time) Step {
	w.start(now)
	w.failed = false
	s := Step{At: now.Sub(w.began).Seconds()}
	segments := segmentsOf(p)
	if segments != nil {
		s.Window = windowOf(p, segments, now)
	}
	edge := edgeTime(p, segments, now)
	if w.last == nil {
		w.changed = now
	} else {
		w.compare(&s, p, edge, now)
	}
	w.last, w.edge = p, edge
	return w.add(s)
}

func (w *Watch) start(now time.Time) {
	if w.began.IsZero() {
		w.began, w.changed = now, now
	}
}

func (w *Watch) add(s Step) Step {
	w.result.Steps = append(w.result.Steps, s)
	w.result.Elapsed = s.At
	return s
}

// edgeTime is the presentation time at which the window ends.
func edgeTime(p *manifest.Presentation, s *manifest.Segments, now time.Time) time.Duration {
	if s == nil {
		return 0
	}
	_, end := s.Window(now)
	last, ok := s.Number(end - 1)
	if !ok {
		return 0
	}
	return last.End()
}

// compare tells what happened since the last load.
func (w *Watch) compare(s *Step, p *manifest.Presentation, edge time.Duration, now time.Time) {
	moved := edge - w.edge
	if p.HLS != nil && w.last.HLS != nil {
		moved = w.comparePlaylists(s, p)
	} else if p.DASH != nil && w.last.DASH != nil {
		w.compareMPDs(s, p, moved)
	}
	s.Moved = moved.Seconds()
	w.moved += moved
	w.still = moved == 0
	s.Same = w.still
	if !w.still {
		w.changed, w.stale = now, false
		return
	}
	if limit := patience(p); !w.stale && p.Live && now.Sub(w.changed) > limit {
		w.stale = true // said once
		s.note("stale", "nothing new for %.1f s; %.1f s is the most allowed", now.Sub(w.changed).Seconds(), limit.Seconds())
	}
}

// patience is how long a live manifest may stay as it is: 1.5 target durations
// (RFC 8216 section 6.2.2), and as much of DASH's own measures.
func patience(p *manifest.Presentation) time.Duration {
	var unit time.Duration
	if p.HLS != nil {
		unit = p.HLS.TargetDuration
	} else if s := segmentsOf(p); s != nil {
		unit = max(s.Nominal(), p.DASH.MinimumUpdatePeriod, p.DASH.MaxSegmentDuration)
	}
	return max(unit*3/2, time.Second)
}

// comparePlaylists compares by media sequence number (RFC 8216 section 6.2.2) and
// returns how far the end moved.
func (w *Watch) comparePlaylists(s *Step, p *manifest.Presentation) time.Duration {
	old, fresh := listOf(w.last), listOf(p)
	if len(old) == 0 || len(fresh) == 0 {
		return 0
	}
	oldLast, last := old[len(old)-1].Number, fresh[len(fresh)-1].Number
	switch first := fresh[0].Number; {
	case first < old[0].Number:
		s.note("jump-back", "media sequence went back from %d to %d", old[0].Number, first)
	case first > oldLast+1:
		s.note("gap", "segments %d to %d were never listed: the window jumped", oldLast+1, first-1)
	}
	if last < oldLast {
		s.note("jump-back", "last segment went back from %d to %d", oldLast, last)
	}
	if p.HLS.DiscontinuitySequence < w.last.HLS.DiscontinuitySequence {
		s.note("discontinuity", "discontinuity sequence went back from %d to %d", w.last.HLS.DiscontinuitySequence, p.HLS.DiscontinuitySequence)
	}
	compareShared(s, old, fresh)
	var moved time.Duration
	for _, segment := range fresh {
		if segment.Number > oldLast {
			moved += segment.Duration
		}
	}
	for _, segment := range old {
		if segment.Number > last {
			moved -= segment.Duration
		}
	}
	return moved
}

// compareShared compares the segments that both lists have.
func compareShared(s *Step, old, fresh []manifest.Segment) {
	offset := fresh[0].Number - old[0].Number
	for i := range fresh {
		j := int64(i) + offset
		if j < 0 || j >= int64(len(old)) {
			continue
		}
		a, b := old[j], fresh[i]
		if fileOf(a.Ref.URI) != fileOf(b.Ref.URI) || a.Duration != b.Duration {
			s.note("rewritten", "segment %d is another one than before", b.Number)
			return
		}
		if a.ProgramDateTime.IsZero() || b.ProgramDateTime.IsZero() {
			continue
		}
		if d := b.ProgramDateTime.Sub(a.ProgramDateTime).Abs(); d > 500*time.Millisecond {
			s.note("rewritten", "the date of segment %d moved by %.1f s", b.Number, d.Seconds())
			return
		}
	}
}

// fileOf is the last part of a reference's path: what stays while tokens change.
func fileOf(uri string) string {
	path, _, _ := strings.Cut(uri, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}

func listOf(p *manifest.Presentation) []manifest.Segment {
	if s := segmentsOf(p); s != nil {
		return s.Listed()
	}
	return nil
}

func (w *Watch) compareMPDs(s *Step, p *manifest.Presentation, moved time.Duration) {
	was, is := w.last.DASH, p.DASH
	if !is.AvailabilityStart.Equal(was.AvailabilityStart) {
		s.note("epoch", "availabilityStartTime changed from %s to %s", stamp(was.AvailabilityStart), stamp(is.AvailabilityStart))
	}
	if is.PublishTime.Before(was.PublishTime) {
		s.note("publish-time", "publishTime went back from %s to %s", stamp(was.PublishTime), stamp(is.PublishTime))
	}
	if moved < 0 {
		s.note("jump-back", "the end of the window went back by %.1f s", -moved.Seconds())
	}
	if was, is := listOf(w.last), listOf(p); moved != 0 && len(was) > 0 && len(is) > 0 && p.DASH.PublishTime.Equal(w.last.DASH.PublishTime) {
		w.same++
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	return t.UTC().Format(time.RFC3339)
}

func (s *Step) note(code, format string, args ...any) {
	s.Notes = append(s.Notes, Note{code, fmt.Sprintf(format, args...)})
}

// Result is what came of it all.
func (w *Watch) Result(ended string) Followed {
	r := w.result
	r.Moved, r.Ended, r.Notes = w.moved.Seconds(), ended, []Note{}
	if w.same > 0 {
		r.Notes = append(r.Notes, Note{"publish-time", fmt.Sprintf("publishTime stood still while the MPD's segments changed, in %d loads", w.same)})
	}
	if r.Steps == nil {
		r.Steps = []Step{}
	}
	return r
}

// Clock is the time that Follow lives in.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error // ctx.Err() when it is done
}

// Follow watches a live manifest for n reloads, by its own reload rule. address
// is asked before each load: tokens may have to be refreshed. What it sees it
// tells at once. When ctx is done it ends with what it has.
func Follow(ctx context.Context, from Getter, parent *Page, address func(context.Context) (string, error), n int, clock Clock, tell func(Step)) Followed {
	w := &Watch{parent: parent}
	for i := 0; ; i++ {
		step := w.load(ctx, from, address, clock)
		if ctx.Err() != nil {
			return w.Result("interrupted")
		}
		tell(step)
		wait, more := w.Next()
		switch {
		case !more:
			return w.Result("nothing more will come")
		case i == n:
			return w.Result("as many reloads as were asked for")
		}
		if clock.Sleep(ctx, wait) != nil {
			return w.Result("interrupted")
		}
	}
}

func (w *Watch) load(ctx context.Context, from Getter, address func(context.Context) (string, error), clock Clock) Step {
	at, err := address(ctx)
	var p *Page
	if err == nil {
		p, err = fetch(ctx, from, w.parent, at, clock.Now())
	}
	switch {
	case ctx.Err() != nil:
		return Step{}
	case err != nil:
		return w.Fail(err, clock.Now())
	}
	return w.See(p.Presentation, clock.Now())
}
