package player

import (
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// refuseBetween answers 410 to the requests that match, from one time to another.
func refuseBetween(from, to time.Duration, match func(Request) bool) func(Request, time.Duration) int {
	return func(r Request, at time.Duration) int {
		if at >= from && at < to && match(r) {
			return 410
		}
		return 0
	}
}

func isManifest(r Request) bool { return r.Kind == qoe.Manifest }

// F5 [RUN], [CHROMIUM]: an MPD refused four times within 1.5 s is never asked for
// again; a number template plays on, a SegmentTimeline starves.
func TestDashManifestRefusedFourTimesIsNeverAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name     string
		timeline bool
		fatal    bool
	}{
		{"number template plays on by the clock", false, false},
		{"timeline starves: it names no further segment", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := liveOrigin()
			o.timeline = c.timeline
			o.refuse = refuseBetween(20*time.Second, 22500*time.Millisecond, isManifest)
			w := newDashWorld(o.serve)
			d := w.play(t, Config{}, dashURL)
			w.run(t, 60*time.Second)
			asked := w.asked(qoe.Manifest, qoe.NoMedia)
			last := asked[len(asked)-4:]
			for i, l := range last {
				want := last[0].at + time.Duration(i)*(521*time.Millisecond+scriptFailure)
				if l.status != 410 || l.Attempt != i+1 || l.at != want {
					t.Errorf("attempt %d: status %d at %v; want 410 at %v, 0.5 s after the one before", l.Attempt, l.status, l.at, want)
				}
			}
			if n := len(samplesOf[qoe.Fatal](w)); (n == 1) != c.fatal {
				t.Errorf("fatals = %d; want fatal %v", n, c.fatal)
			}
			phase, dead := d.State().Phase, Dead
			if !c.fatal {
				dead = Playing
			}
			if phase != dead {
				t.Errorf("phase after 40 s without MPD = %s; want %s", phase, dead)
			}
			if c.timeline {
				starved(t, w)
			}
		})
	}
}

// starved: once the listed segments are used up only the init of the lowest quality
// is asked for, when the rules choose it because the buffer is empty.
func starved(t *testing.T, w *dashWorld) {
	t.Helper()
	for _, l := range w.log {
		if l.at > 24*time.Second && (l.Kind != qoe.Init || l.Media != qoe.Video || !strings.Contains(l.URL.String(), "v0")) {
			t.Errorf("%s %s is asked for at %v; want nothing but v0's init once the listed segments are used up", l.Kind, l.URL, l.at)
		}
	}
	if last := w.log[len(w.log)-1]; last.Kind != qoe.Init || last.at < 26*time.Second || last.at > 27*time.Second {
		t.Errorf("the last request is %s at %v; want v0's init when 0.3 s are left, at 26 to 27 s", last.Kind, last.at)
	}
}

// players.md 3.3 [RUN]: a token that arrives within the retries is absorbed: D = 1 s
// costs an MPD two attempts and no stall.
func TestDashShortRefusalIsAbsorbed(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, 21*time.Second, func(r Request) bool { return r.Kind != qoe.Timing })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 60*time.Second)
	if n := len(samplesOf[qoe.Stall](w)); n != 0 || d.State().Phase != Playing {
		t.Errorf("stalls = %d, phase %s; want none, playing", n, d.State().Phase)
	}
	asked := w.asked(qoe.Manifest, qoe.NoMedia)
	if last := asked[len(asked)-1]; last.at < 58*time.Second {
		t.Errorf("last MPD at %v; want the loop alive", last.at)
	}
}

// F6 [RUN]: one segment refused four times (1 + 3 retries, 1 s apart) ends a VOD
// track for ever: the buffer plays out, then nothing.
func TestDashVODDiesOfOneSegment(t *testing.T) {
	o := &dashOrigin{length: 300 * time.Second, ladder: []int{400}, rtt: 10 * time.Millisecond, kbps: 20000}
	o.refuse = refuseBetween(0, time.Hour, func(r Request) bool { return strings.Contains(r.URL.String(), "v-v0-30.") })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 5*time.Minute)
	video := w.asked(qoe.Segment, qoe.Video)
	last := video[len(video)-4:]
	for i, l := range last {
		if l.Attempt != i+1 || l.status != 410 {
			t.Errorf("request %d: %s attempt %d, %d; want attempt %d of the refused one", i, l.URL, l.Attempt, l.status, i+1)
		}
	}
	if gap := last[3].at - last[0].at; gap < 3*time.Second || gap > 3100*time.Millisecond {
		t.Errorf("four attempts took %v; want 3 s and four round trips", gap)
	}
	fatal := samplesOf[qoe.Fatal](w)
	if len(fatal) != 1 || fatal[0].Kind != qoe.Segment {
		t.Fatalf("fatals = %v; want one for the segment", fatal)
	}
	if s := d.State(); s.Phase != Dead || s.Position != 62*time.Second-lastFrames {
		t.Errorf("state = %+v; want dead just before 62 s: the refused segment begins at 60 s, the sound ends 2 s later", s)
	}
}

// F6 [RUN] 6.1 s, players.md 3.3 [RUN] 4.05 s: a live track stays dead until the
// playhead has fallen out of the DVR window (12 s), then it seeks to the window's
// start and resumes. From 8 s behind the edge that takes the 4.25 s that are left.
func TestDashLiveIsRescuedByTheWindow(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, 24500*time.Millisecond, func(r Request) bool { return r.Kind == qoe.Segment })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 60*time.Second)
	stalls := samplesOf[qoe.Stall](w)
	if len(stalls) != 1 || stalls[0].Took < 4*time.Second || stalls[0].Took > 6200*time.Millisecond {
		t.Fatalf("stalls = %+v; want one of 4 to 6.1 s", stalls)
	}
	skips := samplesOf[qoe.Skip](w)
	if len(skips) != 1 || skips[0].Why != "window" || skips[0].Amount < 250*time.Millisecond {
		t.Errorf("skips = %+v; want the one into the window", skips)
	}
	if n := len(samplesOf[qoe.Fatal](w)); n != 0 || d.State().Phase != Playing {
		t.Errorf("fatals %d, phase %s; want playing again", n, d.State().Phase)
	}
	inits := w.asked(qoe.Init, qoe.Video)
	if last := inits[len(inits)-1]; last.at < stalls[0].At.Sub(dashEpoch) {
		t.Errorf("last video init at %v; want it asked for again after the rescue", last.at)
	}
}

// [CHROMIUM] token API hung, live: after the first death the selector has no
// listener any more, so inits are hammered about every second for ever.
func TestDashHammersInitsAfterTheRescue(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, time.Hour, func(r Request) bool { return r.Kind != qoe.Timing })
	w := newDashWorld(o.serve)
	w.play(t, Config{}, dashURL)
	w.run(t, 80*time.Second)
	n := 0
	for _, l := range w.asked(qoe.Init, qoe.Video) {
		if l.at > 40*time.Second {
			n++
		}
	}
	if n < 35 || n > 60 {
		t.Errorf("video inits in 40 s after the rescue = %d; want about one a second", n)
	}
}

// F5: no first MPD, nothing plays. Every attempt asks the original URL.
func TestDashFirstManifestRefused(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(0, time.Hour, isManifest)
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, time.Minute)
	if n := len(w.log); n != 4 {
		t.Errorf("requests = %d; want 1 + 3 retries", n)
	}
	for _, l := range w.log {
		if l.URL.String() != dashURL {
			t.Errorf("attempt %d asked %s; want the original URL", l.Attempt, l.URL)
		}
	}
	if f := samplesOf[qoe.Fatal](w); len(f) != 1 || f[0].Kind != qoe.Manifest || d.State().Phase != Dead {
		t.Errorf("fatals = %v, phase %s; want dead for the manifest", f, d.State().Phase)
	}
}

// players.md 2.5: an MPD may take 10 s, media 20 s, and time-outs are retried like
// refusals.
func TestDashTimeouts(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  qoe.Kind
		every time.Duration
	}{
		{"MPD: 10 s and 0.5 s", qoe.Manifest, 10500*time.Millisecond + scriptFailure},
		{"init: 20 s and 1 s", qoe.Init, 21*time.Second + scriptFailure},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := liveOrigin()
			w := newDashWorld(func(r Request, now time.Time) dashAnswer {
				if r.Kind == c.kind && r.Media != qoe.Audio {
					return dashAnswer{took: -1}
				}
				return o.serve(r, now)
			})
			w.play(t, Config{}, dashURL)
			w.run(t, 2*time.Minute)
			m := qoe.NoMedia
			if c.kind == qoe.Init {
				m = qoe.Video
			}
			asked := w.asked(c.kind, m)
			if len(asked) < 4 || asked[1].at-asked[0].at != c.every {
				t.Errorf("attempts = %d, second after %v; want 4, %v apart", len(asked), asked[1].at-asked[0].at, c.every)
			}
		})
	}
}

// URL_RESOLUTION_FAILED clears the schedule timers of all types: when only the video
// is refused, audio that was waiting for room lies idle too. The playhead goes on by
// the sound that is left; the rescue wakes both.
func TestDashDeathOfVideoIdlesAudio(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, 24500*time.Millisecond, func(r Request) bool { return r.Kind == qoe.Segment && r.Media == qoe.Video })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 26*time.Second)
	if !d.tracks[qoe.Video].idle || !d.tracks[qoe.Audio].idle {
		t.Errorf("idle: video %v, audio %v; want both", d.tracks[qoe.Video].idle, d.tracks[qoe.Audio].idle)
	}
	w.run(t, time.Minute)
	if stalls := samplesOf[qoe.Stall](w); len(stalls) != 1 || d.State().Phase != Playing {
		t.Errorf("stalls = %+v, phase %s; want one, then playing", stalls, d.State().Phase)
	}
}

// The URL_RESOLUTION_FAILED of one track takes the others along, or not: 5.x sets
// the timer of an aborted transfer again, a microtask after it was cleared; 4.x
// reports the abort first, so the timer is lost; a request between two attempts
// has no transfer, and its timer is lost in both (net/HTTPLoader.js, abort).
func TestDashFailureOfOneTrackAndTheOther(t *testing.T) {
	for _, c := range []struct {
		version string
		audio   func(time.Duration) dashAnswer // the answer under way as the video gives up, at 4.1 s
		dies    bool
		why     string
	}{
		{"5.2", hung, false, "5.2, in flight: goes on"},
		{"4.7", hung, true, "4.7, in flight: dies too"},
		{"5.2", refused, true, "5.2, between two attempts: dies too"},
		{"4.7", refused, true, "4.7, between two attempts: dies too"},
	} {
		o := &dashOrigin{length: 300 * time.Second, ladder: []int{400}, rtt: 10 * time.Millisecond, kbps: 2000}
		w := newDashWorld(nil)
		w.serve = func(r Request, now time.Time) dashAnswer {
			at := now.Sub(dashEpoch)
			switch {
			case r.Media == qoe.Video && r.Kind == qoe.Segment && at > time.Second:
				return dashAnswer{status: 410, took: 10 * time.Millisecond}
			case strings.Contains(r.URL.String(), "a-a0-1.") && at < 4*time.Second:
				return c.audio(at)
			}
			return o.serve(r, now)
		}
		w.play(t, Config{Version: c.version}, dashURL)
		w.run(t, time.Minute)
		var failed time.Duration
		for _, n := range samplesOf[qoe.Note](w) {
			if strings.Contains(n.Text, "error 27") && failed == 0 {
				failed = n.At.Sub(dashEpoch)
			}
		}
		audio := w.asked(qoe.Segment, qoe.Audio)
		if last := audio[len(audio)-1].at; failed == 0 || (last <= failed) != c.dies {
			t.Errorf("%s: video given up at %v, last audio segment asked for at %v; want audio dead %v", c.why, failed, last, c.dies)
		}
	}
}

func hung(time.Duration) dashAnswer { return dashAnswer{took: -1} }

func refused(at time.Duration) dashAnswer {
	return dashAnswer{status: 410, took: 4050*time.Millisecond - at}
}

// A manifest initialises the BaseURL selector anew (StreamController.js,
// _onManifestUpdated), so that the second failure kills the track again: hammering
// needs a dead manifest loop. Seeking since the rescue, nothing revives it.
func TestDashManifestArmsTheBlacklistAgain(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, 50*time.Second, func(r Request) bool { return r.Kind == qoe.Segment || r.Kind == qoe.Init })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 2*time.Minute)
	inits := w.asked(qoe.Init, qoe.Video)
	if last := inits[len(inits)-1]; len(inits) != 5 || last.Attempt != 4 || last.at > 45*time.Second {
		t.Errorf("video inits = %d, last attempt %d at %v; want the first one and four refused ones after the rescue", len(inits), last.Attempt, last.at)
	}
	if f := samplesOf[qoe.Fatal](w); len(f) != 1 || f[0].Kind != qoe.Init || d.State().Phase != Dead {
		t.Errorf("fatals = %v, phase %s; want dead for an init", f, d.State().Phase)
	}
}

// An absolute segment URL belongs to no BaseURL: no serviceLocation, nothing to
// blacklist, and only the track that failed falls idle.
func TestDashAbsoluteURLsDieAlone(t *testing.T) {
	o := &dashOrigin{length: 300 * time.Second, ladder: []int{400}, rtt: 10 * time.Millisecond, kbps: 20000}
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		a := o.serve(r, now)
		a.body = strings.ReplaceAll(a.body, `media="v-`, `media="http://other.lab/v-`)
		if strings.Contains(r.URL.String(), "other.lab/v-v0-20.") {
			return dashAnswer{status: 404}
		}
		return a
	})
	w.play(t, Config{}, dashURL)
	w.run(t, 2*time.Minute)
	if n := len(w.asked(qoe.Segment, qoe.Video)); n != 24 {
		t.Errorf("video segments asked for = %d; want 20 and four attempts at the lost one", n)
	}
	if n := len(w.asked(qoe.Segment, qoe.Audio)); n < 21 {
		t.Errorf("audio segments asked for = %d; want one more than the video has at least", n)
	}
}

// A live stream without a time shift buffer depth has a window that never begins:
// nothing rescues a dead track, so playback has ended.
func TestDashLiveWithoutWindowEnds(t *testing.T) {
	o := liveOrigin()
	o.tsbd = 0
	o.refuse = refuseBetween(20*time.Second, 24500*time.Millisecond, func(r Request) bool { return r.Kind == qoe.Segment })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 2*time.Minute)
	if f := samplesOf[qoe.Fatal](w); len(f) != 1 || d.State().Phase != Dead {
		t.Errorf("fatals = %+v, phase %s; want dead", f, d.State().Phase)
	}
}

// A seek may lead into another period than the one that was being buffered: here
// back to live, once the rescue has left the viewer 12 s behind.
func TestDashSeeksIntoAnotherPeriod(t *testing.T) {
	crossed, on, drift := false, true, 3.0
	for at := 15 * time.Second; at < 45*time.Second; at += time.Second {
		o := liveOrigin()
		o.refuse = refuseBetween(at, at+4500*time.Millisecond, func(r Request) bool { return r.Kind == qoe.Segment })
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			if r.Kind == qoe.Manifest {
				a.body = livePeriods(now)
			}
			return a
		})
		d := w.play(t, Config{Dash: DashConfig{LiveCatchupEnabled: &on, LiveCatchupMaxDrift: &drift}}, dashURL)
		w.run(t, 100*time.Second)
		if s := d.State(); s.Phase != Playing {
			t.Errorf("refused from %v on: phase %s, fatals %v; want playing again", at, s.Phase, samplesOf[qoe.Fatal](w))
		}
		for _, s := range samplesOf[qoe.Skip](w) {
			to := s.At.Sub(dashStart) - 8*time.Second
			crossed = crossed || s.Why == "seek-to-live" && to/(30*time.Second) != (to-s.Amount)/(30*time.Second)
		}
	}
	if !crossed {
		t.Error("no seek crossed a period; the test tries nothing")
	}
}

// A BaseURL is blacklisted by what it is: when the manifest has moved on to another
// URL meanwhile, the segment is asked for there at once and nothing dies.
func TestDashGoesOnAtTheNewBase(t *testing.T) {
	o := liveOrigin()
	o.refuse = func(r Request, at time.Duration) int {
		if r.Kind == qoe.Segment && strings.Contains(r.URL.String(), "T0") && at > 20*time.Second {
			return 410
		}
		return 0
	}
	moved := false
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		a := o.serve(r, now)
		if r.Kind == qoe.Manifest && now.Sub(dashEpoch) > 21*time.Second {
			a.url, moved = strings.Replace(r.URL.String(), "T0", "T1", 1), true
		}
		return a
	})
	d := w.play(t, Config{}, dashURL)
	w.run(t, time.Minute)
	if s := d.State(); !moved || s.Phase != Playing || d.bases.deaf {
		t.Errorf("phase %s, selector reset %v; want playing on at the new base", s.Phase, d.bases.deaf)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 {
		t.Errorf("stalls = %d; want none: 3 s of retries are within the buffer", n)
	}
}

// [CHROMIUM] "an init request got 200, frozen to the end": the token comes back long
// after the rescue has sought into the window. The init is served, but the segment
// sought has left the time shift buffer, a number template is not searched for
// another, and a seeking element is not rescued again.
func TestDashLateTokenFindsTheSegmentGone(t *testing.T) {
	o := liveOrigin()
	o.refuse = refuseBetween(20*time.Second, 50*time.Second, func(r Request) bool { return r.Kind != qoe.Timing })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 2*time.Minute)
	inits := w.asked(qoe.Init, qoe.Video)
	if last := inits[len(inits)-1]; last.status != 200 || last.at < 50*time.Second {
		t.Errorf("last video init: %d at %v; want 200 after the token came back", last.status, last.at)
	}
	for _, l := range w.asked(qoe.Segment, qoe.Video) {
		if l.at > 50*time.Second {
			t.Errorf("segment %s asked for at %v; want none: it has left the window", l.URL, l.at)
		}
	}
	if f := samplesOf[qoe.Fatal](w); len(f) != 1 || d.State().Phase != Dead {
		t.Errorf("fatals = %v, phase %s; want dead", f, d.State().Phase)
	}
}
