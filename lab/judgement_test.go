package lab

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

// granted is the grant that the token API gives for live at a moment, and its URL.
func granted(t *testing.T, l *Lab, after time.Duration) (path, query string) {
	t.Helper()
	a := l.Token(Request{RawQuery: "video=live&expire=3600", ClientIP: "10.0.0.1", Viewer: 1, Call: 1}, moment.Add(after))
	_, rest, ok := strings.Cut(string(a.Body()), `"url":"`)
	raw, _, _ := strings.Cut(rest, `"`)
	u, err := url.Parse(strings.ReplaceAll(raw, `\u0026`, "&"))
	if !ok || err != nil || a.Status != 200 {
		t.Fatalf("token API: %d %s", a.Status, a.Body())
	}
	return u.Path, u.RawQuery
}

// A secret changes at 60 s and 90 s at the token API; edges follow when they do.
func TestRotations(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		lag, previous  time.Duration
		signed, judged time.Duration
		status         int
		why            string
	}{
		{0, 0, 59 * s, 59 * s, 200, "before the change"},
		{0, 0, 59 * s, 60 * s, 403, "the old token dies with the change"},
		{0, 0, 60 * s, 60 * s, 200, "the new one is good from then on"},
		{0, 10 * s, 59 * s, 69 * s, 200, "the window for the previous secret"},
		{0, 10 * s, 59 * s, 70 * s, 403, "and its end"},
		{0, time.Minute, 59 * s, 95 * s, 200, "both windows reach to the second change and beyond"},
		{0, time.Minute, 59 * s, 120 * s, 403, "each counts from its own change"},
		{0, time.Minute, 61 * s, 120 * s, 200, "of the second secret"},
		{5 * s, 0, 60 * s, 64 * s, 403, "an edge that lags refuses what the API signs now"},
		{5 * s, 0, 60 * s, 65 * s, 200, "until it has changed too"},
		{5 * s, 0, 59 * s, 64 * s, 200, "and takes the old ones until then"},
		{-5 * s, 0, 59 * s, 56 * s, 403, "an edge that is early refuses what the API still signs"},
		{-5 * s, 5 * s, 59 * s, 59 * s, 200, "unless it takes the previous secret too"},
		{-5 * s, 5 * s, 60 * s, 60 * s, 200, "and then the new one: a change that nobody notices"},
	} {
		l := lab(t, Config{
			Rotations: []Rotation{{60 * s, row.previous}, {90 * s, row.previous}},
			Edges:     Edges{Plain: EdgeRules{Lag: row.lag}},
		})
		path, _ := granted(t, l, row.signed)
		if a := l.Edge(Request{Path: path}, moment.Add(row.judged)); a.Status != row.status {
			t.Errorf("lag %v, previous %v, signed at %v, judged at %v: %d %s; want %d: %s", row.lag, row.previous, row.signed, row.judged, a.Status, a.Reason, row.status, row.why)
		}
	}
}

// What edges sign themselves follows the change as well.
func TestRotationsOfWhatEdgesSign(t *testing.T) {
	l := lab(t, Config{
		Rotations: []Rotation{{At: time.Minute}},
		URLs:      URLs{Absolute: true, Life: time.Hour},
		Second:    SecondEdge{Bound: true},
		Faults:    []EdgeFault{{Kinds: kindsOf(qoe.Init), Redirect: true}},
	})
	path, _ := granted(t, l, time.Minute)
	folder := strings.TrimSuffix(path, "master.m3u8")
	now := moment.Add(70 * time.Second)
	master := string(l.Edge(Request{Path: path}, now).Body())
	_, child, _ := strings.Cut(master, "http://edge.lab")
	child, _, _ = strings.Cut(child, `"`)
	child, _, _ = strings.Cut(child, "\n")
	if a := l.Edge(Request{Path: child}, now); a.Status != 200 {
		t.Errorf("%s, listed after the change = %d %s", child, a.Status, a.Reason)
	}
	there := l.Edge(Request{Path: folder + "v1/init.mp4"}, now).Location()
	if a := l.Edge(Request{Edge: Second, Path: strings.TrimPrefix(there, "http://edge-2.lab")}, now); a.Status != 200 {
		t.Errorf("%s, where an edge redirected to after the change = %d %s", there, a.Status, a.Reason)
	}
}

// Each edge says no in its own way and by its own clock.
func TestEdgesDiffer(t *testing.T) {
	l := lab(t, Config{
		EdgeSkew: time.Second,
		Refusals: Refusals{Expired: 403, Bad: 401},
		Edges:    Edges{Plain: EdgeRules{Skew: 4 * time.Second}, Second: EdgeRules{Skew: -11 * time.Second, Expired: 410, Bad: 404}},
	})
	good := signed(l, token.Live, "live", "master.m3u8") // for an hour
	for _, row := range []struct {
		edge   Edge
		path   string
		after  time.Duration
		status int
		why    string
	}{
		{Plain, good, 3595999 * time.Millisecond, 200, "5 s ahead: the second of expiry is over 5 s early"},
		{Plain, good, 3596 * time.Second, 403, "expired, in the words of all edges"},
		{Second, good, 3610999 * time.Millisecond, 200, "10 s behind"},
		{Second, good, 3611 * time.Second, 410, "expired, in its own words"},
		{Plain, strings.Replace(good, "/cmaf/2675_live/", "/cmaf/2675_live/x", 1), 0, 401, "a bad token"},
		{Plain, strings.Replace(good, "2675", "2676", 1), 0, 401, "another account's"},
		{Second, strings.Replace(good, "/cmaf/2675_live/", "/cmaf/2675_live/x", 1), 0, 404, "a bad token, in its own words"},
	} {
		if a := l.Edge(Request{Edge: row.edge, Path: row.path}, moment.Add(row.after)); a.Status != row.status {
			t.Errorf("%v, %v after signing for an hour: %d; want %d: %s", row.edge, row.after, a.Status, row.status, row.why)
		}
	}
	for edge, want := range map[Edge]time.Duration{Plain: 5 * time.Second, IPBound: time.Second, Second: -10 * time.Second} {
		a := l.Edge(Request{Edge: edge, Path: clockPath}, moment)
		if got := a.Date.Sub(moment); got != want || string(a.Body()) != moment.Add(want).UTC().Format(dateTime) {
			t.Errorf("%v tells %s, dated %v ahead; want %v", edge, a.Body(), got, want)
		}
	}
}

// A refusal is repeated to everybody who asks for that URL, good as it may have
// become, and to nobody who asks for another.
func TestRefusalsAreKept(t *testing.T) {
	l := lab(t, Config{Refusals: Refusals{Cached: 10 * time.Second}, Rotations: []Rotation{{At: time.Minute}}, Edges: Edges{Plain: EdgeRules{Lag: 5 * time.Second}}})
	path, _ := granted(t, l, time.Minute)
	segment := strings.Replace(path, "master.m3u8", "v1/850000031.m4s", 1) // complete at 64 s
	for i, row := range []struct {
		edge   Edge
		path   string
		query  string
		after  time.Duration
		status int
		why    string
	}{
		{Plain, path, "", 62 * time.Second, 403, "signed with a secret that the edge does not know yet"},
		{Plain, path, "", 66 * time.Second, 403, "known by now, but said before"},
		{Plain, path, "x", 66 * time.Second, 200, "another URL"},
		{Plain, strings.Replace(path, "master.m3u8", "index.mpd", 1), "", 66 * time.Second, 200, "another file"},
		{Second, path, "", 66 * time.Second, 200, "another edge"},
		{Plain, path, "", 71999 * time.Millisecond, 403, "to the end of the time"},
		{Plain, path, "", 72 * time.Second, 200, "looked at again"},
		{Second, segment, "", 63 * time.Second, 404, "a segment that is not there yet"},
		{Second, segment, "", 65 * time.Second, 404, "nor now, as it was said before"},
		{Second, segment, "", 73 * time.Second, 200, "looked at again"},
	} {
		a := l.Edge(Request{Edge: row.edge, Path: row.path, RawQuery: row.query, ClientIP: fmt.Sprint("10.0.0.", i)}, moment.Add(row.after))
		if a.Status != row.status {
			t.Errorf("%v at %v: %d %s; want %d: %s", row.edge, row.after, a.Status, a.Reason, row.status, row.why)
		}
	}
	if n := len(l.refused.kept); n != len(l.refused.order) || n > 2 {
		t.Errorf("%d refusals kept, %d in order; want those that are over forgotten", n, len(l.refused.order))
	}
	if !l.EdgesShare() || lab(t, Config{}).EdgesShare() {
		t.Error("EdgesShare is true just where refusals are kept")
	}
}

// An edge that is down refuses connections and breaks off what is under way.
func TestEdgeDown(t *testing.T) {
	l := lab(t, Config{Edges: Edges{Plain: EdgeRules{Down: []Window{{10 * time.Second, 20 * time.Second}, {From: 40 * time.Second}}}}})
	path := signed(l, token.VOD, "vod", "v1/3.m4s")
	for _, row := range []struct {
		edge    Edge
		after   time.Duration
		refused bool
		until   time.Duration // 0: it is never broken off
		why     string
	}{
		{Plain, 0, false, 10 * time.Second, "up until the first window"},
		{Plain, 10 * time.Second, true, 0, "down"},
		{Plain, 20 * time.Second, false, 40 * time.Second, "up until the second"},
		{Plain, time.Hour, true, 0, "down for ever"},
		{IPBound, 15 * time.Second, false, 0, "the other edge is up"},
	} {
		a := l.Edge(Request{Edge: row.edge, Path: path}, moment.Add(row.after))
		var until time.Duration
		if !a.Until.IsZero() {
			until = a.Until.Sub(moment)
		}
		if a.Refused != row.refused || until != row.until || row.refused && a.Status != 0 {
			t.Errorf("%v at %v: refused %v, status %d, until %v; want %v, until %v: %s", row.edge, row.after, a.Refused, a.Status, until, row.refused, row.until, row.why)
		}
	}
}

// A token that stands in the query alone is written there by the token API, by
// manifests and by redirects, and counts nowhere else.
func TestQueryOnly(t *testing.T) {
	for _, u := range []URLs{{QueryOnly: true}, {QueryOnly: true, Absolute: true, Prefix: "/20231114/1699999999"}} {
		l := lab(t, Config{URLs: u, Encryption: aes128, UTCTiming: protected, Faults: []EdgeFault{{Kinds: kindsOf(qoe.Init), Edge: "plain", Redirect: true}}})
		path, query := granted(t, l, 0)
		if want := u.Prefix + "/cmaf/2675_live/master.m3u8"; path != want {
			t.Fatalf("the token API's URL has the path %s; want %s", path, want)
		}
		get := func(edge Edge, ref, base string) Answer {
			at, err := url.Parse(base)
			if err != nil {
				t.Fatal(err)
			}
			there, err := at.Parse(strings.ReplaceAll(ref, "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			return l.Edge(Request{Edge: edge, Path: there.Path, RawQuery: there.RawQuery}, moment)
		}
		between := func(text []byte, from, to string) string {
			_, rest, _ := strings.Cut(string(text), from)
			found, _, _ := strings.Cut(rest, to)
			return found
		}
		base := "http://edge.lab" + path
		master := get(Plain, "?"+query, base)
		playlistURL := between(master.Body(), `URI="`, `"`)
		playlist := get(Plain, playlistURL, base)
		within, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		within, err = within.Parse(playlistURL)
		if err != nil {
			t.Fatal(err)
		}
		redirect := get(Plain, between(playlist.Body(), `MAP:URI="`, `"`), within.String())
		mpd := l.Edge(Request{Path: strings.Replace(path, "master.m3u8", "index.mpd", 1), RawQuery: query}, moment)
		for what, a := range map[string]Answer{
			"playlist": playlist,
			"key":      get(Plain, between(playlist.Body(), `KEY:METHOD=AES-128,URI="`, `"`), within.String()),
			"init":     get(Second, redirect.Location(), ""),
			"clock":    get(Plain, between(mpd.Body(), `http-iso:2014" value="`, `"`), ""),
		} {
			if a.Status != 200 {
				t.Errorf("%+v: %s = %d %s", u, what, a.Status, a.Reason)
			}
		}
		for why, q := range map[string]string{"no token": "", "half of one": "token=x", "a wrong one": "token=x&expires=1700003600"} {
			if a := l.Edge(Request{Path: path, RawQuery: q}, moment); a.Status != 403 {
				t.Errorf("%s = %d; want 403", why, a.Status)
			}
		}
		inPath := strings.Replace(path, "/master", "/x/1700003600/master", 1)
		if a := l.Edge(Request{Path: inPath, RawQuery: query}, moment); a.Status != 404 {
			t.Errorf("a token in the path too = %d; want 404, there is no such folder", a.Status)
		}
	}
}

// Edges may look at less than the guide's.
func TestLaxEdges(t *testing.T) {
	l := lab(t, Config{AnyVideo: true, VOD: []string{"vod", "film"}, Unchecked: kindsOf(qoe.Segment)})
	path, _ := granted(t, l, 0)
	for _, row := range []struct {
		path   string
		status int
		why    string
	}{
		{path, 200, "the video that it is for"},
		{strings.Replace(path, "/cmaf/2675_live/", "/videos/2675_film/", 1), 200, "another video of the account"},
		{strings.Replace(path, "2675", "2676", 1), 403, "another account's"},
		{"/videos/2675_vod/x/1/master.m3u8", 403, "manifests are looked at"},
		{"/videos/2675_vod/x/1/v1/3.m4s", 200, "segments are not"},
	} {
		if a := l.Edge(Request{Path: row.path}, moment); a.Status != row.status {
			t.Errorf("%s: %d %s; want %d", row.why, a.Status, a.Reason, row.status)
		}
	}
}

func TestValidateJudgement(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		cfg  Config
		says string // empty: valid
	}{
		{Config{Rotations: []Rotation{{s, 0}, {2 * s, time.Hour}}, Edges: Edges{Second: EdgeRules{Lag: -s, Skew: s, Expired: 403}}}, ""},
		{Config{Edges: Edges{Plain: EdgeRules{Down: []Window{{0, s}, {From: 2 * s}}}}}, ""},
		{Config{Rotations: []Rotation{{0, 0}}}, "rotations[0].at 0s: list changes after scenario time zero in order of time"},
		{Config{Rotations: []Rotation{{2 * s, 0}, {s, 0}}}, "rotations[1].at 1s: list changes"},
		{Config{Rotations: []Rotation{{s, -1}}}, "rotations[0].previous -1ns: use up to 24h"},
		{Config{Refusals: Refusals{Expired: 500}}, "refusals.expired 500: use an HTTP status from 400 to 499"},
		{Config{Refusals: Refusals{Bad: 200}}, "refusals.bad 200: use"},
		{Config{Refusals: Refusals{Cached: -1}}, "refusals.cached -1ns: use up to"},
		{Config{Edges: Edges{IPBound: EdgeRules{Bad: 302}}}, "edges.ipBound.bad 302: use"},
		{Config{Edges: Edges{Second: EdgeRules{Skew: 25 * time.Hour}}}, "edges.second.skew 25h0m0s: use up to 24h"},
		{Config{Edges: Edges{Plain: EdgeRules{Lag: -25 * time.Hour}}}, "edges.plain.lag -25h0m0s: use up to 24h"},
		{Config{Edges: Edges{Plain: EdgeRules{Down: []Window{{2 * s, s}}}}}, "edges.plain.down: from 2s to 1s: to must come after from"},
		{Config{Edges: Edges{Plain: EdgeRules{Down: []Window{{From: s}, {2 * s, 3 * s}}}}}, "edges.plain.down: from 2s: a window must begin after the one before has ended"},
		{Config{Unchecked: kindsOf(qoe.Token)}, "unchecked: the token API has no token; see api.auth"},
		{Config{Headers: Headers{CORS: "some"}}, `headers.cors "some": use no-date, no-refusals or none`},
		{Config{URLs: URLs{Query: true, QueryOnly: true}}, "urls: query wants the token in path and query, queryOnly in the query alone: keep one"},
	} {
		err := row.cfg.Validate()
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%+v: %v, want %q", row.cfg, err, row.says)
		}
	}
}
