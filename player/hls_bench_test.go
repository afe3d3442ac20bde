package player

import (
	"strings"
	"testing"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// steadyStream is a live HLS stream written and parsed ahead for all viewers, so
// that a benchmark measures the player.
type steadyStream struct {
	segment time.Duration
	master  *manifest.Presentation
	lists   map[string][]*manifest.Presentation // by directory, then by the segments made since the epoch
}

const steadyURL = "http://edge.lab/cmaf/1_v/T0/1900000000/master.m3u8"

func newSteadyStream(b *testing.B, segment, length time.Duration) *steadyStream {
	o := &hlsOrigin{levels: three, audio: true, live: true, init: true, segment: segment}
	o.setUp()
	s := &steadyStream{segment: segment, lists: make(map[string][]*manifest.Presentation)}
	parse := func(url, body string) *manifest.Presentation {
		p, err := manifest.Parse(url, "application/vnd.apple.mpegurl", []byte(body))
		if err != nil {
			b.Fatal(err)
		}
		return p
	}
	s.master = parse(steadyURL, o.master())
	base, _ := strings.CutSuffix(steadyURL, "master.m3u8")
	for at := time.Duration(0); at <= length; at += segment {
		shared := parse(steadyURL, string(o.list(at))).Document
		for _, dir := range []string{"v0", "v1", "v2", "a"} {
			url := base + dir + "/index.m3u8"
			s.lists[url] = append(s.lists[url], &manifest.Presentation{Document: shared, URL: url})
		}
	}
	return s
}

// steadyWorld costs next to nothing: every answer is 200 within 60 ms.
type steadyWorld struct {
	*loop.Virtual
	*steadyStream
	player   Player
	idle     []*steadyTransfer
	requests int
}

func (s *steadyStream) viewer(b *testing.B, world *loop.World) *steadyWorld {
	w := &steadyWorld{Virtual: world.Loop(), steadyStream: s}
	p, err := New(Config{}, w, steadyURL, nil)
	if err != nil {
		b.Fatal(err)
	}
	w.player = p
	w.Post(func() { p.Start(epoch) })
	return w
}

func (w *steadyWorld) Date() time.Time                                 { return w.Now() }
func (w *steadyWorld) Poll(t *loop.Timer, d time.Duration, fn func())  { w.Set(t, d, fn) }
func (w *steadyWorld) Media(t *loop.Timer, d time.Duration, fn func()) { w.Set(t, d, fn) }
func (w *steadyWorld) Emit(qoe.Sample)                                 {}

func (w *steadyWorld) Parse(manifest.Address, string, []byte) (*manifest.Presentation, error) {
	return w.master, nil
}

func (w *steadyWorld) ParseChild(_, _ *manifest.Presentation, base manifest.Address, _ string, _ []byte) (*manifest.Presentation, error) {
	return w.lists[base.String()][w.Now().Sub(epoch)/w.segment], nil
}

func (w *steadyWorld) Update(_, delta *manifest.Presentation) (*manifest.Presentation, error) {
	return delta, nil
}

// steadyTransfer is used again once it has ended.
type steadyTransfer struct {
	w     *steadyWorld
	done  func(*Response)
	url   manifest.Address
	start instant
	timer loop.Timer
	fire  func()
}

func (w *steadyWorld) Fetch(req Request, done func(*Response)) Transfer {
	w.requests++
	var t *steadyTransfer
	if n := len(w.idle); n > 0 {
		t, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		t = &steadyTransfer{w: w}
		t.fire = t.end
	}
	t.done, t.url, t.start = done, req.URL, loop.InstantAt(w.Since())
	w.Set(&t.timer, 60*time.Millisecond, t.fire)
	return t
}

func (t *steadyTransfer) end() {
	done := t.done
	t.w.idle = append(t.w.idle, t)
	done(&Response{
		Status: 200, URL: t.url, Bytes: 100_000, Start: t.start, FirstByte: t.start.Add(20 * time.Millisecond), End: loop.InstantAt(t.w.Since()),
	})
}

func (t *steadyTransfer) Cancel(qoe.Failure) { t.timer.Stop() }
func (t *steadyTransfer) Loaded() int64      { return 0 }
func (t *steadyTransfer) Total() int64       { return 100_000 }
func (t *steadyTransfer) FirstByte() instant { return 0 }

// A viewer-hour of a live stream of three renditions with separate audio. As in a
// run, viewers live through the same minute one after the other.
func BenchmarkHLSViewerHour(b *testing.B) {
	const viewers = 20
	for _, segment := range []time.Duration{2 * time.Second, 6 * time.Second} {
		b.Run(segment.String(), func(b *testing.B) {
			s := newSteadyStream(b, segment, time.Hour+time.Minute)
			b.ReportAllocs()
			requests, hours := 0, 0
			for b.Loop() {
				world := loop.NewWorld(epoch)
				audience := make([]*steadyWorld, viewers)
				for i := range audience {
					audience[i] = s.viewer(b, world)
				}
				for at := time.Minute; at <= time.Hour; at += time.Minute {
					if err := world.Run(b.Context(), epoch.Add(at)); err != nil {
						b.Fatal(err)
					}
				}
				for _, w := range audience {
					if w.player.State().Phase != Playing {
						b.Fatal("not playing after an hour")
					}
					w.player.Stop()
					requests += w.requests
				}
				hours += viewers
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(requests), "ns/request")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(hours), "ms/viewer-hour")
		})
	}
}
