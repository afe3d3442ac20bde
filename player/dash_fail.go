package player

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// baseURLs is dash.js' choice of BaseURL after failures: src/streaming/utils/
// BaseURLSelector.js with BlacklistController.js. The first way that is not on the
// blacklist is taken; when all are, the selector resets itself: the blacklist is
// emptied and its listener removed. From then on nothing is blacklisted, and a
// segment that fails is simply asked for again, until the next manifest
// initialises the selector anew (StreamController.js, _onManifestUpdated). A dead
// manifest loop (F5) therefore leaves a player that hammers.
//
// With content steering the server's wish goes before the order in which BaseURLs
// stand, and the blacklist lasts as long as the server's TTL (BlacklistController.js,
// getBlacklistExpiry).
type baseURLs struct {
	failed []blacklisted
	deaf   bool // the listener is gone
}

type blacklisted struct {
	place string
	until time.Time // zero: for ever
}

func (b *baseURLs) blacklist(place string, until time.Time) {
	if !b.deaf && !b.has(place) {
		b.failed = append(b.failed, blacklisted{place, until})
	}
}

func (b *baseURLs) has(place string) bool {
	return slices.ContainsFunc(b.failed, func(f blacklisted) bool { return f.place == place })
}

// expire forgives those whose time is up.
func (b *baseURLs) expire(now time.Time) {
	b.failed = slices.DeleteFunc(b.failed, func(f blacklisted) bool { return !f.until.IsZero() && !now.Before(f.until) })
}

// listen is what every manifest does.
func (b *baseURLs) listen() { b.deaf = false }

// choose is the reference by the way that is wished for, else by the first that is
// left; false when none is, and then the selector has reset itself.
func (b *baseURLs) choose(p *manifest.Presentation, r manifest.Ref, s *dashSteering) (manifest.Ref, bool) {
	if len(b.failed) == 0 && s.server == "" {
		return r, true
	}
	b.expire(s.d.w.Now())
	r = s.ways(r)
	if i, ok := s.steered(r, b.has); ok {
		return r.Via(i), true
	}
	for i, n := 0, ways(r); i < n; i++ {
		if via := r.Via(i); !b.has(placeOf(p, r, via)) {
			return via, true
		}
	}
	b.failed, b.deaf = nil, true
	return r, false
}

// ways is how many alternatives dash.js knows: a relative BaseURL ends its level
// (src/dash/models/DashManifestModel.js, getBaseURLsFromElement).
func ways(r manifest.Ref) int {
	for i, a := range r.Alternatives {
		if !slices.ContainsFunc(a.URLs, absolute) {
			return i + 1
		}
	}
	return max(len(r.Alternatives), 1)
}

func absolute(url string) bool { return strings.Contains(url, "://") }

// placeOf is the serviceLocation of a way: its name, else its URL. A refreshed
// manifest that came from another URL has other places.
func placeOf(p *manifest.Presentation, r, via manifest.Ref) string {
	for _, a := range r.Alternatives {
		if a.ServiceLocation != "" && slices.Equal(a.URLs, via.Bases) {
			return a.ServiceLocation
		}
	}
	base := p.URL
	for i := len(via.Bases) - 1; i >= 0; i-- {
		if absolute(via.Bases[i]) {
			return strings.Join(via.Bases[i:], " ")
		}
	}
	if i := strings.LastIndexByte(base, '/'); i >= 0 {
		base = base[:i]
	}
	return base + " " + strings.Join(via.Bases, " ")
}

// failed is a request that failed with all its retries (StreamProcessor.js,
// _handleFragmentLoadingError): error 28 for an init, 27 for a media segment. The
// BaseURL is blacklisted and the same object asked for at another one; without
// another the track is dead (F6). An absolute URL belongs to no BaseURL: its
// track dies alone.
func (t *dashTrack) failed(r *Response) {
	d := t.d
	code, what := 27, "segment"
	if t.initial {
		code, what = 28, "init"
	}
	d.note(fmt.Sprintf("dash.js error %d: %s %s not loaded in %d attempts: %s", code, mediaName(t.media), what, t.load.req.Attempt, because(r)))
	if absolute(t.ref.URI) {
		t.idle = true
		d.dies(t)
		return
	}
	d.bases.blacklist(placeOf(t.from, t.whole, t.ref), d.steering.forgives())
	if t.initial {
		t.askInit(false)
		return
	}
	t.jumpTo(t.last.Start + t.last.Duration/2)
	t.askMedia(false)
}

// locate is where to ask for a reference. Without any BaseURL left that is
// URL_RESOLUTION_FAILED.
func (t *dashTrack) locate(r manifest.Ref, reschedule bool) bool {
	via, ok := r, true
	if !absolute(r.URI) {
		via, ok = t.d.bases.choose(t.d.p, r, &t.d.steering)
	}
	if ok {
		t.from, t.whole, t.ref = t.d.p, via, via
		t.d.steering.uses(t.d.p, via)
		return true
	}
	t.d.resolutionFailed(t)
	if reschedule {
		t.waitFor(waitUpdate)
		return false
	}
	t.idle = true
	t.d.dies(t)
	return false
}

// resolutionFailed is URL_RESOLUTION_FAILED: every track's schedule timer is
// cleared and its request aborted (ScheduleController.js, _onURLResolutionFailed).
// In 5.x an aborted transfer is reported a microtask later, which sets the timer
// again, unless the element is seeking: that track goes on. In 4.x the report
// comes before the timer is cleared, and so it does in both for a request that
// waits for its next attempt; one that BOLA holds back is not reported at all
// (net/HTTPLoader.js, abort). Those tracks lie idle until a seek.
func (d *dash) resolutionFailed(by *dashTrack) {
	for _, t := range d.order {
		switch {
		case t == by || t.complete || t.idle || t.adding.Pending(): // an append sets the timer again
		case t.load.transfer != nil && !d.s.old && !d.seeking:
			t.reload()
		default:
			t.abort()
			t.idle = true
		}
	}
}

// dies tells that nothing is left, if so, after a track fell idle.
func (d *dash) dies(t *dashTrack) {
	if !d.stuck() {
		return
	}
	kind, what := qoe.Segment, "segment"
	if t.initial {
		kind, what = qoe.Init, "init"
	}
	d.fatal(kind, fmt.Sprintf("no BaseURL is left for the %s %s (dash.js error 27 or 28, URL_RESOLUTION_FAILED)", mediaName(t.media), what))
}

// reload is FRAGMENT_LOADING_ABANDONED outside of a seek or switch: the same again.
func (t *dashTrack) reload() {
	if t.initial {
		t.needsInit = true
	} else {
		t.jumpTo(t.last.Start + t.last.Duration/2)
	}
	t.abort()
	t.schedule()
}

// stuck tells whether playback must end for good: a track that the picture needs
// lies idle and no rescue can come. Live is rescued when the playhead falls out of
// the DVR window, unless that has no beginning or the element is seeking.
func (d *dash) stuck() bool {
	if d.live && d.p.DASH.TimeShiftBufferDepth > 0 && !d.seeking {
		return false
	}
	for _, t := range d.order {
		if t.idle && t.media != qoe.Text {
			return true
		}
	}
	return false
}

// manifestLost is a manifest that could not be had: nothing plays without the
// first; a live timeline ends where the last one ended. Number templates go on.
func (d *dash) manifestLost(text string) {
	d.note(text)
	switch {
	case d.p == nil:
		d.fatal(qoe.Manifest, text)
	case d.live && d.runsOut():
		d.fatal(qoe.Manifest, text+"; a SegmentTimeline cannot go on without new manifests")
	}
}

// fatal is told once. Requests that dash.js keeps making go on.
func (d *dash) fatal(kind qoe.Kind, why string) {
	if d.dead {
		return
	}
	d.dead = true
	d.w.Emit(qoe.Fatal{At: d.w.Now(), Kind: kind, Why: why})
}

func (d *dash) note(text string) {
	if !d.stopped {
		d.w.Emit(qoe.Note{At: d.w.Now(), Text: text})
	}
}

func mediaName(m qoe.Media) string {
	switch m {
	case qoe.Video:
		return "video"
	case qoe.Audio:
		return "audio"
	}
	return "text"
}
