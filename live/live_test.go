package live

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"soak/lab"
	"soak/qoe"
	"soak/reports"
	"soak/scenarios"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = "a-token-of-22-characters"

// stage is a run that a test moves on by hand, and a server that shows it.
type stage struct {
	*Server
	t *testing.T

	mu    sync.Mutex
	now   time.Time
	looks int
	did   []string
	fails error
}

func stageFor(t *testing.T, token string) *stage {
	t.Helper()
	s := &stage{t: t, now: time.Now()}
	cfg := Config{Address: ":0", Token: token, Now: func() time.Time {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.now
	}}
	server, err := Listen(t.Context(), cfg, s.look)
	if err != nil {
		t.Fatal(err)
	}
	s.Server = server
	done := func(what string) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.did = append(s.did, what)
		return s.fails
	}
	server.Show(s.look, Control{
		Stop:   func() error { return done("stop") },
		Hold:   func(hold bool) error { return done(fmt.Sprintf("hold %v", hold)) },
		Inject: func(i lab.Injection) error { return done(i.String()) },
	})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

// look shows a run that has a viewer more each time.
func (s *stage) look() *reports.Live {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	begun := s.now
	shard := qoe.NewShard(begun)
	for i := range s.looks {
		shard.Viewer(i, qoe.Labels{Cohort: "a", Player: "hlsjs 1.7.4", Policy: "steady", Link: "4g"}).Emit(qoe.Startup{At: begun, Took: time.Second})
	}
	sc := scenarios.Default()
	return &reports.Live{State: reports.Running, At: time.Duration(s.looks) * time.Second, Lab: true,
		Report: reports.Report{Scenario: sc, Summary: shard.Summary(), Started: &begun, Health: &reports.Health{CPUs: 2}}}
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *stage) seenLooks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks
}

// ask makes a request; header is names and values by turns.
func (s *stage) ask(method, path, body string, header ...string) (*http.Response, string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.URL(), "/")+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp, string(text)
}

func TestAddress(t *testing.T) {
	for _, row := range []struct {
		address, token, want string // want "": refused
	}{
		{":8089", "", "127.0.0.1:8089"},
		{"localhost:0", "", "localhost:0"},
		{"[::1]:80", "", "[::1]:80"},
		{"127.9.9.9:1", "", "127.9.9.9:1"},
		{"0.0.0.0:8089", secret, "0.0.0.0:8089"},
		{"0.0.0.0:8089", "", ""},
		{"[::]:8089", "", ""},
		{"192.0.2.1:8089", "", ""},
		{"example.org:8089", "", ""},
		{"0.0.0.0:8089", "short", ""},
		{":8089", "short", ""},
		{"8089", "", ""},
		{":http", "", ""},
		{":65536", "", ""},
	} {
		got, err := Config{Address: row.address, Token: row.token}.address()
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("address(%q, token %q) = %q, %v; want %q", row.address, row.token, got, err, row.want)
		}
		if err != nil && row.token != "" && strings.Contains(err.Error(), row.token) {
			t.Errorf("the error tells the token: %v", err)
		}
	}
}

// Who may not come is sent away, and pages of other sites cannot act through a
// browser on this machine.
func TestGuard(t *testing.T) {
	open, closed := stageFor(t, ""), stageFor(t, secret)
	post := []string{"Content-Type", "application/json"}
	for _, row := range []struct {
		why          string
		of           *stage
		method, path string
		header       []string
		want         int
	}{
		{"loopback is open", open, "GET", "/", nil, 200},
		{"by its name", open, "GET", "/", []string{"Host", "localhost:99"}, 200},
		{"a name that was pointed here", open, "GET", "/", []string{"Host", "evil.example:8089"}, 421},
		{"the same, for metrics", open, "GET", "/metrics", []string{"Host", "evil.example"}, 421},
		{"a name that ends like ours", open, "POST", "/control/stop", append([]string{"Host", "localhost.evil.example"}, post...), 421},
		{"the page's own request", open, "POST", "/control/stop", append([]string{"Sec-Fetch-Site", "same-origin"}, post...), 204},
		{"a script's", open, "POST", "/control/stop", post, 204},
		{"another site's", open, "POST", "/control/stop", append([]string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, post...), 403},
		{"another site's, of an old browser", open, "POST", "/control/stop", append([]string{"Origin", "https://evil.example"}, post...), 403},
		{"another port's page", open, "POST", "/control/stop", append([]string{"Sec-Fetch-Site", "same-site", "Origin", "http://127.0.0.1:1"}, post...), 403},
		{"a form", open, "POST", "/control/stop", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415},
		{"a preflight", open, "OPTIONS", "/control/stop", []string{"Origin", "https://evil.example"}, 405},
		{"a link", open, "GET", "/control/stop", nil, 405},
		{"nothing there", open, "GET", "/etc/passwd", nil, 404},
		{"no token", closed, "GET", "/", nil, 401},
		{"no token for metrics", closed, "GET", "/metrics", nil, 401},
		{"no token for events", closed, "GET", "/events", nil, 401},
		{"no token for control", closed, "POST", "/control/stop", post, 401},
		{"a wrong one", closed, "GET", "/?token=" + secret + "x", nil, 401},
		{"a wrong cookie", closed, "GET", "/", []string{"Cookie", sessionCookie + "=" + secret}, 401},
		{"a wrong bearer", closed, "GET", "/metrics", []string{"Authorization", "Bearer nobody"}, 401},
		{"a bearer", closed, "GET", "/metrics", []string{"Authorization", "Bearer " + secret}, 200},
		{"a bearer, by any name", closed, "GET", "/metrics", []string{"Authorization", "Bearer " + secret, "Host", "soak.example"}, 200},
		{"a token in a request that changes something", closed, "POST", "/control/stop?token=" + secret, post, 401},
	} {
		resp, body := row.of.ask(row.method, row.path, "{}", row.header...)
		if resp.StatusCode != row.want {
			t.Errorf("%s: %s %s %q = %d %.80s; want %d", row.why, row.method, row.path, row.header, resp.StatusCode, body, row.want)
		}
		if h := resp.Header; h.Get("Access-Control-Allow-Origin") != "" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: header %v", row.why, h)
		}
		if strings.Contains(body, secret) {
			t.Errorf("%s: the answer has the token", row.why)
		}
	}
	if len(open.did) != 2 || len(closed.did) != 0 {
		t.Errorf("%q and %q were done; want two stops and nothing", open.did, closed.did)
	}
}

// A browser that opens the page with the token is let in afterwards, and the token
// leaves its address bar.
func TestTokenBecomesACookie(t *testing.T) {
	s := stageFor(t, secret)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	defer browser.CloseIdleConnections()
	resp, err := browser.Get(s.URL() + "?a=1&token=" + secret)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Request.URL.String(); resp.StatusCode != 200 || got != s.URL()+"?a=1" {
		t.Errorf("%d at %s; want 200 at %s?a=1", resp.StatusCode, got, s.URL())
	}
	first, _ := s.ask("GET", "//evil.example/?token="+secret, "")
	if to := first.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, secret) {
		t.Errorf("redirected to %q", to)
	}
	cookie := first.Header.Get("Set-Cookie")
	if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") || strings.Contains(cookie, secret) {
		t.Errorf("cookie %q", cookie)
	}
}

func TestActions(t *testing.T) {
	s := stageFor(t, "")
	for _, row := range []struct {
		action, body string
		want         int
		did          string // or what is said
	}{
		{"hold", "{}", 204, "hold true"},
		{"resume", "{}", 204, "hold false"},
		{"stop", "", 204, "stop"},
		{"inject", `{"kind": "api-outage", "seconds": 10}`, 204, "the token API answers every call with 503, for 10s"},
		{"inject", `{"kind": "edge-slow", "seconds": 1.5, "delayMillis": 250}`, 204, "the edges take longer by 250ms, for 1.5s"},
		{"inject", `{"kind": "fire"}`, 400, `fault "fire" is none`},
		{"inject", `{"kind": "api-outage", "seconds": 1e300}`, 400, "use 1s to"},
		{"inject", `{"kind": "api-outage", "seconds": -5}`, 400, "use 1s to"},
		{"inject", `kind=api-outage`, 400, "a fault is JSON"},
		{"inject", `{"kind": "` + strings.Repeat("x", maxBody) + `"}`, 400, "too long"},
		{"start", "{}", 409, "cannot be done now"},
		{"explode", "{}", 400, "use start, stop, hold, resume or inject"},
	} {
		before := len(s.did)
		resp, body := s.ask("POST", "/control/"+row.action, row.body, "Content-Type", "application/json; charset=utf-8")
		if resp.StatusCode != row.want {
			t.Errorf("%s %.60s = %d %s; want %d", row.action, row.body, resp.StatusCode, body, row.want)
		}
		if row.want == 204 && (len(s.did) != before+1 || s.did[before] != row.did) || row.want != 204 && !strings.Contains(body, row.did) {
			t.Errorf("%s %.60s: %q was done, %q said; want %q", row.action, row.body, s.did[before:], body, row.did)
		}
	}
	s.fails = errors.New("the run is over")
	if resp, body := s.ask("POST", "/control/hold", "{}", "Content-Type", "application/json"); resp.StatusCode != 409 || strings.TrimSpace(body) != "the run is over" {
		t.Errorf("%d %q; want 409 with the reason", resp.StatusCode, body)
	}
}

// listen reads events until there are none; each is JSON, or empty at the end.
func (s *stage) listen() <-chan string {
	r, err := http.NewRequestWithContext(s.t.Context(), "GET", s.URL()+"events", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	events := make(chan string, 100)
	go func() {
		defer close(events)
		defer resp.Body.Close()
		for lines := bufio.NewReader(resp.Body); ; {
			line, err := lines.ReadString('\n')
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				events <- data
			}
			if err != nil {
				return
			}
		}
	}()
	return events
}

// Pages are told at once when they come, about once a second while the run goes on,
// of what was done to it at once, and of its end. Nobody looks for nobody.
func TestEvents(t *testing.T) {
	s := stageFor(t, "")
	s.pass(time.Minute)
	s.Tick()
	if got := s.seenLooks(); got != 1 {
		t.Errorf("the run was looked at %d times although nobody watches; want once, when it was shown", got)
	}
	a, b := s.listen(), s.listen()
	noticed := func(events <-chan string) string {
		var u struct {
			Noticed string
			Charts  []struct{ From int }
		}
		if err := json.Unmarshal([]byte(<-events), &u); err != nil {
			t.Fatal(err)
		}
		return u.Noticed
	}
	want := func(text string) {
		t.Helper()
		for _, events := range []<-chan string{a, b} {
			if got := noticed(events); got != text {
				t.Errorf("event says %q; want %q", got, text)
			}
		}
	}
	want("none of 2 viewers noticed anything") // one look for both
	for range 4 {
		s.pass(200 * time.Millisecond)
		s.Tick()
	}
	s.pass(200 * time.Millisecond)
	s.Tick()
	want("none of 3 viewers noticed anything")
	s.ask("POST", "/control/hold", "{}", "Content-Type", "application/json")
	want("none of 4 viewers noticed anything")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	want("none of 5 viewers noticed anything")
	for _, events := range []<-chan string{a, b} {
		if last := <-events; strings.TrimSpace(last) != "{}" {
			t.Errorf("the last event is %q; want that of the end", last)
		}
		if _, more := <-events; more {
			t.Error("events go on after the end")
		}
	}
}

func TestSoManyMayWatch(t *testing.T) {
	s := stageFor(t, "")
	s.watchers.Store(maxWatchers)
	if resp, _ := s.ask("GET", "/events", ""); resp.StatusCode != http.StatusServiceUnavailable || s.watchers.Load() != maxWatchers {
		t.Errorf("%d, %d watch; want 503 and as many as before", resp.StatusCode, s.watchers.Load())
	}
	s.watchers.Store(0)
}

// Scrapes within a second share a look.
func TestMetrics(t *testing.T) {
	s := stageFor(t, "")
	for range 3 {
		_, body := s.ask("GET", "/metrics", "")
		for _, want := range []string{`soak_viewers_arrived_total{format="unknown",link="4g",player="hlsjs 1.7.4",policy="steady",scenario="default"} 1`, "soak_startup_duration_seconds_bucket", "soak_generator_cores"} {
			if !strings.Contains(body, want) {
				t.Errorf("metrics lack %s", want)
			}
		}
	}
	if got := s.seenLooks(); got != 1 {
		t.Errorf("three scrapes looked %d times; want once", got)
	}
	s.pass(time.Second)
	if _, body := s.ask("GET", "/metrics", ""); !strings.Contains(body, `scenario="default"} 2`) {
		t.Error("a second later nothing has changed")
	}
}
