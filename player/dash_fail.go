package player

import (
	"fmt"
	"strings"

	"soak/manifest"
	"soak/qoe"
)

// baseURLs is dash.js' choice of BaseURL after failures: src/streaming/utils/
// BaseURLSelector.js with BlacklistController.js. A manifest here has one BaseURL
// a level, so a failed one leaves nothing to choose, and then the selector resets
// itself: the blacklist is emptied and its listener removed. From then on nothing
// is blacklisted any more, and a segment that fails is simply asked for again.
type baseURLs struct {
	failed []string
	deaf   bool // the listener is gone
}

func (b *baseURLs) blacklist(base string) {
	if !b.deaf {
		b.failed = append(b.failed, base)
	}
}

// usable tells whether base may still be asked; if not, the selector has reset itself.
func (b *baseURLs) usable(base string) bool {
	for _, f := range b.failed {
		if f == base {
			b.failed, b.deaf = nil, true
			return false
		}
	}
	return true
}

// baseOf is where a reference's BaseURL stands now. A refreshed manifest that came
// from another URL has another base.
func baseOf(p *manifest.Presentation, r manifest.Ref) string {
	base := p.URL
	if i := strings.LastIndexByte(base, '/'); i >= 0 {
		base = base[:i]
	}
	return base + " " + strings.Join(r.Bases, " ")
}

// failed is a request that failed with all its retries (StreamProcessor.js,
// _handleFragmentLoadingError): error 28 for an init, 27 for a media segment. The
// BaseURL is blacklisted and the same object asked for at another one; without
// another the track is dead (F6).
func (t *dashTrack) failed(r Response) {
	code, what := 27, "segment"
	if t.initial {
		code, what = 28, "init"
	}
	d := t.d
	d.note(fmt.Sprintf("dash.js error %d: %s %s not loaded in %d attempts: %s", code, mediaName(t.media), what, t.load.req.Attempt, because(r)))
	d.bases.blacklist(baseOf(t.from, t.ref))
	if !d.bases.usable(baseOf(d.p, t.ref)) {
		d.resolutionFailed(t, what)
		return
	}
	if t.initial {
		t.askInit()
		return
	}
	t.jumpTo(t.last.Start + t.last.Duration/2)
	t.askMedia(false)
}

// resolutionFailed is URL_RESOLUTION_FAILED: every track's schedule timer is
// cleared and its request aborted. An aborted request is made again, so a track
// that was loading goes on; one that was waiting lies idle, like the one that
// failed, until a seek.
func (d *dash) resolutionFailed(by *dashTrack, what string) {
	by.idle = true
	for _, t := range d.order {
		switch {
		case t == by || t.complete || t.idle:
		case t.load.active || t.wait == waitPause:
			t.reload()
		default:
			t.stopWaiting()
			t.idle = true
		}
	}
	if !d.stuck() {
		return
	}
	kind := qoe.Segment
	if by.initial {
		kind = qoe.Init
	}
	d.fatal(kind, fmt.Sprintf("no BaseURL is left for the %s %s (dash.js error 27 or 28, URL_RESOLUTION_FAILED)", mediaName(by.media), what))
}

// reload is FRAGMENT_LOADING_ABANDONED outside of a seek or switch: the same again.
func (t *dashTrack) reload() {
	if t.initial && t.load.active {
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
