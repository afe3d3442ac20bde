package fleet

import (
	"math/rand/v2"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/manifest"
	"soak/player"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

// urls are what requests may be for; T and E stand for a token and its expiry.
var routeURLs = []string{
	"http://edge.lab/cmaf/2675_live/T/E/v2/1234.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/v2/1235.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/v2/index.m3u8",
	"http://edge.lab/cmaf/2675_live/T/E/a1/init.mp4",
	"http://edge-ip.lab/cmaf/2675_live/T/E/a1/init.mp4",
	"http://edge-2.lab/cmaf/2675_live/T/E/v1/1234.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/master.m3u8",
	"http://edge.lab/cmaf/2675_live/T/E/index.mpd",
	"http://edge.lab/videos/2675_vod/T/E/master.m3u8",
	"http://edge.lab/videos/2675_vod/T/E/v3/7.m4s",
	"http://edge.lab/cmaf/2675_nobody/T/E/v1/7.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/v1/%31234.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/v1/1234.m4s?x=1",
	"http://edge.lab/cmaf/2675_live/T/E/v1/1234.m4s?back=/T/E/",
	"http://edge.lab/cmaf/2675_live/T/E/v1/1234.m4s#here",
	"http://edge.lab/cmaf/2675_live/T/E/v1/",
	"http://edge.lab/cmaf/2675_live/T/E/",
	"http://edge.lab/cmaf/2675_live/T/E/v1",
	"http://edge.lab/cmaf/2675_live/T/E/v1/deeper/1234.m4s",
	"http://edge.lab/cmaf/2675_live/T/E/keys/0.key",
	"http://edge.lab/cmaf/2675_l%69ve/T/E/v1/1234.m4s",
	"http://edge.lab/20231114/1699999999/cmaf/2675_live/T/E/v1/1234.m4s",
	"http://edge.lab/time",
	"http://edge.lab/",
	"http://edge.lab",
	"http://other.example/cmaf/2675_live/T/E/v1/1234.m4s",
	"http://other.example/plain/1234.m4s",
	"http://bad host/cmaf/2675_live/T/E/v1/1234.m4s",
	"/cmaf/2675_live/T/E/v1/1234.m4s",
	"1234.m4s",
	"",
}

// labSource asks a lab for tokens.
type labSource struct {
	loop *loop.Virtual
	lab  *lab.Lab
}

func (s labSource) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	now := s.loop.Now()
	said := s.lab.Token(lab.Request{RawQuery: "video=live&type=live&expire=60", Viewer: 1, Call: n}, now)
	a := refresher.ReadAnswer(said.Status, http.Header{}, said.Body(), refresher.Fields{})
	a.Start, a.End = now, now
	s.loop.Post(func() { done(a) })
	return func(qoe.Failure) {}
}

// writers are those of every kind of policy once it holds its second grant, and the
// one that changes nothing.
func writers(t *testing.T, site *lab.Lab) (all []refresher.Writer, grants []token.Grant) {
	t.Helper()
	all, grants = append(all, refresher.Writer{}), append(grants, token.Grant{})
	for _, p := range refresher.Policies() {
		world := loop.NewWorld(virtualEpoch)
		l := world.Loop()
		r := refresher.New(&p, l, labSource{l, site}, rand.New(rand.NewPCG(1, 1)), nil)
		var first token.Grant
		r.Start(func(a refresher.Answer) { first = r.Grant(); r.Adopt(a.URL) })
		if err := world.Run(t.Context(), virtualEpoch.Add(70*time.Second)); err != nil {
			t.Fatal(err)
		}
		all, grants = append(all, r.Writer()), append(grants, first, r.Grant())
	}
	return all, grants
}

// TestRoutesAreTheSame: what is kept of a directory changes neither how a URL is
// written nor what an edge answers.
func TestRoutesAreTheSame(t *testing.T) {
	second := lab.Rotation{At: 30 * time.Second, Previous: 20 * time.Second}
	for name, cfg := range map[string]lab.Config{
		"plain":            {},
		"rotated":          {Rotations: []lab.Rotation{second}, EdgeSkew: 3 * time.Second},
		"prefix":           {URLs: lab.URLs{Prefix: "/20231114/1699999999"}},
		"query":            {URLs: lab.URLs{Query: true}},
		"query only":       {URLs: lab.URLs{QueryOnly: true}},
		"absolute":         {URLs: lab.URLs{Absolute: true, TokenLength: 6, TokenSuffix: "=="}},
		"encrypted":        {Encryption: "aes-128"},
		"clock":            {UTCTiming: "protected"},
		"unchecked":        {Unchecked: []qoe.Kind{qoe.Init, qoe.Manifest}},
		"any video, fault": {AnyVideo: true, Faults: []lab.EdgeFault{{Rendition: "v2", Number: lab.EveryNumber(2), Status: 503}}},
	} {
		site, err := lab.New(cfg, 1, virtualEpoch)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all, grants := writers(t, site)
		grants = append(grants, token.Grant{Token: "abcdef", Expires: 1_900_000_000})
		kept := &routes{lab: site}
		rng := rand.New(rand.NewPCG(7, 7))
		direct := 0
		for range 4000 {
			w, g := all[rng.IntN(len(all))], grants[rng.IntN(len(grants))]
			at := strings.NewReplacer("/T/E/", "/"+g.Pair().Token+"/"+g.Pair().Expires+"/").Replace(routeURLs[rng.IntN(len(routeURLs))])
			now := virtualEpoch.Add(time.Duration(rng.IntN(150)) * time.Second)
			wantURL, wantGrant := w.Rewrite(at)
			asked := manifest.AddressOf(at)
			x := kept.of(&player.Request{URL: asked, Kind: qoe.Kind(rng.IntN(2))}, w)
			sent := manifest.Address{Directory: x.to, Name: asked.Name}
			got := sent.String()
			if got != wantURL || x.grant != wantGrant {
				t.Fatalf("%s: %q is written as %q with %v; want %q with %v", name, at, got, x.grant, wantURL, wantGrant)
			}
			whole, parsed := &modelCall{net: &modelNetwork{lab: site}, at: &sent}, &modelCall{get: &get{route: x}, at: &sent}
			if !parsed.direct() {
				continue
			}
			direct++
			if host, ok := whole.parse(); !ok || host != x.directory.Host {
				t.Fatalf("%s: %q goes to %q; want %q", name, wantURL, x.directory.Host, host)
			}
			from, a, b := place{edge: "127.0.0.1"}, parsed.request, whole.request
			from.atEdge(&a)
			from.atEdge(&b)
			if answer, want := site.Edge(a, now), site.Edge(b, now); !reflect.DeepEqual(answer, want) {
				t.Fatalf("%s: %q at %v: %d %s; want %d %s", name, wantURL, now.Sub(virtualEpoch), answer.Status, answer.Reason, want.Status, want.Reason)
			}
		}
		if queried := cfg.URLs.Query || cfg.URLs.QueryOnly; (direct == 0) != queried {
			t.Errorf("%s: %d of 4000 requests went the short way", name, direct)
		}
	}
}

// What a route knows of its grant's life is what the grant itself says at any time.
func TestRoutesKnowLives(t *testing.T) {
	for _, c := range []struct{ expires, why string }{
		{"1800000060", "in a minute"},
		{"1799999000", "over when the run began"},
		{"1000000000", "over for decades"},
		{"9999999999", "in centuries: reckoned anew each time"},
		{"1800000060000", "milliseconds, from a broken API"},
	} {
		world := loop.NewWorld(virtualEpoch.Add(123456789))
		l := world.Loop()
		site, err := lab.New(lab.Config{}, 1, virtualEpoch)
		if err != nil {
			t.Fatal(err)
		}
		v := &viewer{clock: l, routes: &routes{lab: site, begin: l.Now()}}
		for _, at := range []time.Duration{0, 7777 * time.Microsecond, time.Hour, 200 * 365 * 24 * time.Hour} {
			l.After(at, func() {
				f := fetch{get: get{began: loop.InstantAt(l.Since())}}
				f.req.URL = manifest.AddressOf("http://edge.lab/cmaf/2675_live/token00/" + c.expires + "/v1/7.m4s")
				v.sign(&f)
				if want := f.grant.Life(l.Now()); f.margin != want || f.grant.IsZero() {
					t.Errorf("%s, after %v: %v is left of %v; want %v", c.why, at, f.margin, f.grant, want)
				}
			})
		}
		if err := world.Run(t.Context(), virtualEpoch.Add(201*365*24*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
}
