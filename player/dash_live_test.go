package player

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func liveOrigin() *dashOrigin {
	return &dashOrigin{live: true, tsbd: 12 * time.Second, mup: 2 * time.Second, ladder: []int{200, 400, 800}, rtt: 20 * time.Millisecond, kbps: 20000}
}

// Reproduces players.md 2.1 [RUN]: 2 s segments, no suggestedPresentationDelay,
// timeShiftBufferDepth 12 s: starts 8 s behind the edge (4 × maxSegmentDuration).
func TestDashLiveStartsFourSegmentsBehind(t *testing.T) {
	o := liveOrigin()
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 30*time.Second)
	first := w.asked(qoe.Segment, qoe.Video)[0]
	if want := "http://edge.lab/cmaf/1_v/T0/1900000000/v-v2-1796.m4s"; first.URL.String() != want {
		t.Errorf("first segment = %s; want %s: it holds 3600 s - 8 s", first.URL, want)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("stalls = %d; want none on a good link", n)
	}
	s := d.State()
	// In the browser the viewer is 8.16 to 8.30 s behind at best once the picture moves:
	// 8 s when dash.js reckons where to begin, and what it takes from there (playheads in
	// e2e/fidelity/truth, 53 plays of dash-live-* and dash4-live-* on a fast link, 8.22 and
	// 8.24 in dash-live-sane).
	if s.Phase != Playing || s.LiveLatency < 8160*time.Millisecond || s.LiveLatency > 8300*time.Millisecond {
		t.Errorf("state = %+v; want playing 8 s behind, plus 0.16 to 0.30 s", s)
	}
}

// players.md 2.3 [RUN]: the period of MPD requests is minimumUpdatePeriod plus the
// load time, because the delay counts from the processing; absent means never, and
// zero every second.
func TestDashManifestRefreshPeriod(t *testing.T) {
	for _, c := range []struct {
		mup, rtt, want time.Duration
		why            string
	}{
		{2 * time.Second, 300 * time.Millisecond, 2301*time.Millisecond + scriptManifest, "counted from the processing, so the load time comes on top"},
		{0, 20 * time.Millisecond, 1021*time.Millisecond + scriptManifest, "a second at least"},
		{-1, 20 * time.Millisecond, 0, "absent: the MPD never changes"},
	} {
		o := liveOrigin()
		o.mup, o.rtt = c.mup, c.rtt
		w := newDashWorld(o.serve)
		w.play(t, Config{}, dashURL)
		w.run(t, 20*time.Second)
		asked := w.asked(qoe.Manifest, qoe.NoMedia)
		if c.want == 0 {
			if len(asked) != 1 {
				t.Errorf("mUP %v: %d requests; want 1: %s", c.mup, len(asked), c.why)
			}
			continue
		}
		if got := asked[5].at - asked[4].at; got != c.want {
			t.Errorf("mUP %v, load %v: period %v; want %v: %s", c.mup, c.rtt, got, c.want, c.why)
		}
	}
}

// players.md 2.3, H14, H23: the next MPD is asked for where the last one came from,
// so what a redirect or an integration wrote into its URL sticks, and segments are
// resolved there too; a Location element wins over it.
func TestDashManifestURLSticks(t *testing.T) {
	for _, c := range []struct{ name, extra, want, segment string }{
		{"final URL of the last answer", "", "http://other.lab/cmaf/1_v/T1/1900000060/manifest.mpd", "http://other.lab/cmaf/1_v/T1/1900000060/"},
		{"Location", "<Location>http://loc.lab/x/live.mpd</Location>", "http://loc.lab/x/live.mpd", "http://other.lab/cmaf/1_v/T1/1900000060/"},
	} {
		o := liveOrigin()
		o.extra = c.extra
		o.location = func(Request) string { return "http://other.lab/cmaf/1_v/T1/1900000060/manifest.mpd" }
		w := newDashWorld(o.serve)
		w.play(t, Config{}, dashURL)
		w.run(t, 5*time.Second)
		if got := w.asked(qoe.Manifest, qoe.NoMedia)[1].URL.String(); got != c.want {
			t.Errorf("%s: second MPD from %s; want %s", c.name, got, c.want)
		}
		if got := w.asked(qoe.Segment, qoe.Video)[0].URL.String(); !strings.HasPrefix(got, c.segment) {
			t.Errorf("%s: segment %s; want it under %s", c.name, got, c.segment)
		}
	}
}

// players.md 2.1, 2.2 [RUN]: per type strictly one request in flight, init first;
// live segments are not asked for before they are available, and not later than
// the 500 ms look after.
func TestDashAsksOneAtATimeWhenAvailable(t *testing.T) {
	o := liveOrigin()
	w := newDashWorld(o.serve)
	w.play(t, Config{}, dashURL)
	w.run(t, 40*time.Second)
	if first := w.log[1]; first.Kind != qoe.Init || first.Media != qoe.Video || w.log[2].Kind != qoe.Init || w.log[2].Media != qoe.Audio {
		t.Errorf("after the MPD: %+v, %+v; want both inits at once", w.log[1], w.log[2])
	}
	for _, l := range w.asked(qoe.Segment, qoe.Video) {
		var rung, n int
		if _, err := fmt.Sscanf(l.URL.Name, "v-v%d-%d", &rung, &n); err != nil {
			t.Fatal(err)
		}
		available := dashStart.Add(time.Duration(n+1) * dashSegment).Sub(dashEpoch)
		late := l.at - available
		if late < 0 {
			t.Errorf("segment %d asked for %v before it was available", n, -late)
		}
		// The Date header counts whole seconds, so the client may run up to 1 s late.
		if n > 1800 && late > 1500*time.Millisecond {
			t.Errorf("segment %d asked for %v after it became available; want 0.5 s at most, plus the clock's second", n, late)
		}
	}
}

// players.md 2.3: a dynamic MPD that turned static is not asked for again. 5.2 plays
// by it (ignoreFinalStaticManifestOnDynamicToStaticTransition false); 4.7 does not
// look into it and stops at what was available by the old one.
func TestDashStaticAfterDynamicEnds(t *testing.T) {
	for _, c := range []struct {
		version string
		ends    time.Duration
		why     string
	}{
		{"5.2", time.Hour + 30*time.Second, "the static MPD's duration, though its last segments were not available by the live clock"},
		{"4.7", time.Hour + 20*time.Second, "the last segment complete when the static MPD came, at 20 to 22 s"},
	} {
		o := liveOrigin()
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			ended := now.Sub(dashEpoch) > 20*time.Second
			if r.Kind == qoe.Manifest && ended {
				vod := *o
				vod.live, vod.length = false, time.Hour+30*time.Second
				return dashAnswer{status: 200, took: time.Millisecond, body: vod.mpd(now)}
			}
			return o.serve(r, now)
		})
		d := w.play(t, Config{Version: c.version}, dashURL)
		w.run(t, 2*time.Minute)
		if s := d.State(); s.Phase != Ended || s.Position < c.ends || s.Position > c.ends+dashSegment {
			t.Errorf("%s: %s at %v; want ended at %v: %s", c.version, s.Phase, s.Position, c.ends, c.why)
		}
		asked := w.asked(qoe.Manifest, qoe.NoMedia)
		if last := asked[len(asked)-1].at; last < 20*time.Second || last > 23*time.Second {
			t.Errorf("%s: last MPD at %v; want the static one only", c.version, last)
		}
	}
}

// The manifest's timer is armed by PLAYBACK_STARTED, which is play(), which comes
// with the first thing in a buffer: after the first init, and never without one
// (StreamController.js, _onBufferLevelUpdated; ManifestUpdater.js).
func TestDashManifestTimerWaitsForTheFirstInit(t *testing.T) {
	const script = scriptCreate + scriptManifest + scriptStart + scriptFirst
	for _, c := range []struct {
		init time.Duration // the first one takes so long; negative: it is refused
		want time.Duration // of the second manifest request; 0: none
		why  string
	}{
		{20 * time.Millisecond, 2042*time.Millisecond + script, "manifest 21 ms, init 20 ms, then minimumUpdatePeriod"},
		{3 * time.Second, 5022*time.Millisecond + script, "a slow init delays it"},
		{-1, 0, "no init, no playback, no timer"},
	} {
		o := liveOrigin()
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			if r.Kind == qoe.Init {
				if a.took = c.init + time.Millisecond; c.init < 0 {
					a.status, a.took = 410, time.Millisecond
				}
			}
			return a
		})
		w.play(t, Config{}, dashURL)
		w.run(t, 30*time.Second)
		asked := w.asked(qoe.Manifest, qoe.NoMedia)
		if c.want == 0 {
			if f := samplesOf[qoe.Fatal](w); len(asked) != 1 || len(f) != 1 {
				t.Errorf("%s: %d manifest requests, fatals %v; want one each", c.why, len(asked), f)
			}
			continue
		}
		if got := asked[1].at; got != c.want {
			t.Errorf("%s: second manifest at %v; want %v", c.why, got, c.want)
		}
	}
}

// No media is asked for while a manifest is taken in, which lasts as long as the
// clock is being set: the track looks again 500 ms later (StreamProcessor.js,
// _onMediaFragmentNeeded).
func TestDashAsksNothingWhileTheClockIsSet(t *testing.T) {
	o := liveOrigin()
	o.extra = `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="http://edge.lab/time"/>`
	var from, to time.Duration // of a slow second synchronisation
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		if r.Kind != qoe.Timing {
			return o.serve(r, now)
		}
		a := dashAnswer{status: 200, took: 10 * time.Millisecond, body: now.Format(time.RFC3339Nano)}
		if at := now.Sub(dashEpoch); at > 10*time.Second && from == 0 {
			a.took = 2500 * time.Millisecond
			a.body = now.Add(a.took / 2).Format(time.RFC3339Nano)
			from, to = at, at+a.took
		}
		return a
	})
	d := w.play(t, Config{}, dashURL)
	w.run(t, 50*time.Second)
	if from == 0 {
		t.Fatal("the clock was never set again; the test tries nothing")
	}
	late := false
	for _, l := range w.asked(qoe.Segment, qoe.NoMedia) {
		if l.at > from && l.at < to {
			t.Errorf("%s asked for at %v; want none from %v to %v", l.URL, l.at, from, to)
		}
		late = late || l.at >= to && l.at < to+500*time.Millisecond
	}
	if !late || d.State().Phase != Playing {
		t.Errorf("segments within 500 ms of the clock: %v, phase %s; want it to go on", late, d.State().Phase)
	}
}

// players.md 2.7: UTCTiming sources in order, twice more in the background after the
// first answer; http-iso and http-xsdate from the body, http-head from Date, direct
// without a request; else the MPD's Date header, whole seconds.
func TestDashClock(t *testing.T) {
	const skew = 90 * time.Second // the server is ahead of the viewer
	for _, c := range []struct {
		name, extra string
		requests    int
		want        time.Duration
	}{
		{"iso", `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="http://edge.lab/time"/>`, 3, skew},
		{"head", `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-head:2014" value="/time"/>`, 3, skew},
		{"broken first", `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="http://edge.lab/broken"/><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-xsdate:2014" value="http://edge.lab/time"/>`, 4, skew},
		{"unsupported, so Date", `<UTCTiming schemeIdUri="urn:mpeg:dash:utc:ntp:2014" value="ntp.lab"/>`, 0, skew},
		{"none, so Date", ``, 0, skew},
	} {
		o := liveOrigin()
		o.extra = c.extra
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			server := now.Add(skew)
			if r.Kind == qoe.Timing {
				if strings.HasSuffix(r.URL.String(), "broken") {
					return dashAnswer{status: 404}
				}
				return dashAnswer{status: 200, took: 20 * time.Millisecond, body: server.Add(10*time.Millisecond).Format(time.RFC3339Nano) + "\n", date: server}
			}
			a := o.serve(r, server)
			return a
		})
		d := w.play(t, Config{}, dashURL)
		w.run(t, 10*time.Second)
		if got := (d.clock.offset - c.want).Abs(); got > time.Second {
			t.Errorf("%s: offset %v; want %v", c.name, d.clock.offset, c.want)
		}
		if n := len(w.asked(qoe.Timing, qoe.NoMedia)); n != c.requests {
			t.Errorf("%s: %d clock requests; want %d", c.name, n, c.requests)
		}
		if d.State().Phase != Playing {
			t.Errorf("%s: phase %s; want playing", c.name, d.State().Phase)
		}
	}
}

// A player that has left asks and says nothing more.
func TestDashStop(t *testing.T) {
	o := liveOrigin()
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 9500*time.Millisecond)
	d.Stop()
	d.Stop()
	requests, samples := len(w.log), len(w.samples)
	if _, ok := w.samples[samples-1].(qoe.Leave); !ok {
		t.Errorf("last sample = %T; want Leave", w.samples[samples-1])
	}
	w.run(t, time.Minute)
	if len(w.log) != requests || len(w.samples) != samples {
		t.Errorf("after Stop: %d requests, %d samples more; want none", len(w.log)-requests, len(w.samples)-samples)
	}
}

// Live multi-period: a new period appears in a refreshed MPD while the old one still
// plays, the old one goes later; the picture does not stop, and text is fetched too.
func TestDashLiveCrossesPeriods(t *testing.T) {
	w := newDashWorld(nil)
	o := liveOrigin()
	w.serve = func(r Request, now time.Time) dashAnswer {
		a := o.serve(r, now)
		if r.Kind == qoe.Manifest {
			a.body = livePeriods(now)
		}
		return a
	}
	d := w.play(t, Config{}, dashURL)
	w.run(t, 90*time.Second)
	if n := len(samplesOf[qoe.Stall](w)); n != 0 || d.State().Phase != Playing {
		t.Errorf("stalls = %d, phase %s; want none, playing", n, d.State().Phase)
	}
	inits := w.asked(qoe.Init, qoe.Video)
	if len(inits) != 4 {
		t.Errorf("video inits = %d; want 4 in 90 s of periods of 30 s", len(inits))
	}
	if len(w.asked(qoe.Segment, qoe.Text)) < 30 {
		t.Errorf("text segments = %d; want one every 2 s", len(w.asked(qoe.Segment, qoe.Text)))
	}
}

// livePeriods is a dynamic MPD with periods of 30 s: the current one, the one
// before for as long as it is in the window, and the next from 5 s before it begins.
func livePeriods(now time.Time) string {
	const length = 30 * time.Second
	since := now.Sub(dashStart)
	first, last := (since-12*time.Second)/length, (since+5*time.Second)/length
	var b strings.Builder
	fmt.Fprintf(&b, `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" profiles="urn:mpeg:dash:profile:isoff-live:2011" availabilityStartTime=%q minBufferTime="PT2S" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT12S" maxSegmentDuration="PT2S">`, dashStart.Format(time.RFC3339))
	for n := first; n <= last; n++ {
		fmt.Fprintf(&b, `<Period id="p%d" start="PT%dS"><BaseURL>p%d/</BaseURL>`, n, n*30, n)
		for _, m := range []string{"video", "audio", "text"} {
			fmt.Fprintf(&b, `<AdaptationSet id=%q contentType=%q mimeType="%s/mp4"><SegmentTemplate timescale="1000" duration="2000" startNumber="0" initialization="init.mp4" media="%c-v0-$Number$.m4s"/><Representation id="r" bandwidth="200000" codecs="avc1.64001e"/></AdaptationSet>`, m, m, map[bool]string{true: "application", false: m}[m == "text"], m[0])
		}
		b.WriteString("</Period>")
	}
	b.WriteString("</MPD>")
	return b.String()
}
