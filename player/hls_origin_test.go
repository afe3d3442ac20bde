package player

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// hlsOrigin is a scripted World: a small HLS origin on a virtual loop that
// answers by a table of rules, and remembers what it was asked and told.
type hlsOrigin struct {
	levels         []int // bit/s, as listed
	peak           int   // times: BANDWIDTH over what is sent; 0 is 1
	audio          bool
	groups         []string // of audio, by level; instead of one for all
	subtitles      string   // their group, of all levels; head lists them
	subtitleGroups []string // the same by level
	live           bool
	window         int           // live: segments listed; 6
	segment        time.Duration // 2 s
	length         time.Duration // VOD
	keys           int           // a new AES-128 key every so many segments
	init           bool          // EXT-X-MAP
	breaks         int           // a discontinuity every so many segments
	dates          bool          // EXT-X-PROGRAM-DATE-TIME
	single         bool          // the master is a media playlist itself
	extra          string        // lines put into every media playlist
	head           string        // lines put into the master
	tail           string        // lines put behind it
	steer          string        // the steering manifest
	suffix         string        // put behind every segment's name
	frozen         [2]time.Duration
	rules          []rule
	prompt         bool // timers are never slowed down

	latency time.Duration
	rate    float64 // bit/s of every transfer

	lists    map[int][]byte // media playlists by first segment
	world    *loop.World
	loop     *loop.Virtual
	epoch    time.Time
	cache    *manifest.Cache
	requests []heard
	samples  []qoe.Sample
	player   Player
	polls    int
}

// rule changes the answer to what matches; the first that matches counts.
type rule struct {
	from, to time.Duration // to 0: for ever
	url      string        // substring
	status   int           // 0: no change
	hang     bool
	slow     float64       // divides the rate
	wait     time.Duration // added latency
	final    string        // final URL's prefix, instead of the asked
	mutate   string        // the integration writes this host into the loader's context
}

type heard struct {
	at     time.Duration
	url    string
	kind   qoe.Kind
	media  qoe.Media
	try    int
	status int
}

var epoch = time.Unix(1_700_000_000, 0)

func (o *hlsOrigin) setUp() {
	o.epoch = epoch
	o.world = loop.NewWorld(epoch)
	o.loop = o.world.Loop()
	o.cache, o.lists = manifest.NewCache(4000), make(map[int][]byte)
	if o.segment == 0 {
		o.segment = 2 * time.Second
	}
	if o.window == 0 {
		o.window = 6
	}
	if o.latency == 0 {
		o.latency = 10 * time.Millisecond
	}
	if o.rate == 0 {
		o.rate = 50e6
	}
	if len(o.levels) == 0 {
		o.levels = []int{600_000}
	}
}

// play runs a player against the origin for a while.
func (o *hlsOrigin) play(t testing.TB, cfg Config, d time.Duration) *hlsOrigin {
	t.Helper()
	o.setUp()
	p, err := New(cfg, o, "http://edge/master.m3u8", rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	o.player = p
	p.Start(epoch)
	o.until(t, d)
	return o
}

// until runs on to a moment of the session.
func (o *hlsOrigin) until(t testing.TB, d time.Duration) {
	t.Helper()
	if err := o.world.Run(context.Background(), epoch.Add(d)); err != nil {
		t.Fatal(err)
	}
}

func (o *hlsOrigin) Now() time.Time                                { return o.loop.Now() }
func (o *hlsOrigin) Since() time.Duration                          { return o.loop.Since() }
func (o *hlsOrigin) Date() time.Time                               { return o.loop.Now() }
func (o *hlsOrigin) Set(t *loop.Timer, d time.Duration, fn func()) { o.loop.Set(t, d, fn) }
func (o *hlsOrigin) Prompt() bool                                  { return o.prompt }
func (o *hlsOrigin) Poll(t *loop.Timer, d time.Duration, fn func()) {
	o.polls++
	o.loop.Set(t, d, fn)
}
func (o *hlsOrigin) Media(t *loop.Timer, d time.Duration, fn func()) { o.loop.Set(t, d, fn) }
func (o *hlsOrigin) Emit(s qoe.Sample)                               { o.samples = append(o.samples, s) }
func (o *hlsOrigin) Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return o.cache.Parse(base.String(), contentType, body)
}
func (o *hlsOrigin) ParseChild(spare, parent *manifest.Presentation, base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error) {
	return o.cache.ParseOver(spare, parent, base, contentType, body)
}
func (o *hlsOrigin) Update(previous, delta *manifest.Presentation) (*manifest.Presentation, error) {
	return o.cache.Update(previous, delta)
}

// transfer is one exchange of the origin.
type transfer struct {
	o           *hlsOrigin
	asked       manifest.Address
	first, last time.Time // of the answer
	size        int64
	timer       *loop.Timer
	stopped     time.Time
}

func (x *transfer) Cancel(qoe.Failure) {
	if x.timer.Stop() {
		x.stopped = x.o.Now()
	}
}
func (x *transfer) Asked() manifest.Address { return x.asked }
func (x *transfer) Total() int64 {
	if x.FirstByte().IsZero() {
		return -1
	}
	return x.size
}
func (x *transfer) FirstByte() instant {
	if x.first.IsZero() || x.first.After(x.o.Now()) {
		return 0
	}
	return x.o.instant(x.first)
}

// instant is a time of the origin's as players count it.
func (o *hlsOrigin) instant(t time.Time) instant { return loop.InstantAt(o.Since() + t.Sub(o.Now())) }
func (x *transfer) Loaded() int64 {
	now := x.o.Now()
	if x.first.IsZero() || now.Before(x.first) {
		return 0
	}
	if !now.Before(x.last) {
		return x.size
	}
	return int64(float64(x.size) * float64(now.Sub(x.first)) / float64(x.last.Sub(x.first)))
}

func (o *hlsOrigin) Fetch(req Request, done func(*Response)) Transfer {
	now := o.Now()
	at := now.Sub(o.epoch)
	var r rule
	for _, c := range o.rules {
		if strings.Contains(req.URL.String(), c.url) && at >= c.from && (c.to == 0 || at < c.to) {
			r = c
			break
		}
	}
	x := &transfer{o: o, asked: req.URL}
	if r.mutate != "" {
		x.asked = manifest.AddressOf(strings.Replace(req.URL.String(), "//edge", "//"+r.mutate, 1))
	}
	resp := &Response{Status: 200, URL: x.asked, Asked: x.asked, Start: o.instant(now)}
	if r.final != "" {
		resp.URL = manifest.AddressOf(strings.Replace(req.URL.String(), "//edge", "//"+r.final, 1))
	}
	var size int64
	if r.status != 0 {
		resp.Status, resp.Failure = r.status, qoe.StatusFailure
		size = 150 // an error page
	} else {
		resp.Body, size = o.answer(req, at+o.latency+r.wait)
		if resp.Body == nil && size == 0 {
			resp.Status, resp.Failure = 404, qoe.StatusFailure
		}
	}
	o.requests = append(o.requests, heard{at, req.URL.String(), req.Kind, req.Media, req.Attempt, resp.Status})
	if r.hang {
		return x
	}
	x.size = size
	x.first = now.Add(o.latency + r.wait)
	took := time.Duration(float64(size) * 8 / (o.rate / max(r.slow, 1)) * 1e9)
	x.last = x.first.Add(took)
	x.timer = o.loop.After(x.last.Sub(now), func() {
		resp.FirstByte, resp.End, resp.Bytes = o.instant(x.first), o.instant(x.last), size
		done(resp)
	})
	return x
}

// answer is the resource behind a URL: a playlist's text, or a size.
func (o *hlsOrigin) answer(req Request, at time.Duration) ([]byte, int64) {
	u, err := url.Parse(req.URL.String())
	if err != nil {
		return nil, 0
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	name := parts[len(parts)-1]
	if req.Kind == qoe.Steering {
		return []byte(o.steer), int64(len(o.steer))
	}
	if name == "master.m3u8" && !o.single {
		body := []byte(o.master())
		return body, int64(len(body))
	}
	if strings.HasSuffix(name, ".m3u8") {
		body := o.list(at)
		return body, int64(len(body))
	}
	switch req.Kind {
	case qoe.Init:
		return nil, 800
	case qoe.Key:
		return []byte("0123456789abcdef"), 16
	}
	rate := 64_000
	if level, ok := strings.CutPrefix(parts[0], "v"); ok {
		i, _ := strconv.Atoi(level)
		rate = o.levels[i]
	}
	return nil, int64(float64(rate) / float64(max(o.peak, 1)) * o.segment.Seconds() / 8)
}

func (o *hlsOrigin) master() string {
	var b strings.Builder
	b.WriteString("#EXTM3U\n" + o.head)
	group, codecs := "", "avc1.64001f,mp4a.40.2"
	if o.audio {
		b.WriteString("#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"a/index.m3u8\"\n")
		group = ",AUDIO=\"a\""
	}
	for _, g := range slices.Compact(slices.Sorted(slices.Values(o.groups))) {
		for _, lang := range []string{"de", "en"} {
			fmt.Fprintf(&b, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=%q,NAME=%q,LANGUAGE=%q,DEFAULT=%s,AUTOSELECT=YES,URI=\"%s-%s/index.m3u8\"\n", g, lang, lang, map[string]string{"de": "NO", "en": "YES"}[lang], g, lang)
		}
	}
	for i, rate := range o.levels {
		if len(o.groups) > 0 {
			group = fmt.Sprintf(",AUDIO=%q", o.groups[i])
		}
		switch {
		case o.subtitles != "":
			group += fmt.Sprintf(",SUBTITLES=%q", o.subtitles)
		case len(o.subtitleGroups) > 0:
			group = fmt.Sprintf(",SUBTITLES=%q", o.subtitleGroups[i])
		}
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=%q%s\nv%d/index.m3u8\n", rate, rate/max(o.peak, 1), codecs, group, i)
	}
	b.WriteString(o.tail)
	return b.String()
}

// list is the media playlist at a time; a live one ends with the newest whole
// segment. Live segments are numbered from 100; at the epoch there is a full window.
func (o *hlsOrigin) list(at time.Duration) []byte {
	first, end := 0, int((o.length+o.segment-1)/o.segment)
	if o.live {
		if at >= o.frozen[0] && at < o.frozen[1] {
			at = o.frozen[0]
		}
		end = 100 + o.window + int(at/o.segment)
		first = end - o.window
	}
	if body := o.lists[first]; body != nil {
		return body
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n#EXT-X-MEDIA-SEQUENCE:%d\n%s", int(o.segment.Seconds()), first, o.extra)
	if o.breaks > 0 {
		fmt.Fprintf(&b, "#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", (first+o.breaks-1)/o.breaks)
	}
	key := -1
	for n := first; n < end; n++ {
		if o.keys > 0 && n/o.keys != key {
			key = n / o.keys
			fmt.Fprintf(&b, "#EXT-X-KEY:METHOD=AES-128,URI=\"key%d\"\n", key)
		}
		if o.init && n == first {
			b.WriteString("#EXT-X-MAP:URI=\"init.mp4\"\n")
		}
		if o.breaks > 0 && n%o.breaks == 0 {
			b.WriteString("#EXT-X-DISCONTINUITY\n")
		}
		if o.dates {
			b.WriteString("#EXT-X-PROGRAM-DATE-TIME:" + epoch.Add(time.Duration(n)*o.segment).UTC().Format("2006-01-02T15:04:05.000Z") + "\n")
		}
		fmt.Fprintf(&b, "#EXTINF:%.3f,\nseg%d.m4s%s\n", o.segment.Seconds(), n, o.suffix)
	}
	if !o.live {
		b.WriteString("#EXT-X-ENDLIST\n")
	}
	o.lists[first] = []byte(b.String())
	return o.lists[first]
}

// times are the moments at which URLs containing s were asked for, in seconds.
func (o *hlsOrigin) times(s string) []float64 {
	var at []float64
	for _, r := range o.requests {
		if strings.Contains(r.url, s) {
			at = append(at, r.at.Seconds())
		}
	}
	return at
}

// refused are the moments at which requests were answered with an error or not at
// all, in seconds.
func (o *hlsOrigin) refused() []float64 {
	var at []float64
	for _, r := range o.requests {
		if r.status >= 400 {
			at = append(at, r.at.Seconds())
		}
	}
	return at
}

// fatal is when the player gave up and what it said; -1 when it did not.
func (o *hlsOrigin) fatal() (at float64, why string) {
	for _, s := range o.samples {
		if f, ok := s.(qoe.Fatal); ok {
			return f.At.Sub(o.epoch).Seconds(), f.Why
		}
	}
	return -1, ""
}

// all are the samples of one type.
func all[T qoe.Sample](o *hlsOrigin) []T {
	var list []T
	for _, s := range o.samples {
		if v, ok := s.(T); ok {
			list = append(list, v)
		}
	}
	return list
}

// since shifts times so that the first is 0.
func since(at []float64) []float64 {
	if len(at) == 0 {
		return nil
	}
	shifted := make([]float64, len(at))
	for i := range at {
		shifted[i] = at[i] - at[0]
	}
	return shifted
}

// near compares times with the tolerance of the original's 100 ms poller.
func near(got, want []float64, tolerance float64) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if d := got[i] - want[i]; d > tolerance || d < -tolerance {
			return false
		}
	}
	return true
}
