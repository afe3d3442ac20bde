package player

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// dashEpoch is virtual time zero and the availabilityStartTime of the tests is an
// hour before it.
var dashEpoch = time.Unix(1_800_000_000, 0).UTC()

// dashAnswer is how the scripted origin answers one request.
type dashAnswer struct {
	status int
	url    string        // final URL; empty: as asked
	body   string        // manifests and clocks
	bytes  int64         // media
	head   int64         // of them, there at once while the rest is still made; its length is then not told
	ttfb   time.Duration // to the first byte
	took   time.Duration // to the end; negative: never
	date   time.Time
}

// dashWorld is a World in virtual time with a scripted origin.
type dashWorld struct {
	*loop.Virtual
	world   *loop.World
	serve   func(Request, time.Time) dashAnswer
	log     []dashLogged
	ending  func() // set by serve: called when the exchange it answers has ended
	samples []qoe.Sample
	skew    time.Duration // of the viewer's clock
	prompt  bool          // timers are never slowed down
	sized   bool          // the length is told of what is still being made, too
	aborted int           // transfers given up
	looks   int           // how often a transfer was asked how much has come
}

type dashLogged struct {
	Request
	at     time.Duration // since the epoch
	status int
}

type dashTransfer struct {
	w     *dashWorld
	a     dashAnswer
	start instant
	timer *loop.Timer
	ended func()
}

func newDashWorld(serve func(Request, time.Time) dashAnswer) *dashWorld {
	world := loop.NewWorld(dashEpoch)
	return &dashWorld{Virtual: world.Loop(), world: world, serve: serve}
}

func (w *dashWorld) Prompt() bool                                    { return w.prompt }
func (w *dashWorld) Date() time.Time                                 { return w.Now().Add(w.skew) }
func (w *dashWorld) Poll(t *loop.Timer, d time.Duration, fn func())  { w.Set(t, d, fn) }
func (w *dashWorld) Media(t *loop.Timer, d time.Duration, fn func()) { w.Set(t, d, fn) }

func (w *dashWorld) Fetch(req Request, done func(*Response)) Transfer {
	a := w.serve(req, w.Now())
	w.log = append(w.log, dashLogged{req, w.Now().Sub(dashEpoch), a.status})
	t := &dashTransfer{w: w, a: a, start: loop.InstantAt(w.Since()), ended: w.ending}
	if t.ended == nil {
		t.ended = func() {}
	}
	if a.took < 0 {
		return t
	}
	t.timer = w.After(max(a.took, time.Millisecond), func() {
		t.ended()
		done(t.response(req))
	})
	return t
}

func (t *dashTransfer) response(req Request) *Response {
	r := &Response{
		Status: t.a.status, URL: req.URL, Body: []byte(t.a.body), ContentType: "application/dash+xml",
		Bytes: t.a.bytes, Start: t.start, FirstByte: t.start.Add(t.a.ttfb), End: loop.InstantAt(t.w.Since()), Date: t.a.date,
	}
	if t.a.url != "" {
		r.URL = manifest.AddressOf(t.a.url)
	}
	if t.a.status < 200 || t.a.status > 299 {
		r.Failure = qoe.StatusFailure
	}
	return r
}

func (t *dashTransfer) Cancel(qoe.Failure) {
	t.w.aborted++
	t.timer.Stop()
	t.ended()
}

func (t *dashTransfer) Loaded() int64 {
	t.w.looks++
	since := loop.InstantAt(t.w.Since()).Sub(t.start) - t.a.ttfb
	if since <= 0 {
		return 0
	}
	body := t.a.took - t.a.ttfb
	return t.a.head + int64(float64(t.a.bytes-t.a.head)*min(1, since.Seconds()/body.Seconds()))
}

func (t *dashTransfer) Total() int64 {
	if t.a.head > 0 && !t.w.sized {
		return -1
	}
	return t.a.bytes
}

func (t *dashTransfer) FirstByte() instant {
	if at := t.start.Add(t.a.ttfb); !at.After(loop.InstantAt(t.w.Since())) {
		return at
	}
	return 0
}

func (w *dashWorld) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return manifest.Parse(base.String(), contentType, body)
}
func (w *dashWorld) ParseChild(_, parent *manifest.Presentation, base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return manifest.ParseChild(parent, base.String(), contentType, body)
}
func (w *dashWorld) Update(previous, delta *manifest.Presentation) (*manifest.Presentation, error) {
	return manifest.Update(previous, delta)
}

func (w *dashWorld) Emit(s qoe.Sample) { w.samples = append(w.samples, s) }

// play makes a dashjs player for url and starts it at the epoch.
func (w *dashWorld) play(t testing.TB, cfg Config, url string) *dash {
	t.Helper()
	cfg.Profile = DashJS
	p, err := New(cfg, w, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Post(func() { p.Start(dashEpoch) })
	return p.(*dash)
}

// run advances virtual time to d after the epoch.
func (w *dashWorld) run(t testing.TB, d time.Duration) {
	if err := w.world.Run(context.Background(), dashEpoch.Add(d)); err != nil {
		t.Fatal(err)
	}
}

// asked are the requests of a kind, all media when m is NoMedia.
func (w *dashWorld) asked(kind qoe.Kind, m qoe.Media) []dashLogged {
	var found []dashLogged
	for _, l := range w.log {
		if l.Kind == kind && (m == qoe.NoMedia || l.Media == m) {
			found = append(found, l)
		}
	}
	return found
}

func samplesOf[T qoe.Sample](w *dashWorld) []T {
	var found []T
	for _, s := range w.samples {
		if v, ok := s.(T); ok {
			found = append(found, v)
		}
	}
	return found
}

// dashOrigin is a live or VOD origin with 2 s segments: video of the given ladder
// (kbit/s) and one audio of 64 kbit/s.
type dashOrigin struct {
	live     bool
	timeline bool
	tsbd     time.Duration
	mup      time.Duration // negative: absent
	length   time.Duration // of VOD
	ladder   []int
	rtt      time.Duration                    // of every request
	kbps     float64                          // of the link; 0 unlimited
	chunk    time.Duration                    // segments can be asked for when their first chunk is there; 0: when they are complete
	extra    string                           // more MPD children
	refuse   func(Request, time.Duration) int // status, 0 to let it through
	location func(Request) string             // final URL of a manifest
}

const dashSegment = 2 * time.Second

// dashStart is availabilityStartTime.
var dashStart = dashEpoch.Add(-time.Hour)

func (o *dashOrigin) mpd(now time.Time) string {
	var b strings.Builder
	if o.live {
		fmt.Fprintf(&b, `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011" availabilityStartTime=%q minBufferTime="PT2S"`, dashStart.Format(time.RFC3339))
		if o.mup >= 0 {
			fmt.Fprintf(&b, ` minimumUpdatePeriod="PT%gS"`, o.mup.Seconds())
		}
		if o.tsbd > 0 {
			fmt.Fprintf(&b, ` timeShiftBufferDepth="PT%gS"`, o.tsbd.Seconds())
		}
	} else {
		fmt.Fprintf(&b, `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" mediaPresentationDuration="PT%gS"`, o.length.Seconds())
	}
	b.WriteString(` maxSegmentDuration="PT2S">` + o.extra + `<Period id="p0" start="PT0S">`)
	b.WriteString(`<AdaptationSet id="1" contentType="video" mimeType="video/mp4" segmentAlignment="true">` + o.template("v", now))
	for i, k := range o.ladder {
		fmt.Fprintf(&b, `<Representation id="v%d" bandwidth="%d" codecs="avc1.64001e"/>`, i, k*1000)
	}
	b.WriteString("</AdaptationSet>")
	b.WriteString(`<AdaptationSet id="2" contentType="audio" mimeType="audio/mp4" segmentAlignment="true">` + o.template("a", now))
	b.WriteString(`<Representation id="a0" bandwidth="64000" codecs="mp4a.40.2"/></AdaptationSet>`)
	b.WriteString("</Period></MPD>")
	return b.String()
}

func (o *dashOrigin) template(prefix string, now time.Time) string {
	if !o.timeline {
		early := ""
		if o.chunk > 0 {
			early = fmt.Sprintf(` availabilityTimeOffset="%g" availabilityTimeComplete="false"`, (dashSegment - o.chunk).Seconds())
		}
		return fmt.Sprintf(`<SegmentTemplate timescale="1000" duration="2000" startNumber="0"`+early+` initialization="%s-$RepresentationID$-init.mp4" media="%s-$RepresentationID$-$Number$.m4s"/>`, prefix, prefix)
	}
	last := int64(now.Sub(dashStart) / dashSegment) // segments complete
	first := max(last-int64(o.tsbd/dashSegment), 0)
	return fmt.Sprintf(`<SegmentTemplate timescale="1000" startNumber="%d" initialization="%s-$RepresentationID$-init.mp4" media="%s-$RepresentationID$-$Time$.m4s"><SegmentTimeline><S t="%d" d="2000" r="%d"/></SegmentTimeline></SegmentTemplate>`,
		first, prefix, prefix, first*2000, last-first-1)
}

func (o *dashOrigin) serve(r Request, now time.Time) dashAnswer {
	a := dashAnswer{status: 200, ttfb: o.rtt, took: o.rtt + time.Millisecond, date: now.Truncate(time.Second)}
	if o.refuse != nil {
		if status := o.refuse(r, now.Sub(dashEpoch)); status != 0 {
			a.status = status
			return a
		}
	}
	switch r.Kind {
	case qoe.Manifest:
		a.body, a.bytes = o.mpd(now), 2000
		if o.location != nil {
			a.url = o.location(r)
		}
	case qoe.Timing:
		a.body = now.Format(time.RFC3339Nano)
	case qoe.Init:
		a.bytes = 800
	case qoe.Segment:
		kbps := 64
		var i, n int
		name := r.URL.Name
		_, err := fmt.Sscanf(name[1:], "-"+name[:1]+"%d-%d", &i, &n)
		if r.Media == qoe.Video {
			if err != nil {
				return dashAnswer{status: 400}
			}
			kbps = o.ladder[i]
		}
		a.bytes = int64(kbps) * 1000 / 8 * int64(dashSegment/time.Second)
		if o.kbps > 0 {
			a.took = o.rtt + time.Duration(float64(a.bytes)*8/o.kbps*1e6)
		}
		if o.chunk > 0 {
			return o.making(a, now.Sub(dashStart)-time.Duration(n)*dashSegment)
		}
	}
	return a
}

// making is the answer for a segment of which so much has been made: the chunks that
// are there come at once, the others as they are made.
func (o *dashOrigin) making(a dashAnswer, made time.Duration) dashAnswer {
	whole := made / o.chunk * o.chunk
	switch {
	case whole <= 0:
		a.status = 404
	case whole < dashSegment:
		a.head = int64(float64(a.bytes) * whole.Seconds() / dashSegment.Seconds())
		a.took = max(a.took, o.rtt+dashSegment-made)
	}
	return a
}

const dashURL = "http://edge.lab/cmaf/1_v/T0/1900000000/manifest.mpd"

// fastWorld costs next to nothing, so that a benchmark measures the player: every
// manifest is the same parsed one, every answer is 200 within 20 to 60 ms.
type fastWorld struct {
	*dashWorld
	p *manifest.Presentation
}

func (w *fastWorld) Parse(manifest.Address, string, []byte) (*manifest.Presentation, error) {
	return w.p, nil
}

func (w *fastWorld) Emit(qoe.Sample) {}

func (w *fastWorld) Fetch(req Request, done func(*Response)) Transfer {
	start := loop.InstantAt(w.Since())
	r := &Response{Status: 200, URL: req.URL, Bytes: 100_000, Start: start, FirstByte: start.Add(20 * time.Millisecond), Date: w.Now()}
	w.After(60*time.Millisecond, func() {
		r.End = loop.InstantAt(w.Since())
		done(r)
	})
	return nullTransfer{}
}

type nullTransfer struct{}

func (nullTransfer) Cancel(qoe.Failure) {}
func (nullTransfer) Loaded() int64      { return 0 }
func (nullTransfer) Total() int64       { return -1 }
func (nullTransfer) FirstByte() instant { return 0 }
