package player

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"pgregory.net/rapid"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// witness is the World that a player under test sees. It passes everything on and
// holds the player to its promises, whatever origin, network and viewer do:
//
//   - one request in flight in each pipeline
//   - every request ends exactly once, answered or given up
//   - no hot loop
//   - the playhead moves over what is buffered, and no buffer is negative
//   - after leaving nothing is requested, told or set
type witness struct {
	World
	t        *rapid.T
	el       func() *element
	pipeline func(Request) string // "": not limited
	flying   map[string]int
	open     int // exchanges that have not ended
	asked    int
	left     bool
	dead     bool
	quiet    bool // a fatal error ends all requests (hls.js)
	samples  []qoe.Sample
	born     time.Time
	second   time.Time
	busy     int
}

func newWitness(t *rapid.T, w World, pipeline func(Request) string) *witness {
	return &witness{World: w, t: t, pipeline: pipeline, born: w.Now(), flying: map[string]int{}, el: func() *element { return nil }}
}

func (w *witness) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("at %v: %s", w.Now().Sub(w.born), fmt.Sprintf(format, args...))
}

// exchange is a transfer that must end once.
type exchange struct {
	Transfer
	w     *witness
	slot  string
	ended bool
}

func (x *exchange) end(how string) {
	if x.ended {
		x.w.fail("a request of %s ends twice: %s", x.slot, how)
	}
	x.ended = true
	x.w.open--
	x.w.flying[x.slot]--
}

func (x *exchange) Cancel(why qoe.Failure) {
	if !x.ended { // after the end it does nothing
		x.end("cancelled")
		x.Transfer.Cancel(why)
	}
}

func (x *exchange) Asked() manifest.Address { return asked(x.Transfer) }

func (w *witness) Fetch(req Request, done func(*Response)) Transfer {
	switch {
	case w.left:
		w.fail("%s is asked for after leaving", req.URL)
	case w.dead && w.quiet:
		w.fail("%s is asked for after a fatal error", req.URL)
	case req.Attempt < 1:
		w.fail("attempt %d of %s", req.Attempt, req.URL)
	}
	w.spin()
	w.open++
	w.asked++
	x := &exchange{w: w, slot: w.pipeline(req)}
	if w.flying[x.slot]++; w.flying[x.slot] > 1 && x.slot != "" {
		w.fail("%d requests of %s are in flight", w.flying[x.slot], x.slot)
	}
	x.Transfer = w.World.Fetch(req, func(r *Response) {
		x.end("answered")
		done(r)
		w.look()
	})
	return x
}

func (w *witness) Set(t *loop.Timer, d time.Duration, fn func()) { w.timer(w.World.Set, t, d, fn) }
func (w *witness) Poll(t *loop.Timer, d time.Duration, fn func()) {
	w.timer(w.World.Poll, t, d, fn)
}
func (w *witness) Media(t *loop.Timer, d time.Duration, fn func()) {
	w.timer(w.World.Media, t, d, fn)
}

func (w *witness) timer(set func(*loop.Timer, time.Duration, func()), t *loop.Timer, d time.Duration, fn func()) {
	if w.left {
		w.fail("a timer is set after leaving")
	}
	w.spin()
	set(t, d, func() {
		fn()
		w.look()
	})
}

// spin fails a player that does too much within a second.
func (w *witness) spin() {
	if now := w.Now(); now.Sub(w.second) >= time.Second {
		w.second, w.busy = now, 0
	}
	if w.busy++; w.busy > 3000 {
		w.fail("3000 timers and requests within a second")
	}
}

func (w *witness) Emit(s qoe.Sample) {
	if w.left {
		w.fail("%T is told after leaving", s)
	}
	switch s := s.(type) {
	case qoe.Leave:
		w.left = true
	case qoe.Fatal:
		w.dead = true
	case qoe.Skip:
		if s.Amount <= 0 {
			w.fail("skipped %v", s.Amount)
		}
	case qoe.Stall:
		if s.Took <= 0 && !s.Open {
			w.fail("a stall of %v", s.Took)
		}
	}
	w.samples = append(w.samples, s)
}

func (w *witness) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return w.World.Parse(base, contentType, body)
}

// look checks the media element after everything that happens.
func (w *witness) look() {
	e := w.el()
	if e == nil {
		return
	}
	pos := e.position()
	if e.playable() < 0 {
		w.fail("%v are playable", e.playable())
	}
	if kept, now := e.run(), e.reckon(); kept != now {
		w.fail("the playhead can move to %v, not to %v", now, kept)
	}
	if w.left {
		return
	}
	var spent time.Duration
	for _, d := range e.spent {
		spent += d
	}
	if since := e.since.Sub(e.wished); spent != since {
		w.fail("%v are accounted for of %v", spent, since)
	}
	for m, required := range e.required {
		if e.status == playing && required && !e.held(qoe.Media(m), pos) && !e.sounds(qoe.Media(m), pos) {
			w.fail("the playhead is at %v, media %d has %v", pos, m, e.buffers[m])
		}
	}
}

// held tells whether the playhead can be at pos as far as m goes. Sound plays on
// for a while without a picture.
func (e *element) held(m qoe.Media, pos time.Duration) bool {
	alone := time.Duration(0)
	if m == qoe.Video && e.required[qoe.Audio] {
		alone = e.scaled(soundAlone)
		if pos <= e.seen+alone { // the video may have been taken out of the buffer
			return true
		}
	}
	for _, s := range e.buffers[m] {
		if s.start-e.hole <= pos && pos <= s.end+e.hole+alone {
			return true
		}
	}
	return e.complete && pos <= e.end()
}

// sounds tells whether m is a video that Chromium plays without for a while, by the
// sound there is.
func (e *element) sounds(m qoe.Media, pos time.Duration) bool {
	return m == qoe.Video && e.required[qoe.Audio] && e.held(qoe.Audio, pos) && pos-e.reachOf(e.buffers[m], e.seen) <= e.scaled(soundAlone)
}

// deed is something the viewer does.
type deed struct {
	at   time.Duration
	what string
	do   func(Player)
}

// drawDeeds is a viewer's session: what is done, and last when it is left.
func drawDeeds(t *rapid.T, longest time.Duration) []deed {
	var deeds []deed
	for range rapid.IntRange(0, 6).Draw(t, "deeds") {
		d := deed{at: drawTime(t, "when", 0, longest), what: rapid.SampledFrom([]string{"pause", "play", "seek", "choose", "suspend", "wake"}).Draw(t, "what")}
		switch d.what {
		case "pause":
			d.do = Player.Pause
		case "play":
			d.do = Player.Play
		case "suspend":
			d.do = Player.Suspend
		case "wake":
			d.do = Player.Wake
		case "seek":
			to := Target{Origin: rapid.SampledFrom([]Origin{FromHere, FromStart, FromLive}).Draw(t, "origin"), Offset: drawTime(t, "offset", -time.Minute, time.Minute)}
			d.do = func(p Player) { p.Seek(to) }
		case "choose":
			q := Quality{Manual: rapid.Bool().Draw(t, "manual"), Index: rapid.IntRange(0, 3).Draw(t, "quality"), Switch: rapid.SampledFrom([]Switch{"", SwitchNext, SwitchNow, SwitchLoad}).Draw(t, "how")}
			d.do = func(p Player) { p.Choose(q) }
		}
		deeds = append(deeds, d)
	}
	sort.SliceStable(deeds, func(i, j int) bool { return deeds[i].at < deeds[j].at })
	return append(deeds, deed{at: longest, what: "leave", do: Player.Stop})
}

func drawTime(t *rapid.T, name string, from, to time.Duration) time.Duration {
	const step = 10 * time.Millisecond
	return time.Duration(rapid.IntRange(int(from/step), int(to/step)).Draw(t, name)) * step
}

// live plays the session on a virtual loop, and a minute more after it was left.
func (w *witness) live(p Player, loops *loop.World, start time.Time, deeds []deed) {
	p.Start(start)
	w.look()
	for _, d := range deeds {
		if err := loops.Run(w.t.Context(), start.Add(d.at)); err != nil {
			w.t.Fatal(err)
		}
		d.do(p)
		w.look()
		if s := p.State(); s.Buffer < 0 || s.Bitrate < 0 {
			w.fail("state %+v", s)
		}
	}
	if w.open != 0 {
		w.fail("%d requests are still open after leaving", w.open)
	}
	if err := loops.Run(w.t.Context(), start.Add(deeds[len(deeds)-1].at+time.Minute)); err != nil {
		w.t.Fatal(err)
	}
	p.Stop()
	if s := p.State(); s.Phase != Left {
		w.fail("%s after leaving", s.Phase)
	}
}

// accounts checks that the session's time is spent exactly once. steady is
// playback at normal speed all along.
func (w *witness) accounts(watched time.Duration, steady bool) {
	var l *qoe.Leave
	var stalled time.Duration
	starts, fatals := 0, 0
	for _, s := range w.samples {
		switch s := s.(type) {
		case qoe.Leave:
			if l != nil {
				w.fail("two leaves")
			}
			l = &s
		case qoe.Stall:
			stalled += s.Took
		case qoe.Startup:
			starts++
		case qoe.Fatal:
			fatals++
		}
	}
	switch {
	case l == nil || l.Watched != watched:
		w.fail("leave = %+v; want one after %v", l, watched)
	case l.Starting+l.Playing+l.Seeking+l.Paused+l.Asleep+l.Ended+stalled != watched:
		w.fail("%+v and stalls of %v do not add up", *l, stalled)
	case l.Played < 0 || l.Buffered < 0 || steady && l.Played != l.Playing:
		w.fail("played %v in %v, %v left", l.Played, l.Playing, l.Buffered)
	case starts > 1 || fatals > 1:
		w.fail("%d starts, %d fatal errors", starts, fatals)
	}
}

// Whatever an origin and a viewer do, hls.js keeps its promises.
func TestHLSKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawHLSOrigin(t)
		w := newWitness(t, o, func(r Request) string {
			if r.Kind == qoe.Key {
				return "" // two pipelines may wait for keys of their own
			}
			return fmt.Sprint("kind ", r.Kind, " media ", r.Media)
		})
		w.quiet = true
		rate := rapid.SampledFrom([]float64{0, 0, 1.5}).Draw(t, "catch up")
		p, err := New(Config{MaxLiveSyncPlaybackRate: rate}, w, "http://edge/master.m3u8", nil)
		if err != nil {
			t.Fatal(err)
		}
		w.el = func() *element { return p.(*hls).el }
		deeds := drawDeeds(t, drawTime(t, "watched", 0, 2*time.Minute))
		w.live(p, o.world, epoch, deeds)
		w.accounts(deeds[len(deeds)-1].at, rate == 0)
	})
}

// drawHLSOrigin is any stream with any trouble.
func drawHLSOrigin(t *rapid.T) *hlsOrigin {
	o := &hlsOrigin{
		levels: three[:rapid.IntRange(1, 3).Draw(t, "levels")],
		audio:  rapid.Bool().Draw(t, "audio"), live: rapid.Bool().Draw(t, "live"),
		window: rapid.IntRange(1, 12).Draw(t, "window"), segment: time.Duration(rapid.IntRange(1, 6).Draw(t, "segment")) * time.Second,
		init: rapid.Bool().Draw(t, "init"), dates: rapid.Bool().Draw(t, "dates"),
		breaks: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "breaks"),
		keys:   rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "keys"),
		peak:   rapid.IntRange(1, 2).Draw(t, "peak"),
		length: drawTime(t, "length", time.Second, 100*time.Second), rate: rapid.Float64Range(1e5, 2e7).Draw(t, "rate"),
		latency: drawTime(t, "latency", 10*time.Millisecond, time.Second),
	}
	for range rapid.IntRange(0, 4).Draw(t, "rules") {
		from := drawTime(t, "from", 0, time.Minute)
		o.rules = append(o.rules, rule{
			url: rapid.SampledFrom([]string{"index", "/a/", "/v0/", "/v1/", "seg", "seg10", "init", "key", "a/index", "v1/index", "master"}).Draw(t, "url"), from: from,
			to:     from + drawTime(t, "for", time.Second, 20*time.Second),
			status: rapid.SampledFrom([]int{0, 0, 403, 404, 410, 500, 503}).Draw(t, "status"),
			hang:   rapid.Bool().Draw(t, "hang"), slow: rapid.Float64Range(1, 50).Draw(t, "slow"),
			mutate: rapid.SampledFrom([]string{"", "", "token2"}).Draw(t, "mutate"),
		})
	}
	o.setUp()
	return o
}

// The same for dash.js.
func TestDashKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base, troubles := drawDashOrigin(t)
		inner := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := base.serve(r, now)
			for _, x := range troubles {
				if x.strikes(r, now.Sub(dashEpoch)) {
					return x.answer(a)
				}
			}
			return a
		})
		inner.skew = drawTime(t, "clock", -time.Minute, time.Minute)
		w := newWitness(t, inner, func(r Request) string {
			switch r.Kind {
			case qoe.Manifest, qoe.Timing:
				return fmt.Sprint("kind ", r.Kind)
			}
			return fmt.Sprint("media ", r.Media) // init and media segments share the slot
		})
		p, err := New(Config{Profile: DashJS, Version: rapid.SampledFrom([]string{"5.2", "4.7"}).Draw(t, "version")}, w, dashURL, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.el = func() *element { return p.(*dash).el }
		deeds := drawDeeds(t, drawTime(t, "watched", 0, 3*time.Minute))
		w.live(p, inner.world, dashEpoch, deeds)
		w.accounts(deeds[len(deeds)-1].at, true)
		if n := w.asked; n > 200+int(deeds[len(deeds)-1].at/time.Second)*12 {
			t.Fatalf("%d requests in %v", n, deeds[len(deeds)-1].at)
		}
	})
}

func drawDashOrigin(t *rapid.T) (*dashOrigin, []dashTrouble) {
	o := &dashOrigin{
		live: rapid.Bool().Draw(t, "live"), timeline: rapid.Bool().Draw(t, "timeline"),
		tsbd: time.Duration(rapid.IntRange(0, 4).Draw(t, "tsbd")) * 12 * time.Second, mup: time.Duration(rapid.IntRange(-1, 4).Draw(t, "mup")) * time.Second,
		length: time.Duration(rapid.IntRange(2, 200).Draw(t, "length")) * time.Second,
		ladder: []int{200, 900, 3000}[:rapid.IntRange(1, 3).Draw(t, "ladder")],
		rtt:    drawTime(t, "rtt", 10*time.Millisecond, 500*time.Millisecond), kbps: rapid.Float64Range(100, 9000).Draw(t, "kbps"),
	}
	if o.timeline && (o.tsbd == 0 || !o.live) {
		o.tsbd = time.Minute
	}
	var troubles []dashTrouble
	for range rapid.IntRange(0, 4).Draw(t, "troubles") {
		from := drawTime(t, "from", 0, 90*time.Second)
		troubles = append(troubles, dashTrouble{
			from: from, to: from + drawTime(t, "for", 500*time.Millisecond, 20*time.Second),
			kind: rapid.SampledFrom([]qoe.Kind{qoe.Manifest, qoe.Init, qoe.Segment, qoe.Timing}).Draw(t, "kind"), media: rapid.SampledFrom([]qoe.Media{qoe.NoMedia, qoe.Video, qoe.Audio}).Draw(t, "media"),
			what: rapid.SampledFrom([]string{"403", "404", "500", "hang", "slow", "html"}).Draw(t, "what"),
		})
	}
	return o, troubles
}

// dashTrouble is what happens to requests of a kind for a while.
type dashTrouble struct {
	from, to time.Duration
	kind     qoe.Kind
	media    qoe.Media // NoMedia: all
	what     string
}

func (x dashTrouble) strikes(r Request, at time.Duration) bool {
	return r.Kind == x.kind && (x.media == qoe.NoMedia || x.media == r.Media) && x.from <= at && at < x.to
}

func (x dashTrouble) answer(a dashAnswer) dashAnswer {
	switch x.what {
	case "403":
		a.status = 403
	case "404":
		a.status = 404
	case "500":
		a.status = 500
	case "hang":
		return dashAnswer{took: -1}
	case "slow":
		a.took += 5 * time.Second
	case "html":
		a.body = "<html>not here</html>"
	}
	return a
}
