package player

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// dashTrack is one StreamProcessor with its ScheduleController: one media type,
// one request in flight, init or media segment (src/streaming/StreamProcessor.js,
// controllers/ScheduleController.js).
type dashTrack struct {
	d       *dash
	media   qoe.Media
	setting *trackSettings
	ladder  ladder
	rung    int // chosen; its init may still be missing

	inited    string   // id of the rendition whose init is in the source buffer
	cache     []string // ids whose init is kept, with cacheInitSegments
	needsInit bool
	check     bool // ask the rules before the next request
	explicit  bool // next is the segment at `at`
	repeat    bool // next is `last` again, at another quality
	at        time.Duration
	last      manifest.Segment
	asked     bool     // last is set
	picked    struct { // the last pick, which a waiting track makes again and again
		from    *manifest.Segments
		at      time.Duration
		segment manifest.Segment
		found   bool
	}

	unread   bool // its index is under way
	queued   int  // rung chosen by hand while a request was under way, plus 1
	complete bool // nothing more in this period
	idle     bool // its schedule timer was cleared by a failure (F6); a seek revives it

	load   *dashLoad
	adding loop.Timer // what has come is being appended
	added  struct {   // by the rendition it was asked for
		id  string
		bit int64
	}
	initial bool                   // the request in flight, or the last one, is an init
	from    *manifest.Presentation // the manifest it was made from
	folder  manifest.Folder        // where its segments are
	whole   manifest.Ref           // its reference there
	ref     manifest.Ref           // and by which way
	pause   time.Duration          // BOLA's delay before the next request
	wait    waitKind
	looked  instant // the last look, origin of the 500 ms grid
	timer   loop.Timer
	onLook  func()
	onAdded func()
	onWatch func()

	abr    abrState
	chunks chunks
	bit    int64   // bandwidth of the last segment appended
	grown  instant // when that was
}

// waitKind is what a track waits for between two looks.
type waitKind uint8

const (
	waitNothing waitKind = iota
	waitBuffer           // level above target
	waitSegment          // next one not available yet
	waitPause            // BOLA's delay; the segment is chosen
	waitUpdate           // a manifest is being taken in, or no BaseURL was left
)

func newDashTrack(d *dash, media qoe.Media) *dashTrack {
	t := &dashTrack{d: d, media: media, setting: &d.s.audio}
	if media == qoe.Video {
		t.setting = &d.s.video
	}
	t.abr.ignore = insufficientIgnore
	t.load = newDashLoad(&d.stopwatch, &d.script, t.loaded)
	t.load.attempt = t.attemptFailed
	t.onLook, t.onAdded, t.onWatch, t.chunks.onLook = t.look, t.appended, t.considerAbandon, t.lookAtChunks
	return t
}

// enter begins a period at presentation time at, with the initial quality.
func (t *dashTrack) enter(set *manifest.Set, at time.Duration) {
	t.ladder = newLadder(set, *t.setting)
	t.rung = t.ladder.best(initialBitrate(*t.setting, t.remembered(), t.media == qoe.Video))
	t.inited, t.cache = "", nil
	t.complete, t.idle, t.asked, t.repeat = false, false, false, false
	t.represented()
	t.abr.restart()
	t.jumpTo(at)
}

// jumpTo makes the segment at presentation time at the next one.
func (t *dashTrack) jumpTo(at time.Duration) { t.at, t.explicit = at, true }

func (t *dashTrack) rendition() *manifest.Rendition { return t.ladder.at(t.rung) }

// level is the buffer level as dash.js measures it, over holes that it would jump
// (BufferController.js, _getBufferLength), not over those that play by themselves.
// It was measured with the latest append, or with the latest timeupdate event since.
func (t *dashTrack) level() time.Duration { return t.levelAt(t.d.now()) }

// levelAt is the level at an instant to come, if nothing is appended until then.
func (t *dashTrack) levelAt(at instant) time.Duration {
	level := t.d.el.ahead(t.media, t.d.s.tolerance)
	if t.d.el.status != playing {
		return level
	}
	if level = max(level-t.d.el.scaled(at.Sub(t.d.now())), 0); level == 0 {
		return 0
	}
	seen := at.Add(-(at.Sub(t.d.moving) % timeUpdateEvery))
	if t.grown.After(seen) {
		seen = t.grown
	}
	return level + t.d.el.scaled(at.Sub(seen))
}

// timeUpdateEvery is how often a playing element fires timeupdate (Chromium's
// HTMLMediaElement, kMaxTimeupdateEventFrequency).
const timeUpdateEvery = 250 * time.Millisecond

func (t *dashTrack) segment() time.Duration { return t.rendition().Segments.Nominal() }

// follows tells whether this is audio beside video, which keeps to the video's level.
func (t *dashTrack) follows() bool { return t.media == qoe.Audio && t.d.tracks[qoe.Video] != nil }

func (t *dashTrack) target() time.Duration {
	switch {
	case t.media == qoe.Text:
		return t.segment()
	case t.follows():
		return audioTarget(t.d.tracks[qoe.Video].level(), t.segment())
	}
	return t.d.s.target.generic(t.atTop(), t.d.content(), t.d.live)
}

// atTop is isPlayingAtTopQuality; in 4.x every media must be at its top.
func (t *dashTrack) atTop() bool {
	if !t.d.s.old {
		return t.rung == t.ladder.top()
	}
	for _, o := range t.d.order {
		if o.media != qoe.Text && o.rung < o.ladder.top() {
			return false
		}
	}
	return true
}

// schedule is one turn of the scheduling loop, entered whenever the track is free:
// dash.js' timer 0 after each append.
func (t *dashTrack) schedule() {
	t.stopWaiting()
	if t.complete || t.unread || t.load.active || t.adding.Pending() || t.d.stopped {
		return
	}
	if t.queued > 0 {
		t.take(t.queued - 1)
	}
	t.looked = t.d.now()
	if t.inited != "" && t.untilDue() > 0 {
		t.waitFor(waitBuffer)
		return
	}
	if t.check && t.media != qoe.Text && t.setting.auto && t.ladder.top() > 0 && t.choose() {
		// A switch starts the timer again, and the target may be lower now.
		if t.inited != "" && t.untilDue() > 0 {
			t.waitFor(waitBuffer)
			return
		}
	}
	if t.needsInit || t.rendition().ID != t.inited {
		t.askInit(true)
		return
	}
	t.askMedia(true)
}

// untilDue is how much must be played before the buffer target lets another
// segment in; 0 when it does.
func (t *dashTrack) untilDue() time.Duration {
	segment := t.segment()
	if t.follows() || t.d.s.old || t.d.low {
		segment = 0 // 4.x looks at the level alone
	}
	return untilBelow(t.level(), segment, t.target())
}

// askInit asks for the init segment of the chosen rendition. Without reschedule,
// the failure path, a track that has nowhere to ask lies idle.
func (t *dashTrack) askInit(reschedule bool) {
	t.check, t.needsInit = false, false
	if t.d.mpd.applying {
		t.waitFor(waitUpdate)
		return
	}
	r := t.rendition()
	in := r.Segments.Init()
	if in == nil || t.cached(r.ID) {
		t.inited = r.ID
		t.schedule()
		return
	}
	t.initial = true
	if t.locate(in.Ref, reschedule) {
		t.load.start(Request{URL: t.folder.Address(t.from, t.ref), Kind: qoe.Init, Media: t.media, Range: in.Range}, t.d.retried(t.d.s.init))
	}
}

func (t *dashTrack) cached(id string) bool {
	for _, c := range t.cache {
		if c == id {
			return true
		}
	}
	return false
}

// askMedia asks for the next media segment; with none to ask for it waits, or, on
// the failure path that does not reschedule, lies idle.
func (t *dashTrack) askMedia(reschedule bool) {
	t.check = true
	if t.d.mpd.applying {
		t.waitFor(waitUpdate)
		return
	}
	seg, found := t.pick()
	switch {
	case found && t.available(seg):
	case t.ended(found):
		t.complete = true
		t.d.trackComplete()
		return
	case reschedule:
		t.waitFor(waitSegment)
		if found {
			t.d.lostTarget(t, seg)
		}
		return
	default:
		t.idle = true
		return
	}
	if t.explicit && t.d.adjustSeek(seg) {
		return
	}
	t.explicit, t.repeat, t.last, t.asked = false, false, seg, true
	t.initial = false
	if !t.locate(seg.Ref, reschedule) {
		t.jumpTo(seg.Start + seg.Duration/2)
		return
	}
	if t.pause > 0 {
		t.wait = waitPause
		t.d.w.Set(&t.timer, t.pause, t.onLook)
		t.pause = 0
		return
	}
	t.fetch()
}

func (t *dashTrack) fetch() {
	retry := t.d.retried(t.d.s.media)
	if t.rendition().Chunked {
		retry.timeout = 0 // fetch() has none
	}
	t.load.start(Request{URL: t.folder.Address(t.from, t.ref), Kind: qoe.Segment, Media: t.media, Range: t.last.Range}, retry)
	t.watch()
}

// loaded is the end of a request, its retries included.
func (t *dashTrack) loaded(r *Response) {
	t.unwatch()
	if !r.OK() {
		t.failed(r)
		return
	}
	if !t.initial {
		t.metered()
		t.measure(r) // before the append: BOLA reckons with the level at which it was asked for
	}
	t.added.id, t.added.bit = t.rendition().ID, t.rendition().Bandwidth
	t.d.w.Set(&t.adding, t.d.script.work(t.d.w, t.appendWork()), t.onAdded)
}

// appendWork is what an append takes: more while the decoders are being made.
func (t *dashTrack) appendWork() time.Duration {
	switch {
	case !t.d.el.started:
		return scriptFirst
	case t.media == qoe.Video:
		return scriptAppend
	}
	return scriptSound
}

// appended is BYTES_APPENDED_END_FRAGMENT, and the schedule timer of 0 that follows.
func (t *dashTrack) appended() {
	if t.initial {
		t.inited = t.added.id
		if t.d.s.cacheInit {
			t.cache = append(t.cache, t.inited)
		}
	} else {
		t.append()
	}
	t.d.begin()
	t.schedule()
}

// append puts the segment into the element.
func (t *dashTrack) append() { t.put(t.last.End(), t.added.bit) }

// put is the segment up to a presentation time.
func (t *dashTrack) put(end time.Duration, bit int64) {
	start := t.last.Start
	if prev := t.d.el.buffers[t.media].reach(start-rounding, 0); prev > start-rounding && prev < start+rounding {
		start = prev // timescales rounded apart
	}
	t.d.el.append(t.media, start, max(end, start), bit)
	if t.bit != 0 && t.bit != bit && t.media != qoe.Text {
		t.d.w.Emit(qoe.Switch{At: t.d.w.Now(), Media: t.media, From: t.bit, To: bit})
	}
	t.bit, t.grown = bit, t.d.now()
	t.metered()
	t.d.appended(t)
}

// attemptFailed measures what came, and has the clock looked at once more after the first 404 of a media
// segment, in 4.x after its first failure of any kind (net/HTTPLoader.js).
func (t *dashTrack) attemptFailed(r *Response) {
	t.measureFailed(r)
	t.watchAnew()
	if !t.initial && t.load.req.Attempt == 1 && (r.Status == 404 || t.d.s.old && t.load.retry.retries > 0) {
		t.d.clock.check()
	}
}

// abort gives up what is in flight or about to be.
func (t *dashTrack) abort() {
	t.unwatch()
	t.measurePart()
	t.load.abort()
	t.adding.Stop()
	t.stopWaiting()
}

// refresh takes the track's set from a new manifest. The quality stays with the
// rendition's id, or with the bandwidth when the id is gone.
func (t *dashTrack) refresh(set *manifest.Set) {
	if !t.d.s.old {
		t.abr.bola = bola{} // handleNewMediaInfo of 5.2, with every manifest
	}
	if set == t.ladder.set || indexed(set) { // an index is read once
		return
	}
	l, ok := t.ladder.with(set)
	if !ok {
		old := t.rendition()
		l = newLadder(set, *t.setting)
		rung, found := l.find(old.ID)
		if !found {
			rung = l.best(float64(old.Bandwidth) / 1000)
		}
		t.rung = rung
		t.abr.restart()
	}
	t.ladder = l
	t.represented()
}

// seek prepares the track for a new playhead (StreamProcessor.js,
// prepareInnerPeriodPlaybackSeeking): buffered there, nothing changes; else all
// but the back buffer is dropped and fetched anew from there, the init included.
func (t *dashTrack) seek(to time.Duration) {
	t.abr.seeked()
	if _, ok := t.d.el.buffers[t.media].at(to); ok {
		t.rewait()
		return
	}
	t.abort()
	b := &t.d.el.buffers[t.media]
	t.d.el.remove(t.media, 0, to-t.d.s.keepBehind) // BufferController.js, getAllRangesWithSafetyFactor
	t.d.el.remove(t.media, to, b.end())
	t.complete, t.idle, t.needsInit, t.check, t.repeat, t.pause = false, false, true, false, false, 0
	t.jumpTo(to)
	t.d.el.endOfStream(false)
	t.schedule()
}
