package player

import (
	"math"
	"time"

	"soak/loop"
)

// hlsABR chooses levels (src/controller/abr-controller.ts).
type hlsABR struct {
	h  *hls
	bw bandwidth

	nextLevel  int  // -1: to be computed
	forced     bool // nextLevel was set from outside, not computed
	lastLoaded int  // level of the last fragment that arrived, -1 at first
	selection  int  // first choice, kept until a fragment arrives; -1
	tested     bool // the latest measurement is the bandwidth test's
	floor      int  // an emergency keeps the first choice at or below; -1: none
	playlist   time.Duration

	frag     *hlsLoadingFrag // main fragment under way, watched for abandoning
	duration time.Duration   // of the latest main fragment asked for
	check    loop.Timer

	onWatch, onRelease func() // watch and release, bound once
}

func newHLSABR(h *hls) *hlsABR {
	a := &hlsABR{h: h, nextLevel: -1, lastLoaded: -1, selection: -1, floor: -1}
	a.onWatch, a.onRelease = a.watch, a.release
	a.reset(h.opt.bandwidth)
	return a
}

// reset forgets what was measured and starts from an estimate.
func (a *hlsABR) reset(estimate float64) {
	a.selection = -1
	a.bw = newBandwidth(a.h.opt.fast[0], a.h.opt.slow[0], estimate)
}

// release drops a level set from outside: the check that watches a fragment under
// way does so when it finds that one complete, cancelled, or of the lowest level
// (_abandonRulesCheck). A refusal with a body counts as complete.
func (a *hlsABR) release() {
	a.check.Stop()
	a.nextLevel, a.forced = -1, false
}

// failed takes in how a main fragment ended that will be asked for again later:
// the check goes on meanwhile, and looks at what is left of the request.
func (a *hlsABR) failed(f *hlsLoadingFrag, wait time.Duration) {
	if a.frag == f && wait >= hlsTick && (f.came.bytes > 0 || f.frag.list == 0) {
		a.release()
	}
}

// firstVariant raises the first estimate to what the first listed variant needs.
func (a *hlsABR) firstVariant(bitrate int64) {
	if start := min(float64(bitrate), a.h.opt.bandwidthMax); !a.h.opt.bandwidthFixed && start > a.bw.initial {
		a.reset(start)
	}
}

// next is the level for the next fragment when the buffer lasts for starve.
func (a *hlsABR) next(starve time.Duration) int {
	if a.h.manual >= 0 {
		return a.h.manual
	}
	usable := a.bw.measured() && a.lastLoaded >= 0
	if a.forced && !usable {
		return a.nextLevel
	}
	var level int
	if usable {
		level = a.choose(starve)
	} else {
		level = a.first(starve)
	}
	if a.forced && a.h.levels[a.nextLevel].loadError <= a.h.levels[level].loadError {
		return a.nextLevel
	}
	a.nextLevel, a.forced = level, false
	return level
}

// stays chooses the level that is loaded from, as next would, where that is the best one
// and the network carries it, and nothing will change the choice (see rethink): false
// where that is not certain.
func (a *hlsABR) stays(starve time.Duration) bool {
	h, top := a.h, a.h.top()
	if top != h.loadLevel || top != a.lastLoaded || top < h.bottom() || a.forced || h.manual >= 0 || a.tested || !h.latest.live {
		return false
	}
	l := h.levels[top]
	if !a.bw.measured() || !(a.bw.estimate()*h.opt.factor >= float64(max(l.peak(), l.mean()))) || a.rethink(starve) > 0 {
		return false
	}
	a.nextLevel = top
	return true
}

// force makes level the next one until a fragment of it has arrived or it fails
// more often than the level that would be chosen.
func (a *hlsABR) force(level int) {
	level = min(max(level, a.h.bottom()), a.h.top())
	if a.nextLevel != level {
		a.nextLevel, a.forced = level, true
	}
}

// first is the level to start with (firstAutoLevel): no safety factor, and the
// level listed first when none fits.
func (a *hlsABR) first(starve time.Duration) int {
	if level := a.find(a.bw.estimate(), starve/2, seconds(a.h.opt.maxStarvation), 1, 1, a.h.top()); level >= 0 {
		return level
	}
	level := min(max(a.h.first, a.h.bottom()), a.h.top())
	if a.floor >= 0 {
		level = min(level, a.floor)
	}
	return level
}

// choose is the level to go on with (getNextABRAutoLevel).
func (a *hlsABR) choose(starve time.Duration) int {
	h := a.h
	if len(h.levels) == 1 {
		return 0
	}
	top, estimate := h.top(), a.bw.estimate()
	if starve > 0 {
		if level := a.find(estimate, starve, 0, h.opt.factor, h.opt.factUp, top); level >= 0 {
			return level
		}
	}
	wait := seconds(h.opt.maxStarvation)
	if a.duration > 0 {
		wait = min(a.duration, wait)
	}
	if level := a.find(estimate, starve, wait, h.opt.factor, h.opt.factUp, top); level >= 0 {
		return level
	}
	low := h.bottom()
	if now := h.loadLevel; now >= 0 && h.levels[low].bitrate >= h.levels[now].bitrate {
		return now
	}
	return low
}

// find is the highest level up to top that can be fetched in starve+wait with the
// estimated bandwidth; -1 when there is none (findBestLevel).
func (a *hlsABR) find(estimate float64, starve, wait time.Duration, factor, factUp float64, top int) int {
	h := a.h
	if len(h.levels) == 1 {
		return 0
	}
	start := h.loadLevel == -1 || a.lastLoaded == -1
	base := a.lastLoaded
	if base == -1 {
		base = max(h.first, h.bottom())
	}
	if start && a.selection >= 0 {
		return a.selection
	}
	bottom, from := h.bottom(), h.levels[base]
	tier := startChoice{codecs: from.codecs, frameRate: from.frameRate, index: base}
	if start {
		tier = startTier(codecTiers(h.levels[bottom:top+1]), estimate)
		tier.index += bottom
		estimate = max(estimate, tier.bitrate)
	}
	live := h.latest != nil && h.latest.live && !a.tested
	for i := top; i >= bottom; i-- {
		l, f := h.levels[i], factor
		if i > base {
			f = factUp
		}
		if i != tier.index && !a.suits(&tier, from, l, i > base, start) {
			continue
		}
		rate := float64(l.peak())
		if a.duration > 0 && starve >= 2*a.duration && wait == 0 {
			rate = float64(l.mean())
		}
		clean := i == a.lastLoaded || l.loadError == 0 && l.fragmentError == 0 || l.pardoned(h.w.Now(), h.opt.penalty)
		if estimate*f >= rate && clean && (live || a.intime(l, estimate*f, rate, starve+wait)) {
			if start {
				a.selection = i
			}
			return i
		}
	}
	return -1
}

// intime tells whether l's next fragment is there within limit, or at once.
func (a *hlsABR) intime(l *hlsLevel, estimate, rate float64, limit time.Duration) bool {
	fetch := a.fetchTime(estimate, rate*a.segment(l).Seconds(), l.details == nil || l.details.live)
	return fetch <= a.bw.firstByte() || fetch < limit
}

// suits tells whether an automatic switch may go to l: not to other codecs or
// another dynamic range, up only to at least and down only to at most the frame
// rate.
func (a *hlsABR) suits(tier *startChoice, base, l *hlsLevel, up, start bool) bool {
	switch {
	case tier.codecs != "" && l.codecs != tier.codecs:
		return false
	case start && !tier.anyRange && l.videoRange != sdr, !start && l.videoRange != base.videoRange:
		return false
	case up:
		return tier.frameRate <= l.frameRate
	}
	return tier.frameRate == 0 || tier.frameRate >= l.frameRate
}

// segment is the usual duration of l's segments.
func (a *hlsABR) segment(l *hlsLevel) time.Duration {
	switch {
	case l.details != nil:
		return l.details.average()
	case a.duration > 0:
		return a.duration
	}
	return time.Second
}

// fetchTime is how long bits take, and the playlist before them if needed.
func (a *hlsABR) fetchTime(rate, bits float64, playlist bool) time.Duration {
	s := bits / rate
	if s > math.MaxInt64/4e9 {
		return math.MaxInt64 / 4
	}
	d := a.bw.firstByte() + seconds(s)
	if playlist {
		d += a.bw.firstByte() + a.playlist
	}
	return d
}

// starvation is how long the buffer lasts at the present speed.
func (a *hlsABR) starvation() time.Duration {
	e := a.h.el
	return e.unscaled(a.h.main.forward().length())
}

// rethink is when the choice can change without any event: falling under two
// segments of buffer makes peak instead of average bit rates count. 0: never.
func (a *hlsABR) rethink(starve time.Duration) time.Duration {
	if a.duration == 0 || starve < 2*a.duration || !a.h.el.moving() {
		return 0
	}
	for _, l := range a.h.levels {
		if l.mean() != l.peak() {
			return starve - 2*a.duration + 1
		}
	}
	return 0
}

// playlistLoaded takes in how long a level's playlist took and which half-lives
// to use.
func (a *hlsABR) playlistLoaded(live bool, came arrival) {
	if !came.firstByte.IsZero() {
		a.playlist = came.end.Sub(came.firstByte)
	}
	i := 0
	if live {
		i = 1
	}
	a.bw.halfLives(a.h.opt.fast[i], a.h.opt.slow[i])
}

// loading watches a main fragment: the original looks every 100 ms whether it
// should be abandoned, but never before half its duration has passed.
func (a *hlsABR) loading(f *hlsLoadingFrag) {
	if !f.test {
		a.frag, a.duration = f, f.frag.duration()
	}
	a.check.Stop()
	if f.frag.list <= a.h.bottom() {
		// Nothing to abandon: the first look forgets what was forced.
		a.h.w.Set(&a.check, hlsTick, a.onRelease)
		return
	}
	first := max(a.bw.firstByte(), a.h.el.unscaled(a.duration)/2)
	ticks := first/hlsTick + 1
	a.h.w.Poll(&a.check, ticks*hlsTick, a.onWatch)
}

// loaded takes a main fragment in before it is appended.
func (a *hlsABR) loaded(f *hlsLoadingFrag) {
	if ttfb, ok := f.came.ttfb(); ok {
		a.bw.sampleTTFB(ttfb)
	}
	a.check.Stop()
	if f.frag.list == a.nextLevel {
		a.nextLevel, a.forced = -1, false
	}
	a.selection = -1
	if l := a.h.levels[f.frag.list]; a.h.opt.realBitrate {
		l.loadedBits += 8 * float64(f.came.bytes)
		l.loadedTime += f.frag.duration().Seconds()
		l.real = int64(math.Round(l.loadedBits / l.loadedTime))
	}
	if !f.test {
		a.lastLoaded = f.frag.list
	}
}

// buffered measures: from the request to the fragment parsed, key and all, less
// the time to the first byte, as the original does above 100 kb/s.
func (a *hlsABR) buffered(f *hlsLoadingFrag) {
	end := f.parsed
	if d := f.frag.duration().Seconds(); 8*float64(f.came.bytes) < 100000*d {
		end = f.came.end
	}
	ttfb := a.bw.firstByte()
	if own, ok := f.came.ttfb(); ok {
		ttfb = min(ttfb, own)
	}
	a.bw.sample(end.Sub(f.came.start)-ttfb, f.came.bytes)
	a.tested = f.test
	if !f.test {
		a.floor = -1
	}
}
