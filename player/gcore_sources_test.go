package player

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

func TestRotation(t *testing.T) {
	for _, c := range []struct {
		why   string
		n     int
		moves int // a picture moves after so many failures; 0: never
		waits []float64
		at    []int
	}{
		{"alone: a second doubled before it is used", 1, 0, []float64{2, 4, 5, 5}, []int{0, 0, 0, 0}},
		{"of two, each has delays of its own", 2, 0, []float64{1, 2, 2, 4, 4, 5, 5}, []int{1, 0, 1, 0, 1, 0, 1}},
		{"of three, the first round is a second each", 3, 0, []float64{1, 1, 2, 2, 2, 4}, []int{1, 2, 0, 1, 2, 0}},
		{"a picture clears the delays, not the place in the round", 2, 3, []float64{1, 2, 2, 1, 2}, []int{1, 0, 1, 0, 1}},
	} {
		r := rotation{urls: make([]string, c.n), delays: make([]float64, c.n)}
		var waits []float64
		var at []int
		for i := range c.waits {
			if c.moves > 0 && i == c.moves {
				r.moved()
			}
			waits = append(waits, r.fail())
			at = append(at, r.at)
		}
		if !slices.Equal(waits, c.waits) || !slices.Equal(at, c.at) {
			t.Errorf("%s: waits %v, sources %v; want %v, %v", c.why, waits, at, c.waits, c.at)
		}
	}
}

func TestSourcesStandBesideTheStream(t *testing.T) {
	const page = "http://edge/cmaf/2675_live/tokentoken/1900000000/master.m3u8?a=b"
	for _, c := range []struct{ source, want, why string }{
		{"index.mpd", "http://edge/cmaf/2675_live/tokentoken/1900000000/index.mpd?a=b", "the token stays, in path and query"},
		{"low/index.mpd?x=1", "http://edge/cmaf/2675_live/tokentoken/1900000000/low/index.mpd?x=1", "a query of its own"},
		{"http://other/live/master.m3u8", "http://other/live/master.m3u8", "elsewhere nothing is kept"},
	} {
		r, err := newRotation(page, []string{c.source})
		if err != nil || r.urls[1] != c.want {
			t.Errorf("%s beside the page's = %q, %v; want %q: %s", c.source, r.urls, err, c.want, c.why)
		}
	}
}

// The first source is gone for good: the wrapper goes to the second after a second
// and stays there, also when that one fails once: only then does it try the first.
func TestGcoreGoesOnToTheNextSource(t *testing.T) {
	o := (&hlsOrigin{live: true, rules: []rule{
		{url: "edge/master.m3u8", from: 10 * time.Second, status: 410},
		{url: "edge/v0/index", from: 10 * time.Second, to: 14 * time.Second, status: 410},
	}}).play(t, gcoreHLS(GcoreConfig{SourceController: true, Sources: []string{"b/master.m3u8"}}), 40*time.Second)
	if first, second := o.times("edge/master.m3u8"), o.times("b/master.m3u8"); len(first) != 1 || len(second) != 1 || math.Abs(second[0]-14) > 0.5 {
		t.Errorf("first source asked for at %.2f, second at %.2f; want 0, and a second after the error screen at 13", first, second)
	}
	if s := o.player.State(); s.Phase != Playing {
		t.Errorf("%+v; want it playing the second source", s)
	}
	if n := len(all[qoe.Fatal](o)); n != 0 {
		t.Errorf("%d fatal errors; want none", n)
	}
}

// A source may be of the other family: hls.js takes over from dash.js, in one session
// of the viewer. Each is what it is without the other.
func TestGcoreGoesOnToTheOtherTransport(t *testing.T) {
	list := (&hlsOrigin{live: true})
	list.setUp()
	mpd := liveOrigin()
	w := newDashWorld(func(r Request, now time.Time) dashAnswer {
		since := now.Sub(dashEpoch)
		switch {
		case strings.Contains(r.URL.String(), ".m3u8"):
			body := list.master()
			if strings.Contains(r.URL.String(), "index") {
				body = string(list.list(since))
			}
			return dashAnswer{status: 200, body: body, took: 20 * time.Millisecond}
		case strings.Contains(r.URL.String(), "/seg"):
			return dashAnswer{status: 200, bytes: 100_000, took: 40 * time.Millisecond, ttfb: 20 * time.Millisecond}
		case r.Kind == qoe.Manifest && since > 10*time.Second:
			return dashAnswer{status: 410, took: 20 * time.Millisecond}
		}
		return mpd.serve(r, now)
	})
	p, err := New(Config{Profile: DashJS, Version: "4.7", Wrapper: Gcore, Gcore: GcoreConfig{SourceController: true, Sources: []string{"master.m3u8"}}}, w, dashURL, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	playing := func() string { c := p.(Rotating).Playing(); return c.Profile + c.Version }
	if got := playing(); got != DashJS+"4.7" {
		t.Errorf("begins with %s", got)
	}
	w.Post(func() { p.Start(dashEpoch) })
	w.run(t, 40*time.Second)
	if got := playing(); got != HLSJS || p.State().Phase != Playing {
		t.Errorf("%s %+v; want hls.js of its newest release, playing", got, p.State())
	}
	p.Stop()
	startups, stalls, leaves := samplesOf[qoe.Startup](w), samplesOf[qoe.Stall](w), samplesOf[qoe.Leave](w)
	if len(startups) != 1 || len(stalls) != 1 || stalls[0].Open || len(leaves) != 1 || leaves[0].Watched != 40*time.Second {
		t.Errorf("startups %v, stalls %v, leaves %v; want one session with a wait in it", startups, stalls, leaves)
	}
	if before := w.asked(qoe.Segment, qoe.Video); !strings.Contains(before[0].URL.Name, "m4s") {
		t.Errorf("first segment %s", before[0].URL)
	}
}
