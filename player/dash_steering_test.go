package player

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// twoWays has two ways, a and b, and a steering server.
type twoWays struct {
	*dashOrigin
	first   bool                                               // queryBeforeStart
	initial string                                             // defaultServiceLocation
	answer  func(n int, at time.Duration) (int, string)        // the n-th of the steering server, from 0
	down    func(host string, r Request, at time.Duration) int // status of a way
	asked   []*url.URL
}

func newTwoWays(answer func(int, time.Duration) (int, string)) *twoWays {
	return &twoWays{dashOrigin: liveOrigin(), answer: answer}
}

func (o *twoWays) serve(r Request, now time.Time) dashAnswer {
	o.extra = fmt.Sprintf(`<BaseURL serviceLocation="a">http://a.lab/x/</BaseURL><BaseURL serviceLocation="b">http://b.lab/x/</BaseURL>`+
		`<Location serviceLocation="a">http://a.lab/mpd</Location><Location serviceLocation="b">http://b.lab/mpd</Location>`+
		`<ContentSteering defaultServiceLocation=%q queryBeforeStart="%v">http://steer.lab/s</ContentSteering>`, o.initial, o.first)
	u, err := url.Parse(r.URL.String())
	if err != nil {
		return dashAnswer{status: 400}
	}
	if r.Kind == qoe.Steering {
		a := dashAnswer{took: 20 * time.Millisecond}
		a.status, a.body = o.answer(len(o.asked), now.Sub(dashEpoch))
		o.asked = append(o.asked, u)
		return a
	}
	a := o.dashOrigin.serve(r, now)
	if o.down != nil {
		if status := o.down(u.Host, r, now.Sub(dashEpoch)); status != 0 {
			a.status = status
		}
	}
	return a
}

// hosts are where video segments were asked for from a moment on, each run of equal
// ones once.
func (w *dashWorld) hosts(kind qoe.Kind, from time.Duration) string {
	var seen []string
	for _, l := range w.log {
		if l.Kind != kind || l.at < from {
			continue
		}
		host, _, _ := strings.Cut(strings.TrimPrefix(l.URL.String(), "http://"), ".")
		if len(seen) == 0 || seen[len(seen)-1] != host {
			seen = append(seen, host)
		}
	}
	return strings.Join(seen, " ")
}

func always(body string) func(int, time.Duration) (int, string) {
	return func(int, time.Duration) (int, string) { return 200, body }
}

// Which way is taken: the server's wish, before it has answered the manifest's, else
// the first; and when the server is asked (ContentSteeringController.js).
func TestDashSteering(t *testing.T) {
	const toB = `{"VERSION":1,"TTL":5,"PATHWAY-PRIORITY":["b","a"]}`
	for _, c := range []struct {
		why      string
		first    bool
		initial  string
		answer   func(int, time.Duration) (int, string)
		asked    []float64 // s
		segments string
		mpds     string // from the second on
		notes    int
	}{
		{"asked when playback has begun, then every TTL", false, "", always(toB), []float64{0.1, 5.2, 10.2, 15.2}, "a b", "b", 0},
		{"the manifest's wish until then", false, "b", always(`{"VERSION":1,"TTL":100,"PATHWAY-PRIORITY":["a"]}`), []float64{0.1}, "b a", "a", 0},
		{"asked before playback: never the other way", true, "a", always(toB), []float64{0.1, 5.1, 10.1, 15.1}, "b", "b", 0},
		{"no TTL: once", true, "", always(`{"VERSION":1,"PATHWAY-PRIORITY":["b"]}`), []float64{0.1}, "b", "b", 0},
		{"a wish for what nobody has", true, "", always(`{"VERSION":1,"PATHWAY-PRIORITY":["c"]}`), []float64{0.1}, "a", "a", 0},
		{"refused before playback: four tries, then it plays all the same", true, "", func(int, time.Duration) (int, string) { return 403, "" }, []float64{0.1, 1.1, 2.1, 3.2}, "a", "a", 1},
		{"refused later: the last answer stays in force, asked again after its TTL", true, "", func(n int, _ time.Duration) (int, string) {
			if n > 0 && n < 5 {
				return 403, ""
			}
			return 200, toB
		}, []float64{0.1, 5.1, 6.1, 7.1, 8.2, 13.2, 18.2}, "b", "b", 1},
		{"gone: never again", true, "", func(n int, _ time.Duration) (int, string) {
			if n > 0 {
				return 410, ""
			}
			return 200, toB
		}, []float64{0.1, 5.1, 6.1, 7.1, 8.2}, "b", "b", 1},
		{"not of version 1", true, "", always(`{"VERSION":2,"PATHWAY-PRIORITY":["b"]}`), []float64{0.1}, "a", "a", 1},
	} {
		o := newTwoWays(c.answer)
		o.first, o.initial = c.first, c.initial
		w := newDashWorld(o.serve)
		d := w.play(t, Config{}, dashURL)
		w.run(t, 20*time.Second)
		var asked []float64
		for _, l := range w.asked(qoe.Steering, qoe.NoMedia) {
			asked = append(asked, l.at.Seconds())
		}
		if !near(asked, c.asked, 0.35) {
			t.Errorf("%s: asked at %.2f; want %v", c.why, asked, c.asked)
		}
		if got := w.hosts(qoe.Segment, 0); got != c.segments {
			t.Errorf("%s: segments from %s; want %s", c.why, got, c.segments)
		}
		if got := w.hosts(qoe.Manifest, 6*time.Second); got != c.mpds {
			t.Errorf("%s: manifests from %s; want %s", c.why, got, c.mpds)
		}
		if n := len(samplesOf[qoe.Note](w)); n != c.notes || d.State().Phase != Playing {
			t.Errorf("%s: notes %v, %s; want %d, playing", c.why, samplesOf[qoe.Note](w), d.State().Phase, c.notes)
		}
		d.Stop()
		accountOf(t, c.why, w.samples)
	}
}

// A way that fails is left for the TTL, whatever the server wishes, and taken again
// then (BlacklistController.js, getBlacklistExpiry).
func TestDashSteeredWayFails(t *testing.T) {
	o := newTwoWays(always(`{"VERSION":1,"TTL":8,"PATHWAY-PRIORITY":["b","a"]}`))
	o.first = true
	o.down = func(host string, r Request, at time.Duration) int {
		if host == "b.lab" && r.Kind == qoe.Segment && at > 6*time.Second && at < 11*time.Second {
			return 503
		}
		return 0
	}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 30*time.Second)
	if got := w.hosts(qoe.Segment, 0); got != "b a b" && got != "b a b a b" { // video and audio fail one after the other
		t.Errorf("segments from %s; want b, a for 8 s, and b again", got)
	}
	var left, back time.Duration
	for _, l := range w.asked(qoe.Segment, qoe.Video) {
		a := strings.Contains(l.URL.String(), "a.lab")
		if a && left == 0 {
			left = l.at
		}
		if !a && left != 0 && back == 0 {
			back = l.at
		}
	}
	if away := back - left; left < 9*time.Second || away < 7*time.Second || away > 10*time.Second {
		t.Errorf("left at %v, back %v later; want about 8 s", left, away)
	}
	if n := len(samplesOf[qoe.Stall](w)); n != 0 || d.State().Phase != Playing {
		t.Errorf("%d stalls, %+v", n, d.State())
	}
}

// The server is told the ways taken since its last answer, and how fast the present one
// is; RELOAD-URI says where to ask next.
func TestDashSteeringIsTold(t *testing.T) {
	o := newTwoWays(always(`{"VERSION":1,"TTL":5,"RELOAD-URI":"again?x=1","PATHWAY-PRIORITY":["b"]}`))
	w := newDashWorld(o.serve)
	w.play(t, Config{}, dashURL)
	w.run(t, 12*time.Second)
	if len(o.asked) != 3 {
		t.Fatalf("asked %d times; want 3", len(o.asked))
	}
	for i, want := range []struct{ path, pathway string }{{"/s", `"a"`}, {"/again", `"a,b,b"`}, {"/again", `"b,b"`}} {
		q := o.asked[i].Query()
		if o.asked[i].Path != want.path || q.Get("_DASH_pathway") != want.pathway {
			t.Errorf("asked for %s; want %s, pathway %s", o.asked[i], want.path, want.pathway)
		}
		if speeds := strings.Split(q.Get("_DASH_throughput"), ","); i > 0 && (len(speeds) != strings.Count(want.pathway, ",")+1 || speeds[len(speeds)-1] == "") {
			t.Errorf("throughput %q for %s; want that of the last", q.Get("_DASH_throughput"), want.pathway)
		}
	}
}

// A clone is another host for a way that is there.
func TestDashPathwayClone(t *testing.T) {
	o := newTwoWays(always(`{"VERSION":1,"TTL":100,"PATHWAY-PRIORITY":["c"],"PATHWAY-CLONES":[{"BASE-ID":"a","ID":"c","URI-REPLACEMENT":{"HOST":"c.lab"}},{"BASE-ID":"none","ID":"d","URI-REPLACEMENT":{"HOST":"d.lab"}}]}`))
	o.first = true
	w := newDashWorld(o.serve)
	w.play(t, Config{}, dashURL)
	w.run(t, 10*time.Second)
	if got := w.hosts(qoe.Segment, 0); got != "c" {
		t.Errorf("segments from %s; want the clone's", got)
	}
	if s := w.asked(qoe.Segment, qoe.Video)[0].URL.String(); !strings.HasPrefix(s, "http://c.lab/x/v-") {
		t.Errorf("%s; want the path of the way that was cloned", s)
	}
}
