package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/token"
)

// fake is a clock that moves when somebody sleeps, and a little with every look at
// it, as the phases of real requests do.
type fake struct {
	mu  sync.Mutex
	now time.Time
}

func newFake() *fake { return &fake{now: time.Unix(1_800_000_000, 0).Add(370 * time.Millisecond)} }

func (f *fake) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(700 * time.Microsecond)
	return f.now
}

func (f *fake) sleep(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(max(d, 0))
	return ctx.Err()
}

// healthy is a lab with nothing to find fault with.
func healthy() lab.Config {
	return lab.Config{
		Ladder: []int64{400_000},
		API:    lab.API{Auth: true, MaxLife: 2 * time.Minute, StrictExpire: true, IgnoreClientIP: true},
		// A segment lasts a second, so that a transfer can outlive its token.
		Faults: []lab.EdgeFault{{Kinds: []qoe.Kind{qoe.Segment}, Rate: 400_000}},
	}
}

// auditLab audits a lab over loopback, in no time.
func auditLab(t *testing.T, labbed lab.Config, change func(*Config)) Report {
	t.Helper()
	return auditBehind(t, "", labbed, change)
}

// auditBehind has proxies in front of API and edge overwrite what callers claim of
// their addresses, but for the one named.
func auditBehind(t *testing.T, trusting string, labbed lab.Config, change func(*Config)) Report {
	t.Helper()
	clock := newFake()
	l, err := lab.New(labbed, 1, clock.time())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Listen(t.Context(), lab.Clock{Now: clock.time, Sleep: clock.sleep})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	cfg := Config{
		API: s.API + "?video={video}&type={type}&expire={expire}", Header: map[string]string{"Authorization": "Bearer x"},
		Video: "vod", Kind: token.VOD, From: "127.0.0.2",
	}
	if change != nil {
		change(&cfg)
	}
	counted := &counting{Asker: proxied{HTTP{Agent: "soak test", Now: clock.time}, s.API, trusting}}
	r, err := Run(t.Context(), cfg, counted, Clock{Now: clock.time, Sleep: clock.sleep})
	if err != nil {
		t.Fatal(err)
	}
	if r.Requests != counted.asked || r.Requests > Most {
		t.Errorf("%d requests reported, %d made, %d allowed", r.Requests, counted.asked, Most)
	}
	return r
}

type proxied struct {
	Asker
	api, trusting string
}

func (p proxied) Ask(ctx context.Context, q Question) (Reply, error) {
	server := "edge"
	if strings.HasPrefix(q.URL, p.api) {
		server = "api"
	}
	if server != p.trusting {
		delete(q.Header, "X-Forwarded-For")
		delete(q.Header, "X-Real-IP")
	}
	return p.Asker.Ask(ctx, q)
}

type counting struct {
	Asker
	asked int
}

func (c *counting) Ask(ctx context.Context, q Question) (Reply, error) {
	c.asked++
	return c.Asker.Ask(ctx, q)
}

// odd are the findings that are no pass, as "id verdict", in order.
func odd(r Report) string {
	var all []string
	for _, f := range r.Findings {
		if f.Verdict != Pass {
			all = append(all, f.ID+" "+string(f.Verdict))
		}
	}
	sort.Strings(all)
	return strings.Join(all, ", ")
}

func whys(r Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  %-8s %-16s %s\n", f.Verdict, f.ID, f.Why)
	}
	return b.String()
}

// Each defect of the lab is found, and nothing else with it. A healthy lab has none.
func TestLabDefects(t *testing.T) {
	type change func(*lab.Config)
	for _, row := range []struct {
		why   string
		spoil change
		ask   func(*Config)
		want  string
		trust string // who believes X-Forwarded-For
	}{
		{"healthy", func(*lab.Config) {}, nil, "", ""},
		{"healthy live", func(*lab.Config) {}, func(c *Config) { c.Video, c.Kind = "live", token.Live }, "", ""},
		{"healthy, strict to the moment", func(c *lab.Config) { c.Boundary = token.Strict }, nil, "", ""},
		{"clocks a second apart cannot be told from clocks that agree", func(c *lab.Config) { c.EdgeSkew = 300 * time.Millisecond }, nil, "", ""},
		{"no sign-in", func(c *lab.Config) { c.API.Auth = false }, nil, "auth fail", ""},
		{"nor any asked for", func(c *lab.Config) { c.API.Auth = false }, func(c *Config) { c.Header = nil }, "auth fail", ""},
		{"any life", func(c *lab.Config) { c.API.MaxLife = 0 }, nil, "expire-long fail", ""},
		{"dates and nonsense, but no long life", func(c *lab.Config) { c.API.StrictExpire = false }, nil, "", ""},
		{"dates and nonsense", func(c *lab.Config) { c.API.StrictExpire, c.API.MaxLife = false, 0 }, nil, "expire-absolute fail, expire-long fail, expire-garbage warn, expire-negative warn", ""},
		{"client_ip", func(c *lab.Config) { c.API.IgnoreClientIP = false }, nil, "client-ip fail", ""},
		{"the API believes proxies that are none", func(*lab.Config) {}, nil, "api-forwarded fail", "api"},
		{"both", func(c *lab.Config) { c.API.IgnoreClientIP = false }, nil, "api-forwarded fail, client-ip fail", "api"},
		{"the edge believes them", func(*lab.Config) {}, nil, "edge-forwarded fail", "edge"},
		{"public caches", func(c *lab.Config) { c.API.CacheControl = "public, max-age=60" }, nil, "api-cache fail", ""},
		{"caches of browsers", func(c *lab.Config) { c.API.CacheControl = "private, max-age=60" }, nil, "api-cache warn", ""},
		{"a cache that does, for strangers too", func(c *lab.Config) { c.API.SharedCache = 30 * time.Second }, nil, "api-alike fail, auth fail", ""},
		{"the same token again", func(c *lab.Config) { c.API.Faults = []lab.CallFault{{Calls: []int{2}, Answer: "same"}} }, nil, "api-alike warn", ""},
		{"no CORS at the API", func(c *lab.Config) { c.API.Headers.CORS = "none" }, nil, "api-cors warn", ""},
		{"its Date cannot be read", func(c *lab.Config) { c.API.Headers.CORS = "no-date" }, nil, "api-date warn", ""},
		{"it has none", func(c *lab.Config) { c.API.Headers.NoDate = true }, nil, "api-date warn, clocks unknown", ""},
		{"no CORS at the edge", func(c *lab.Config) { c.Headers.CORS = "none" }, nil, "edge-cors warn", ""},
		{"refusals that pages cannot read", func(c *lab.Config) { c.Headers.CORS = "no-refusals" }, nil, "refusal-cors warn", ""},
		{"its Date cannot be read", func(c *lab.Config) { c.Headers.CORS = "no-date" }, nil, "edge-date warn", ""},
		{"it has none", func(c *lab.Config) { c.Headers.NoDate = true }, nil, "boundary unknown, clocks unknown, edge-date warn", ""},
		{"a token for all videos", func(c *lab.Config) { c.AnyVideo, c.VOD = true, []string{"vod", "film"} }, func(c *Config) { c.Other = "film" }, "video-bound fail", ""},
		{"found without knowing another", func(c *lab.Config) { c.AnyVideo = true }, nil, "video-bound fail", ""},
		{"segments for anybody", func(c *lab.Config) { c.Unchecked = []qoe.Kind{qoe.Segment} }, nil, "segments fail", ""},
		{"playlists for anybody", func(c *lab.Config) { c.Unchecked = []qoe.Kind{qoe.Playlist} }, nil, "playlists fail", ""},
		{"grace", func(c *lab.Config) { c.Grace = 2 * time.Second }, nil, "boundary unknown, grace warn", ""},
		{"a lot of it", func(c *lab.Config) { c.Grace = time.Hour }, nil, "boundary unknown, expired-status unknown, grace fail", ""},
		{"one status for all", func(c *lab.Config) { c.Refusals.Expired = 403 }, nil, "expired-status warn", ""},
		{"a transfer that ends with its token", func(c *lab.Config) { c.CutAtExpiry, c.Boundary = true, token.Strict }, nil, "transfer warn", ""},
		{"transfers too quick to tell", func(c *lab.Config) { c.Faults = nil }, nil, "transfer unknown", ""},
		{"an edge ahead", func(c *lab.Config) { c.EdgeSkew = 4 * time.Second }, nil, "clocks warn", ""},
		{"an edge behind", func(c *lab.Config) { c.EdgeSkew = -4 * time.Second }, nil, "clocks warn", ""},
		{"more life than asked for", func(c *lab.Config) { c.API.Faults = []lab.CallFault{{Calls: []int{1}, Life: 100 * time.Second}} }, nil, "life warn", ""},
		{"less", func(c *lab.Config) { c.API.Faults = []lab.CallFault{{Calls: []int{1}, Life: 30 * time.Second}} }, nil, "life warn", ""},
		{"tokens that live for seconds only", func(c *lab.Config) { c.API.MaxLife = 4 * time.Second }, nil, "life warn", ""},
		{"no second address", func(*lab.Config) {}, func(c *Config) { c.From = "" }, "ip-bound unknown", ""},
		{"no patience", func(*lab.Config) {}, func(c *Config) { c.Patience = time.Second }, "boundary unknown, expired-status unknown, grace unknown, transfer unknown", ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			cfg := healthy()
			row.spoil(&cfg)
			r := auditBehind(t, row.trust, cfg, row.ask)
			if got := sorted(row.want); odd(r) != got {
				t.Errorf("%s\nwant %s; all:\n%s", odd(r), got, whys(r))
			}
		})
	}
}

func sorted(list string) string {
	all := strings.Split(list, ", ")
	sort.Strings(all)
	return strings.Join(all, ", ")
}

// What an API may say instead of a token ends the audit, with the reason.
func TestLabGivesNoToken(t *testing.T) {
	for _, row := range []struct {
		api    lab.API
		header map[string]string
		want   string // finding answer
	}{
		{lab.API{Auth: true}, nil, "unknown: 401: name the header that viewers send"},
		{lab.API{Outages: []lab.Outage{{Status: 401}}}, map[string]string{"Cookie": "a=b"}, "fail: 401 with the credentials given"},
		{lab.API{Outages: []lab.Outage{{Status: 503}}}, nil, "fail: token API answered 503"},
		{lab.API{Faults: []lab.CallFault{{From: 1, Answer: "expires-ms"}}}, nil, "fail: token answer has an expires in milliseconds, not seconds"},
		{lab.API{Faults: []lab.CallFault{{From: 1, Answer: "html"}}}, nil, "fail: token answer is a web page"},
		{lab.API{Faults: []lab.CallFault{{From: 1, Answer: "no-token"}}}, nil, "fail: token answer has no token"},
		{lab.API{Faults: []lab.CallFault{{From: 1, Answer: "expires-iso"}}}, nil, "fail: token answer has an expires that is not Unix time"},
	} {
		r := auditLab(t, lab.Config{API: row.api}, func(c *Config) { c.Header = row.header })
		got := ""
		for _, f := range r.Findings {
			if f.ID == checkAnswer.id {
				got = string(f.Verdict) + ": " + f.Why
			}
		}
		if !strings.HasPrefix(got, row.want) || r.Requests != 1 || len(r.Findings) != len(checks()) {
			t.Errorf("%q after %d requests, %d findings; want %q after 1, and everything else unknown", got, r.Requests, len(r.Findings), row.want)
		}
	}
}

// A stream that cannot be opened with a good token is a failure of its own.
func TestLabStreamCannotBeOpened(t *testing.T) {
	cfg := healthy()
	cfg.Faults = []lab.EdgeFault{{Status: 503}}
	if r := auditLab(t, cfg, nil); r.Count(Fail) != 1 || !strings.Contains(whys(r), "the edge answers a token just had with 503") {
		t.Errorf("%s", whys(r))
	}
}

// The stream's URL can be given; its token is replaced.
func TestGivenURL(t *testing.T) {
	cfg := healthy()
	var edge string
	r := auditLab(t, cfg, func(c *Config) {
		edge = "http://127.0.0.1:9" // nobody listens on the discard port
		c.URL = edge + "/videos/2675_vod/t/1/master.m3u8"
	})
	if r.Edge != "127.0.0.1:9" || r.Count(Fail) != 1 || !strings.Contains(whys(r), "connection refused") {
		t.Errorf("edge %s:\n%s", r.Edge, whys(r))
	}
}

// No token of any kind is in what people see.
func TestReportHoldsNoToken(t *testing.T) {
	cfg := healthy()
	cfg.Grace = time.Hour
	seen := &tokens{}
	clock := newFake()
	l, err := lab.New(cfg, 1, clock.time())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Listen(t.Context(), lab.Clock{Now: clock.time, Sleep: clock.sleep})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen.Asker = proxied{HTTP{Agent: "soak test", Now: clock.time}, s.API, ""}
	r, err := Run(t.Context(), Config{
		API: s.API + "?video={video}&type={type}&expire={expire}", Header: map[string]string{"Authorization": "Bearer x"}, Video: "vod", Kind: token.VOD,
	}, seen, Clock{Now: clock.time, Sleep: clock.sleep})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Text(&text, r, 0); err != nil {
		t.Fatal(err)
	}
	if len(seen.all) < 3 {
		t.Fatalf("%d tokens were seen", len(seen.all))
	}
	for tok := range seen.all {
		if strings.Contains(text.String()+whys(r), tok) {
			t.Errorf("token %s is in the report", token.Hash(tok))
		}
	}
}

// tokens collects the tokens that go by.
type tokens struct {
	Asker
	all map[string]bool
}

func (k *tokens) Ask(ctx context.Context, q Question) (Reply, error) {
	if at, ok := token.Locate(q.URL); ok {
		if k.all == nil {
			k.all = map[string]bool{}
		}
		k.all[at.Grant.Token] = true
	}
	return k.Asker.Ask(ctx, q)
}

func TestUnreachable(t *testing.T) {
	clock := newFake()
	_, err := Run(t.Context(), Config{API: "http://127.0.0.1:9/", Video: "v"}, HTTP{Now: clock.time}, Clock{Now: clock.time, Sleep: clock.sleep})
	if err == nil || !strings.Contains(err.Error(), "token API cannot be reached: ") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v; want that it cannot be reached, and why", err)
	}
}

// Requests say whose they are, where they come from and which page they are for.
func TestHTTPAsks(t *testing.T) {
	var got http.Header
	var peer string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, peer = r.Header, r.RemoteAddr
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte("half")) // of what was announced
	}))
	defer s.Close()
	a := &audit{cfg: Config{}, asker: HTTP{Agent: "soak/1 (audit)", Now: newFake().time}, clock: Clock{}}
	r, err := a.ask(t.Context(), Question{URL: s.URL, From: "127.0.0.3", Header: map[string]string{"X-A": "b"}})
	if err != nil || !r.Broken || r.Bytes != 4 || r.Status != 200 {
		t.Errorf("%+v, %v; want a broken body of 4 bytes", r, err)
	}
	if got.Get("User-Agent") != "soak/1 (audit)" || got.Get("Origin") != origin || got.Get("X-A") != "b" || !strings.HasPrefix(peer, "127.0.0.3:") {
		t.Errorf("asked with %v from %s", got, peer)
	}
}
