package inspect_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/inspect"
	"soak/lab"
	"soak/manifest"
	"soak/token"
)

var now = time.Unix(1_800_000_030, 0)

var (
	t1 = token.Grant{Token: "aaaaBBBBcccc1111", Expires: 1_800_000_060}
	t2 = token.Grant{Token: "ddddEEEEffff2222", Expires: 1_800_000_120}
)

// site is a server of fixed pages. {T} in a body or a redirect becomes the pair
// of the request, {H} the server's host.
type site struct {
	pages map[string]string // file, or path on another host, to body; "302 URL" redirects
	*httptest.Server
}

const master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000000\nv1/index.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2000000\nv2/index.m3u8\n"
const vod = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.ts\n#EXTINF:2,\n2.ts\n#EXT-X-ENDLIST\n"
const live = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n#EXTINF:2,\n7.ts\n#EXTINF:2,\n8.ts\n"

func mpd(inside string) string {
	return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" minimumUpdatePeriod="PT2S" timeShiftBufferDepth="PT12S">` +
		inside + `<Period start="PT0S"><AdaptationSet mimeType="video/mp4"><SegmentTemplate duration="2" startNumber="0" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number$.m4s"/><Representation id="v" bandwidth="1000"/></AdaptationSet></Period></MPD>`
}

func serve(t *testing.T, pages map[string]string) *site {
	t.Helper()
	s := &site{pages: pages}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, pair := r.URL.Path, ""
	if l, ok := token.ParsePath(file); ok {
		file, pair = l.Rest, fmt.Sprintf("%s/%d", l.Grant.Token, l.Grant.Expires)
	}
	body, ok := s.pages[file]
	body = strings.NewReplacer("{T}", pair, "{H}", s.URL).Replace(body)
	if to, redirect := strings.CutPrefix(body, "302 "); redirect {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if !ok {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	_, _ = w.Write([]byte(body))
}

func (s *site) url(g token.Grant, file string) string {
	return s.URL + token.Path(token.Live, "2675", "live", g, file)
}

// derive crawls and replays; withSecond adds a second sight under t2.
func derive(t *testing.T, from string, g token.Grant, second bool) inspect.Derivation {
	t.Helper()
	see := func(address string, g token.Grant) inspect.Sight {
		page, err := inspect.Crawl(t.Context(), inspect.HTTP{}, address, 0, now)
		if err != nil {
			t.Fatal(err)
		}
		inspect.Probe(t.Context(), inspect.HTTP{}, page, g)
		return inspect.Sight{Page: page, Grant: g}
	}
	again := inspect.Sight{}
	if second {
		again = see(inspect.Replace(from, g, t2), t2)
	}
	return inspect.Derive(see(from, g), again, now)
}

// faults are "policy hazard kind fault refreshes", sorted; those of integrations
// that rewrite nothing are left out.
func faults(d inspect.Derivation) []string {
	got := []string{}
	for _, p := range d.Problems {
		if p.Rewrite != "never" {
			got = append(got, fmt.Sprintf("%s %s %s %s %d", p.Policy, p.Hazard, p.Request, p.Fault, p.Refreshes))
		}
	}
	slices.Sort(got)
	return got
}

func TestDerive(t *testing.T) {
	otherPair := "ownTOKEN/1800009999"
	for _, test := range []struct {
		why   string
		file  string
		pages map[string]string
		want  []string
	}{
		{"relative live HLS: each reload of the URI from the master re-bases the segments", "master.m3u8",
			map[string]string{"master.m3u8": master, "v1/index.m3u8": live, "v2/index.m3u8": live}, nil},
		{"VOD: a playlist first loaded under T2 bakes it in (F3)", "master.m3u8",
			map[string]string{"master.m3u8": master, "v1/index.m3u8": vod, "v2/index.m3u8": vod},
			[]string{"gcore-plugin H13 segment stale 2"}},
		{"VOD without a multivariant playlist is loaded under T1 only", "index.m3u8",
			map[string]string{"index.m3u8": vod}, nil},
		{"a live MPD is asked for again where it last came from (F2)", "index.mpd",
			map[string]string{"index.mpd": mpd("")},
			[]string{"gcore-plugin H14 init stale 2", "gcore-plugin H14 manifest stale 2", "gcore-plugin H14 segment stale 2"}},
		{"Location that echoes the request's token changes nothing", "index.mpd",
			map[string]string{"index.mpd": mpd("<Location>{H}/cmaf/2675_live/{T}/index.mpd</Location>")},
			[]string{"gcore-plugin H14 init stale 2", "gcore-plugin H14 location stale 2", "gcore-plugin H14 segment stale 2"}},
		{"absolute variants with a token of their own", "master.m3u8",
			map[string]string{
				"master.m3u8":   "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{H}/cmaf/2675_live/" + otherPair + "/v1/index.m3u8\n",
				"v1/index.m3u8": live,
			},
			[]string{"gcore-plugin H21 variant stale 1"}},
		{"absolute segments with a token of their own, in a VOD", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(vod, "1.ts", "{H}/cmaf/2675_live/"+otherPair+"/1.ts", 1)},
			[]string{"gcore-plugin H21 segment stale 1"}},
		{"absolute segments with a token of their own, live: each reload brings another", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(live, "7.ts", "{H}/cmaf/2675_live/"+otherPair+"/7.ts", 1)}, nil},
		{"segments at an advertiser whose paths look like tokens", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(live, "7.ts", "https://ads.example/campaign/1800009999/7.ts", 1)},
			[]string{"guide-hlsjs H17 segment foreign 0", "steady H17 segment foreign 0"}},
		{"root-relative segments lose the token", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(live, "7.ts", "/secret/7.ts", 1)},
			[]string{"gcore-plugin  segment missing 0", "guide-hlsjs  segment missing 0", "steady  segment missing 0"}},
		{"root-relative segments that anyone may have", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(live, "7.ts", "/free/7.ts", 1), "/free/7.ts": "media"}, nil},
		{"Location with a token of its own, a fresh one in every MPD", "index.mpd",
			map[string]string{"index.mpd": mpd("<Location>{H}/cmaf/2675_live/" + otherPair + "/index.mpd</Location>")},
			nil},
		{"patches are asked for under the token of the MPD that named them", "index.mpd",
			map[string]string{"index.mpd": strings.Replace(mpd("<PatchLocation>patch.mpp</PatchLocation>"), "<MPD ", `<MPD id="m" publishTime="2027-01-15T08:00:00Z" `, 1)},
			[]string{"gcore-plugin H14 init stale 2", "gcore-plugin H14 manifest stale 2", "gcore-plugin H14 patch stale 2", "gcore-plugin H14 segment stale 2"}},
		{"a second BaseURL at a CDN with tokens of its own", "index.mpd",
			map[string]string{"index.mpd": strings.Replace(mpd("<BaseURL>./</BaseURL><BaseURL>https://cdn2.example/x/"+otherPair+"/</BaseURL>"), "dynamic", "static\" mediaPresentationDuration=\"PT20S", 1)},
			[]string{"gcore-plugin H21 init stale 1", "gcore-plugin H21 segment stale 1", "guide-dashjs H17 init foreign 0", "guide-dashjs H17 segment foreign 0", "steady H17 init foreign 0", "steady H17 segment foreign 0"}},
		{"session data, session keys and steering from the host's root", "master.m3u8",
			map[string]string{"v1/index.m3u8": live, "v2/index.m3u8": live, "master.m3u8": master +
				"#EXT-X-SESSION-DATA:DATA-ID=\"a.b\",URI=\"/meta.json\"\n#EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"/k.bin\"\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"/steer.json\"\n"},
			[]string{
				"gcore-plugin  session data missing 0", "gcore-plugin  session key missing 0", "gcore-plugin  steering manifest missing 0",
				"guide-hlsjs  session data missing 0", "guide-hlsjs  session key missing 0", "guide-hlsjs  steering manifest missing 0",
				"steady  session data missing 0", "steady  session key missing 0", "steady  steering manifest missing 0",
			}},
		{"keys below the token are as segments are", "master.m3u8",
			map[string]string{"master.m3u8": master, "v1/index.m3u8": strings.Replace(vod, "#EXTINF", "#EXT-X-KEY:METHOD=AES-128,URI=\"k.bin\"\n#EXTINF", 1), "v2/index.m3u8": vod},
			[]string{"gcore-plugin H13 key stale 2", "gcore-plugin H13 segment stale 2"}},
		{"keys that are not fetched by HTTP", "index.m3u8",
			map[string]string{"index.m3u8": strings.Replace(live, "#EXTINF", "#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT=\"com.apple.streamingkeydelivery\",URI=\"skd://abc\"\n#EXTINF", 1)}, nil},
		{"dash.js lets nobody rewrite a clock's URL: it lives and dies with the MPD's", "index.mpd",
			map[string]string{"index.mpd": strings.Replace(mpd(""), "</Period>", `</Period><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="{H}/cmaf/2675_live/{T}/time"/>`, 1)},
			[]string{
				"gcore-plugin H14 init stale 2", "gcore-plugin H14 manifest stale 2", "gcore-plugin H14 segment stale 2",
				"gcore-plugin H43 clock stale 2",
			}},
		{"nor in an MPD that is not loaded again", "index.mpd",
			map[string]string{"index.mpd": strings.Replace(strings.Replace(mpd(""), "</Period>", `</Period><UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="time"/>`, 1), `minimumUpdatePeriod="PT2S" `, "", 1)},
			[]string{"gcore-plugin H43 clock stale 1", "guide-dashjs H43 clock stale 1"}},
	} {
		s := serve(t, test.pages)
		if got := faults(derive(t, s.url(t1, test.file), t1, false)); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.why, got, test.want)
		}
	}
}

// TestDeriveRedirectedMaster: H22. The edge's own token is baked into everything.
func TestDeriveRedirectedMaster(t *testing.T) {
	edge := serve(t, map[string]string{"master.m3u8": master, "v1/index.m3u8": live, "v2/index.m3u8": live})
	for _, test := range []struct {
		why, to string
		want    []string
	}{
		{"an edge with a token of its own", edge.URL + "/cmaf/2675_live/edgeOWN/1800009999/master.m3u8", []string{
			"gcore-plugin H22 variant stale 1", "guide-hlsjs H22 variant foreign 0", "steady H22 variant foreign 0",
		}},
		{"an edge that takes the same token", edge.URL + "/cmaf/2675_live/{T}/master.m3u8", nil},
	} {
		front := serve(t, map[string]string{"master.m3u8": "302 " + test.to})
		if got := faults(derive(t, front.url(t1, "master.m3u8"), t1, false)); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n got %q\nwant %q", test.why, got, test.want)
		}
	}
}

// TestDeriveSecondSight: what one fetch leaves open, two decide.
func TestDeriveSecondSight(t *testing.T) {
	baked := strings.ReplaceAll(vod, "1.ts", "{H}/cmaf/2675_live/"+t1.Token+"/1800000060/1.ts")
	s := serve(t, map[string]string{"master.m3u8": master, "v1/index.m3u8": baked, "v2/index.m3u8": baked})
	d := derive(t, s.url(t1, "master.m3u8"), t1, true)
	if !d.Observed || d.Grants[1].Invented || !d.Grants[2].Invented {
		t.Errorf("Derive with a second sight: %+v; want T2 observed, T3 invented", d.Grants)
	}
	// The second segment's relative URL is still baked by T2.
	for _, p := range d.Problems {
		if p.Hazard == "H13" && p.Count != 2 {
			t.Errorf("H13 concerns %d children; want 2, the relative one of each playlist: T1 baked by the server is always replaced", p.Count)
		}
	}
}

func TestDeriveOddTokens(t *testing.T) {
	pages := map[string]string{"index.m3u8": live}
	for _, test := range []struct {
		why  string
		g    token.Grant
		want string
	}{
		{"five characters", token.Grant{Token: "abc12", Expires: 1_800_000_060}, "H18"},
		{"a tilde", token.Grant{Token: "abc~def~123", Expires: 1_800_000_060}, "H18"},
		{"after 2033", token.Grant{Token: "abcdefgh", Expires: 2_000_000_060}, "H20"},
	} {
		d := derive(t, serve(t, pages).url(test.g, "index.m3u8"), test.g, false)
		for _, f := range faults(d) {
			if !strings.Contains(f, " "+test.want+" ") {
				t.Errorf("%s: %q; want %s only", test.why, f, test.want)
			}
		}
		if len(faults(d)) == 0 {
			t.Errorf("%s: no problem; want %s", test.why, test.want)
		}
	}
}

// TestDeriveDecoy: H16, a date and a number before the real pair.
func TestDeriveDecoy(t *testing.T) {
	s := serve(t, nil)
	address := s.URL + "/20231114/1699999999" + token.Path(token.Live, "2675", "live", t1, "index.m3u8")
	r := inspect.Response{URL: address, Body: []byte(live)}
	p, err := inspect.Read(address, r, now)
	if err != nil {
		t.Fatal(err)
	}
	g, ok := inspect.Locate(address, now)
	if !ok || g != t1 {
		t.Fatalf("Locate = %v, %v; want the pair that is still good", g, ok)
	}
	got := faults(inspect.Derive(inspect.Sight{Page: p, Grant: g}, inspect.Sight{}, now))
	want := []string{
		"gcore-plugin H16 manifest broken 1", "guide-hlsjs H16 manifest broken 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("decoy:\n got %q\nwant %q", got, want)
	}
}

// TestDeriveQueryToken: H19.
func TestDeriveQueryToken(t *testing.T) {
	address := "https://cdn.example/live/index.m3u8?token=abcdefgh&expires=1800000060"
	p, err := inspect.Read(address, inspect.Response{URL: address, Body: []byte(live)}, now)
	if err != nil {
		t.Fatal(err)
	}
	got := faults(inspect.Derive(inspect.Sight{Page: p}, inspect.Sight{}, now))
	want := []string{
		"gcore-plugin H19 manifest stale 1", "gcore-plugin H19 segment missing 0",
		"guide-hlsjs H19 manifest stale 1", "guide-hlsjs H19 segment missing 0",
		"steady H19 manifest stale 1", "steady H19 segment missing 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("query token:\n got %q\nwant %q", got, want)
	}
}

// TestDeriveLab is the acceptance: the lab's four streams are clean, and show
// what the Gcore plugin does to them.
func TestDeriveLab(t *testing.T) {
	clock := lab.Clock{Now: func() time.Time { return now }, Sleep: nil}
	l, err := lab.New(lab.Config{}, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Listen(t.Context(), clock)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, test := range []struct {
		kind       token.Kind
		video      string
		file       string
		want       []string
		integrated int
	}{
		{token.Live, "live", "master.m3u8", nil, 4},
		{token.VOD, "vod", "master.m3u8", []string{"gcore-plugin H13 init stale 2", "gcore-plugin H13 segment stale 2"}, 4},
		{token.Live, "live", "index.mpd", []string{"gcore-plugin H14 init stale 2", "gcore-plugin H14 manifest stale 2", "gcore-plugin H14 segment stale 2"}, 5},
		{token.VOD, "vod", "index.mpd", nil, 5},
	} {
		address := labURL(t, server.API, test.kind, test.video, test.file)
		g, ok := token.Find(address)
		if !ok {
			t.Fatalf("%s holds no grant", token.Redact(address))
		}
		d := derive(t, address, g, false)
		if got := faults(d); !slices.Equal(got, test.want) {
			t.Errorf("%v %s:\n got %q\nwant %q", test.kind, test.file, got, test.want)
		}
		if len(d.Checked) != test.integrated {
			t.Errorf("%v %s: %d integrations; want %d", test.kind, test.file, len(d.Checked), test.integrated)
		}
		for _, c := range d.Checked {
			if (c.Rewrite == "never") != (c.Problems > 0 && hazard(d, c.Integration) == "H15") {
				t.Errorf("%v %s: %s × %s has %d problems, %s; want H15 where nothing is rewritten", test.kind, test.file, c.Policy, c.Player, c.Problems, hazard(d, c.Integration))
			}
		}
	}
}

func hazard(d inspect.Derivation, i inspect.Integration) string {
	for _, p := range d.Problems {
		if p.Integration == i {
			return p.Hazard
		}
	}
	return ""
}

func TestIntegrationsCoverAllPolicies(t *testing.T) {
	if n := len(inspect.Integrations(manifest.HLS)); n != 4 {
		t.Errorf("%d integrations of HLS; want 4: guide-hlsjs, gcore-plugin, steady, none", n)
	}
}
