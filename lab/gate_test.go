package lab

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"soak/token"
)

// byHand is a clock that a test moves.
type byHand struct {
	mu      sync.Mutex
	now     time.Time
	waiting int // who sleeps
	woken   int // who has slept
	changed *sync.Cond
}

func newByHand() *byHand {
	c := &byHand{now: moment}
	c.changed = sync.NewCond(&c.mu)
	return c
}

func (c *byHand) clock() Clock { return Clock{Now: c.time, Sleep: c.sleep} }

func (c *byHand) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *byHand) sleep(ctx context.Context, d time.Duration) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	until := c.now.Add(d)
	c.waiting++
	c.changed.Broadcast()
	defer func() {
		c.waiting--
		c.woken++
		c.changed.Broadcast()
	}()
	for c.now.Before(until) && ctx.Err() == nil {
		c.changed.Wait()
	}
	return ctx.Err()
}

// move lets time pass once somebody sleeps, and waits until he does again.
func (c *byHand) move(to time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.waiting != 1 {
		c.changed.Wait()
	}
	woken := c.woken
	c.now = moment.Add(to)
	c.changed.Broadcast()
	for c.woken == woken || c.waiting != 1 {
		c.changed.Wait()
	}
}

// get asks for a URL and reads the answer.
func get(t *testing.T, url string) (status int, err error) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// An edge that is down refuses connections, on the wire as in virtual time, and is
// back under the same address; the others never notice.
func TestWireDown(t *testing.T) {
	hand := newByHand()
	l, s := listen(t, Config{
		Edges: Edges{Plain: EdgeRules{Down: []Window{{10 * time.Second, 20 * time.Second}, {30 * time.Second, time.Hour}}}},
	}, hand.clock())
	url := s.Plain + signed(l, token.Live, "live", "master.m3u8")
	ask := func(want int) {
		t.Helper()
		status, err := get(t, url)
		if status != want || want == 0 && !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%d, %v; want %d, or for 0 a refused connection", status, err, want)
		}
	}
	ask(200)
	hand.move(10 * time.Second)
	ask(0) // the connection kept alive is gone too
	if status, err := get(t, s.API+"?video=live"); status != 200 {
		t.Errorf("the token API: %d, %v", status, err)
	}
	hand.move(20 * time.Second)
	ask(200)
	hand.move(30 * time.Second)
	ask(0)
}

// A token API that is down refuses connections too.
func TestWireAPIDown(t *testing.T) {
	hand := newByHand()
	_, s := listen(t, Config{API: API{Outages: []Outage{{From: time.Second, To: time.Hour, Refuse: true}}}}, hand.clock())
	if status, err := get(t, s.API+"?video=live"); status != 200 {
		t.Errorf("%d, %v; want 200", status, err)
	}
	hand.move(time.Second)
	if _, err := get(t, s.API+"?video=live"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%v; want a refused connection", err)
	}
}

func TestWireReset(t *testing.T) {
	l, s := listen(t, Config{Faults: []EdgeFault{{Reset: true, Times: 1}}}, new(still).clock())
	url := s.Plain + signed(l, token.Live, "live", "master.m3u8")
	if _, err := get(t, url); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v; want a connection that is reset", err)
	}
	if status, err := get(t, url); status != 200 {
		t.Errorf("again: %d, %v; want 200", status, err)
	}
}

// A body that stops for ever leaves the connection open: the client gives up.
func TestWireStopsForEver(t *testing.T) {
	l, s := listen(t, Config{Faults: []EdgeFault{{Stall: 0.25}}}, new(still).clock())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Plain+signed(l, token.VOD, "vod", "v1/3.m4s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.CopyN(io.Discard, response.Body, 25_000); n != 25_000 {
		t.Fatalf("%d bytes, %v; want the quarter that comes", n, err)
	}
	time.AfterFunc(50*time.Millisecond, cancel)
	if n, err := io.Copy(io.Discard, response.Body); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d bytes more, %v; want none until it is given up", n, err)
	}
}

// Pages read what they may, and no Date where there is none.
func TestWireHeaders(t *testing.T) {
	const all, less = "Content-Length, Content-Range, Date, Retry-After", "Content-Length, Content-Range, Retry-After"
	for _, row := range []struct {
		headers   Headers
		date      bool
		good, bad string // Access-Control-Allow-Origin
		exposed   string // of a good answer
		preflight string
		why       string
	}{
		{Headers{}, true, "*", "*", all, "*", "nothing lacks"},
		{Headers{NoDate: true}, false, "*", "*", all, "*", "no Date"},
		{Headers{CORS: corsNoDate}, true, "*", "*", less, "*", "a Date that pages cannot read"},
		{Headers{CORS: corsNoRefusals}, true, "*", "", all, "*", "refusals that pages cannot read"},
		{Headers{CORS: corsNone}, true, "", "", "", "", "nothing that pages can read"},
	} {
		l, s := listen(t, Config{Headers: row.headers, API: API{Headers: row.headers}}, new(still).clock())
		for _, base := range []struct{ good, bad string }{
			{s.Plain + signed(l, token.Live, "live", "master.m3u8"), s.Plain + "/cmaf/2675_live/x/1700003600/master.m3u8"},
			{s.API + "?video=live", s.API},
		} {
			good, _ := do(t, "GET", base.good)
			bad, _ := do(t, "GET", base.bad)
			preflight, _ := do(t, "OPTIONS", base.good)
			const origin = "Access-Control-Allow-Origin"
			if good.Header.Get(origin) != row.good || bad.Header.Get(origin) != row.bad || preflight.Header.Get(origin) != row.preflight {
				t.Errorf("%s, %s: %s %q, %q when refused, %q in a preflight; want %q, %q, %q", row.why, base.good, origin, good.Header.Get(origin), bad.Header.Get(origin), preflight.Header.Get(origin), row.good, row.bad, row.preflight)
			}
			if got := good.Header.Get("Access-Control-Expose-Headers"); got != row.exposed {
				t.Errorf("%s: exposed %q; want %q", row.why, got, row.exposed)
			}
			for _, r := range []*http.Response{good, bad} {
				if _, has := r.Header["Date"]; has != row.date {
					t.Errorf("%s: Date %q; want one: %v", row.why, r.Header["Date"], row.date)
				}
			}
		}
	}
	for _, cfg := range []Config{{Headers: Headers{NoDate: true}, API: API{Headers: Headers{NoDate: true}}}} {
		l := lab(t, cfg)
		if a := l.Edge(Request{Path: signed(l, token.Live, "live", "master.m3u8")}, moment); !a.Date.IsZero() {
			t.Errorf("in virtual time an edge's answer is dated %v", a.Date)
		}
		if a := l.Token(Request{RawQuery: "video=live"}, moment); !a.Date.IsZero() {
			t.Errorf("in virtual time the token API's answer is dated %v", a.Date)
		}
	}
	if _, s := listen(t, Config{API: API{CacheControl: "public, max-age=60"}}, new(still).clock()); true {
		if r, _ := do(t, "GET", s.API+"?video=live"); r.Header.Get("Cache-Control") != "public, max-age=60" {
			t.Errorf("Cache-Control: %q", r.Header.Get("Cache-Control"))
		}
	}
}
