package player

import (
	"fmt"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// mpdUpdater loads the manifest and keeps it fresh: src/streaming/ManifestLoader.js
// and ManifestUpdater.js. Its one trap (F5) is copied as it stands: a load that
// failed with all its retries leaves `updating` set and no timer armed, so a live
// manifest is never asked for again.
type mpdUpdater struct {
	d        *dash
	load     *dashLoad
	timer    loop.Timer
	playing  bool // PLAYBACK_STARTED was seen: the timer may be armed
	updating bool // from the request until the streams are composed
	applying bool // from the parsed manifest until then: no media is asked for
	over     bool // static, or dead
	dead     bool
	delay    time.Duration
	armable  bool // the manifest says when to ask again
	onTimer  func()
	work     loop.Timer // a manifest is being processed: answer
	answer   Response
	onWork   func()
	patches  patches
	links    links
}

func newMPDUpdater(d *dash) *mpdUpdater {
	u := &mpdUpdater{d: d}
	u.links.u = u
	u.load = newDashLoad(&d.stopwatch, &d.script, u.loaded)
	u.onTimer, u.onWork = u.due, u.process
	return u
}

// ask loads the manifest from url, with retries.
func (u *mpdUpdater) ask(url string) {
	u.updating = true
	u.load.start(Request{URL: manifest.AddressOf(url), Kind: qoe.Manifest}, u.d.retried(u.d.s.mpd))
}

func (u *mpdUpdater) loaded(r *Response) {
	if !r.OK() {
		u.fail("dash.js error 25: manifest not loaded: " + because(r))
		return
	}
	u.answer = *r
	u.d.w.Set(&u.work, u.d.script.work(u.d.w, scriptManifest), u.onWork)
}

// process takes in the manifest that came, when all its parts are there.
func (u *mpdUpdater) process() {
	r := u.answer
	u.answer = Response{}
	if linked(r.Body) {
		u.links.resolve(&r)
		return
	}
	u.take(&r, 0)
}

// take takes in a manifest that was loaded so long ago.
func (u *mpdUpdater) take(r *Response, old time.Duration) {
	p, err := u.read(r)
	if err != nil && u.links.missing {
		u.links.hollow(err)
		return
	}
	if err != nil {
		u.fail("dash.js error 10: manifest not parsed: " + err.Error())
		return
	}
	if p == nil {
		return
	}
	if old := u.d.p; old != nil && old.Live && !p.Live {
		u.over = true
		u.d.becameStatic(p)
		return
	}
	u.delay, u.armable = refreshDelay(p.DASH, old)
	u.d.refreshed(p, r.Date)
	u.arm()
}

// fail is the end of refreshing, and of everything when there is no manifest yet.
func (u *mpdUpdater) fail(text string) {
	u.over, u.dead = true, true
	u.d.manifestLost(text)
}

// started is PLAYBACK_STARTED: with autoplay, when the first thing is in a buffer.
func (u *mpdUpdater) started() {
	u.playing = true
	u.arm()
}

func (u *mpdUpdater) arm() {
	u.timer.Stop()
	if u.playing && u.armable && !u.over {
		u.d.w.Set(&u.timer, u.delay, u.onTimer)
	}
}

// due asks again, or looks again in 100 ms (manifestUpdateRetryInterval) while the
// last update still waits for the clock.
func (u *mpdUpdater) due() {
	if u.updating {
		u.d.w.Set(&u.timer, 100*time.Millisecond, u.onTimer)
		return
	}
	u.ask(u.refreshAt())
}

func (u *mpdUpdater) stop() {
	u.over = true
	u.timer.Stop()
	u.work.Stop()
	u.load.abort()
	u.links.stop()
}

// playableMPD refuses what dash.js cannot start on.
func playableMPD(p *manifest.Presentation) error {
	if p.Format != manifest.DASH || p.DASH == nil {
		return fmt.Errorf("not an MPD; use the hlsjs profile for HLS")
	}
	if len(p.Periods) == 0 {
		return fmt.Errorf("MPD has no periods")
	}
	if p.Live && p.DASH.AvailabilityStart.IsZero() {
		return fmt.Errorf("MPD is dynamic and has no availabilityStartTime")
	}
	return nil
}

// because says in a few words why a request failed.
func because(r *Response) string {
	switch {
	case r.Status != 0 && r.Failure == qoe.StatusFailure:
		return fmt.Sprintf("HTTP %d", r.Status)
	case r.Detail != "":
		return fmt.Sprintf("%s (%s)", r.Failure, r.Detail)
	}
	return string(r.Failure)
}
