package player

import (
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// [CHROMIUM] nginx/dash-live: without new manifests the DVR window leaves the
// timeline behind, which then takes its place. A playhead that the sound has carried
// past the end of the video's timeline is put back by the live delay, and plays the
// end again and again; one that stands before its end stands for ever.
func TestDashTimelineTakesTheWindowsPlace(t *testing.T) {
	for _, c := range []struct {
		why   string
		lags  bool // video lists a segment less than audio
		plays bool
	}{
		{"the playhead is past the end of what the video lists", true, true},
		{"the playhead stands just before the end", false, false},
	} {
		o := liveOrigin()
		o.timeline = true
		o.refuse = refuseBetween(20*time.Second, time.Hour, isManifest)
		w := newDashWorld(func(r Request, now time.Time) dashAnswer {
			a := o.serve(r, now)
			if r.Kind == qoe.Manifest && c.lags {
				a.body = strings.Replace(a.body, `r="5"/>`, `r="4"/>`, 1)
			}
			return a
		})
		d := w.play(t, Config{}, dashURL)
		w.run(t, 20*time.Second)
		end := d.tracks[qoe.Video].rendition().Segments.Listed()
		until := end[len(end)-1].End()
		w.run(t, 50*time.Second)
		asked := len(w.log)
		least, most, moves := time.Hour*2, time.Duration(0), 0
		for range 150 {
			w.run(t, w.Now().Add(100*time.Millisecond).Sub(dashEpoch))
			pos := d.el.position()
			least, most = min(least, pos), max(most, pos)
			if d.el.moving() {
				moves++
			}
		}
		if (moves > 140) != c.plays || (moves > 0) != c.plays {
			t.Errorf("%s: moves in %d of 150 looks; want playing %v", c.why, moves, c.plays)
		}
		if c.plays && (least < until-d.delay || most > until+dashSegment) {
			t.Errorf("%s: plays %v to %v; want it from the live delay before %v on", c.why, least, most, until)
		}
		if len(w.log) != asked {
			t.Errorf("%s: asks for %s; want nothing any more", c.why, w.log[asked].URL)
		}
	}
}

// [SRC] TimelineConverter.js never takes the anchor back: a manifest that comes after
// the window has left the last one behind is of no use, for all that it lists is
// nearer to the live edge than the anchor, which is longer than the window.
func TestDashAnchorStays(t *testing.T) {
	o := liveOrigin()
	o.timeline = true
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		a := o.serve(r, now)
		if at := now.Sub(dashEpoch); r.Kind == qoe.Manifest && at > 20*time.Second && at < 30*time.Second {
			a.took = 21 * time.Second
		}
		return a
	})
	d := w.play(t, Config{Dash: DashConfig{ManifestRequestTimeout: 60_000}}, dashURL)
	w.run(t, 80*time.Second)
	if d.anchor < 12*time.Second || d.anchor > 24*time.Second {
		t.Fatalf("anchor %v; want the window of 12 s and what the manifest came later", d.anchor)
	}
	if asks := askedFor(w, 60*time.Second); asks != "mpd" || d.State().Phase == Playing {
		t.Errorf("asks for %q, %s; want manifests only and no picture", asks, d.State().Phase)
	}
}
