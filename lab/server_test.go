package lab

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"soak/token"
)

// still is a clock that stands at moment and counts what was slept.
type still struct{ slept atomic.Int64 }

func (s *still) clock() Clock {
	return Clock{
		Now: func() time.Time { return moment },
		Sleep: func(ctx context.Context, d time.Duration) error {
			s.slept.Add(int64(d))
			return ctx.Err()
		},
	}
}

// do makes a request and reads its answer.
func do(t *testing.T, method, url string, header ...string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// What goes over the wire: statuses, headers, bodies, and pages of any origin
// may read all of them.
func TestWire(t *testing.T) {
	l, s := listen(t, Config{}, new(still).clock())
	good := s.Plain + signed(l, token.Live, "live", "")
	for _, row := range []struct {
		method, url string
		header      []string
		status      int
		want        map[string]string
		why         string
	}{
		{"GET", good + "master.m3u8", nil, 200, map[string]string{
			"Content-Type": "application/vnd.apple.mpegurl", "Date": "Tue, 14 Nov 2023 22:13:20 GMT",
			"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*",
			"Access-Control-Expose-Headers": "Content-Length, Content-Range, Date, Retry-After",
		}, "a playlist"},
		{"GET", good + "index.mpd", nil, 200, map[string]string{"Content-Type": "application/dash+xml"}, "an MPD"},
		{"GET", good + "v1/init.mp4", nil, 200, map[string]string{"Content-Type": "video/mp4"}, "video"},
		{"GET", good + "a1/849999999.m4s", nil, 200, map[string]string{"Content-Type": "audio/mp4", "Content-Length": "24064", "Accept-Ranges": "bytes"}, "audio"},
		{"HEAD", good + "v3/849999999.m4s", nil, 200, map[string]string{"Content-Length": "750000"}, "HEAD has the length and no body"},
		{"GET", good + "v3/849999999.m4s", []string{"Range", "bytes=1000-1999"}, 206, map[string]string{"Content-Range": "bytes 1000-1999/750000", "Content-Length": "1000"}, "a range"},
		{"GET", good + "v3/850000000.m4s", nil, 404, map[string]string{"Access-Control-Allow-Origin": "*"}, "not yet"},
		{"GET", s.Plain + "/cmaf/2675_live/x/1700003600/master.m3u8", nil, 403, map[string]string{"Access-Control-Allow-Origin": "*"}, "players read the status of refusals"},
		{"OPTIONS", good + "master.m3u8", []string{"Access-Control-Request-Headers", "range, soak-viewer"}, 204, map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "range, soak-viewer", "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
		}, "a preflight needs no token"},
		{"POST", good + "master.m3u8", nil, 405, map[string]string{"Allow": "GET, HEAD, OPTIONS"}, "nothing is posted here"},
		{"GET", s.API + "?video=live", nil, 200, map[string]string{"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}, "the token API"},
		{"GET", s.API, nil, 400, map[string]string{"Content-Type": "application/json"}, "no video"},
		{"OPTIONS", s.API, []string{"Access-Control-Request-Private-Network", "true"}, 204, map[string]string{"Access-Control-Allow-Private-Network": "true"}, "a page from the internet to loopback"},
		{"GET", s.IPBound + "/time", nil, 200, map[string]string{"Content-Type": "text/plain; charset=utf-8"}, "the clock"},
	} {
		response, body := do(t, row.method, row.url, row.header...)
		if response.StatusCode != row.status {
			t.Errorf("%s: status %d, want %d", row.why, response.StatusCode, row.status)
		}
		for name, want := range row.want {
			if got := response.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", row.why, name, got, want)
			}
		}
		if row.method == "GET" && int64(len(body)) != response.ContentLength {
			t.Errorf("%s: %d bytes of %d", row.why, len(body), response.ContentLength)
		}
	}
}

// The token API over the wire names the real edges and sees the viewer's address.
func TestWireAddresses(t *testing.T) {
	_, s := listen(t, Config{}, new(still).clock())
	for _, row := range []struct {
		header []string
		want   string
		why    string
	}{
		{nil, "127.0.0.1", "the peer"},
		{[]string{"X-Real-IP", "203.0.113.5"}, "203.0.113.5", "what the proxy says"},
		{[]string{"X-Forwarded-For", " 203.0.113.6 , 10.0.0.1"}, "203.0.113.6", "the first of those forwarded"},
		{[]string{"X-Real-IP", "203.0.113.5", "X-Forwarded-For", "203.0.113.6"}, "203.0.113.5", "X-Real-IP comes first"},
		{[]string{"X-Real-IP", ""}, "127.0.0.1", "an empty header says nothing"},
	} {
		_, body := do(t, "GET", s.API+"?video=live", row.header...)
		var got grantJSON
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if got.ClientIP != row.want {
			t.Errorf("%s: client_ip %s, want %s", row.why, got.ClientIP, row.want)
		}
		if !strings.HasPrefix(got.URL, s.Plain+"/cmaf/") || !strings.HasPrefix(got.URLIP, s.IPBound+"/cmaf/") {
			t.Errorf("%s: URLs %s and %s", row.why, got.URL, got.URLIP)
		}
		if response, _ := do(t, "GET", got.URLIP, row.header...); response.StatusCode != 200 {
			t.Errorf("%s: url_ip from the same address: %d", row.why, response.StatusCode)
		}
		if response, _ := do(t, "GET", got.URLIP, "X-Real-IP", "203.0.113.99"); response.StatusCode != 403 {
			t.Errorf("%s: url_ip from another address: %d, want 403", row.why, response.StatusCode)
		}
		_, mpd := do(t, "GET", mpdURL(got.URL))
		if !strings.Contains(mpd, `value="`+s.Plain+`/time"`) {
			t.Errorf("%s: the MPD names another clock:\n%s", row.why, mpd)
		}
	}
}

// The same viewer's same call meets the same fate in real as in virtual time.
func TestWireFaultsAreTheViewers(t *testing.T) {
	cfg := Config{API: API{FailureRate: 0.5, Latency: Uniform(0, time.Second)}}
	clock := new(still)
	l, s := listen(t, cfg, clock.clock())
	statuses := map[int]int{}
	for call := 1; call <= 20; call++ {
		want := l.Token(Request{RawQuery: "video=live", Viewer: 7, Call: call}, moment)
		before := clock.slept.Load()
		response, _ := do(t, "GET", s.API+"?video=live", ViewerHeader, "7", CallHeader, strconv.Itoa(call))
		if slept := time.Duration(clock.slept.Load() - before); response.StatusCode != want.Status || slept != want.Delay {
			t.Errorf("call %d: %d after %v, computed %d after %v", call, response.StatusCode, slept, want.Status, want.Delay)
		}
		statuses[response.StatusCode]++
	}
	if len(statuses) != 2 {
		t.Errorf("statuses %v, want both 200 and 500", statuses)
	}
}

// Close ends calls that hang and leaves no goroutine; so does the end of the context.
func TestCloseEndsWhatHangs(t *testing.T) {
	for _, end := range []string{"close", "context"} {
		defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
		l, err := New(Config{API: API{HangRate: 1}}, 1, moment)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		reached := make(chan struct{}, 1)
		clock := Clock{Now: func() time.Time { reached <- struct{}{}; return moment }, Sleep: new(still).clock().Sleep}
		s, err := l.Listen(ctx, clock)
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan error, 1)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		go func() {
			response, err := client.Get(s.API + "?video=live")
			if err == nil {
				response.Body.Close()
			}
			answered <- err
		}()
		<-reached
		if end == "context" {
			cancel()
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", end, err)
		}
		if err := <-answered; err == nil {
			t.Errorf("%s: a hanging call was answered", end)
		}
		if _, err := client.Get(s.API); err == nil {
			t.Errorf("%s: still listening", end)
		}
	}
}

// A viewer that leaves in the middle of a delay ends the handler.
func TestLeavingEndsTheDelay(t *testing.T) {
	l := lab(t, Config{API: API{Latency: Fixed(time.Hour)}})
	ctx, cancel := context.WithCancel(t.Context())
	clock := Clock{Now: func() time.Time { return moment }, Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	defer func() {
		if r := recover(); !errors.Is(r.(error), http.ErrAbortHandler) {
			t.Errorf("recovered %v, want http.ErrAbortHandler", r)
		}
	}()
	request := httptest.NewRequestWithContext(ctx, "GET", "/api/token?video=live", nil)
	handler{clock: clock, answer: l.Token}.ServeHTTP(httptest.NewRecorder(), request)
	t.Error("answered")
}

func TestListenSaysWhere(t *testing.T) {
	_, s := listen(t, Config{}, new(still).clock())
	taken := strings.TrimPrefix(s.Plain, "http://")
	l := lab(t, Config{Listen: Addresses{IPBound: taken}})
	if _, err := l.Listen(t.Context(), new(still).clock()); err == nil || !strings.Contains(err.Error(), "lab: listen on "+taken) {
		t.Errorf("listening on a taken port: %v", err)
	}
}
