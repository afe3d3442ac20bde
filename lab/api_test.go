package lab

import (
	"encoding/json"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"soak/token"
)

// The guide's parameter rules. moment is 1700000000.
func TestTokenParameters(t *testing.T) {
	const peer = "192.0.2.9"
	for _, row := range []struct {
		query   string
		expires int64
		kind    token.Kind
		video   string
		ip      string
		why     string
	}{
		{"video=live", 1700003600, token.Live, "live", peer, "live and an hour by default, the address as seen"},
		{"video=live&type=live&expire=60", 1700000060, token.Live, "live", peer, "seconds from now"},
		{"video=vod&type=vod&expire=60", 1700000060, token.VOD, "vod", peer, "VOD"},
		{"video=live&type=VOD", 1700003600, token.Live, "live", peer, "anything but vod is live"},
		{"video=live&type=", 1700003600, token.Live, "live", peer, "an empty type too"},
		{"video=live&expire=0", 1700003600, token.Live, "live", peer, "zero: an hour"},
		{"video=live&expire=-5", 1700003600, token.Live, "live", peer, "negative: an hour"},
		{"video=live&expire=soon", 1700003600, token.Live, "live", peer, "not a number: an hour"},
		{"video=live&expire=1.5", 1700003600, token.Live, "live", peer, "no fractions: an hour"},
		{"video=live&expire=99999999999999999999", 1700003600, token.Live, "live", peer, "beyond 64 bits: an hour"},
		{"video=live&expire=1735689600", 1700000000 + 1735689600, token.Live, "live", peer, "up to 2025-01-01 it is a lifetime"},
		{"video=live&expire=1735689601", 1735689601, token.Live, "live", peer, "beyond it a point in time"},
		{"video=live&client_ip=198.51.100.4", 1700003600, token.Live, "live", "198.51.100.4", "the parameter overrides the address"},
		{"video=live&client_ip=", 1700003600, token.Live, "live", "", "even with nothing"},
		{"expire=30&video=live&video=other", 1700000030, token.Live, "live", peer, "the first of two"},
		{"video&video=live", 1700003600, token.Live, "live", peer, "a key without = is not there"},
		{"video=a%20b", 1700003600, token.Live, "a%20b", peer, "not percent-decoded"},
		{"video=", 1700003600, token.Live, "", peer, "empty is not missing"},
		{"video=nobody-knows", 1700003600, token.Live, "nobody-knows", peer, "the API signs anything"},
	} {
		l := lab(t, Config{})
		a := l.Token(Request{RawQuery: row.query, ClientIP: peer, Viewer: 1, Call: 1}, moment)
		plain := token.Grant{Token: l.signer.Sign(row.video, row.expires, ""), Expires: row.expires}
		bound := token.Grant{Token: l.signer.Sign(row.video, row.expires, row.ip), Expires: row.expires}
		want, err := json.Marshal(grantJSON{
			plain.Token, bound.Token, row.ip, row.expires,
			"http://edge.lab" + token.Path(row.kind, "2675", row.video, plain, "master.m3u8"),
			"http://edge-ip.lab" + token.Path(row.kind, "2675", row.video, bound, "master.m3u8"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != 200 || string(a.Body()) != string(want) {
			t.Errorf("%s (%s) = %d %s, want 200 %s", row.query, row.why, a.Status, a.Body(), want)
		}
	}
}

// The answer is the guide's letter by letter, and what is missing is said in its words.
func TestTokenAnswer(t *testing.T) {
	l := lab(t, Config{})
	a := l.Token(Request{RawQuery: "video=live&type=live&expire=60", ClientIP: "192.0.2.9"}, moment)
	golden(t, "token.json", append(a.Body(), '\n'))
	if a.ContentType != "application/json" || a.Delay != 0 || !a.Date.Equal(moment) {
		t.Errorf("%s after %v, dated %v", a.ContentType, a.Delay, a.Date)
	}
	for _, query := range []string{"", "type=vod&expire=60", "Video=live", "video"} {
		a := l.Token(Request{RawQuery: query}, moment)
		if a.Status != 400 || string(a.Body()) != `{"error":"missing required parameter: video"}` {
			t.Errorf("%q = %d %s", query, a.Status, a.Body())
		}
	}
}

// What the token API hands out opens the edge: HLS by its URL, DASH by the URL
// with index.mpd in its place.
func TestTokenOpensTheEdge(t *testing.T) {
	l := lab(t, Config{})
	for _, query := range []string{"video=live", "video=vod&type=vod"} {
		var got grantJSON
		if err := json.Unmarshal(l.Token(Request{RawQuery: query, ClientIP: "10.1.1.1"}, moment).Body(), &got); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			edge Edge
			url  string
		}{{Plain, got.URL}, {IPBound, got.URLIP}, {Plain, mpdURL(got.URL)}, {IPBound, mpdURL(got.URLIP)}} {
			u, err := url.Parse(row.url)
			if err != nil {
				t.Fatal(err)
			}
			if a := l.Edge(Request{Edge: row.edge, Path: u.Path, ClientIP: "10.1.1.1"}, moment); a.Status != 200 {
				t.Errorf("%s on edge %d = %d %s", query, row.edge, a.Status, a.Reason)
			}
		}
	}
}

// Faults are drawn from (seed, viewer, call): the same in any order, others for
// another seed, as frequent as asked, and independent of one another.
func TestFaultsAreKeyed(t *testing.T) {
	cfg := Config{API: API{FailureRate: 0.2, HangRate: 0.1, Latency: Lognormal(150*time.Millisecond, 0.6)}}
	draws := func(l *Lab) (all []fault, fails, hangs int) {
		for viewer := range 100 {
			for call := range 100 {
				f := l.draw(&Request{Viewer: viewer, Call: call + 1}, 0, nil)
				all = append(all, f)
				if f.Status != 0 {
					fails++
				}
				if f.Hangs {
					hangs++
				}
			}
		}
		return all, fails, hangs
	}
	l := lab(t, cfg)
	all, fails, hangs := draws(l)
	if fails < 1800 || fails > 2200 || hangs < 850 || hangs > 1150 {
		t.Errorf("of 10000 calls %d failed and %d hung, want about 2000 and 1000", fails, hangs)
	}
	if f := l.draw(&Request{Viewer: 41, Call: 7}, 99, nil); f != all[41*100+6] {
		t.Errorf("viewer 41's call 7 met %v alone and %v among others", f, all[41*100+6])
	}
	cfg.API.FailureRate, cfg.API.HangRate = 0, 0
	healthy, _, _ := draws(lab(t, cfg))
	for i := range all {
		if healthy[i].Latency != all[i].Latency {
			t.Fatalf("call %d: latency %v, without failures %v", i, all[i].Latency, healthy[i].Latency)
		}
	}
	other, err := New(Config{API: API{FailureRate: 0.2}}, 2, moment)
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for i := range healthy {
		if other.draw(&Request{Viewer: i / 100, Call: i%100 + 1}, 0, nil).Status == all[i].Status {
			same++
		}
	}
	if same > 7200 { // 0.2² + 0.8² of 10000 is 6800
		t.Errorf("another seed has the same fate for %d of 10000 calls", same)
	}
}

// Without a viewer's number the arrival counts; no two arrivals share a fate.
func TestUnknownCallersAreKeyedByArrival(t *testing.T) {
	l := lab(t, Config{API: API{Latency: Uniform(0, time.Second)}})
	seen := map[time.Duration]bool{}
	for range 20 {
		a := l.Token(Request{RawQuery: "video=live", Viewer: -1, Call: -1}, moment)
		if seen[a.Delay] {
			t.Errorf("latency %v drawn twice", a.Delay)
		}
		seen[a.Delay] = true
	}
}

func TestTokenFaults(t *testing.T) {
	call := Request{RawQuery: "video=live&expire=60", Viewer: 1, Call: 1}
	for _, row := range []struct {
		api    API
		after  time.Duration
		status int
		hang   bool
		delay  time.Duration
		why    string
	}{
		{API{Latency: Fixed(2 * time.Second)}, 0, 200, false, 2 * time.Second, "slow"},
		{API{FailureRate: 1, Latency: Fixed(time.Second)}, 0, 500, false, time.Second, "failures take as long as answers"},
		{API{FailureRate: 1, FailureStatus: 502}, 0, 502, false, 0, "a status of one's own"},
		{API{HangRate: 1}, 0, 200, true, 0, "hangs"},
		{API{Outages: []Outage{{From: 10 * time.Second, To: 20 * time.Second}}}, 9999 * time.Millisecond, 200, false, 0, "before the outage"},
		{API{Outages: []Outage{{From: 10 * time.Second, To: 20 * time.Second}}}, 10 * time.Second, 503, false, 0, "in the outage"},
		{API{Outages: []Outage{{From: 10 * time.Second, To: 20 * time.Second}}}, 20 * time.Second, 200, false, 0, "after the outage"},
		{API{Outages: []Outage{{To: time.Second, Status: 403}}, Latency: Fixed(time.Second)}, 0, 403, false, 0, "an outage answers at once"},
		{API{Outages: []Outage{{To: time.Second, Hang: true}}}, 0, 503, true, 0, "an outage that swallows calls"},
	} {
		a := lab(t, Config{API: row.api}).Token(call, moment.Add(row.after))
		if a.Status != row.status || a.Hang != row.hang || a.Delay != row.delay {
			t.Errorf("%s: %d, hang %v, after %v; want %d, %v, %v", row.why, a.Status, a.Hang, a.Delay, row.status, row.hang, row.delay)
		}
		if a.Status != 200 && !json.Valid(a.Body()) {
			t.Errorf("%s: body %s is not JSON", row.why, a.Body())
		}
	}
	slow := lab(t, Config{API: API{Latency: Fixed(2500 * time.Millisecond)}}).Token(call, moment)
	if !strings.Contains(string(slow.Body()), `"expires":1700000060,`) || !slow.Date.Equal(moment.Add(2*time.Second)) {
		t.Errorf("latency eats life: %s dated %v", slow.Body(), slow.Date)
	}
}

// Ten calls a second, two may wait: calls at one instant are served one after
// another, the fourth is turned away.
func TestCapacity(t *testing.T) {
	l := lab(t, Config{API: API{Rate: 10, Queue: 2}})
	for _, row := range []struct {
		at     time.Duration
		status int
		delay  time.Duration
		why    string
	}{
		{0, 200, 100 * time.Millisecond, "in service"},
		{0, 200, 200 * time.Millisecond, "first in the queue"},
		{0, 200, 300 * time.Millisecond, "second in the queue"},
		{0, 429, 0, "the queue is full"},
		{99 * time.Millisecond, 429, 0, "still full"},
		{100 * time.Millisecond, 200, 300 * time.Millisecond, "one was served: a place is free"},
		{10 * time.Second, 200, 100 * time.Millisecond, "idle again"},
	} {
		a := l.Token(Request{RawQuery: "video=live"}, moment.Add(row.at))
		if a.Status != row.status || a.Delay != row.delay {
			t.Errorf("at %v (%s): %d after %v, want %d after %v", row.at, row.why, a.Status, a.Delay, row.status, row.delay)
		}
		if a.Status == 429 && (len(a.Header) != 1 || a.Header[0] != Field{"Retry-After", "1"}) {
			t.Errorf("at %v: 429 with %v, want Retry-After: 1", row.at, a.Header)
		}
	}
}

// Retry-After is the whole seconds until a place is free.
func TestRetryAfter(t *testing.T) {
	l := lab(t, Config{API: API{Rate: 0.1, Queue: -1}})
	l.Token(Request{RawQuery: "video=live"}, moment)
	a := l.Token(Request{RawQuery: "video=live"}, moment.Add(2500*time.Millisecond))
	if a.Status != 429 || a.Header[0].Value != "8" {
		t.Errorf("7.5 s before a 10 s call ends: %d %v, want 429 and 8 s", a.Status, a.Header)
	}
}

func TestSecret(t *testing.T) {
	one, _ := New(Config{}, 1, moment)
	again, _ := New(Config{}, 1, moment)
	two, _ := New(Config{}, 2, moment)
	if one.signer != again.signer || one.signer == two.signer || len(one.signer.Secret) != 32 {
		t.Errorf("secrets of seeds 1, 1, 2 must be equal, equal, other")
	}
	if one.Config().Secret != "" {
		t.Error("the generated secret stands in the configuration, which reports print")
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{"video=live&type=live&expire=60", "video=vod&type=vod&client_ip=::1", "", "&&=&video==", "video=\"&expire=9223372036854775807", "video=\xff"} {
		f.Add(seed)
	}
	l := lab(f, Config{})
	f.Fuzz(func(t *testing.T, query string) {
		a := l.Token(Request{RawQuery: query, ClientIP: "10.0.0.1"}, moment)
		var got grantJSON
		if err := json.Unmarshal(a.Body(), &got); err != nil {
			t.Fatalf("%q: %s is not JSON: %v", query, a.Body(), err)
		}
		if a.Status == 200 && (got.Expires <= moment.Unix() || got.Expires > math.MaxInt64-1<<31 && !strings.Contains(query, "expire")) {
			t.Fatalf("%q: expires %d", query, got.Expires)
		}
	})
}

func FuzzEdge(f *testing.F) {
	l := lab(f, Config{})
	for _, file := range []string{"master.m3u8", "v1/849999999.m4s", "a1/init.mp4", "v1/-1.m4s", "../x"} {
		f.Add(file, "bytes=0-99")
	}
	f.Add("v1/index.m3u8", "bytes=-")
	f.Fuzz(func(t *testing.T, file, header string) {
		a := l.Edge(Request{Path: signed(l, token.Live, "live", file), Range: header}, moment)
		if got := int64(len(a.Body())); got != a.Size {
			t.Fatalf("%q %q = %d: size %d, body %d bytes", file, header, a.Status, a.Size, got)
		}
		l.Edge(Request{Path: file, Range: header}, moment)
	})
}

// The short way writes what json.Marshal does, whatever stands in the query, the address
// and the hosts.
func TestGrantIsWrittenAsJSON(t *testing.T) {
	texts := []string{"", "Ab-_0", "10.0.0.7", "http://edge.lab", "a&b", `a"b`, `a\b`, "<", ">", "\x7f", "\t", "é", "\xff", "\u2028", "~ !"}
	for _, cfg := range []Config{{}, {URLs: URLs{Query: true}}, {URLs: URLs{Prefix: "/20231114/1699999999", TokenLength: 6, TokenSuffix: "=="}}} {
		l := lab(t, cfg)
		for n, odd := range texts {
			for field := range 5 {
				hosts := VirtualHosts()
				for _, expires := range []int64{int64(n) - 1, 999_999_999, 1_000_000_000, 9_999_999_999, 10_000_000_000} {
					i := Issue{clientIP: "c", expires: expires, video: "v", kind: token.Kind(n % 2)}
					*[]*string{&i.clientIP, &i.video, &hosts.Plain, &hosts.IPBound, &hosts.API}[field] = odd
					i.lab = l.at(hosts)
					i.token = i.lab.signer.Sign(i.video, expires, "")
					var a Answer
					i.answer(&a, moment)
					want, err := json.Marshal(i.json())
					if got := a.Body(); err != nil || string(got) != string(want) || a.Size != int64(len(want)) {
						t.Errorf("%+v at %+v as JSON is %s, of %d bytes; want %s, %v", i, hosts, got, a.Size, want, err)
					}
				}
			}
		}
	}
}
