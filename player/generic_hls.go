package player

import (
	"slices"
	"sort"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// genericHLS keeps the media playlists: one list for each variant, one for audio.
type genericHLS struct {
	g     *generic
	start *manifest.StartPoint
	media []qoe.Media // that the picture needs
	lists [numMedia][]*genericList
	rates [numMedia][]int64 // theirs
	using [numMedia]*genericList
	main  *hlsDetails // of the first media's, the latest
}

// genericList is one media playlist.
type genericList struct {
	f     *genericHLS
	url   manifest.Address // from the multivariant playlist; every reload starts from it
	media qoe.Media
	d     *hlsDetails // nil before it has come
	load  *genericLoad
	asked instant // when the latest request went out
	timer loop.Timer
	fails trouble
}

func newGenericHLS(g *generic, p *manifest.Presentation, r *Response) *genericHLS {
	f := &genericHLS{g: g, start: p.Start}
	if p.Media {
		l := f.add(p.Periods[0].Sets[0].Media, manifest.AddressOf(g.url), 0)
		f.media, f.using[l.media] = []qoe.Media{l.media}, l
		g.feed = f
		l.asked = r.Start
		l.arrived(r)
		return f
	}
	if f.variants(p) {
		for _, m := range f.media {
			f.using[m].ask()
		}
	}
	return f
}

// variants makes the lists of a multivariant playlist: all variants, and the audio
// that goes with the one to begin with.
func (f *genericHLS) variants(p *manifest.Presentation) bool {
	var levels []*hlsLevel
	if len(p.Periods) > 0 && len(p.Periods[0].Sets) > 0 {
		levels, _ = newLevels(p, &p.Periods[0].Sets[0])
	}
	if len(levels) == 0 {
		f.g.fail(qoe.Manifest, "manifest: no variants to play")
		return false
	}
	slices.SortStableFunc(levels, func(a, b *hlsLevel) int { return int(a.bitrate - b.bitrate) })
	media := p.Periods[0].Sets[0].Media
	for _, l := range levels {
		f.add(media, l.url, l.bitrate)
	}
	f.media = []qoe.Media{media}
	first := bestOf(f.ladder(media, 0), f.g.o.initial*f.g.o.safety)
	f.using[media] = f.lists[media][first]
	if t := pickTrack(newTracks(p, p.Periods[0].Sets[1:], qoe.Audio), levels[first], nil); t != nil && !t.url.IsZero() && media == qoe.Video {
		f.using[qoe.Audio] = f.add(qoe.Audio, t.url, 0)
		f.media = append(f.media, qoe.Audio)
	}
	return true
}

func (f *genericHLS) add(m qoe.Media, url manifest.Address, bitrate int64) *genericList {
	l := &genericList{f: f, url: url, media: m}
	l.load = newGenericLoad(f.g, l.arrived)
	f.lists[m], f.rates[m] = append(f.lists[m], l), append(f.rates[m], bitrate)
	return l
}

func (l *genericList) ask() {
	l.timer.Stop()
	l.asked = l.f.g.now()
	l.load.start(Request{URL: l.url, Kind: qoe.Playlist, Media: l.media, Attempt: l.fails.n + 1})
}

// arrived takes an answer in.
func (l *genericList) arrived(r *Response) {
	d, problem := l.read(r)
	if problem != "" {
		l.failed(problem)
		return
	}
	f, g := l.f, l.f.g
	l.fails = trouble{}
	d.advancedAt = r.End
	switch {
	case l.d != nil:
		d.follow(l.d)
	default:
		d.updated, d.advanced = true, true
		d.layBeside(f.main)
	}
	g.el.book() // before the live edge moves
	l.d = d
	if l.media == f.media[0] {
		f.main = d
	}
	l.arm()
	switch {
	case g.begun:
		g.poke()
	case f.complete():
		f.using[f.media[len(f.media)-1]].d.layBeside(f.main)
		g.open(f.media...)
	}
}

// layBeside puts a playlist on the timeline by another rendition's: by discontinuity
// or date, else by media sequence number, also when neither window reaches the other
// because one of them could not be had for a while.
func (d *hlsDetails) layBeside(ref *hlsDetails) {
	if ref == nil || ref == d || d.alignCC(ref) || d.alignDates(ref) {
		return
	}
	delta := d.startSN() - ref.startSN()
	if delta >= 0 && delta <= int64(len(ref.segs)) {
		d.slide(ref, true)
		return
	}
	d.offset = ref.start() + time.Duration(delta)*d.average() - d.from
}

func (l *genericList) read(r *Response) (*hlsDetails, string) {
	p, problem := l.f.g.read(r)
	if problem != "" {
		return nil, problem
	}
	d, ok := newHLSDetails(p)
	if !ok {
		return nil, errNoSegments.Error()
	}
	return d, ""
}

// failed asks again after a pause. A list that is only wanted for a change of
// quality is left alone: whoever wants it asks.
func (l *genericList) failed(problem string) {
	g := l.f.g
	l.fails.add(g.w.Now())
	if l.f.using[l.media] != l {
		return
	}
	if g.tired(l.fails) {
		g.fail(qoe.Playlist, "playlist: "+problem)
		return
	}
	g.w.Set(&l.timer, g.pause(l.fails), l.ask)
}

// arm sets the next reload: a target duration after the last began, half of it when
// that brought nothing new (RFC 8216 section 6.3.4).
func (l *genericList) arm() {
	l.timer.Stop()
	if !l.d.live || l.f.using[l.media] != l || l.load.active() {
		return
	}
	wait := l.d.target
	if !l.d.updated {
		wait /= 2
	}
	now := l.f.g.now()
	l.f.g.w.Set(&l.timer, max(l.asked.Add(wait).Sub(now), 0), l.ask)
}

// complete tells whether every media has a playlist.
func (f *genericHLS) complete() bool {
	for _, m := range f.media {
		if f.using[m].d == nil {
			return false
		}
	}
	return true
}

// list is that of a rung; nil when there is none.
func (f *genericHLS) list(m qoe.Media, rung int) *genericList {
	lists := f.lists[m]
	if len(lists) == 0 {
		return nil
	}
	return lists[min(rung, len(lists)-1)]
}

// prepare implements genericFeed. A live playlist is good for as long as it would
// be if it were in use.
func (f *genericHLS) prepare(m qoe.Media, rung int) bool {
	l := f.list(m, rung)
	if l == nil || l == f.using[m] {
		return true
	}
	if l.d != nil && (!l.d.live || f.g.now().Sub(l.asked) < l.d.target) {
		return true
	}
	if !l.load.active() {
		l.ask()
	}
	return false
}

// use implements genericFeed.
func (f *genericHLS) use(m qoe.Media, rung int) {
	l, old := f.list(m, rung), f.using[m]
	if l == old {
		return
	}
	old.timer.Stop()
	old.load.abort()
	f.using[m] = l
	l.arm()
}

// refresh implements genericFeed.
func (f *genericHLS) refresh(m qoe.Media) {
	if l := f.using[m]; !l.d.live && !l.load.active() {
		l.ask()
	}
}

// ladder implements genericFeed.
func (f *genericHLS) ladder(m qoe.Media, _ time.Duration) []int64 { return f.rates[m] }

// genericSlack is how far the ends of a segment may lie apart between renditions.
const genericSlack = 50 * time.Millisecond

// next implements genericFeed.
func (f *genericHLS) next(m qoe.Media, rung int, at time.Duration) (piece, outlook) {
	l := f.list(m, rung)
	d := l.d
	switch {
	case d == nil:
		return piece{}, outlook{state: unsure}
	case d.live && at < d.start()-genericSlack:
		return piece{}, outlook{state: gone}
	}
	i := sort.Search(len(d.segs), func(i int) bool { return d.segs[i].End()+d.offset > at+genericSlack })
	if i == len(d.segs) {
		if d.live {
			return piece{}, outlook{state: unsure}
		}
		return piece{}, outlook{state: over}
	}
	s := &d.segs[i]
	return piece{
		start: s.Start + d.offset, end: s.End() + d.offset, p: d.pres, ref: s.Ref, rng: s.Range,
		init: s.Init, keys: s.Keys, gap: s.Gap,
	}, outlook{}
}

func (f *genericHLS) live() bool { return f.main != nil && f.main.live }

func (f *genericHLS) edge() (time.Duration, bool) {
	return f.main.edge() + f.main.age(f.g.now()), true
}

func (f *genericHLS) seekable() (start, end time.Duration) { return f.main.start(), f.main.edge() }

// begin implements genericFeed: EXT-X-START, the beginning, or what HOLD-BACK says,
// which is three target durations unless it says so (RFC 8216bis section 6.3.3).
func (f *genericHLS) begin() time.Duration {
	d := f.main
	start := f.start
	if start == nil {
		start = d.pres.Start
	}
	if start != nil {
		at := d.start() + start.Offset
		if start.Offset < 0 {
			at = d.edge() + start.Offset
		}
		return min(max(at, d.start()), d.edge())
	}
	if !d.live {
		return d.start()
	}
	delay := f.g.o.liveDelay
	if delay == 0 && d.pres.HLS != nil {
		delay = d.pres.HLS.HoldBack
	}
	if delay == 0 {
		delay = 3 * d.target
	}
	return max(d.edge()-delay, d.start())
}

func (f *genericHLS) back() {
	for _, m := range f.media {
		if l := f.using[m]; l.fails.n > 0 && l.timer.Pending() {
			f.g.w.Set(&l.timer, max(l.fails.last.Add(f.g.o.retry).Sub(f.g.w.Now()), 0), l.ask)
		}
	}
}

func (f *genericHLS) stop() {
	for _, lists := range f.lists {
		for _, l := range lists {
			l.timer.Stop()
			l.load.abort()
		}
	}
}
