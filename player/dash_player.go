package player

import (
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// dash is dash.js 5.2 (or 4.7) as an event machine. Files: dash_mpd.go loads and
// refreshes the manifest, dash_track.go fetches one media type, dash_abr.go and its
// rules choose quality, dash_playback.go watches the playhead, dash_fail.go is what
// happens when retries are used up.
//
// dash.js never calls a failed request fatal: it raises errors 10, 25, 27, 28 and
// goes on with what is left, and here they are Notes. A Fatal says that nothing is
// left: the first manifest failed; a live timeline lost its manifest; a track is
// dead in VOD, or in live where no rescue can come.
//
// dash.js decides nothing by chance; random is only how long its work takes.
type dash struct {
	stopwatch
	s     dashSettings
	url   string
	el    *element
	clock *dashClock
	mpd   *mpdUpdater
	bases baseURLs

	steering dashSteering

	p      *manifest.Presentation
	live   bool          // no static manifest has come yet
	delay  time.Duration // live delay, which jumps of the viewer change; 0 for VOD
	wished time.Duration // live delay as it was reckoned at the start
	period int           // the one being buffered: index into p.Periods
	known  struct {      // by which it is found again in a new manifest
		id    string
		start time.Duration
	}
	tracks [numMedia]*dashTrack // nil when the period has no such media
	order  []*dashTrack         // the tracks that are there: video, audio, text

	watchdog
	lowLatency
	indexes indexes
	anchor  time.Duration // how far behind now segments must be: see fallBack
	paused  bool          // before Start
	active  bool          // the first streams are set up
	wish    *Target       // jump before that
	quality *Quality      // choice before that
	begun   instant       // PLAYBACK_STARTED; zero before
	setup   loop.Timer    // the player or its first streams are being set up
	script  thread
	prompt  bool // the page's timers are never slowed down

	license  *license    // nil for clear content
	licenses []*dashLoad // under way

	stopped bool
	dead    bool // a Fatal was emitted
}

func newDash(cfg Config, w World, url string, rng *rand.Rand) (Player, error) {
	s, err := cfg.Dash.settings(cfg.Version)
	if err != nil {
		return nil, err
	}
	s.lookAgain += decoding(w, scriptLook)
	d := &dash{stopwatch: *newStopwatch(w), s: s, url: url, script: thread{rng: rng}, prompt: prompt(w)}
	d.clock = newDashClock(&d.stopwatch, &d.s, &d.script, d.note)
	d.mpd = newMPDUpdater(d)
	d.steering.d = d
	d.watchdog.bind(d)
	return d, d.protect(cfg.License)
}

// Start asks for the manifest.
func (d *dash) Start(wished time.Time) {
	if d.el != nil || d.stopped {
		return
	}
	d.el = newElement(&d.stopwatch, wished)
	d.el.ready, d.el.hole, d.el.decoder = d.s.stall, maxHole, decoding(d.w, firstPicture)
	d.el.tail, d.el.edge = decoding(d.w, lastFrames), d.edge
	d.el.onPlaying, d.el.onWaiting, d.el.onEnded = d.playing, d.waiting, d.ended
	d.license.hold(d.el)
	if d.paused {
		d.el.pause()
	}
	d.w.Set(&d.setup, d.script.work(d.w, scriptCreate), func() { d.mpd.ask(d.url) })
}

// maxHole is the gap between two buffered ranges over which browsers play on.
const maxHole = 100 * time.Millisecond

// Stop leaves.
func (d *dash) Stop() {
	if d.stopped {
		return
	}
	d.stopped = true
	d.mpd.stop()
	d.clock.stop()
	d.abortIndexes()
	d.stopLicense()
	d.steering.stop()
	d.setup.Stop()
	d.watchdog.stop()
	for _, t := range d.order {
		t.abort()
	}
	if d.el != nil {
		d.el.stop()
	}
}

// State is a snapshot.
func (d *dash) State() State {
	if d.el == nil {
		return State{Phase: Loading}
	}
	s := d.el.state(d.dead)
	if edge, ok := d.edge(); ok {
		s.LiveLatency = max(edge-s.Position, 0)
	}
	if t := d.tracks[qoe.Video]; t != nil {
		s.Loading = int64(t.ladder.at(t.rung).Bandwidth)
		if kbps := t.abr.through.average(&d.s, d.live); kbps > 0 { // false for NaN
			s.Estimate = int64(1000 * kbps)
		}
	}
	return s
}

// Phase implements Player.
func (d *dash) Phase() Phase { return d.el.phase(d.dead) }

// edge is the live edge: synchronised time since availabilityStartTime, as
// dash.js' getCurrentLiveLatency reckons.
func (d *dash) edge() (time.Duration, bool) {
	if d.p == nil || !d.live {
		return 0, false
	}
	return d.clock.now().Sub(d.p.DASH.AvailabilityStart), true
}

// refreshed takes a manifest, the first or a new one: the clock first, then the tracks.
func (d *dash) refreshed(p *manifest.Presentation, date time.Time) {
	first := d.p == nil
	d.fallBack()
	d.p = p
	d.steering.known(p)
	d.mpd.applying = true
	d.bases.listen()
	if first {
		d.live = p.Live
		d.clock.sync(p, date, func() { d.w.Set(&d.setup, d.script.work(d.w, scriptStart), d.activate) })
		return
	}
	d.clock.sync(p, date, d.compose)
}

// activate sets the first streams up (src/streaming/controllers/StreamController.js).
func (d *dash) activate() {
	d.mpd.updating, d.mpd.applying = false, false
	d.steering.before(d.open)
}

// open enters the first period.
func (d *dash) open() {
	at := d.startAt()
	d.period = periodAt(d.p, at)
	if !d.enter(at) {
		d.fatal(qoe.Manifest, "MPD has no track with segments")
		return
	}
	d.askLicense()
	d.index(func() { d.play(at) })
}

// play begins at a presentation time, the first tracks being there.
func (d *dash) play(at time.Duration) {
	d.el.seek(at)
	d.seeking = true
	d.active = true
	d.watchStart()
	d.applyWishes()
	d.scheduleAll()
}

func (d *dash) scheduleAll() {
	for _, t := range d.order {
		t.schedule()
	}
}

// begin is PLAYBACK_STARTED: with autoplay, play() is called when something is in
// a buffer for the first time, be it an init segment (StreamController.js,
// _onBufferLevelUpdated). Only then does the manifest's timer run.
func (d *dash) begin() {
	if d.begun.IsZero() && d.el.wants() {
		d.begun = d.now()
		d.mpd.started()
		d.steering.started()
	}
}

// startAt is where to begin, and for live how far behind the edge to stay.
func (d *dash) startAt() time.Duration {
	if !d.live {
		return startTime(d.p, dvrWindow{}, 0)
	}
	d.period = len(d.p.Periods) - 1
	segments := d.main()
	if segments == nil {
		return 0
	}
	d.delay = liveDelayOf(&d.s, d.p.DASH)
	d.wished = d.delay
	return startTime(d.p, window(d.p.DASH, d.clock.now(), segments), d.delay)
}

// periodAt is the period that holds presentation time t, the last one beyond all.
func periodAt(p *manifest.Presentation, t time.Duration) int {
	for i := len(p.Periods) - 1; i > 0; i-- {
		if p.Periods[i].Start <= t {
			return i
		}
	}
	return 0
}

// enter sets up the tracks of the current period from presentation time at on.
// Of several sets of one media the first with segments is taken. The picture needs
// video and audio; a media that only a later period has is not waited for.
func (d *dash) enter(at time.Duration) bool {
	d.known.id, d.known.start = d.p.Periods[d.period].ID, d.p.Periods[d.period].Start
	first := d.order == nil
	var media []qoe.Media
	d.order = d.order[:0]
	for _, m := range []qoe.Media{qoe.Video, qoe.Audio, qoe.Text} {
		set := d.set(m, "")
		if set == nil {
			d.tracks[m] = nil
			continue
		}
		if d.tracks[m] == nil {
			d.tracks[m] = newDashTrack(d, m)
		}
		d.tracks[m].enter(set, at)
		d.order = append(d.order, d.tracks[m])
		if m != qoe.Text && (first || d.el.required[m]) {
			media = append(media, m)
		}
	}
	if len(d.order) == 0 || first && len(media) == 0 {
		return false
	}
	d.el.require(media...)
	return true
}

// set is the current period's set of a media: the one with the id, else the first
// that has segments.
func (d *dash) set(m qoe.Media, id string) *manifest.Set {
	var first *manifest.Set
	sets := d.p.Periods[d.period].Sets
	for i := range sets {
		s := &sets[i]
		if s.Media != m || len(s.Renditions) == 0 || s.Renditions[0].Segments == nil {
			continue
		}
		if id != "" && s.ID == id {
			return s
		}
		if first == nil {
			first = s
		}
	}
	return first
}

// compose carries the tracks over to a new manifest and lets those that wait look.
func (d *dash) compose() {
	d.mpd.updating, d.mpd.applying = false, false
	if len(d.order) == 0 || d.stopped {
		return
	}
	d.follow()
	for _, t := range d.order {
		if set := d.set(t.media, t.ladder.set.ID); set != nil {
			t.refresh(set)
		}
		t.rewait()
	}
	d.trackComplete()
	d.watchStall()
}

// follow finds the period being buffered in a new manifest, where older ones may
// have gone: by its id, else by its start.
func (d *dash) follow() {
	for i := range d.p.Periods {
		p := &d.p.Periods[i]
		if p.ID == d.known.id && (p.ID != "" || p.Start == d.known.start) {
			d.period = i
			return
		}
	}
	d.period = periodAt(d.p, d.order[0].last.Start)
}

// becameStatic is DYNAMIC_TO_STATIC: no manifest is asked for any more. 5.2 goes on
// by the static manifest; 4.7 does not even look into it: what is available by the
// old one is still fetched, and the first look that finds nothing ends the track
// (src/streaming/ManifestUpdater.js; src/dash/DashHandler.js, mediaHasFinished).
func (d *dash) becameStatic(p *manifest.Presentation) {
	d.el.book()
	d.live = false
	if d.s.old {
		d.mpd.updating = false
		d.relook()
		return
	}
	d.p = p
	d.bases.listen()
	d.compose()
}

// trackComplete goes on to the next period when every track has all of this one,
// and tells the element when there is none.
func (d *dash) trackComplete() {
	for _, t := range d.order {
		if !t.complete {
			return
		}
	}
	if d.period+1 >= len(d.p.Periods) {
		if !d.live {
			d.el.endOfStream(true)
		}
		return
	}
	d.period++
	if d.enter(d.p.Periods[d.period].Start) {
		d.index(d.scheduleAll)
	}
}

// main are the segments by which the DVR window is judged: video, else audio.
func (d *dash) main() *manifest.Segments {
	if len(d.order) > 0 {
		return d.order[0].rendition().Segments
	}
	for _, m := range []qoe.Media{qoe.Video, qoe.Audio, qoe.Text} {
		if s := d.set(m, ""); s != nil {
			return s.Renditions[0].Segments
		}
	}
	return nil
}

// runsOut tells whether the segments this manifest names end near the live edge:
// a SegmentTimeline does, a number template goes on by the clock.
func (d *dash) runsOut() bool {
	const beyond = time.Minute
	edge, _ := d.edge()
	s := d.main()
	if s == nil {
		return true
	}
	_, more := s.At(edge + beyond)
	return !more
}
