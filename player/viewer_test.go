package player

import (
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// at does something at a moment of the session and lets a while pass.
func (o *hlsOrigin) at(t *testing.T, d time.Duration, what func(Player), until time.Duration) {
	t.Helper()
	o.loop.After(d-o.loop.Now().Sub(epoch), func() { what(o.player) })
	o.until(t, until)
}

// F6: a dead track lives again when the viewer jumps out of what is buffered; its
// init is asked for anew.
func TestDashSeekRevivesADeadTrack(t *testing.T) {
	o := vodOrigin(5*time.Minute, 400)
	o.refuse = refuseBetween(0, time.Hour, func(r Request) bool { return strings.Contains(r.URL.String(), "v-v0-20.") })
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.After(60*time.Second, func() {
		if d.State().Phase != Dead {
			t.Errorf("phase %s before the jump; want dead", d.State().Phase)
		}
		d.Seek(Target{Origin: FromStart, Offset: 2 * time.Minute})
	})
	w.run(t, 70*time.Second)
	if got := d.State(); got.Phase != Playing || got.Position < 2*time.Minute {
		t.Errorf("%+v ten seconds after the jump; want it to play there", got)
	}
	inits := 0
	for _, l := range w.asked(qoe.Init, qoe.Video) {
		if l.at >= 60*time.Second {
			inits++
		}
	}
	if inits != 1 {
		t.Errorf("%d init requests after the jump; want one", inits)
	}
	if seeks := samplesOf[qoe.Seek](w); len(seeks) != 1 || seeks[0].Open {
		t.Errorf("seeks %+v; want one with a picture", seeks)
	}
}

// A jump on dash.js goes no nearer to the live edge than the live delay and no
// further back than the DVR window; the delay becomes what the viewer chose.
func TestDashSeekKeepsToTheWindow(t *testing.T) {
	for _, c := range []struct {
		why  string
		to   Target
		want time.Duration // behind the edge afterwards
	}{
		{"back by less than the window", Target{FromHere, -10 * time.Second}, 18 * time.Second},
		{"back by more than it", Target{FromHere, -time.Hour}, 60 * time.Second},
		{"beyond the edge", Target{FromHere, time.Hour}, 8 * time.Second},
		{"to where live begins", Target{FromLive, 0}, 8 * time.Second},
		{"from the beginning of the window", Target{FromStart, 20 * time.Second}, 40 * time.Second},
	} {
		o := liveOrigin()
		o.tsbd = time.Minute
		w := newDashWorld(o.serve)
		d := w.play(t, Config{}, dashURL)
		w.After(20*time.Second, func() { d.Seek(c.to) })
		w.After(20*time.Second, func() {
			edge, _ := d.edge()
			if got := edge - d.el.position(); (got-c.want).Abs() > time.Second || (d.delay-got).Abs() > time.Second {
				t.Errorf("%s: %v behind the edge, live delay %v; want both %v", c.why, got, d.delay, c.want)
			}
		})
		w.run(t, 21*time.Second)
	}
}

// hls.js aborts the fragment under way when a jump leaves it behind, and asks for
// nothing when the jump stays within what is buffered.
func TestHLSSeekAndTheFragmentUnderWay(t *testing.T) {
	for _, c := range []struct {
		why     string
		to      Target
		aborted bool
		picture bool // at once
	}{
		{"far ahead: given up", Target{FromStart, 5 * time.Minute}, true, false},
		{"within what is buffered: goes on", Target{FromHere, 3 * time.Second}, false, true},
	} {
		o := &hlsOrigin{levels: []int{2_000_000}, rate: 2.4e6, length: 10 * time.Minute}
		o.play(t, Config{}, 30*time.Second)
		h := o.player.(*hls)
		var load *hlsLoadingFrag
		o.at(t, 30500*time.Millisecond, func(p Player) {
			if load = h.main.loading; load == nil || load.media == nil {
				t.Fatal("nothing under way; want a fragment")
			}
			p.Seek(c.to)
			if got := load.media == nil; got != c.aborted {
				t.Errorf("%s: aborted %v; want %v", c.why, got, c.aborted)
			}
			if got := h.el.status == playing; got != c.picture {
				t.Errorf("%s: plays at once %v; want %v", c.why, got, c.picture)
			}
		}, 40*time.Second)
		if got := o.player.State().Phase; got != Playing {
			t.Errorf("%s: phase %s ten seconds later; want playing", c.why, got)
		}
	}
}

// A viewer who has paused beyond a short window plays what is buffered and is then
// brought back: hls.js to the live sync point at the next playlist, dash.js to the
// beginning of the window.
func TestPauseBeyondTheWindow(t *testing.T) {
	o := &hlsOrigin{live: true, window: 6}
	o.play(t, Config{MaxMaxBufferLength: 10}, 20*time.Second) // else it buffers all of the pause
	o.at(t, 20*time.Second, Player.Pause, 2*time.Minute)
	o.at(t, 2*time.Minute, Player.Play, 3*time.Minute)
	h := o.player.(*hls)
	edge, _ := h.edge()
	if got := edge - h.el.position(); h.State().Phase != Playing || got > 12*time.Second {
		t.Errorf("hls.js %s, %v behind the edge; want it to play in the window", h.State().Phase, got)
	}
	w := newDashWorld(liveOrigin().serve)
	d := w.play(t, Config{}, dashURL)
	w.After(20*time.Second, d.Pause)
	w.After(2*time.Minute, d.Play)
	w.run(t, 4*time.Minute)
	skips := samplesOf[qoe.Skip](w)
	if d.State().Phase != Playing || len(skips) != 1 || skips[0].Why != "window" {
		t.Errorf("dash.js %s, skips %+v; want it to play after one skip to the window", d.State().Phase, skips)
	}
}

// hls.js goes back to choosing by itself when the level chosen by hand fails.
func TestHLSManualLevelFails(t *testing.T) {
	o := &hlsOrigin{levels: []int{400_000, 800_000, 1_600_000}, length: 10 * time.Minute}
	o.rules = []rule{{from: 25 * time.Second, url: "/v0/", status: 403}}
	o.play(t, Config{MaxMaxBufferLength: 10}, 20*time.Second)
	h := o.player.(*hls)
	o.at(t, 20*time.Second, func(p Player) { p.Choose(Quality{Manual: true, Bitrate: 500_000}) }, 24*time.Second)
	if h.manual != 0 || h.loadLevel != 0 {
		t.Errorf("manual level %d, loads %d; want 0", h.manual, h.loadLevel)
	}
	o.until(t, 60*time.Second)
	if h.manual != -1 || h.State().Phase != Playing {
		t.Errorf("manual level %d, %s after it was refused; want automatic, playing", h.manual, h.State().Phase)
	}
}

func TestQualityOf(t *testing.T) {
	ladder := []int64{400, 800, 1600}
	for _, c := range []struct {
		why  string
		q    Quality
		want int
	}{
		{"the best that needs no more", Quality{Bitrate: 1000}, 1},
		{"exactly", Quality{Bitrate: 1600}, 2},
		{"none is so low: the lowest", Quality{Bitrate: 100}, 0},
		{"by place", Quality{Index: 1}, 1},
		{"not so many: the highest", Quality{Index: 7}, 2},
	} {
		if got := c.q.of(len(ladder), func(i int) int64 { return ladder[i] }); got != c.want {
			t.Errorf("%s: of(%v) = %d; want %d", c.why, ladder, got, c.want)
		}
	}
}

// dash.js reckons with Date: a clock that is an hour wrong plays as one that is
// right once the stream has told the time, and cannot without.
func TestDashClockOfAWrongComputer(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, time.Hour} {
		w := newDashWorld(liveOrigin().serve)
		w.skew = skew
		d := w.play(t, Config{}, dashURL)
		w.run(t, 30*time.Second)
		if edge, _ := d.edge(); d.State().Phase != Playing || (edge-time.Hour-30*time.Second).Abs() > time.Second {
			t.Errorf("clock off by %v: %s, edge at %v; want it to play by the Date header, edge at 1h0m30s", skew, d.State().Phase, edge)
		}
	}
}
