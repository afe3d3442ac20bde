package player

import (
	"cmp"
	"slices"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// genericDASH keeps the MPD and the clock.
type genericDASH struct {
	g     *generic
	clock *dashClock
	load  *genericLoad
	timer loop.Timer
	asked instant // when the latest request for it went out
	fails trouble
	p     *manifest.Presentation
	rungs [numMedia]genericRungs
}

// genericRungs are a set's renditions in order of bit rate, kept for as long as the
// set is the same.
type genericRungs struct {
	set   *manifest.Set
	order []*manifest.Rendition
	rates []int64
}

func newGenericDASH(g *generic, p *manifest.Presentation, r *Response) *genericDASH {
	f := &genericDASH{g: g, p: p, asked: r.Start}
	f.clock = newDashClock(&g.stopwatch, &dashSettings{sync: true, syncEvery: 30 * time.Second}, new(thread), g.note)
	f.load = newGenericLoad(g, f.arrived)
	g.feed = f
	f.clock.sync(p, r.Date, f.open)
	return f
}

func (f *genericDASH) open() {
	at := f.begin()
	var media []qoe.Media
	for _, m := range []qoe.Media{qoe.Video, qoe.Audio} {
		if f.at(m, at).set != nil {
			media = append(media, m)
		}
	}
	if len(media) == 0 {
		f.g.fail(qoe.Manifest, "manifest: no track with segments")
		return
	}
	f.g.open(media...)
	f.arm()
}

// ask goes to Location, else where the page said: what came back may have been
// redirected, or carry an old token (ISO/IEC 23009-1 clause 5.4).
func (f *genericDASH) ask() {
	f.timer.Stop()
	url := f.g.url
	if l := f.p.DASH.Locations; len(l) > 0 {
		url = f.p.Resolve(l[0])
	}
	f.asked = f.g.now()
	f.load.start(Request{URL: manifest.AddressOf(url), Kind: qoe.Manifest, Attempt: f.fails.n + 1})
}

func (f *genericDASH) arrived(r *Response) {
	g := f.g
	p, problem := g.read(r)
	if problem == "" && p.Format != manifest.DASH {
		problem = "not an MPD any more"
	}
	if problem != "" {
		f.fails.add(g.w.Now())
		if g.tired(f.fails) {
			g.fail(qoe.Manifest, "manifest: "+problem)
			return
		}
		g.w.Set(&f.timer, g.pause(f.fails), f.ask)
		return
	}
	f.fails = trouble{}
	g.el.book() // before the live edge moves
	f.p = p
	f.clock.sync(p, r.Date, func() {
		f.arm()
		g.poke()
	})
}

// arm sets the next request: an MPD is good for minimumUpdatePeriod from when it
// was asked for (clause 5.3.1.2); 0, which means until further notice, is looked
// at with every segment.
func (f *genericDASH) arm() {
	f.timer.Stop()
	period := f.p.DASH.MinimumUpdatePeriod
	if !f.p.Live || period < 0 {
		return
	}
	if period == 0 {
		period = f.p.DASH.MaxSegmentDuration
	}
	wait := f.asked.Add(max(period, time.Second)).Sub(f.g.now())
	f.g.w.Set(&f.timer, max(wait, 0), f.ask)
}

// at are the rungs of a media at a presentation time.
func (f *genericDASH) at(m qoe.Media, at time.Duration) genericRungs {
	return f.in(m, periodAt(f.p, at))
}

func (f *genericDASH) in(m qoe.Media, period int) genericRungs {
	set := f.set(m, period)
	if set == nil {
		return genericRungs{}
	}
	if r := &f.rungs[m]; r.set != set {
		*r = genericRungs{set: set}
		for i := range set.Renditions {
			r.order = append(r.order, &set.Renditions[i])
		}
		slices.SortStableFunc(r.order, func(a, b *manifest.Rendition) int { return cmp.Compare(a.Bandwidth, b.Bandwidth) })
		for _, o := range r.order {
			r.rates = append(r.rates, o.Bandwidth)
		}
	}
	return f.rungs[m]
}

// set is the first of a media that is for normal playback and has segments.
func (f *genericDASH) set(m qoe.Media, period int) *manifest.Set {
	sets := f.p.Periods[period].Sets
	for i := range sets {
		if s := &sets[i]; s.Media == m && !s.Trick && len(s.Renditions) > 0 && s.Renditions[0].Segments != nil {
			return s
		}
	}
	return nil
}

// prepare implements genericFeed: an MPD names everything.
func (f *genericDASH) prepare(qoe.Media, int) bool { return true }

func (f *genericDASH) use(qoe.Media, int) {}

func (f *genericDASH) refresh(qoe.Media) {
	if !f.load.active() && (!f.p.Live || !f.timer.Pending()) {
		f.ask()
	}
}

func (f *genericDASH) ladder(m qoe.Media, at time.Duration) []int64 { return f.at(m, at).rates }

// next implements genericFeed.
func (f *genericDASH) next(m qoe.Media, rung int, at time.Duration) (piece, outlook) {
	for period := periodAt(f.p, at); period < len(f.p.Periods); period++ {
		at = max(at, f.p.Periods[period].Start)
		r := f.in(m, period)
		if r.set == nil {
			continue
		}
		segments := r.order[min(rung, len(r.order)-1)].Segments
		s, ok := segments.At(at + rounding)
		end := f.p.Periods[period].End()
		if !ok || end > 0 && s.Start >= end {
			continue
		}
		return piece{start: s.Start, end: s.End(), p: f.p, ref: s.Ref, rng: s.Range, init: segments.Init()}, f.outlook(&s)
	}
	if f.p.Live {
		return piece{}, outlook{state: unsure}
	}
	return piece{}, outlook{state: over}
}

// outlook is by the availability window (clause 5.3.9.5.3).
func (f *genericDASH) outlook(s *manifest.Segment) outlook {
	if !f.p.Live || s.Available.IsZero() {
		return outlook{}
	}
	now := f.clock.now()
	depth := f.p.DASH.TimeShiftBufferDepth
	switch {
	case now.Before(s.Available):
		return outlook{soon, f.clock.local(s.Available)}
	case depth > 0 && now.After(s.Available.Add(depth+s.Duration)):
		return outlook{state: gone}
	}
	return outlook{}
}

func (f *genericDASH) live() bool { return f.p.Live }

func (f *genericDASH) edge() (time.Duration, bool) {
	return f.clock.now().Sub(f.p.DASH.AvailabilityStart), true
}

func (f *genericDASH) seekable() (start, end time.Duration) {
	if !f.p.Live {
		last := f.p.Periods[len(f.p.Periods)-1]
		return f.p.Periods[0].Start, last.End()
	}
	w := f.window()
	return w.start, w.end
}

// window is that of what the picture needs first.
func (f *genericDASH) window() dvrWindow {
	last := len(f.p.Periods) - 1
	for _, m := range []qoe.Media{qoe.Video, qoe.Audio} {
		if r := f.in(m, last); r.set != nil {
			return window(f.p.DASH, f.clock.now(), r.order[0].Segments)
		}
	}
	edge, _ := f.edge()
	return dvrWindow{max(edge-f.p.DASH.TimeShiftBufferDepth, 0), edge}
}

// begin implements genericFeed.
func (f *genericDASH) begin() time.Duration {
	if !f.p.Live {
		return f.p.Periods[0].Start
	}
	t, w := f.p.DASH, f.window()
	delay := f.g.o.liveDelay
	for _, said := range []time.Duration{t.TargetLatency, t.SuggestedDelay, 3 * t.MaxSegmentDuration, 3 * t.MinBufferTime} {
		if delay == 0 {
			delay = said
		}
	}
	return max(w.end-delay, w.start)
}

func (f *genericDASH) back() {
	if f.fails.n > 0 && f.timer.Pending() {
		f.g.w.Set(&f.timer, max(f.fails.last.Add(f.g.o.retry).Sub(f.g.w.Now()), 0), f.ask)
	}
}

func (f *genericDASH) stop() {
	f.timer.Stop()
	f.load.abort()
	f.clock.stop()
}
