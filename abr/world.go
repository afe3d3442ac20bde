package abr

import (
	"fmt"
	"strings"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/qoe"
)

// epoch is where virtual time begins: any instant will do.
var epoch = time.Unix(1_700_000_000, 0)

// world answers a player's requests from a table over a link.
type world struct {
	*loop.Virtual
	table  Table
	link   *link
	player player.Player

	requests  []Request
	playlists []Playlist
	flying    *transfer // the segment under way
	overlaps  int       // requests made while another was under way: there must be none
	samples
}

// samples are what the player told.
type samples struct {
	startup  *qoe.Startup
	stalls   []qoe.Stall
	switches []qoe.Switch
	skipped  time.Duration
	fatal    *qoe.Fatal
	leave    qoe.Leave
}

func (w *world) Emit(s qoe.Sample) {
	switch s := s.(type) {
	case qoe.Startup:
		w.startup = &s
	case qoe.Stall:
		w.stalls = append(w.stalls, s)
	case qoe.Switch:
		w.switches = append(w.switches, s)
	case qoe.Skip:
		w.skipped += s.Amount
	case qoe.Fatal:
		w.fatal = &s
	case qoe.Leave:
		w.leave = s
	}
}

func (w *world) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return manifest.Parse(base.String(), contentType, body)
}

// ParseChild is Parse: the playlists here import nothing from their parent.
func (w *world) ParseChild(_, parent *manifest.Presentation, base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return manifest.ParseChild(parent, base.String(), contentType, body)
}

// Update is never asked for: the playlists here never change.
func (w *world) Update(previous, delta *manifest.Presentation) (*manifest.Presentation, error) {
	return manifest.Update(previous, delta)
}

// Decoding takes no time here: simulators of ABR research know no browser.
func (w *world) Decoding() time.Duration { return 0 }

// Date is the viewer's calendar clock, which is right here.
func (w *world) Date() time.Time { return w.Now() }

// Poll and Media are timers like any other: the page is never hidden.
func (w *world) Poll(t *loop.Timer, d time.Duration, fn func())  { w.Set(t, d, fn) }
func (w *world) Media(t *loop.Timer, d time.Duration, fn func()) { w.Set(t, d, fn) }

// Fetch answers manifests at once and segments by the link.
func (w *world) Fetch(req player.Request, done func(*player.Response)) player.Transfer {
	t := &transfer{w: w, start: w.since(), row: -1}
	name, ok := strings.CutPrefix(req.URL.String(), site)
	var rung, segment int
	if _, err := fmt.Sscanf(name, segmentForm, &rung, &segment); ok && err == nil && w.has(rung, segment) {
		t.segment(req, segment, rung, done)
		return t
	}
	now := loop.InstantAt(w.Since())
	r := &player.Response{Status: 200, URL: req.URL, Start: now, FirstByte: now, End: now, Date: w.Now()}
	switch {
	case name == mpdName:
		r.ContentType, r.Body = "application/dash+xml", []byte(w.table.mpd())
	case name == masterName:
		r.ContentType, r.Body = "application/vnd.apple.mpegurl", []byte(w.table.master())
	case w.isPlaylist(name, &rung):
		w.playlists = append(w.playlists, Playlist{At: Seconds(t.start), Rung: rung})
		r.ContentType, r.Body = "application/vnd.apple.mpegurl", []byte(w.table.playlist())
	default:
		r.Status, r.Failure = 404, qoe.StatusFailure
	}
	r.Bytes = int64(len(r.Body))
	t.loaded, t.total, t.first = r.Bytes, r.Bytes, t.start
	t.timer = w.After(0, func() { done(r) })
	return t
}

func (w *world) has(rung, segment int) bool {
	return rung >= 0 && rung < len(w.table.Bitrates) && segment >= 0 && segment < len(w.table.Sizes)
}

func (w *world) isPlaylist(name string, rung *int) bool {
	n, err := fmt.Sscanf(name, "r%d/"+playlistName, rung)
	return n == 1 && err == nil && w.has(*rung, 0)
}

// since is the time of play.
func (w *world) since() time.Duration { return w.Now().Sub(epoch) }

// transfer is one request under way.
type transfer struct {
	w             *world
	row           int // of requests; -1 for manifests
	start, first  time.Duration
	loaded, total int64 // of manifests, which are there at once
	ended         bool
	timer         *loop.Timer
}

// segment begins the download of a segment.
func (t *transfer) segment(req player.Request, segment, rung int, done func(*player.Response)) {
	w := t.w
	if w.flying != nil {
		w.overlaps++
	}
	w.flying = t
	bits := w.table.Sizes[segment][rung]
	t.row, t.total, t.first = len(w.requests), bytesOf(bits), t.start+w.link.latency
	end := w.link.finish(t.first, bits)
	w.requests = append(w.requests, Request{
		Segment: segment, Rung: rung, Kbps: float64(w.table.Bitrates[rung]) / 1000, Attempt: req.Attempt,
		Start: Seconds(t.start), Buffer: Seconds(w.player.State().Buffer), Bits: bits,
	})
	t.timer = w.After(end-t.start, func() {
		t.end(Done)
		done(&player.Response{
			Status: 200, URL: req.URL, ContentType: "video/mp4", Bytes: t.total,
			Start: loop.InstantAt(t.start), FirstByte: loop.InstantAt(t.first), End: loop.InstantAt(end), Date: epoch.Add(end),
		})
	})
}

// end closes the row of a download.
func (t *transfer) end(why Outcome) {
	if t.ended || t.row < 0 {
		return
	}
	t.ended = true
	if t.w.flying == t {
		t.w.flying = nil
	}
	now := t.w.since()
	r := &t.w.requests[t.row]
	r.Outcome, r.Latency, r.Download = why, Seconds(min(t.first, now)-t.start), Seconds(now-t.start)
	if why != Done {
		r.Bits = 8 * min(t.w.link.carried(t.first, now), t.total)
	}
	if body := now - t.first; body > 0 {
		r.Throughput = float64(r.Bits) / body.Seconds() / 1000
	}
}

// Cancel gives the request up.
func (t *transfer) Cancel(why qoe.Failure) {
	t.timer.Stop()
	if why == qoe.TimeoutFailure {
		t.end(TimedOut)
		return
	}
	t.end(Abandoned)
}

func (t *transfer) Loaded() int64 {
	if t.row < 0 {
		return t.loaded
	}
	return min(t.w.link.carried(t.first, t.w.since()), t.total)
}

// Total is known once the answer has begun.
func (t *transfer) Total() int64 {
	if t.w.since() < t.first {
		return -1
	}
	return t.total
}

func (t *transfer) FirstByte() loop.Instant {
	if t.w.since() < t.first {
		return 0
	}
	return loop.InstantAt(t.first)
}

// bytesOf is a size in bytes: a player counts no bits.
func bytesOf(bits int64) int64 { return (bits + 7) / 8 }
