package player

import (
	"time"

	"soak/manifest"
	"soak/qoe"
)

// hlsLoadingFrag is a fragment with what it needs, asked for at the same time:
// its initialization segment and its key (_doFragLoad).
type hlsLoadingFrag struct {
	pipe  *hlsPipeline
	frag  hlsFrag
	from  manifest.Presentation // the playlist that listed it, while something is to be asked for later
	load  int                   // of that playlist, by which it is known
	media *hlsLoad              // nil once ended, as below
	init  *hlsLoad
	keys  []*hlsKey

	test   bool    // only to measure the bandwidth: neither initialized nor appended
	part   hlsPart // what of the fragment; none for the whole
	unsent bool    // the part's turn comes once the rest is there
	waits  int     // how many of them are still to come
	failed bool    // one has failed: what else comes is not used
	spent  bool    // it is in the buffer: its pipeline may use it for the next fragment
	came   arrival
	parsed instant

	onMedia func(*hlsOutcome) // gotMedia, bound once
}

// loadingFrag is a fragment to ask for, in place of the latest one when that is done
// with: nobody else knows that one any more.
func (p *hlsPipeline) loadingFrag(frag *hlsFrag, part hlsPart, d *hlsDetails) *hlsLoadingFrag {
	f := p.loading
	if f == nil || !f.spent || p.testing {
		f = &hlsLoadingFrag{pipe: p, test: p.testing}
		f.onMedia = f.gotMedia
	}
	f.frag, f.load, f.part, f.waits = *frag, d.load, part, 1
	f.keys, f.failed, f.spent, f.came = f.keys[:0], false, false, arrival{}
	return f
}

// fetch asks for a fragment of d, or for one part of it. It gives up what is still
// under way: there is one fragment in flight at a time.
func (p *hlsPipeline) fetch(frag *hlsFrag, part hlsPart, d *hlsDetails) {
	f := p.request(frag, part, d)
	if !p.isAudio() {
		p.h.abr.loading(f)
		p.h.mainLoading(frag)
	}
}

func (p *hlsPipeline) request(frag *hlsFrag, part hlsPart, d *hlsDetails) *hlsLoadingFrag {
	h, old := p.h, p.sent
	f := p.loadingFrag(frag, part, d)
	if old == f {
		old = nil // its requests have all ended
	}
	p.count(f)
	old.cancelMedia()
	// The keys are asked for before the old load lets go of them: a key under way
	// serves the next attempt too.
	if init := frag.seg.Init; init != nil && !p.testing && !p.list(frag.list).hasInit(init) {
		f.from = *d.pres
		f.needInit(init)
	}
	if len(frag.seg.Keys) > 0 {
		f.from = *d.pres
		h.keys.need(f, frag.seg.Keys, nil)
	}
	h.keys.leave(old)
	p.loading, p.sent, p.state = f, f, hlsFetching
	if !f.test {
		_, p.nextLoad = f.span()
		p.startRequested = true
	}
	// Whole segments are asked for beside what they need, parts after it.
	if f.unsent = !part.none() && f.waits > 1; !f.unsent {
		f.fetchMedia(d.pres)
	}
	return f
}

// needInit asks for the initialization segment. An encrypted one follows its key, any
// other goes first (loadInitSegmentIfNeeded, loadKeyFor).
func (f *hlsLoadingFrag) needInit(init *manifest.Init) {
	f.waits++
	if !f.pipe.h.keys.need(f, init.Keys, func() { f.fetchInit(init) }) {
		f.fetchInit(init)
	}
}

// count numbers the attempts at one and the same thing.
func (p *hlsPipeline) count(f *hlsLoadingFrag) {
	key := partKey{f.frag.list, f.frag.sn, -1}
	if !f.part.none() {
		key.index = f.part.index
	}
	if p.attempt++; key != p.asked {
		p.asked, p.attempt = key, 1
	}
}

// span is what of the timeline it covers.
func (f *hlsLoadingFrag) span() (start, end time.Duration) {
	if f.part.none() {
		return f.frag.start, f.frag.end
	}
	start = f.frag.start + f.part.part.Start - f.frag.seg.Start
	return start, start + f.part.part.Duration
}

func (f *hlsLoadingFrag) fetchMedia(from *manifest.Presentation) {
	p := f.pipe
	ref, within := &f.frag.seg.Ref, f.frag.seg.Range
	if !f.part.none() {
		ref, within = &f.part.part.Ref, f.part.part.Range
	}
	f.media = p.h.loads.start(&Request{
		URL: from.Address(*ref), Range: within,
		Kind: qoe.Segment, Media: p.media, Attempt: p.attempt,
	}, p.h.opt.fragment, f.onMedia)
}

func (f *hlsLoadingFrag) fetchInit(init *manifest.Init) {
	f.init = f.pipe.h.loads.start(&Request{
		URL: f.from.Address(init.Ref), Range: init.Range,
		Kind: qoe.Init, Media: f.pipe.media, Attempt: f.pipe.attempt,
	}, f.pipe.h.opt.fragment, func(o *hlsOutcome) { f.gotInit(init, o) })
}

func (f *hlsLoadingFrag) gotMedia(o *hlsOutcome) {
	f.media = nil
	f.came = o.arrival()
	if o.OK() {
		f.one()
		return
	}
	if f.failed {
		return
	}
	f.failed = true
	if o.timeout && f.pipe == f.pipe.h.main {
		f.pipe.h.abr.timedOut(f.came)
	}
	f.pipe.h.fragFailed(f, qoe.Segment, o)
}

// gotInit is counted even when the fragment itself has failed already: the
// original reports it separately. Its failure ends the fragment's own load.
func (f *hlsLoadingFrag) gotInit(init *manifest.Init, o *hlsOutcome) {
	f.init = nil
	if o.OK() {
		l := f.pipe.list(f.frag.list)
		l.keepInit(init)
		f.one()
		return
	}
	f.failed = true
	f.media.cancel()
	f.media = nil
	f.pipe.h.fragFailed(f, qoe.Init, o)
}

// gotKey goes on; problem is set when there will be no key.
func (f *hlsLoadingFrag) gotKey(problem *hlsOutcome) {
	if problem == nil {
		f.one()
		return
	}
	if !f.failed {
		f.failed = true
		f.pipe.h.fragFailed(f, qoe.Key, problem)
	}
}

// one of the things waited for has come.
func (f *hlsLoadingFrag) one() {
	f.waits--
	switch {
	case f.failed || f.pipe.loading != f:
	case f.waits == 0:
		f.parse()
	case f.waits == 1 && f.unsent:
		f.unsent = false
		f.fetchMedia(&f.from)
	}
}

// parse hands the fragment to the worker, which the first fragment of all finds
// still starting.
func (f *hlsLoadingFrag) parse() {
	h := f.pipe.h
	if f.test || f.pipe.isText() { // nothing for the worker
		f.pipe.complete(f)
		return
	}
	if h.worker.IsZero() {
		h.worker = h.now().Add(vary(h.rng, decoding(h.w, workerStart)))
	}
	if starting := h.worker.Sub(h.now()); starting > 0 {
		h.w.Set(nil, starting, f.parse)
		return
	}
	if !f.failed && f.pipe.loading == f {
		f.pipe.complete(f)
	}
}

// workerStart is how long the first fragment waits for the Web Worker that parses
// (src/demux/transmuxer-interface.ts): it is started with it, from the whole of
// hls.js (seen in Chromium 156 on two cores: 130 to 550 ms).
const workerStart = 280 * time.Millisecond

// cancelLoading gives up the requests of the fragment under way. That may be one
// which nobody waits for any more: a key or an initialization segment failed and
// the pipeline started over (FragmentLoader.abort).
func (p *hlsPipeline) cancelLoading() {
	p.sent.cancelMedia()
	p.h.keys.leave(p.sent)
	p.sent = nil
}

func (f *hlsLoadingFrag) cancelMedia() {
	if f == nil {
		return
	}
	f.failed = true
	f.media.cancel()
	f.init.cancel()
	f.media, f.init = nil, nil
}

// parseTime is what the worker takes for a fragment; bandwidth is measured up to
// there. (Two busy cores show 20 to 40 ms from one fragment to the next request.)
const parseTime = 10 * time.Millisecond

// complete parses a fragment that has come with all it needs. Audio waits for the
// main stream's timestamps, and the first main fragment for the audio track to be
// known: only then are the source buffers made (buffer-controller.ts).
func (p *hlsPipeline) complete(f *hlsLoadingFrag) {
	h, cc := p.h, f.frag.seg.Discontinuity
	f.parsed = h.now()
	switch {
	case f.test:
		p.tested(f)
		return
	case p.isText():
		p.cues(f)
		return
	}
	f.parsed = f.parsed.Add(h.parsing)
	if p.isAudio() {
		if !h.timestamps.has(cc) {
			p.state, p.parked = hlsWaitingMain, f
			return
		}
		h.openSource()
		p.append(f)
		return
	}
	h.abr.loaded(f)
	fresh := h.timestamps.add(cc)
	h.timed()
	if h.audio != nil && !h.opened {
		p.state = hlsParsed
		h.held = f
		h.mainParsed(&f.frag)
		return
	}
	if fresh && h.audio != nil {
		h.mainParsed(&f.frag)
	}
	p.append(f)
}

// tested takes the bandwidth test in (_loadBitrateTestFrag). Its fragment stays
// marked as being appended, which gets in the way should that level be chosen.
func (p *hlsPipeline) tested(f *hlsLoadingFrag) {
	h := p.h
	h.levels[f.frag.list].fragmentError = 0
	p.state, p.startRequested, p.testing = hlsIdle, false, false
	p.tracker.set(&f.frag, appending, p.playhead())
	h.abr.loaded(f)
	h.abr.buffered(f)
	p.onGrid(h.now().Add(1))
}

// openSource lets the first main fragment in once the audio track is known.
func (h *hls) openSource() {
	h.opened = true
	if f := h.held; f != nil {
		h.held = nil
		if h.main.loading == f {
			h.main.append(f)
		}
	}
}

// completeness tells how much of a fragment the buffer has after f.
func (p *hlsPipeline) completeness(f *hlsLoadingFrag) fragState {
	if !f.part.none() && (f.frag.seg.Ref.URI == "" || p.unloadedPart(p.list(f.frag.list).details, f.frag.list, f.frag.sn)) {
		return partial
	}
	return appended
}

// blocks tells whether audio for [start, end) has to wait for video: where some
// audio is in already, it goes in only once video reaches 5 % into it
// (buffer-controller.ts, blockAudio). So audio that was loaded ahead holds its
// pipeline until the next main fragment has come.
func (h *hls) blocks(start, end time.Duration) bool {
	m := h.main
	at := start + (end-start)/20
	if m.media != qoe.Video || m.state == hlsFinished || len(h.el.buffers[qoe.Audio]) == 0 || h.videoEnd >= at {
		return false
	}
	if _, ok := h.el.buffers[qoe.Video].at(at); ok {
		return false
	}
	r := m.tracker.at(start)
	return r == nil || r.state != gapped
}

// unblock lets audio in that waited, as soon as more video goes in.
func (h *hls) unblock(end time.Duration) {
	h.videoEnd = end
	if f := h.blocked; f != nil {
		h.blocked = nil
		if a := h.audio; a.loading == f && a.state == hlsParsed {
			a.admit(f)
		}
	}
}

// append puts a fragment into its source buffer (onFragBuffered).
func (p *hlsPipeline) append(f *hlsLoadingFrag) {
	h := p.h
	start, end := f.span()
	p.prev = f.frag
	if p.isAudio() && h.blocks(start, end) {
		p.state, h.blocked = hlsParsed, f
		return
	}
	p.admit(f)
}

func (p *hlsPipeline) admit(f *hlsLoadingFrag) {
	h, frag, audio := p.h, &f.frag, p.isAudio()
	start, end := f.span()
	details := p.list(frag.list).details
	if details == nil { // of a pathway that was left: dropped
		p.state, p.loading, p.prev = hlsIdle, nil, hlsFrag{}
		p.soon()
		return
	}
	if !audio {
		h.trimBack()
	}
	if !p.admits(f.came.bytes) {
		p.bufferFull(f)
		return
	}
	p.store.put(start, end, f.came.bytes)
	bitrate := f.bitrate()
	if p.media == qoe.Video {
		h.el.append(p.media, start, end, bitrate)
	} else { // whose bit rate nobody asks for: touching fragments are one span
		h.el.append(p.media, start, end, 0)
	}
	details.known = true
	if !f.part.none() && p.partLoaded(f) {
		h.gap.poke()
		if !audio {
			h.unblock(end)
		}
		return
	}
	p.state = hlsIdle
	p.tracker.set(frag, p.completeness(f), p.booked())
	if !audio {
		l := h.levels[frag.list]
		l.fragmentError, l.loadError = 0, 0
		h.abr.buffered(f)
		h.reportSwitch(bitrate)
	}
	f.spent = true
	if !h.started {
		h.startPlayback()
	}
	h.gap.poke()
	if !audio {
		h.unblock(end)
	}
	p.onward()
	if !audio && h.audio != nil && h.audio.state == hlsIdle {
		h.audio.mainAppended()
	}
}
