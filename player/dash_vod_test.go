package player

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
)

func vodOrigin(length time.Duration, ladder ...int) *dashOrigin {
	return &dashOrigin{length: length, ladder: ladder, rtt: 10 * time.Millisecond, kbps: 20000}
}

// playAndSample plays and looks at the player every 100 ms of virtual time.
func playAndSample(t *testing.T, w *dashWorld, d *dash, until time.Duration, look func(time.Duration)) {
	t.Helper()
	for at := time.Duration(0); at <= until; at += 100 * time.Millisecond {
		w.run(t, at)
		look(at)
	}
}

// players.md 2.2 [RUN]: the buffer is filled to 18 s below top quality, to 30 s at
// top quality, to 60 s when the content is 600 s or longer; the segment asked for
// counts, so the level stays within the target. 4.7 aims at 12 s and looks at the
// level alone, so that it ends up to a segment above.
func TestDashFillsToTheTarget(t *testing.T) {
	no := false
	for _, c := range []struct {
		cfg    Config
		length time.Duration
		ladder []int
		want   time.Duration
		why    string
	}{
		{Config{}, 300 * time.Second, []int{400}, 30 * time.Second, "a single rendition is the top"},
		{Config{}, 700 * time.Second, []int{400}, 60 * time.Second, "long form"},
		{Config{Dash: DashConfig{AutoSwitchBitrateVideo: &no}}, 700 * time.Second, []int{400, 5000}, 18 * time.Second, "held below the top"},
		{Config{Version: "4.7", Dash: DashConfig{AutoSwitchBitrateVideo: &no}}, 700 * time.Second, []int{400, 5000}, 14 * time.Second, "stableBufferTime of 4.x, and a segment"},
		{Config{Dash: DashConfig{BufferTimeAtTopQuality: 44}}, 300 * time.Second, []int{400}, 44 * time.Second, "as set"},
	} {
		w := newDashWorld(vodOrigin(c.length, c.ladder...).serve)
		d := w.play(t, c.cfg, dashURL)
		var most time.Duration
		playAndSample(t, w, d, 90*time.Second, func(time.Duration) {
			most = max(most, d.el.ahead(qoe.Video, 0))
		})
		if most > c.want || most < c.want-dashSegment-500*time.Millisecond {
			t.Errorf("%s: highest video level %v; want a segment and a look short of %v", c.why, most, c.want)
		}
	}
}

// Audio keeps a second ahead of the video, not more than one segment over it.
func TestDashAudioFollowsVideo(t *testing.T) {
	w := newDashWorld(vodOrigin(300*time.Second, 400).serve)
	d := w.play(t, Config{}, dashURL)
	playAndSample(t, w, d, 60*time.Second, func(at time.Duration) {
		if d.el == nil || d.tracks[qoe.Audio] == nil {
			return
		}
		v, a := d.el.ahead(qoe.Video, 0), d.el.ahead(qoe.Audio, 0)
		if a > v+time.Second+dashSegment {
			t.Errorf("at %v: audio %v, video %v; want no more than video + 1 s + a segment", at, a, v)
		}
	})
}

// players.md 2.1 [RUN]: the first video quality is the highest within 1000 kbit/s.
func TestDashFirstQuality(t *testing.T) {
	for _, c := range []struct {
		ladder []int
		want   string
	}{
		{[]int{200, 400, 600}, "v-v2-"},
		{[]int{200, 900, 1100, 4000}, "v-v1-"},
		{[]int{1500, 4000}, "v-v0-"},
	} {
		w := newDashWorld(vodOrigin(60*time.Second, c.ladder...).serve)
		w.play(t, Config{}, dashURL)
		w.run(t, time.Second)
		if got := w.asked(qoe.Segment, qoe.Video)[0].URL.String(); !strings.Contains(got, c.want) {
			t.Errorf("ladder %v: first segment %s; want %s…", c.ladder, got, c.want)
		}
	}
}

// A VOD is played to its end, every segment once, and ends.
func TestDashPlaysVODToTheEnd(t *testing.T) {
	w := newDashWorld(vodOrigin(61*time.Second, 400).serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 2*time.Minute)
	if s := d.State(); s.Phase != Ended {
		t.Errorf("phase = %s; want ended", s.Phase)
	}
	if n := len(w.asked(qoe.Segment, qoe.Video)); n != 31 {
		t.Errorf("video segments = %d; want 31 for 61 s", n)
	}
	if n := len(w.asked(qoe.Manifest, qoe.NoMedia)); n != 1 {
		t.Errorf("MPDs = %d; want one: static", n)
	}
	startup := samplesOf[qoe.Startup](w)
	if len(startup) != 1 || startup[0].Took > 500*time.Millisecond {
		t.Errorf("start-up = %v; want one within 0.5 s on this link", startup)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("stalls = %d; want none", n)
	}
}

// Quality rises to what the link carries, with an init for every switch:
// cacheInitSegments is off by default.
func TestDashClimbs(t *testing.T) {
	for _, c := range []struct {
		kbps float64
		want int64
		why  string
	}{
		{20000, 4000_000, "20 Mbit/s carry the top"},
		{1500, 1200_000, "0.9 × 1500 kbit/s carry 1200"},
		{600, 500_000, "0.9 × 600 kbit/s carry 500"},
	} {
		o := vodOrigin(300*time.Second, 500, 1200, 4000)
		o.kbps = c.kbps
		w := newDashWorld(o.serve)
		w.play(t, Config{}, dashURL)
		w.run(t, 60*time.Second)
		inits, switches := w.asked(qoe.Init, qoe.Video), samplesOf[qoe.Switch](w)
		most := int64(500_000)
		for _, s := range switches {
			most = max(most, s.To)
		}
		if most != c.want {
			t.Errorf("at %v kbit/s for 60 s: up to %d bit/s; want %d: %s", c.kbps, most, c.want, c.why)
		}
		if len(inits) != len(switches)+1 {
			t.Errorf("%d video inits for %d switches; want one each and the first", len(inits), len(switches))
		}
	}
}

// [CHROMIUM] A fast switch fetches what is buffered again: 5.2 from the segment being
// played on, 4.7 from one and a half segments ahead (truth/dash-live-800k, dash4-live-800k).
func TestDashFastSwitchReplaces(t *testing.T) {
	for _, c := range []struct {
		version string
		ahead   time.Duration
	}{{"5.2", 0}, {"4.7", 3 * time.Second}} {
		o := vodOrigin(300*time.Second, 500, 1200)
		refused := 6 // segments at the lower quality, before the link is known to carry more
		var d *dash
		var at, from time.Duration
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			if r.Kind != qoe.Segment || r.Media != qoe.Video {
				return a
			}
			var rung, n int
			if _, err := fmt.Sscanf(r.URL.Name, "v-v%d-%d", &rung, &n); err != nil {
				t.Fatal(err)
			}
			switch {
			case refused > 0:
				refused--
				a.took = 1500 * time.Millisecond // 700 kbit/s
			case rung == 1 && from == 0:
				at, from = d.el.position(), time.Duration(n)*dashSegment
			}
			return a
		})
		d = w.play(t, Config{Version: c.version, Dash: DashConfig{InitialBitrateVideo: 600}}, dashURL)
		w.run(t, 40*time.Second)
		if from > at+c.ahead || from+dashSegment <= at+c.ahead-100*time.Millisecond {
			t.Errorf("%s: 1200 kbit/s begin at %v while %v is played; want the segment that is played %v later", c.version, from, at, c.ahead)
		}
	}
}

// A link that breaks down makes a request be abandoned for a cheaper one.
func TestDashAbandonsSlowRequest(t *testing.T) {
	o := vodOrigin(300*time.Second, 500, 1200, 4000)
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		o.kbps = 20000
		if now.Sub(dashEpoch) > 5*time.Second {
			o.kbps = 300
		}
		return o.serve(r, now)
	})
	d := w.play(t, Config{Dash: DashConfig{BufferTimeAtTopQuality: 8, BufferTimeDefault: 18}}, dashURL)
	w.run(t, 20*time.Second)
	video := w.asked(qoe.Segment, qoe.Video)
	again := ""
	for i := 1; i < len(video); i++ {
		number := func(u string) string { return u[strings.LastIndexByte(u, '-'):] }
		if a, b := video[i-1], video[i]; number(a.URL.Name) == number(b.URL.Name) && b.Attempt == 1 && b.at > 5*time.Second {
			again = fmt.Sprintf("%s then %s after %v", a.URL.Name, b.URL.Name, b.at-a.at)
			if b.at-a.at < 500*time.Millisecond || b.at-a.at > 1500*time.Millisecond {
				t.Errorf("given up after %v; want soon after 500 ms", b.at-a.at)
			}
			break
		}
	}
	if again == "" {
		t.Errorf("no segment was asked for twice; want the slow one given up for a cheaper one")
	}
	if d.tracks[qoe.Video].rung != 0 {
		t.Errorf("rung = %d; want the lowest", d.tracks[qoe.Video].rung)
	}
}

// gapMPD is a VOD whose video timeline has a hole of 2 s at 20 s.
const gapMPD = `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" mediaPresentationDuration="PT60S">
<Period id="p0" start="PT0S"><AdaptationSet id="1" contentType="video" mimeType="video/mp4">
<SegmentTemplate timescale="1000" startNumber="0" initialization="init.mp4" media="v-v0-$Number$.m4s"><SegmentTimeline><S t="0" d="2000" r="9"/><S t="22000" d="2000" r="18"/></SegmentTimeline></SegmentTemplate>
<Representation id="v0" bandwidth="400000" codecs="avc1.64001e"/></AdaptationSet></Period></MPD>`

// players.md 2.6: a hole in VOD is jumped over at the next look, 250 ms at most.
func TestDashJumpsGapInVOD(t *testing.T) {
	for _, c := range []struct {
		jump *bool
		want Phase
	}{{nil, Ended}, {new(bool), Stalled}} {
		o := vodOrigin(60*time.Second, 400)
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			if r.Kind == qoe.Manifest {
				a.body = gapMPD
			}
			return a
		})
		d := w.play(t, Config{Dash: DashConfig{JumpGaps: c.jump}}, dashURL)
		w.run(t, 2*time.Minute)
		if got := d.State().Phase; got != c.want {
			t.Errorf("phase = %s; want %s", got, c.want)
		}
		if c.jump != nil {
			continue
		}
		skips, stalls := samplesOf[qoe.Skip](w), samplesOf[qoe.Stall](w)
		if len(skips) != 1 || skips[0].Amount != 2*time.Second || skips[0].Why != "gap" {
			t.Errorf("skips = %+v; want 2 s", skips)
		}
		if len(stalls) != 1 || stalls[0].Took > 250*time.Millisecond {
			t.Errorf("stalls = %+v; want one of 250 ms at most", stalls)
		}
	}
}

// periodsMPD has two periods of 20 s with templates of their own.
func periodsMPD() string {
	var b strings.Builder
	b.WriteString(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-live:2011" minBufferTime="PT2S" mediaPresentationDuration="PT40S">`)
	for i := range 2 {
		fmt.Fprintf(&b, `<Period id="p%d" start="PT%dS" duration="PT20S"><BaseURL>p%d/</BaseURL>`, i, 20*i, i)
		for _, m := range []string{"video", "audio"} {
			fmt.Fprintf(&b, `<AdaptationSet id=%q contentType=%q mimeType="%s/mp4"><SegmentTemplate timescale="1000" duration="2000" startNumber="0" initialization="init.mp4" media="%c-v0-$Number$.m4s"/><Representation id="r" bandwidth="400000" codecs="avc1.64001e"/></AdaptationSet>`, m, m, m, m[0])
		}
		b.WriteString("</Period>")
	}
	b.WriteString("</MPD>")
	return b.String()
}

// Multi-period: the next period's tracks, inits included, once this one is buffered
// to its end; the picture does not stop.
func TestDashCrossesPeriods(t *testing.T) {
	o := vodOrigin(40*time.Second, 400)
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		a := o.serve(r, now)
		if r.Kind == qoe.Manifest {
			a.body = periodsMPD()
		}
		return a
	})
	d := w.play(t, Config{}, dashURL)
	w.run(t, time.Minute)
	if s := d.State(); s.Phase != Ended || s.Position != 40*time.Second {
		t.Errorf("state = %+v; want ended at 40 s", s)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("stalls = %d; want none", n)
	}
	inits := w.asked(qoe.Init, qoe.Video)
	if len(inits) != 2 || !strings.Contains(inits[1].URL.String(), "/p1/init.mp4") {
		t.Errorf("video inits = %+v; want one of each period", inits)
	}
}

// The back buffer is pruned to 20 s behind the playhead, every 10 s.
func TestDashPrunes(t *testing.T) {
	w := newDashWorld(vodOrigin(600*time.Second, 400).serve)
	d := w.play(t, Config{}, dashURL)
	playAndSample(t, w, d, 3*time.Minute, func(at time.Duration) {
		if d.el == nil || len(d.el.buffers[qoe.Video]) == 0 {
			return
		}
		if behind := d.el.position() - d.el.buffers[qoe.Video][0].start; behind > 33*time.Second {
			t.Errorf("at %v: %v kept behind; want 20 s and a pruning interval", at, behind)
		}
	})
}

// Catch-up: off for ordinary streams; switched on it closes the distance that a
// late start-up left.
func TestDashCatchUp(t *testing.T) {
	on := true
	for _, c := range []struct {
		cfg     DashConfig
		within  time.Duration
		atLeast time.Duration
	}{
		{DashConfig{}, 12 * time.Second, 8500 * time.Millisecond},
		{DashConfig{LiveCatchupEnabled: &on}, 8100 * time.Millisecond, 7 * time.Second},
	} {
		o := liveOrigin()
		o.rtt = 400 * time.Millisecond
		w := newDashWorld(o.serve)
		d := w.play(t, Config{Dash: c.cfg}, dashURL)
		w.run(t, 30*time.Second)
		if got := d.State().LiveLatency; got > c.within || got < c.atLeast {
			t.Errorf("latency with %+v = %v; want %v to %v", c.cfg, got, c.atLeast, c.within)
		}
	}
}

// BenchmarkDashViewerHour is what a live viewer of 2 s segments, video and audio,
// costs in an hour of virtual time, the parsing of manifests apart.
func BenchmarkDashViewerHour(b *testing.B) {
	o := liveOrigin()
	p, err := (&dashWorld{}).Parse(manifest.AddressOf(dashURL), "application/dash+xml", []byte(o.mpd(dashEpoch)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := &fastWorld{newDashWorld(o.serve), p}
		player, err := New(Config{Profile: DashJS}, w, dashURL, nil)
		if err != nil {
			b.Fatal(err)
		}
		w.Post(func() { player.Start(dashEpoch) })
		w.run(b, time.Hour)
		if player.State().Phase != Playing {
			b.Fatal("not playing after an hour")
		}
	}
}
