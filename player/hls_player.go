package player

import (
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// hls is hls.js 1.7: its controllers and what they share. Names in comments are
// those of its sources, under src/controller unless said otherwise. hls.js decides
// nothing by chance; random is only how long its worker takes to start.
type hls struct {
	stopwatch
	opt *hlsOptions // the model's
	aim bufferAim
	url string
	rng *rand.Rand // nil: all work takes its mean
	el  *element

	loads      hlsLoads
	masterLoad *hlsLoader
	master     *manifest.Presentation // nil when a media playlist was given instead
	start      *manifest.StartPoint
	levels     []*hlsLevel // of the pathway in use, ascending
	pathways   hlsPathways
	first      int // the level listed first
	loadLevel  int // the level to load from, -1 before the first
	tracks     []*hlsTrack
	track      *hlsTrack // alternate audio in use; nil when there is none
	subtitles  hlsSubtitles
	subtitle   *hlsTrack // subtitles in use; nil when there are none

	steering    hlsSteering
	levelLoader *hlsPlaylistLoader
	trackLoader *hlsPlaylistLoader
	textLoader  *hlsPlaylistLoader
	main        *hlsPipeline
	audio       *hlsPipeline // nil without alternate audio
	text        *hlsPipeline // nil without subtitles
	abr         *hlsABR
	gap         *hlsGap
	keys        *hlsKeys

	anchor        instant         // of the pollers' 100 ms grid
	parsing       time.Duration   // what the worker takes for a fragment
	latest        *hlsDetails     // main playlist that came last
	worker        instant         // when the parser is ready; zero before the first fragment
	timestamps    ccSet           // discontinuities whose main timestamps are known (initPTS)
	held          *hlsLoadingFrag // first main fragment, waiting for the source buffers
	blocked       *hlsLoadingFrag // audio that waits for video to reach it
	videoEnd      time.Duration   // end of the main fragment appended last
	heldTrack     heldTrack       // audio playlist that came before the level's
	mainFrag      hlsFrag         // main fragment asked for last (mainFragLoading)
	playlistError int
	stalls        int // noticed by the gap controller
	rateTimer     loop.Timer
	shown         int64 // bit rate of the main fragment appended last

	manual  int      // level chosen by hand; -1: automatic
	quality *Quality // chosen before the levels were known
	wish    *Target  // jump before anything was buffered

	license     *license // nil for clear content
	licenseLoad *hlsLoad

	prompt  bool // the page's timers are never slowed down
	started bool // something was buffered (hasEnoughToStart)
	opened  bool // the source buffers are made
	paused  bool // before Start
	dead    bool
	stopped bool
}

func newHLS(m *Model, w World, url string, rng *rand.Rand) (Player, error) {
	h := &hls{opt: m.hls, aim: m.hls.aim, stopwatch: *newStopwatch(w), url: url, rng: rng, loadLevel: -1, manual: -1}
	h.loads.stopwatch, h.prompt, h.parsing = &h.stopwatch, prompt(w), decoding(w, parseTime)
	h.abr, h.gap, h.keys = newHLSABR(h), &hlsGap{h: h}, &hlsKeys{h: h}
	h.gap.onPoll = h.gap.poll
	h.pathways.h, h.steering.h = h, h
	h.levelLoader = newHLSPlaylistLoader(h, qoe.Video, h.levelArrived)
	h.trackLoader = newHLSPlaylistLoader(h, qoe.Audio, h.trackArrived)
	h.textLoader = newHLSPlaylistLoader(h, qoe.Text, h.textArrived)
	return h, h.protect(m.cfg.License)
}

// Start asks for the multivariant playlist.
func (h *hls) Start(wished time.Time) {
	if h.el != nil {
		return
	}
	h.el = newElement(&h.stopwatch, wished)
	h.el.ready, h.el.hole, h.el.edge = hlsReady, h.opt.maxBufferHole, h.edge
	h.el.decoder = decoding(h.w, firstPicture)
	h.el.onPlaying = h.moving
	h.el.onWaiting = h.gap.poke
	h.license.hold(h.el)
	if h.paused {
		h.el.pause()
	}
	h.anchor = h.now()
	h.subtitles.begun = h.anchor
	h.masterLoad = h.loads.keepTrying(Request{URL: manifest.AddressOf(h.url), Kind: qoe.Manifest}, h.opt.manifest, h.gotMaster)
}

// pipelines are the three of them, nil where there is none.
func (h *hls) pipelines() [3]*hlsPipeline { return [...]*hlsPipeline{h.main, h.audio, h.text} }

// moving restarts what waits for media to be played.
func (h *hls) moving() {
	h.gap.moving()
	for _, p := range h.pipelines() {
		if p != nil && p.state == hlsIdle {
			p.onGrid(h.now())
		}
	}
	h.catchUp()
}

// Stop leaves.
func (h *hls) Stop() {
	if h.stopped || h.el == nil {
		h.stopped = true
		return
	}
	h.stopLoad()
	h.stopLicense()
	h.loads.stop()
	h.stopped = true
	h.gap.timer.Stop()
	h.rateTimer.Stop()
	h.subtitles.opening.Stop()
	h.el.stop()
}

// stopLoad ends all requests; what is buffered plays on.
func (h *hls) stopLoad() {
	h.masterLoad.cancel()
	h.masterLoad = nil
	h.steering.stop()
	h.levelLoader.stop()
	h.trackLoader.stop()
	h.abr.check.Stop()
	h.textLoader.stop()
	for _, p := range h.pipelines() {
		if p != nil {
			p.stop()
		}
	}
	h.playlistError = 0
}

// fail ends loading for good: a fatal error. The original waits for the
// application to call startLoad, which none of the known integrations does.
func (h *hls) fail(kind qoe.Kind, why string) {
	if h.dead || h.stopped {
		return
	}
	h.dead = true
	h.w.Emit(qoe.Fatal{At: h.w.Now(), Kind: kind, Why: why})
	h.stopLoad()
}

func (h *hls) note(text string) { h.w.Emit(qoe.Note{At: h.w.Now(), Text: text}) }

// State is what the viewer sees now.
func (h *hls) State() State {
	if h.el == nil {
		return State{Phase: Loading}
	}
	s := h.el.state(h.dead)
	if edge, ok := h.edge(); ok && h.el.started {
		s.LiveLatency = edge - s.Position
	}
	if h.loadLevel >= 0 && h.loadLevel < len(h.levels) {
		s.Loading = h.levels[h.loadLevel].bitrate
	}
	s.Estimate = int64(h.abr.bw.estimate())
	return s
}

// Phase implements Player.
func (h *hls) Phase() Phase { return h.el.phase(h.dead) }

// grid is the first tick of the pollers not before t.
func (h *hls) grid(t instant) instant { return h.gridOf(t, hlsTick) }

func (h *hls) gridOf(t instant, every time.Duration) instant {
	ticks := (t.Sub(h.anchor) + every - 1) / every
	return h.anchor.Add(max(ticks, 0) * every)
}

func (h *hls) playhead() time.Duration { return h.main.playhead() }

// setLevel makes a level the one to load from; its playlist is asked for if it is
// not known or live (level-controller.ts, set level).
func (h *hls) setLevel(level int) {
	l := &h.levels[level].hlsPlaylist
	if level == h.loadLevel && l == h.levelLoader.current || h.dead {
		return
	}
	h.loadLevel = level
	h.abr.check.Stop()
	h.switchAudio(level)
	h.switchSubtitles(level)
	h.levelLoader.selectList(l)
}

// playlistLoading makes the main pipeline wait for a level's playlist that it
// cannot do without (stream-controller.ts, onLevelLoading).
func (h *hls) playlistLoading(l *hlsPlaylistLoader, p *hlsPlaylist) {
	m := h.main
	if l != h.levelLoader || m.state != hlsIdle {
		return
	}
	if d := p.details; d == nil || d.live && (m.lastLoaded != p || d.expired(h.date())) || d.tuning() {
		m.state = hlsWaitingList
		m.onGrid(h.now().Add(1)) // to look whether another level is better by then
	}
}

// level is that of an index, which may be of a pathway that had more levels.
func (h *hls) level(i int) *hlsLevel { return h.levels[min(i, len(h.levels)-1)] }

// levelArrived takes a level's playlist in (stream-controller.ts, onLevelLoaded).
func (h *hls) levelArrived(l *hlsPlaylist, d *hlsDetails, came arrival) {
	m, level := h.main, h.level(l.id)
	if l != &level.hlsPlaylist {
		return // of a pathway that was left
	}
	h.abr.playlistLoaded(d.live, came)
	if l.id == h.loadLevel && level.fragmentError == 0 {
		level.loadError = 0
	}
	if f := m.loading; f != nil && f.media != nil && f.frag.list != l.id && m.state == hlsFetching {
		m.cancelLoading()
		m.loading, m.state = nil, hlsIdle
	}
	if d.live && m.lastLoaded != nil && (l.details == nil || !d.known && d.start() == 0) {
		d.align(m.lastLoaded.details)
	}
	requested := m.startRequested
	h.el.book() // before the live edge moves
	l.details, m.lastLoaded, h.latest = d, l, d
	if !requested {
		m.setStartPosition(d, d.start())
	}
	h.playlistError = 0
	if m.state == hlsWaitingList {
		if d.tuning() {
			return
		}
		m.state = hlsIdle
	}
	if requested && d.live {
		h.synchronize(d)
	}
	h.timestamps.forget(d.segs[0].Discontinuity)
	h.catchUp()
	h.askLicense()
	m.tick()
	if held := h.heldTrack; held.details != nil {
		h.trackArrived(held.list, held.details, arrival{})
	}
}

// maxBuffer is how much forward buffer is aimed at: 60 MB of the level's peak bit
// rate, within 30 and 600 s (getMaxBufferLength).
func (h *hls) maxBuffer(l *hlsLevel) time.Duration {
	most := h.aim.length
	if peak := l.peak(); peak > 0 {
		if s := h.opt.maxBufferBits / float64(peak); s < 1e6 {
			most = max(seconds(s), most)
		} else {
			most = h.aim.most
		}
	}
	return min(most, h.aim.most)
}

// beyondMax is how much more than that is buffered; negative where there is room, as
// there always is for a short buffer.
func (h *hls) beyondMax(l *hlsLevel, length time.Duration) time.Duration {
	if length < min(h.aim.length, h.aim.most) {
		return -1
	}
	return length - h.maxBuffer(l)
}

// endOfStream tells the element once both pipelines have appended everything.
func (h *hls) endOfStream() {
	if h.main.state == hlsFinished {
		h.unblock(h.videoEnd)
	}
	if h.main.state == hlsFinished && (h.audio == nil || h.audio.state == hlsFinished) {
		h.el.endOfStream(true)
	}
}

// seek moves the playhead over content the viewer will not see; why is empty when
// nothing was to be seen yet.
func (h *hls) seek(to time.Duration, why string) {
	from := h.el.position()
	if why != "" && to > from && h.el.started {
		h.w.Emit(qoe.Skip{At: h.w.Now(), Amount: to - from, Why: why})
	}
	h.el.seek(to)
	h.sought(to)
}

// sought tells the pipelines that the playhead has jumped.
func (h *hls) sought(to time.Duration) {
	for _, p := range h.pipelines() {
		if p != nil {
			p.afterSeek(to)
		}
	}
}

// reportSwitch tells of a change of rendition when its first fragment is in.
func (h *hls) reportSwitch(bitrate int64) {
	l := h.levels[h.main.prev.list]
	if l.bitrate == 0 {
		return // a single media playlist: its fragments vary, its rendition does not
	}
	if h.shown != 0 && h.shown != bitrate {
		h.w.Emit(qoe.Switch{At: h.w.Now(), Media: h.main.media, From: h.shown, To: bitrate})
	}
	h.shown = bitrate
}
