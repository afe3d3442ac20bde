package player

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

const steered = "#EXT-X-CONTENT-STEERING:SERVER-URI=\"steer?x=~a=/\",PATHWAY-ID=\"A\"\n"

// steeredOrigin is an origin whose levels come by two pathways, and are all asked
// for by the one that the steering manifest prefers.
func steeredOrigin(manifest string, rules ...rule) *hlsOrigin {
	o := &hlsOrigin{levels: one, live: true, audio: false, steer: manifest, rules: rules}
	o.head = steered + again(one, "a", `,PATHWAY-ID="A"`)
	o.tail = again(one, "b", `,PATHWAY-ID="B"`)
	return o
}

// What a steering manifest does to where things are asked for. Levels without a
// pathway are of the pathway ".", which is not begun with.
func TestHLSSteering(t *testing.T) {
	for _, c := range []struct {
		why      string
		manifest string
		rules    []rule
		asked    []float64 // when the steering manifest was asked for, within a minute
		at10s    string    // host of the segments around then
		atEnd    string
	}{
		{"the pathway that it prefers, at once; asked for again after its TTL",
			`{"VERSION":1,"TTL":20,"PATHWAY-PRIORITY":["B","A"]}`, nil, []float64{0, 20, 40}, "b", "b"},
		{"the one in use stays if it is preferred",
			`{"VERSION":1,"TTL":25,"PATHWAY-PRIORITY":["A","B"]}`, nil, []float64{0, 25, 50}, "a", "a"},
		{"403: nothing is said, nothing changes, it is asked for after the usual 300 s",
			"", []rule{{url: "steer", status: 403}}, []float64{0}, "a", "a"},
		{"503: once more after 1 s",
			"", []rule{{url: "steer", status: 503}}, []float64{0, 1}, "a", "a"},
		{"hung: three times 10 s",
			"", []rule{{url: "steer", hang: true}}, []float64{0, 10, 20}, "a", "a"},
		{"410: never again, though it was to be asked every 10 s",
			`{"VERSION":1,"TTL":10,"PATHWAY-PRIORITY":["B","A"]}`, []rule{{url: "steer", from: 15 * time.Second, status: 410}}, []float64{0, 10, 20}, "b", "b"},
		{"429: the same, as the original returns before it sets its timer",
			`{"VERSION":1,"TTL":10,"PATHWAY-PRIORITY":["B","A"]}`, []rule{{url: "steer", from: 15 * time.Second, status: 429}}, []float64{0, 10, 20}, "b", "b"},
		{"no JSON: the play goes on, nothing is asked any more",
			"<html>", nil, []float64{0}, "a", "a"},
		{"another version",
			`{"VERSION":2,"TTL":5,"PATHWAY-PRIORITY":["B"]}`, nil, []float64{0}, "a", "a"},
		{"pathways that nobody offers",
			`{"VERSION":1,"TTL":40,"PATHWAY-PRIORITY":["Z"]}`, nil, []float64{0, 40}, "a", "a"},
		{"the preferred one refuses: it is put aside for five minutes, whatever the manifest says",
			`{"VERSION":1,"TTL":20,"PATHWAY-PRIORITY":["B","A"]}`, []rule{{url: "//b/", from: 15 * time.Second, status: 403}}, []float64{0, 20, 40}, "b", "a"},
		{"a clone is the same on another host, with parameters",
			`{"VERSION":1,"TTL":50,"PATHWAY-PRIORITY":["C"],"PATHWAY-CLONES":[{"BASE-ID":"A","ID":"C","URI-REPLACEMENT":{"HOST":"c","PARAMS":{"t":"1/2"}}}]}`,
			nil, []float64{0, 50}, "c", "c"},
	} {
		o := steeredOrigin(c.manifest, c.rules...).play(t, Config{}, time.Minute)
		if got := since(o.times("steer")); !near(got, c.asked, 0.1) {
			t.Errorf("%s: asked at %.2f; want %v", c.why, got, c.asked)
		}
		for _, look := range []struct {
			from time.Duration
			host string
		}{{10 * time.Second, c.at10s}, {55 * time.Second, c.atEnd}} {
			if got := o.urls(look.from, qoe.Segment); len(got) == 0 || !strings.HasPrefix(got[0], look.host+"/") {
				t.Errorf("%s: from %v on %v; want host %s", c.why, look.from, got, look.host)
			}
		}
		if stalls := all[qoe.Stall](o); len(stalls) > 0 {
			t.Errorf("%s: stalls %+v; want none", c.why, stalls)
		}
	}
}

// The steering manifest is asked for before anything but the multivariant playlist;
// what its URL carries already is left as it is, and what a clone's needs is added.
func TestHLSSteeringURLs(t *testing.T) {
	o := steeredOrigin(`{"VERSION":1,"TTL":10,"RELOAD-URI":"other?y=1","PATHWAY-PRIORITY":["C"],`+
		`"PATHWAY-CLONES":[{"BASE-ID":"B","ID":"C","URI-REPLACEMENT":{"HOST":"c","PARAMS":{"t":"1/2","a":"b"}}}]}`).play(t, Config{}, 15*time.Second)
	want := []string{
		"http://edge/master.m3u8",
		"http://edge/steer?x=~a=/&_HLS_pathway=A&_HLS_throughput=600000",
		"http://a/v0/index.m3u8",
	}
	for i, w := range want {
		if o.requests[i].url != w {
			t.Errorf("request %d: %s; want %s", i, o.requests[i].url, w)
		}
	}
	next, err := url.Parse(o.requests[slices.IndexFunc(o.requests, func(r heard) bool { return strings.Contains(r.url, "other") })].url)
	if err != nil || next.Query().Get("_HLS_pathway") != "C" || next.Query().Get("y") != "1" {
		t.Errorf("asked for %v next (%v); want RELOAD-URI with the pathway in use", next, err)
	}
	if !wanted(o.requests, "http://c/v0/index.m3u8?a=b&t=1%2F2") {
		t.Error("the clone's playlist was not asked for with its parameters")
	}
}

// Listed URIs go before replaced hosts, and the audio of a clone is cloned with it.
func TestHLSClonesAudio(t *testing.T) {
	o := steeredOrigin(`{"VERSION":1,"TTL":100,"PATHWAY-PRIORITY":["C"],"PATHWAY-CLONES":[` +
		`{"BASE-ID":"A","ID":"C","URI-REPLACEMENT":{"HOST":"c","PER-VARIANT-URIS":{"v":"http://listed/v0/index.m3u8"}}}]}`)
	o.head = steered + again(one, "a", `,PATHWAY-ID="A",STABLE-VARIANT-ID="v",AUDIO="s"`) +
		"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"s\",NAME=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"http://a:8080/a/index.m3u8\"\n"
	o.play(t, Config{}, 30*time.Second)
	for _, w := range []string{"http://listed/v0/seg", "http://c:8080/a/seg"} {
		if !wanted(o.requests, w) {
			t.Errorf("%s… was not asked for", w)
		}
	}
	if wanted(o.requests[len(o.requests)-10:], "http://a") {
		t.Error("the pathway that was left is still asked")
	}
}

// A manifest without a TTL is asked for as fast as it is answered.
func TestHLSSteeringWithoutTTL(t *testing.T) {
	o := steeredOrigin(`{"VERSION":1}`).play(t, Config{}, 2*time.Second)
	if n := len(o.times("steer")); n < 100 || n > 220 {
		t.Errorf("asked %d times in 2 s; want once a round trip of 10 ms", n)
	}
}
