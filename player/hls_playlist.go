package player

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// hlsPlaylist is a media playlist that can be loaded: a level's or an audio track's.
type hlsPlaylist struct {
	id      int
	url     manifest.Address // from the multivariant playlist; every reload starts from it again
	details *hlsDetails
	inits   []heldInit // initialization segments held in memory
	fails   int        // attempts since the last success
}

// heldInit is an initialization segment as the playlist writes it.
type heldInit struct {
	uri    string
	within manifest.Range
}

// hasInit tells whether the initialization segment is in memory. It is known by
// how the playlist writes it, not by its URL: a new token does not fetch it again.
func (p *hlsPlaylist) hasInit(init *manifest.Init) bool {
	for i := range p.inits {
		if held := &p.inits[i]; held.within == init.Range && held.uri == init.Ref.URI {
			return true
		}
	}
	return false
}

// keepInit holds an initialization segment. Playlists that write a new token into
// every reference make every reload's a new one: old ones are let go.
func (p *hlsPlaylist) keepInit(init *manifest.Init) {
	if p.hasInit(init) {
		return
	}
	if len(p.inits) >= maxInits {
		p.inits = append(p.inits[:0], p.inits[1:]...)
	}
	p.inits = append(p.inits, heldInit{init.Ref.URI, init.Range})
}

const maxInits = 16

// hlsPlaylistLoader keeps one selected playlist fresh: base-playlist-controller.ts
// with playlist-loader.ts. There is one for levels and one for audio tracks, each
// with one request in flight.
type hlsPlaylistLoader struct {
	h      *hls
	media  qoe.Media
	loaded func(p *hlsPlaylist, d *hlsDetails, came arrival) // d is not yet p.details

	current *hlsPlaylist // selected
	loading *hlsPlaylist // being fetched
	load    *hlsLoad
	sent    directives // of the request under way
	timer   loop.Timer
	next    directives // of the request that the timer sends
	canLoad bool
	spare   *hlsDetails // of a load before the last of some playlist, for the next

	onDue   func() // the methods below, bound once
	onEnded func(*hlsOutcome)
}

func newHLSPlaylistLoader(h *hls, m qoe.Media, loaded func(*hlsPlaylist, *hlsDetails, arrival)) *hlsPlaylistLoader {
	l := &hlsPlaylistLoader{h: h, media: m, loaded: loaded}
	l.onDue, l.onEnded = l.due, l.ended
	return l
}

// selectList makes p the playlist to keep fresh and asks for it unless it is
// complete already.
func (l *hlsPlaylistLoader) selectList(p *hlsPlaylist) {
	if l.current == p && p.details != nil {
		return
	}
	ask := undirected
	if last := l.current; last != nil {
		ask = last.details.reported(p.url, p.details, l.h.opt.lowLatency, l.h.date())
	}
	l.current = p
	if p.details == nil || p.details.live {
		l.requestFor(ask)
	}
}

// drop keeps none fresh any more.
func (l *hlsPlaylistLoader) drop() {
	l.timer.Stop()
	l.load.cancel()
	l.current, l.loading, l.load = nil, nil, nil
}

// request asks for the selected playlist as soon as its grid allows.
func (l *hlsPlaylistLoader) request() { l.requestFor(undirected) }

func (l *hlsPlaylistLoader) requestFor(ask directives) {
	l.timer.Stop()
	p := l.current
	if !l.canLoad || p == nil || p.details != nil && !p.details.live {
		return
	}
	if p.details == nil {
		l.send(ask)
		return
	}
	l.requestAt(p.details.scheduled, l.h.now(), ask)
}

func (l *hlsPlaylistLoader) requestAt(at, now instant, ask directives) {
	wait := at.Sub(now)
	if wait <= 0 {
		l.send(ask)
		return
	}
	l.next = ask
	l.h.w.Set(&l.timer, wait, l.onDue)
}

func (l *hlsPlaylistLoader) due() { l.send(l.next) }

// send asks now. A request for another playlist gives way to it; one for the same
// goes on. The original compares URLs: where an integration has rewritten the one
// in the loader's context, it does not know its own request again, and asks anew.
// A request that the server holds is not given up for one that it would not.
func (l *hlsPlaylistLoader) send(ask directives) {
	l.timer.Stop()
	p := l.current
	url := ask.on(p.url)
	if l.load != nil && l.loading == p && (l.load.context(l.sent.on(p.url)) == url || !l.sent.empty() && ask.empty()) {
		return
	}
	l.load.cancel()
	l.loading, l.sent = p, ask
	l.h.playlistLoading(l, p)
	l.load = l.h.loads.start(&Request{
		URL: url, Kind: qoe.Playlist, Media: l.media, Attempt: p.fails + 1,
	}, l.policy(p, ask), l.onEnded)
}

// policy is how long a request may take: one that the server holds until the next
// part is given up much sooner than 10 s.
func (l *hlsPlaylistLoader) policy(p *hlsPlaylist, ask directives) *LoadPolicy {
	usual := l.h.opt.playlist
	if ask.part < 0 || p.details == nil || p.details.partTarget == 0 {
		return usual
	}
	limit := float64(max(3*p.details.partTarget, p.details.target*4/5)) / 1e6
	if usual.MaxTimeToFirstByteMs > 0 {
		limit = min(limit, usual.MaxTimeToFirstByteMs)
	}
	short := *usual
	short.MaxTimeToFirstByteMs, short.MaxLoadTimeMs = limit, limit
	return &short
}

func (l *hlsPlaylistLoader) ended(o *hlsOutcome) {
	p, ask := l.loading, l.sent
	l.load, l.loading = nil, nil
	if !o.OK() {
		p.fails++
		l.h.playlistFailed(l, p, o)
		return
	}
	p.fails = 0
	pres, err := l.h.w.ParseChild(l.sparePlaylist(p), l.h.master, o.URL, o.ContentType, o.Body)
	if err == nil && pres.HLS != nil && pres.HLS.Skipped > 0 {
		if pres, err = l.merge(p, pres); err != nil {
			l.again(p, ask)
			return
		}
	}
	if err == nil {
		if d := l.read(pres); d != nil {
			l.arrived(p, d, o)
			return
		}
		err = errNoSegments
		if pres.Live { // an empty live playlist may fill: asked for again
			o.Failure, o.Detail, o.empty = qoe.BodyFailure, err.Error(), true
			l.h.playlistFailed(l, p, o)
			return
		}
	}
	l.h.playlistUnusable(p, l.media, "levelParsingError: "+err.Error())
}

// sparePlaylist is a presentation that nobody knows any more, for the next load of p;
// nil when there is none.
func (l *hlsPlaylistLoader) sparePlaylist(p *hlsPlaylist) *manifest.Presentation {
	if l.spare == nil {
		return nil
	}
	if p.details != nil {
		l.spare.pres.Near(p.details.pres)
	}
	return l.spare.pres
}

// read lays out a load; nil when it lists nothing.
func (l *hlsPlaylistLoader) read(pres *manifest.Presentation) *hlsDetails {
	d := l.spare
	if l.spare = nil; d == nil {
		d = new(hlsDetails)
	}
	if !d.read(pres) {
		return nil
	}
	return d
}

func (l *hlsPlaylistLoader) merge(p *hlsPlaylist, delta *manifest.Presentation) (*manifest.Presentation, error) {
	if p.details == nil {
		return nil, manifest.ErrDelta
	}
	return l.h.w.Update(p.details.pres, delta)
}

// again asks for the whole of a playlist whose delta update does not fit
// (deltaUpdateFailed).
func (l *hlsPlaylistLoader) again(p *hlsPlaylist, ask directives) {
	ask.skip = skipNothing
	if p == l.current && l.canLoad {
		l.send(ask)
	}
}

// arrived takes a load in: lays it on the timeline, arms the next reload and
// tells the stream (playlistLoaded, then onLevelLoaded or onAudioTrackLoaded).
func (l *hlsPlaylistLoader) arrived(p *hlsPlaylist, d *hlsDetails, o *hlsOutcome) {
	now := l.h.now()
	came := o.arrival()
	d.cacheAge = o.Age
	d.advancedAt = l.h.date()
	if !came.firstByte.IsZero() {
		d.advancedAt = d.advancedAt.Add(came.firstByte.Sub(now))
	}
	prev := p.details
	if d.live || prev != nil && prev.live {
		d.follow(prev)
		d.expire()
		if prev != nil && d.startSN() > prev.endSN() {
			p.inits = nil // nothing of the old load is left that could carry it over
		}
		if p == l.current {
			d.schedule(came.start, now, l.behind(d))
			if float64(d.misses) >= l.h.opt.maxUnchanged {
				l.h.playlistUnusable(p, l.media, "playlistUnchangedError")
				return
			}
		}
	}
	if p == l.current && d.live && l.canLoad {
		l.reload(d, prev, now, came)
	}
	l.loaded(p, d, came)
	if prev != nil && p.details == d && prev != l.h.latest { // nobody knows the load before any more
		l.spare = prev
	}
}

// behind is how far the playhead is from the edge, where the interval depends on that.
func (l *hlsPlaylistLoader) behind(d *hlsDetails) time.Duration {
	if d.last().Duration >= d.target {
		return 0
	}
	return d.edge() - l.h.playhead()
}

// reload arms the next request. One that the server will hold goes out at once in
// low-latency mode, and otherwise when the segment should be there.
func (l *hlsPlaylistLoader) reload(d, prev *hlsDetails, now instant, came arrival) {
	ask, atOnce := d.next(prev, l.h.opt.lowLatency, l.h.date())
	switch {
	case atOnce:
		d.scheduled = now
	case ask.msn >= 0:
		every, elapsed := d.interval(l.behind(d)), max(now.Sub(came.firstByte), 0)
		d.scheduled = came.firstByte.Add(max(every-2*elapsed, every/2))
	}
	l.requestAt(d.scheduled, now, ask)
}

func (l *hlsPlaylistLoader) stop() {
	l.canLoad = false
	l.timer.Stop()
	l.load.cancel()
	l.load = nil
}
