package player

import (
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// linkedOrigin serves the MPD of a dashOrigin of which a part stands elsewhere.
type linkedOrigin struct {
	*dashOrigin
	at      string // the link; "": absolute, beside the MPD
	part    string // Period or AdaptationSet, the first
	actuate string
	inPlace bool                                // what is linked stands in its place too
	content string                              // of the link, instead of the part
	refuse  func(at time.Duration) (status int) // of the link
}

func (o *linkedOrigin) serve(r Request, now time.Time) dashAnswer {
	a := o.dashOrigin.serve(r, now)
	if r.Kind != qoe.Manifest && r.Kind != qoe.Link {
		return a
	}
	mpd := o.mpd(now)
	from, end := strings.Index(mpd, "<"+o.part), "</"+o.part+">"
	to := from + strings.Index(mpd[from:], end) + len(end)
	part := mpd[from:to]
	if r.Kind == qoe.Link {
		if a.body = part; o.content != "" {
			a.body = o.content
		}
		if o.refuse != nil {
			if status := o.refuse(now.Sub(dashEpoch)); status != 0 {
				a.status, a.body = status, ""
			}
		}
		return a
	}
	at := o.at
	if at == "" {
		at = "http://edge.lab/part.xml"
	}
	link := "<" + o.part + ` xlink:href="` + at + `" xlink:actuate="` + o.actuate + `"`
	linked := link + "/>"
	if o.inPlace {
		linked = link + strings.TrimPrefix(part, "<"+o.part)
	}
	a.body = mpd[:from] + linked + mpd[to:]
	return a
}

// Parts that stand elsewhere are asked for with every manifest, 1+1 times half a second
// apart, and what stands in their place counts when they cannot be had
// (XlinkController.js).
func TestDashLinks(t *testing.T) {
	gone := func(time.Duration) int { return 410 }
	for _, c := range []struct {
		why    string
		origin linkedOrigin
		links  []float64 // asked for, s, the first ones
		mpds   int       // within 15 s
		plays  bool
		errors int // 29
	}{
		{"the period elsewhere", linkedOrigin{part: "Period", actuate: "onLoad"}, []float64{0, 2.2, 4.2}, 7, true, 0},
		{"the video elsewhere", linkedOrigin{part: "AdaptationSet", actuate: "onLoad"}, []float64{0, 2.2, 4.2}, 7, true, 0},
		{"not asked for: onRequest", linkedOrigin{part: "Period", actuate: "onRequest", inPlace: true}, nil, 7, true, 0},
		{"refused: two tries, and what stands in its place", linkedOrigin{part: "Period", actuate: "onLoad", inPlace: true, refuse: gone}, []float64{0, 0.5, 2.2, 2.7}, 8, true, 8},
		{"refused, and nothing in its place: nothing to play", linkedOrigin{part: "Period", actuate: "onLoad", refuse: gone}, []float64{0, 0.5}, 1, false, 1},
		{"an empty answer is none", linkedOrigin{part: "Period", actuate: "onLoad", inPlace: true, content: " ", refuse: func(time.Duration) int { return 204 }}, []float64{0, 0.5, 2.2, 2.7}, 8, true, 8},
		{"refused for a while, and nothing in its place: it plays on", linkedOrigin{part: "Period", actuate: "onLoad", refuse: func(at time.Duration) int {
			if at > 5*time.Second && at < 9*time.Second {
				return 403
			}
			return 0
		}}, []float64{0, 2.2, 4.2, 6.2, 6.7, 8.8}, 7, true, 2},
		{"a link that is not absolute: half a second for nothing", linkedOrigin{part: "Period", actuate: "onLoad", inPlace: true, at: "part.xml"}, nil, 8, true, 8},
		{"content of no use: an exception, and the manifest is never taken in", linkedOrigin{part: "Period", actuate: "onLoad", content: "<html>403</html>"}, []float64{0}, 1, false, 0},
	} {
		o := c.origin
		o.dashOrigin = liveOrigin()
		w := newDashWorld(o.serve)
		d := w.play(t, Config{}, dashURL)
		w.run(t, 15*time.Second)
		var links []float64
		for _, l := range w.asked(qoe.Link, qoe.NoMedia) {
			if l.URL.String() != "http://edge.lab/part.xml" {
				t.Errorf("%s: %s", c.why, l.URL)
			}
			links = append(links, l.at.Seconds())
		}
		if len(links) < len(c.links) || !near(links[:len(c.links)], c.links, 0.3) || c.links == nil && len(links) > 0 {
			t.Errorf("%s: links asked for at %.2f; want %v …", c.why, links, c.links)
		}
		if n := len(w.asked(qoe.Manifest, qoe.NoMedia)); n < c.mpds-1 || n > c.mpds+1 {
			t.Errorf("%s: %d manifests; want %d", c.why, n, c.mpds)
		}
		if plays := d.State().Phase == Playing; plays != c.plays || plays == (len(samplesOf[qoe.Fatal](w)) > 0) {
			t.Errorf("%s: %+v, %v; want it playing: %v", c.why, d.State(), samplesOf[qoe.Fatal](w), c.plays)
		}
		errors := 0
		for _, n := range samplesOf[qoe.Note](w) {
			if strings.Contains(n.Text, "error 29") {
				errors++
			}
		}
		if errors < c.errors-1 || errors > c.errors+1 || (errors == 0) != (c.errors == 0) {
			t.Errorf("%s: %d errors 29; want %d", c.why, errors, c.errors)
		}
		d.Stop()
		accountOf(t, c.why, w.samples)
	}
}

// A player that is left while parts are under way asks for nothing more.
func TestDashLeftAmidLinks(t *testing.T) {
	o := linkedOrigin{dashOrigin: liveOrigin(), part: "Period", actuate: "onLoad", refuse: func(time.Duration) int { return 503 }}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 300*time.Millisecond)
	d.Stop()
	asked := len(w.log)
	w.run(t, 20*time.Second)
	if len(w.log) != asked || len(w.asked(qoe.Link, qoe.NoMedia)) != 1 {
		t.Errorf("%d requests after it left", len(w.log)-asked)
	}
}

// Each error of a link is the error screen of the Gcore player, whatever stands in its
// place.
func TestGcoreLinks(t *testing.T) {
	o := linkedOrigin{dashOrigin: liveOrigin(), part: "Period", actuate: "onLoad", inPlace: true, refuse: func(at time.Duration) int {
		if at > 10*time.Second {
			return 410
		}
		return 0
	}}
	w := newDashWorld(o.serve)
	p, err := New(Config{Profile: DashJS, Wrapper: Gcore, Gcore: GcoreConfig{SourceController: true}}, w, dashURL, dice())
	if err != nil {
		t.Fatal(err)
	}
	w.Post(func() { p.Start(dashEpoch) })
	w.run(t, 20*time.Second)
	fatal := samplesOf[qoe.Fatal](w)
	if len(fatal) != 1 || fatal[0].Kind != qoe.Link || !strings.Contains(fatal[0].Why, "error 29") {
		t.Errorf("fatal %+v; want one of a link, for which SourceController does nothing", fatal)
	}
}
