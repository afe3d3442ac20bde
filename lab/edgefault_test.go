package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

// kindsOf are kinds as a scenario lists them.
func kindsOf(kinds ...qoe.Kind) []qoe.Kind { return kinds }

// Each condition picks the requests it names and no others. 0 is live segment
// 850000000, which begins with scenario time.
func TestEdgeFaultsMatch(t *testing.T) {
	const (
		files = "master.m3u8 index.mpd v1/index.m3u8 a1/index.m3u8 v2/init.mp4 keys/84999999.key v1/849999999.m4s v2/849999998.m4s a1/849999998.m4s /time"
		all   = "M M P P I K S S S T"
	)
	for _, row := range []struct {
		fault EdgeFault
		edge  Edge
		at    time.Duration
		want  string // kinds struck, in the order of files; . is not struck
		why   string
	}{
		{EdgeFault{}, Plain, 0, all, "no condition"},
		{EdgeFault{From: 10 * time.Second, To: 20 * time.Second}, Plain, 9999 * time.Millisecond, ". . . . . . . . . .", "before the window"},
		{EdgeFault{From: 10 * time.Second, To: 20 * time.Second}, Plain, 10 * time.Second, all, "in the window, also segments that are gone: what is struck is not looked at"},
		{EdgeFault{From: 10 * time.Second, To: 20 * time.Second}, Plain, 20 * time.Second, ". . . . . . . . . .", "after the window"},
		{EdgeFault{From: 10 * time.Second}, Plain, time.Hour, all, "to the end"},
		{EdgeFault{Kinds: kindsOf(qoe.Manifest)}, Plain, 0, "M M . . . . . . . .", "multivariant playlists and MPDs"},
		{EdgeFault{Kinds: kindsOf(qoe.Playlist, qoe.Key)}, Plain, 0, ". . P P . K . . . .", "two kinds"},
		{EdgeFault{Kinds: kindsOf(qoe.Init)}, Plain, 0, ". . . . I . . . . .", "initialization segments"},
		{EdgeFault{Kinds: kindsOf(qoe.Timing)}, Plain, 0, ". . . . . . . . . T", "the clock"},
		{EdgeFault{Media: qoe.Audio}, Plain, 0, ". . . P . . . . S .", "audio only"},
		{EdgeFault{Media: qoe.Video}, Plain, 0, ". . P . I . S S . .", "video only"},
		{EdgeFault{Rendition: "v2"}, Plain, 0, ". . . . I . . S . .", "one rendition"},
		{EdgeFault{Number: NumberRange(-2, -2)}, Plain, 0, ". . . . . . . S S .", "one number, of every rendition"},
		{EdgeFault{Number: NumberRange(-2, -2), Media: qoe.Audio}, Plain, 0, ". . . . . . . . S .", "one number of one rendition"},
		{EdgeFault{Number: EveryNumber(2)}, Plain, 0, ". . . . . . . S S .", "every other, of live counted from scenario time zero"},
		{EdgeFault{Edge: "ip-bound"}, Plain, 0, ". . . . . . . . . .", "the other edge"},
		{EdgeFault{Edge: "ip-bound"}, IPBound, 0, all, "that edge"},
		{EdgeFault{Edge: "second"}, Second, 0, all, "the second edge"},
	} {
		fault := row.fault
		fault.Status = 418
		l := lab(t, Config{Encryption: aes128, KeyRotation: 10, Faults: []EdgeFault{fault}})
		var got []string
		for i, file := range strings.Fields(files) {
			path := file
			if file != clockPath {
				path = signed(l, token.Live, "live", file)
			}
			a := l.Edge(Request{Edge: row.edge, Path: path, Viewer: -1}, moment.Add(row.at))
			if a.Status == 418 {
				got = append(got, strings.Fields(all)[i])
			} else {
				got = append(got, ".")
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s: %s, want %s", row.why, s, row.want)
		}
	}
}

// Segments of a VOD have their own numbers.
func TestEdgeFaultsNumberVOD(t *testing.T) {
	l := lab(t, Config{Faults: []EdgeFault{{Number: NumberRange(5, 6), Status: 404}}})
	for n, want := range map[int]int{4: 200, 5: 404, 6: 404, 7: 200} {
		if a := l.Edge(Request{Path: signed(l, token.VOD, "vod", fmt.Sprintf("v1/%d.m4s", n))}, moment); a.Status != want {
			t.Errorf("segment %d: %d, want %d", n, a.Status, want)
		}
	}
}

// Times counts the requests that a fault strikes, for each viewer.
func TestEdgeFaultsStrikeSoManyTimes(t *testing.T) {
	l := lab(t, Config{Faults: []EdgeFault{
		{Kinds: kindsOf(qoe.Segment), Number: NumberRange(-1, -1), Times: 2, Status: 403},
		{Kinds: kindsOf(qoe.Segment), Times: 1, Status: 503},
	}})
	path, before := signed(l, token.Live, "live", "v1/849999999.m4s"), signed(l, token.Live, "live", "v1/849999998.m4s")
	for i, row := range []struct {
		path    string
		viewer  int
		address string
		status  int
		why     string
	}{
		{before, 1, "", 503, "not the number of the first fault; the second strikes once"},
		{path, 1, "", 403, "the first of two"},
		{path, 2, "", 403, "another viewer has its own count"},
		{path, -1, "10.0.0.1", 403, "one that is known by its address only"},
		{path, 1, "", 403, "the second of two"},
		{path, 1, "", 200, "spent, and so is the second fault"},
		{path, -1, "10.0.0.1", 403, "the second of two"},
		{path, -1, "10.0.0.1", 503, "the first is spent, the second fault is not"},
		{path, -1, "10.0.0.2", 403, "another address"},
	} {
		if a := l.Edge(Request{Path: row.path, Viewer: row.viewer, ClientIP: row.address}, moment); a.Status != row.status {
			t.Errorf("request %d (%s) = %d, want %d", i, row.why, a.Status, row.status)
		}
	}
}

func TestEdgeFaultsStrike(t *testing.T) {
	expiry := moment.Add(time.Hour) // of signed tokens
	for _, row := range []struct {
		fault EdgeFault
		at    time.Time
		want  Answer
		why   string
	}{
		{EdgeFault{Status: 503}, moment, Answer{Status: 503}, "a status whatever the token"},
		{EdgeFault{Status: 503}, expiry.Add(time.Minute), Answer{Status: 503}, "even of a dead one"},
		{EdgeFault{Status: 403, Delay: 2 * time.Second}, moment, Answer{Status: 403, Delay: 2 * time.Second}, "late"},
		{EdgeFault{Hang: true}, moment, Answer{Status: 200, Hang: true, Size: 100_000}, "no answer"},
		{EdgeFault{Reset: true}, expiry.Add(time.Minute), Answer{Status: 410, Reset: true}, "no answer but a broken connection, whatever the token"},
		{EdgeFault{Stall: 0.25, StallFor: time.Second}, moment, Answer{Status: 200, Stall: 25_000, StallFor: time.Second, Size: 100_000}, "a quarter, then nothing for a second"},
		{EdgeFault{Stall: 1e-9}, moment, Answer{Status: 200, Stall: 1, Size: 100_000}, "at least a byte, then nothing for ever"},
		{EdgeFault{Stall: 0.5}, expiry.Add(time.Minute), Answer{Status: 410}, "refusals are not stopped"},
		{EdgeFault{Delay: time.Second}, moment, Answer{Status: 200, Delay: time.Second, Size: 100_000}, "only late"},
		{EdgeFault{Delay: time.Second}, expiry.Add(300 * time.Millisecond), Answer{Status: 410, Delay: time.Second}, "good when it came, dead when it was looked at"},
		{EdgeFault{Rate: 400_000}, moment, Answer{Status: 200, Rate: 400_000, Size: 100_000}, "a slow body"},
		{EdgeFault{Truncate: 0.25}, moment, Answer{Status: 200, Cut: 25_000, Size: 100_000}, "a quarter, then the connection breaks"},
		{EdgeFault{Truncate: 1e-9, Rate: 1000}, moment, Answer{Status: 200, Cut: 1, Rate: 1000, Size: 100_000}, "at least a byte; slow beside"},
		{EdgeFault{Rate: 1000, Truncate: 0.5}, expiry.Add(time.Minute), Answer{Status: 410}, "refusals come as always"},
	} {
		l := lab(t, Config{Faults: []EdgeFault{row.fault}})
		path := signed(l, token.VOD, "vod", "v1/3.m4s")
		a := l.Edge(Request{Path: path}, row.at)
		got := Answer{Status: a.Status, Delay: a.Delay, Hang: a.Hang, Rate: a.Rate, Cut: a.Cut, Reset: a.Reset, Stall: a.Stall, StallFor: a.StallFor}
		if a.Status == 200 {
			got.Size = a.Size
		}
		if fmt.Sprint(got) != fmt.Sprint(row.want) {
			t.Errorf("%s: %+v, want %+v", row.why, got, row.want)
		}
	}
}

// The second edge is reached by redirects only, with the tokens that it takes.
func TestSecondEdge(t *testing.T) {
	for _, row := range []struct {
		second   SecondEdge
		own      bool // the Location's token is not the request's
		takesAPI bool
		expires  int64
		why      string
	}{
		{SecondEdge{}, false, true, moment.Unix() + 3600, "the same token on another host"},
		{SecondEdge{Life: 30 * time.Second}, true, true, moment.Unix() + 30, "a token of its own, by the same secret"},
		{SecondEdge{Bound: true}, true, false, moment.Unix() + 3600, "a token that only this host takes"},
		{SecondEdge{Bound: true, Life: time.Minute}, true, false, moment.Unix() + 60, "both"},
	} {
		l := lab(t, Config{Second: row.second, Faults: []EdgeFault{{Redirect: true}}})
		path := signed(l, token.Live, "live", "v1/index.m3u8")
		a := l.Edge(Request{Path: path, RawQuery: "_HLS_msn=3"}, moment)
		there, ok := strings.CutPrefix(a.Location(), "http://edge-2.lab")
		there, query, _ := strings.Cut(there, "?")
		loc, parsed := token.ParsePath(there)
		if a.Status != 302 || !ok || !parsed || query != "_HLS_msn=3" {
			t.Fatalf("%s: %d to %s", row.why, a.Status, a.Location())
		}
		if (there != path) != row.own || loc.Grant.Expires != row.expires || loc.Rest != "v1/index.m3u8" {
			t.Errorf("%s: sent from %s to %s", row.why, path, there)
		}
		second := func(path string) int { return l.Edge(Request{Edge: Second, Path: path}, moment).Status }
		if got := second(there); got != 200 {
			t.Errorf("%s: the second edge answers its own token with %d", row.why, got)
		}
		if got := second(path); (got == 200) != row.takesAPI {
			t.Errorf("%s: the second edge answers the API's token with %d", row.why, got)
		}
	}
	l := lab(t, Config{Faults: []EdgeFault{{Redirect: true}}})
	if a := l.Edge(Request{Path: signed(l, token.Live, "live", "master.m3u8")}, moment.Add(2*time.Hour)); a.Status != 410 {
		t.Errorf("a dead token is redirected: %d", a.Status)
	}
	if a := l.Edge(Request{Path: clockPath}, moment); a.Location() != "http://edge-2.lab/time" {
		t.Errorf("the clock: %d to %q", a.Status, a.Location())
	}
}

// An edge that looks at the token during the transfer ends it with the token.
func TestCutAtExpiry(t *testing.T) {
	for boundary, want := range map[token.Boundary]time.Duration{token.WholeSecond: 3601 * time.Second, token.Strict: 3600 * time.Second} {
		l := lab(t, Config{CutAtExpiry: true, Boundary: boundary})
		a := l.Edge(Request{Path: signed(l, token.VOD, "vod", "v1/3.m4s")}, moment)
		if !a.Until.Equal(moment.Add(want)) {
			t.Errorf("%v: broken off at %v, want %v after signing", boundary, a.Until.Sub(moment), want)
		}
		if dead := l.Edge(Request{Path: signed(l, token.VOD, "vod", "v1/3.m4s")}, a.Until); dead.Status != 410 {
			t.Errorf("%v: a request at that instant = %d", boundary, dead.Status)
		}
	}
}

func TestValidateEdgeFaults(t *testing.T) {
	for _, row := range []struct {
		fault EdgeFault
		says  string // empty: valid
	}{
		{EdgeFault{Status: 404}, ""},
		{EdgeFault{Rate: 1000, Truncate: 0.5, Delay: time.Second}, ""},
		{EdgeFault{Rendition: "v3", Hang: true}, ""},
		{EdgeFault{Edge: "second", Status: 503}, ""},
		{EdgeFault{Reset: true, Delay: time.Second}, ""},
		{EdgeFault{Stall: 0.5, StallFor: time.Second, Rate: 1000}, ""},
		{EdgeFault{}, "faults[0] does nothing: set status, hang, reset, delay, rate, truncate, stall or redirect"},
		{EdgeFault{Stall: 1}, "faults[0] stall 1: use a share above 0 and below 1"},
		{EdgeFault{StallFor: time.Second, Status: 404}, "faults[0] stallFor 1s: use up to 24h0m0s, with stall"},
		{EdgeFault{Stall: 0.5, Truncate: 0.5}, "faults[0] does several things at once: keep one of truncate and stall"},
		{EdgeFault{Reset: true, Status: 404}, "faults[0] does several things at once"},
		{EdgeFault{From: 2, To: 1, Status: 404}, "faults[0] from 2ns to 1ns: to must come after from"},
		{EdgeFault{Kinds: kindsOf(qoe.Token), Status: 404}, "faults[0] kinds: calls of the token API are struck by api.faults"},
		{EdgeFault{Kinds: kindsOf(qoe.Steering), Status: 404}, "faults[0] kinds: the lab serves no steering manifest"},
		{EdgeFault{Media: qoe.Text, Status: 404}, "faults[0] media text: the lab serves no subtitles; add subtitles"},
		{EdgeFault{Rendition: "v4", Status: 404}, `faults[0] rendition "v4": use a1, v1 to v3, or s1 and so on of subtitles`},
		{EdgeFault{Kinds: kindsOf(qoe.Key), Number: NumberRange(1, 1), Status: 404}, "faults[0] number: only segments have numbers"},
		{EdgeFault{Edge: "third", Status: 404}, `faults[0] edge "third": use plain, ip-bound or second`},
		{EdgeFault{Times: -1, Status: 404}, "faults[0] times -1"},
		{EdgeFault{Status: 404, Hang: true}, "faults[0] does several things at once"},
		{EdgeFault{Status: 404, Rate: 1000}, "faults[0] does several things at once"},
		{EdgeFault{Status: 302}, "faults[0] status 302: use an HTTP status from 400 to 599"},
		{EdgeFault{Delay: -1}, "faults[0] delay -1ns"},
		{EdgeFault{Rate: 999}, "faults[0] rate 999: use 1000 to"},
		{EdgeFault{Truncate: 1}, "faults[0] truncate 1: use a share above 0 and below 1"},
		{EdgeFault{Redirect: true, Edge: "second"}, "faults[0] redirect: the second edge redirects nothing"},
	} {
		err := Config{Faults: []EdgeFault{row.fault}}.Validate()
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%+v: %v, want %q", row.fault, err, row.says)
		}
	}
	if err := (Config{Second: SecondEdge{Life: 1}}).Validate(); err == nil || !strings.Contains(err.Error(), "second.life 1ns: use whole seconds") {
		t.Errorf("second.life 1ns: %v", err)
	}
}

// steady is a clock that moves only when somebody sleeps.
func steady() Clock {
	var passed atomic.Int64 // the server sleeps on goroutines of its own
	return Clock{
		Now:   func() time.Time { return moment.Add(time.Duration(passed.Load())) },
		Sleep: func(_ context.Context, d time.Duration) error { passed.Add(int64(max(d, 0))); return nil },
	}
}

// What an answer says of its shape is what goes over the wire. Requests come one
// after another, so the clock has one user at a time.
func TestWireShapes(t *testing.T) {
	for _, row := range []struct {
		cfg   Config
		life  time.Duration
		bytes int
		took  time.Duration
		whole bool
		why   string
	}{
		{Config{Faults: []EdgeFault{{Rate: 400_000}}}, time.Hour, 100_000, 2 * time.Second, true, "100 kB at 50 kB/s"},
		{Config{Faults: []EdgeFault{{Truncate: 0.3}}}, time.Hour, 30_000, 0, false, "three tenths at once, then the end"},
		{Config{Faults: []EdgeFault{{Truncate: 0.5, Rate: 400_000}}}, time.Hour, 50_000, time.Second, false, "half of it slowly"},
		{Config{Faults: []EdgeFault{{Rate: 400_000}}, CutAtExpiry: true, Boundary: token.Strict}, time.Second, 50_000, time.Second, false, "the token expires half way"},
		{Config{Faults: []EdgeFault{{Stall: 0.3, StallFor: 5 * time.Second}}}, time.Hour, 100_000, 5 * time.Second, true, "three tenths at once, the rest 5 s later"},
		{Config{Faults: []EdgeFault{{Stall: 0.5, StallFor: 5 * time.Second, Rate: 400_000}}}, time.Hour, 100_000, 7 * time.Second, true, "a second, five without a byte, and another"},
		{Config{CutAtExpiry: true, Boundary: token.Strict}, time.Second, 100_000, 0, true, "through before it expires"},
		{Config{Faults: []EdgeFault{{Delay: 3 * time.Second}}}, time.Hour, 100_000, 3 * time.Second, true, "kept waiting"},
	} {
		clock := steady()
		l, s := listen(t, row.cfg, clock)
		g := token.Grant{Expires: moment.Add(row.life).Unix()}
		g.Token = l.signer.Sign("vod", g.Expires, "")
		response, err := http.Get(s.Plain + token.Path(token.VOD, "2675", "vod", g, "v1/3.m4s"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if len(body) != row.bytes || (err == nil) != row.whole || err != nil && !errors.Is(err, io.ErrUnexpectedEOF) || response.ContentLength != 100_000 {
			t.Errorf("%s: %d bytes of %d, %v; want %d, whole: %v", row.why, len(body), response.ContentLength, err, row.bytes, row.whole)
		}
		if took := clock.Now().Sub(moment); took != row.took {
			t.Errorf("%s: took %v, want %v", row.why, took, row.took)
		}
	}
}

// A page is led to the second edge and may read what it says.
func TestWireRedirects(t *testing.T) {
	l, s := listen(t, Config{Second: SecondEdge{Bound: true}, Faults: []EdgeFault{{Kinds: kindsOf(qoe.Manifest), Redirect: true}}}, new(still).clock())
	response, body := do(t, "GET", s.Plain+signed(l, token.Live, "live", "master.m3u8"))
	final := response.Request.URL
	if response.StatusCode != 200 || "http://"+final.Host != s.Second || !strings.HasPrefix(body, "#EXTM3U") {
		t.Errorf("%d from %s, want 200 from %s", response.StatusCode, final, s.Second)
	}
	if child, _ := do(t, "GET", final.ResolveReference(final).String()); child.StatusCode != 200 {
		t.Errorf("again at the final URL: %d", child.StatusCode)
	}
	if bare, _ := do(t, "GET", s.Second+signed(l, token.Live, "live", "master.m3u8")); bare.StatusCode != 403 {
		t.Errorf("the API's token on the second edge: %d, want 403", bare.StatusCode)
	}
	if _, without := listen(t, Config{}, new(still).clock()); without.Second != "" {
		t.Errorf("a second edge that nothing leads to listens at %s", without.Second)
	}
}
