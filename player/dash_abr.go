package player

import (
	"math"
	"time"

	"soak/loop"
	"soak/qoe"
)

// abrState is what quality is chosen by, per track (src/streaming/controllers/
// AbrController.js).
type abrState struct {
	through throughput
	bola    bola
	history switchHistory
	useBola bool    // buffer is long enough to go by it
	empty   bool    // BUFFER_EMPTY was the last state told
	ignore  int     // segments InsufficientBufferRule still ignores
	resume  instant // no up-switch before: a request was abandoned

	watch     loop.Timer // looks at the request in flight
	abandoned time.Duration
	once      bool // a request for the segment at `abandoned` was given up already
	progress  progress
}

// restart forgets everything that belongs to one ladder, not the throughput.
func (a *abrState) restart() {
	a.bola = bola{}
	a.history.reset()
	a.once = false
}

func (a *abrState) seeked() {
	a.bola.seeked()
	a.ignore = insufficientIgnore
}

// choose asks the rules and takes their lowest answer; up-switches wait while an
// abandoned request is being made up for (checkPlaybackQuality). It tells whether
// the quality changed.
func (t *dashTrack) choose() bool {
	now := t.d.now()
	abandoning := now.Before(t.abr.resume)
	rung := t.wish(now, abandoning)
	if rung == noChange {
		if t.d.s.old {
			t.abr.history.push(t.rung, t.rung)
		}
		return false
	}
	t.abr.history.push(t.rung, rung)
	if rung == t.rung || abandoning && rung > t.rung {
		return false
	}
	t.change(rung)
	return true
}

// wish is the rules' answer.
func (t *dashTrack) wish(now instant, abandoning bool) int {
	a, l, s := &t.abr, t.ladder, &t.d.s
	level := t.level()
	buffer := level.Seconds()
	average := a.through.average(s, t.d.live)
	safe := a.through.usable(average*s.safety, s, t.segment())
	t.metered()
	t.pause = 0
	var main int
	if a.useBola {
		if a.bola.utility == nil {
			a.bola = newBola(l, t.d.bufferTime().Seconds(), s.old)
		}
		main, t.pause = a.bola.decide(l, now, buffer, safe)
	} else {
		main = throughputRule(l, safe, t.starved(level), t.d.live, abandoning)
	}
	return t.capped(main, level, average, &a.history)
}

// capped is the main rule's answer under the caps of those that look at the buffer
// and at the switches made.
func (t *dashTrack) capped(main int, level time.Duration, average float64, h *switchHistory) int {
	s := &t.d.s
	factor, enough := insufficientFactor, historySize
	if s.old {
		factor, enough = insufficientFactorOld, historyEnoughOld
	}
	insufficient := noChange
	if !t.d.low {
		carries := t.abr.through.usable(average*factor, s, t.segment())
		insufficient = insufficientBufferRule(t.ladder, carries, level.Seconds(), t.segment().Seconds(), t.starved(level), s.old, t.abr.ignore)
	}
	return lowest(t.ladder, main, insufficient, switchHistoryRule(t.ladder, h, enough))
}

// metered is BUFFER_LEVEL_UPDATED: the strategy follows the level, and BOLA is told
// when the buffer state turns to empty, not while it stays so (BufferController.js,
// _notifyBufferStateChanged; not at time 0, where playback has yet to begin). It must
// be called whenever the level has turned: before and after an append.
func (t *dashTrack) metered() {
	if t.media == qoe.Text {
		return
	}
	level := t.level()
	t.abr.useBola = useBola(t.abr.useBola, level, t.d.hybridSwitch(), t.d.s.old)
	empty := t.starved(level) && (t.abr.empty || t.d.el.position() > 0)
	if empty && !t.abr.empty {
		t.d.emptied(t.media)
	}
	t.abr.empty = empty
}

// starved tells whether a level counts as empty (BufferController.js,
// checkIfSufficientBuffer): stallThreshold and less, in 4.x less than that, and
// nothing at low latency.
func (t *dashTrack) starved(level time.Duration) bool {
	if t.d.s.old && t.d.low {
		return !t.complete && level == 0
	}
	return !t.complete && (level < t.d.s.stall || level == t.d.s.stall && !t.d.s.old)
}

// emptied is BUFFER_EMPTY of a media. An empty audio buffer changes nothing
// (BolaRule.js, _onBufferEmpty, which means to do something about it).
func (d *dash) emptied(m qoe.Media) {
	if m != qoe.Video {
		return
	}
	for _, t := range d.order {
		t.abr.bola.emptied()
	}
}

// useBola is the dynamic strategy: by buffer from the threshold on (4.x: above it),
// back to throughput below half of it (_updateDynamicAbrStrategy).
func useBola(now bool, level, threshold time.Duration, old bool) bool {
	if now {
		threshold /= 2
	}
	return level > threshold || level == threshold && !old
}

// change goes to another quality. A fast switch also replaces what is buffered at
// lower quality (StreamProcessor.js, _prepareForFastQualitySwitch).
func (t *dashTrack) change(rung int) {
	at, replace := t.replaceFrom(rung)
	t.take(rung)
	if replace {
		t.jumpTo(at)
	}
}

// replaceFrom is where a fast switch to a rung begins to replace what is buffered;
// false when it replaces nothing. 4.x leaves one and a half segments alone. 5.x means
// to, but asks a Representation of the rules' own for its fragmentDuration, which is
// null and counts as 0: it begins with the segment being played.
func (t *dashTrack) replaceFrom(rung int) (time.Duration, bool) {
	if !t.d.s.fast(t.d.low) {
		return 0, false
	}
	to, safe := t.ladder.at(rung), time.Duration(0)
	if t.d.s.old {
		safe = or(to.Segments.Nominal(), time.Second) * 3 / 2
	}
	at := t.d.el.position() + safe
	sp, ok := t.d.el.buffers[t.media].at(at)
	return at, ok && sp.bitrate < to.Bandwidth && t.level() >= safe && !t.d.now().Before(t.abr.resume)
}

// settle is QUALITY_CHANGE_REQUESTED: the rung, what BOLA knows of it, and the
// throughput saved for the next period (AbrController.js, _changeQuality).
func (t *dashTrack) settle(rung int) {
	a := &t.abr
	t.rung = rung
	t.represented()
	if !t.d.s.old {
		a.bola.current = rung
	}
	if average := a.through.average(&t.d.s, t.d.live); average > 0 {
		a.through.saved = average
	}
}

// remembered is what the first quality of a period is chosen by: the throughput
// saved at the last change of quality, else in 5.x what was measured since; NaN
// when there is neither (AbrController.js, getInitialBitrateFor).
func (t *dashTrack) remembered() float64 {
	switch {
	case t.abr.through.saved > 0:
		return t.abr.through.saved
	case t.d.s.old:
		return math.NaN()
	}
	return t.abr.through.average(&t.d.s, t.d.live)
}

// measure folds a finished download into what the rules know.
func (t *dashTrack) measure(r *Response) {
	if t.media == qoe.Text {
		return
	}
	a := &t.abr
	d := downloadOf(r)
	if t.rendition().Chunked {
		t.measureChunks(d, r.End)
	} else {
		a.through.add(d, &t.d.s, t.setting.cached)
	}
	a.ignore = max(a.ignore-1, 0)
	a.bola.loaded(t.ladder, t.rung, t.last, d.took.Seconds(), t.level().Seconds(), t.d.now())
}

// measureFailed is what an attempt that failed says in 5.x: as much as came of it,
// without Resource Timing (net/HTTPLoader.js, _onRequestEnd; 4.x leaves its traces out).
func (t *dashTrack) measureFailed(r *Response) {
	if t.d.s.old || t.initial || t.media == qoe.Text || t.rendition().Chunked || r.FirstByte.IsZero() {
		return
	}
	d := downloadOf(r)
	d.timed = false
	t.abr.through.add(d, &t.d.s, t.setting.cached)
}

// downloadOf is how an answer came.
func downloadOf(r *Response) download {
	d := download{bytes: r.Bytes, took: r.End.Sub(r.Start), timed: r.Timed}
	if !r.FirstByte.IsZero() {
		d.ttfb = r.FirstByte.Sub(r.Start)
	}
	return d
}

// measurePart is what an aborted download says: its progress events until then
// (net/HTTPLoader.js, _onabort). It has no Resource Timing yet.
func (t *dashTrack) measurePart() {
	tr := t.load.transfer
	if t.initial || t.media == qoe.Text || t.rendition().Chunked || tr == nil || tr.FirstByte().IsZero() {
		return
	}
	began, first := t.load.started, tr.FirstByte()
	d := download{bytes: tr.Loaded(), ttfb: first.Sub(began), took: max(t.d.now(), first).Sub(began)}
	t.abr.through.add(d, &t.d.s, t.setting.cached)
}

// watch looks at the request in flight for AbandonRequestsRule: first when the
// rule can apply at all, then as often as progress is reported.
func (t *dashTrack) watch() {
	if t.rendition().Chunked { // no traces before the end: the rule cannot apply
		t.watchChunks()
		return
	}
	if t.media == qoe.Text || t.rung == 0 || !t.setting.auto || t.abr.once && t.abr.abandoned == t.last.Start {
		return
	}
	first := abandonAfterMs * time.Millisecond
	if t.d.s.old {
		t.abr.progress, first = progress{}, progressEveryMs*time.Millisecond
	}
	t.d.w.Set(&t.abr.watch, first, t.onWatch)
}

func (t *dashTrack) unwatch() {
	t.abr.watch.Stop()
	t.chunks.timer.Stop()
}

func (t *dashTrack) considerAbandon() {
	if !t.load.active {
		return
	}
	rung, quiet := t.abandonNow()
	if rung != noChange {
		t.abandon(rung)
		return
	}
	t.d.w.Set(&t.abr.watch, time.Duration(1+quiet)*progressEveryMs*time.Millisecond, t.onWatch)
}

// abandonNow is the rule's answer, and at how many progress events after this one it is
// sure to have none.
func (t *dashTrack) abandonNow() (rung, quiet int) {
	tr := t.load.transfer
	if tr == nil || tr.FirstByte().IsZero() {
		return noChange, 0
	}
	if t.d.s.old {
		if t.level() > t.d.bufferTime() {
			return noChange, 0
		}
		return t.abandonOld(tr), 0
	}
	loaded, total, segment := tr.Loaded(), tr.Total(), t.last.Duration.Seconds()
	ms := float64(t.d.now().Sub(tr.FirstByte())) / 1e6
	if t.d.prompt { // or else leaving events out would move those after them
		quiet = abandonQuiet(loaded, total, ms, segment)
	}
	rung = abandonRule(t.ladder, t.rung, loaded, total, ms, segment, abandonSafety)
	if rung != noChange && t.level() > t.d.bufferTime() {
		rung = noChange
	}
	return rung, quiet
}

// watchAnew looks at the next progress event again: what was sure of an attempt that
// has failed is not of the next.
func (t *dashTrack) watchAnew() {
	if w := &t.abr.watch; w.Pending() {
		t.d.w.Set(w, dueAt(w).Sub(t.d.now())%(progressEveryMs*time.Millisecond), t.onWatch)
	}
}

// progress is what the rule of 4.x keeps of a download: at every progress event
// after the first it notes the throughput since then, and goes by the mean of all it
// has noted. What came with the first event counts too, so that the mean begins high.
type progress struct {
	since  instant
	loaded int64   // bytes; without new ones there is no event
	sum    float64 // kbit/s
	n      int
}

// event takes a progress event in and gives the mean in kbit/s once it counts.
func (p *progress) event(now instant, loaded int64) (mean float64, counts bool) {
	switch {
	case loaded == p.loaded:
		return 0, false
	case p.since.IsZero():
		p.since, p.loaded = now, loaded
		return 0, false
	}
	p.loaded = loaded
	ms := float64(now.Sub(p.since)) / 1e6
	p.sum += math.Round(8 * float64(loaded) / ms)
	p.n++
	return math.Round(p.sum / float64(p.n)), p.n >= abandonSamplesOld && ms > abandonAfterMs
}

func (t *dashTrack) abandonOld(tr Transfer) int {
	mean, counts := t.abr.progress.event(t.d.now(), tr.Loaded())
	if !counts || tr.Loaded() >= tr.Total() {
		return noChange
	}
	return abandonFor(t.ladder, t.rung, tr.Loaded(), tr.Total(), mean, t.last.Duration.Seconds(), abandonSafetyOld)
}

// abandon cancels the request and asks for the same segment at a lower quality.
func (t *dashTrack) abandon(rung int) {
	t.abr.abandoned, t.abr.once = t.last.Start, true
	t.abr.resume = t.d.now().Add(t.d.s.abandonPause)
	t.forgetSwitches(rung)
	t.settle(rung)
	t.abort()
	t.metered()
	t.abr.bola.abandoned(t.ladder, rung, t.level().Seconds())
	t.repeat, t.check = true, false
	t.schedule()
}

// forgetSwitches empties the switch history: in 5.x of every media, in 4.x of this
// one, which then begins with the drop (AbrController.js, _onFragmentLoadProgress).
func (t *dashTrack) forgetSwitches(to int) {
	if t.d.s.old {
		t.abr.history.reset()
		t.abr.history.push(t.rung, to)
		return
	}
	for _, o := range t.d.order {
		o.abr.history.reset()
	}
}

// bufferTime is bufferTimeDefault, no more than the live delay
// (src/streaming/models/MediaPlayerModel.js).
func (d *dash) bufferTime() time.Duration {
	if d.delay > 0 {
		return min(d.s.target.normal, d.delay)
	}
	return d.s.target.normal
}

// hybridSwitch is the level from which BOLA decides: 5.x has a setting of its own,
// 4.x takes the stable buffer time.
func (d *dash) hybridSwitch() time.Duration {
	if d.s.old {
		return d.bufferTime()
	}
	return d.s.hybridSwitch
}

// content is how long the presentation is; endless while live.
func (d *dash) content() time.Duration {
	if d.p.Live {
		return math.MaxInt64
	}
	if t := d.p.DASH.MediaPresentationDuration; t > 0 {
		return t
	}
	last := d.p.Periods[len(d.p.Periods)-1]
	return last.Start + last.Duration
}
