package lab

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// call is a call of a browser at an address.
func call(l *Lab, query, address string, after time.Duration) Answer {
	return l.Token(Request{RawQuery: query, ClientIP: address, Viewer: -1, Call: -1}, moment.Add(after))
}

func headerOf(a Answer, name string) string {
	for _, f := range a.Header {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// What a caller asks for is taken, cut or refused.
func TestExpireRules(t *testing.T) {
	for _, row := range []struct {
		api     API
		query   string
		expires int64 // after moment; 0: 400
		why     string
	}{
		{API{MaxLife: 2 * time.Minute}, "expire=60", 60, "below the limit"},
		{API{MaxLife: 2 * time.Minute}, "expire=86400", 120, "a day is cut"},
		{API{MaxLife: 2 * time.Minute}, "expire=1893456000", 120, "a point in time too"},
		{API{MaxLife: 2 * time.Minute}, "x=1", 120, "and an hour by default"},
		{API{StrictExpire: true}, "expire=60", 60, "seconds"},
		{API{StrictExpire: true}, "x=1", 3600, "none is no wrong one"},
		{API{StrictExpire: true}, "expire=-5", 0, "negative"},
		{API{StrictExpire: true}, "expire=0", 0, "nothing at all"},
		{API{StrictExpire: true}, "expire=soon", 0, "a word"},
		{API{StrictExpire: true}, "expire=1893456000", 0, "a point in time"},
	} {
		a := call(lab(t, Config{API: row.api}), "video=live&"+row.query, "10.0.0.1", 0)
		var got grantJSON
		if a.Status == 200 {
			if err := json.Unmarshal(a.Body(), &got); err != nil {
				t.Fatal(err)
			}
			got.Expires -= moment.Unix()
		}
		if got.Expires != row.expires || (a.Status == 400) != (row.expires == 0) {
			t.Errorf("%+v, %s: %d, expires in %d s; want %d: %s", row.api, row.query, a.Status, got.Expires, row.expires, row.why)
		}
	}
}

func TestWhoMayCall(t *testing.T) {
	l := lab(t, Config{API: API{Auth: true, IgnoreClientIP: true}})
	for _, row := range []struct {
		r      Request
		status int
		why    string
	}{
		{Request{Viewer: -1}, 401, "nobody knows who"},
		{Request{Viewer: -1, SignedIn: true}, 200, "a header says who"},
		{Request{Viewer: 3}, 200, "soak's own viewer"},
	} {
		row.r.RawQuery, row.r.ClientIP, row.r.Call = "video=live&client_ip=203.0.113.7", "10.0.0.1", -1
		a := l.Token(row.r, moment)
		if a.Status != row.status || a.Status == 200 && !strings.Contains(string(a.Body()), `"client_ip":"10.0.0.1"`) {
			t.Errorf("%s: %d %s; want %d, for the address that was seen", row.why, a.Status, a.Body(), row.status)
		}
	}
}

// A cache in front of the backend gives one viewer's answer to another, with the
// life that is left of it, until it is too old.
func TestSharedCache(t *testing.T) {
	l := lab(t, Config{API: API{SharedCache: 30 * time.Second, CacheControl: "public, max-age=30", Latency: Fixed(2 * time.Second), Rate: 0.5, Queue: 1}})
	first := call(l, "video=live&expire=60", "10.0.0.1", 0)
	for _, row := range []struct {
		query string
		after time.Duration
		kept  bool
		age   string
		why   string
	}{
		{"video=live&expire=60", 10 * time.Second, true, "6", "backend's turn and work took 4 s"},
		{"video=live&expire=61", 10 * time.Second, false, "", "another URL"},
		{"video=live&expire=60", 33 * time.Second, true, "29", "to the end of its time"},
		{"video=live&expire=60", 34 * time.Second, false, "", "too old"},
	} {
		before := l.backend.arrivals
		a := call(l, row.query, "10.0.0.2", row.after)
		if kept := string(a.Body()) == string(first.Body()); kept != row.kept || headerOf(a, "Age") != row.age || kept != (l.backend.arrivals == before) {
			t.Errorf("%s at %v: kept %v, age %q; want %v, %q: %s", row.query, row.after, kept, headerOf(a, "Age"), row.kept, row.age, row.why)
		}
		if row.kept && (a.Delay != 0 || !a.Date.Equal(first.Date)) {
			t.Errorf("kept: after %v, dated %v; want at once and the first answer's Date", a.Delay, a.Date)
		}
		if got := headerOf(a, "Cache-Control"); got != "public, max-age=30" {
			t.Errorf("Cache-Control: %q", got)
		}
	}
}

// Failures are not kept, and an answer is not there before the backend has given it.
func TestSharedCacheKeepsAnswersOnly(t *testing.T) {
	l := lab(t, Config{API: API{SharedCache: time.Minute, Latency: Fixed(5 * time.Second), Outages: []Outage{{From: 0, To: time.Second}}}})
	for _, row := range []struct {
		after    time.Duration
		status   int
		arrivals int
	}{{0, 503, 1}, {time.Second, 200, 2}, {2 * time.Second, 200, 3}, {7 * time.Second, 200, 3}} {
		if a := call(l, "video=live", "10.0.0.1", row.after); a.Status != row.status || l.backend.arrivals != row.arrivals {
			t.Errorf("at %v: %d, %d calls at the backend; want %d, %d", row.after, a.Status, l.backend.arrivals, row.status, row.arrivals)
		}
	}
}

// The right to watch is taken from a share of the viewers, for good; the same ones
// whenever they call.
func TestOutageOfSomeViewers(t *testing.T) {
	l := lab(t, Config{API: API{Outages: []Outage{{From: time.Minute, Status: 401, Viewers: 0.2}}}})
	lost := 0
	for viewer := range 1000 {
		status := func(after time.Duration) int {
			return l.Token(Request{RawQuery: "video=live", Viewer: viewer, Call: 1}, moment.Add(after)).Status
		}
		first := status(time.Minute)
		if first == 401 {
			lost++
		}
		if status(0) != 200 || status(time.Hour) != first {
			t.Errorf("viewer %d: %d before, %d at the beginning, %d later", viewer, status(0), first, status(time.Hour))
		}
	}
	if lost < 160 || lost > 240 {
		t.Errorf("%d of 1000 viewers; want about 200", lost)
	}
	browsers := map[int]int{}
	for i := range 100 {
		browsers[call(l, "video=live", fmt.Sprint("10.0.0.", i), 2*time.Minute).Status]++
	}
	if browsers[401] < 5 || browsers[401] > 40 {
		t.Errorf("%v of 100 browsers, told apart by their addresses; want about 20", browsers)
	}
}

func TestRetryAfterOrNot(t *testing.T) {
	for _, row := range []struct {
		api    API
		status int
		retry  string
		why    string
	}{
		{API{Rate: 0.1, Queue: -1}, 429, "10", "capacity tells when to come again"},
		{API{Rate: 0.1, Queue: -1, NoRetryAfter: true}, 429, "", "or does not"},
		{API{Outages: []Outage{{To: time.Minute, Status: 429, RetryAfter: 7 * time.Second}}}, 429, "7", "an outage with it"},
		{API{Outages: []Outage{{To: time.Minute, Status: 429}}}, 429, "", "and without"},
		{API{Faults: []CallFault{{Calls: []int{2}, Status: 429, RetryAfter: 3 * time.Second}}}, 429, "3", "a struck call with it"},
		{API{Faults: []CallFault{{Calls: []int{2}, Status: 503}}}, 503, "", "and without"},
	} {
		l := lab(t, Config{API: row.api})
		call(l, "video=live", "10.0.0.1", 0)
		if a := call(l, "video=live", "10.0.0.1", 0); a.Status != row.status || headerOf(a, "Retry-After") != row.retry {
			t.Errorf("%s: %d, Retry-After %q; want %d, %q", row.why, a.Status, headerOf(a, "Retry-After"), row.status, row.retry)
		}
	}
}

func TestValidateAPIRules(t *testing.T) {
	const s = time.Second
	for _, row := range []struct {
		api  API
		says string // empty: valid
	}{
		{API{Outages: []Outage{{From: s, Status: 401, Viewers: 1}, {To: s, Refuse: true}}}, ""},
		{API{Outages: []Outage{{To: s, RetryAfter: -s}}}, "api.outages[0].retryAfter -1s: use whole seconds up to"},
		{API{Outages: []Outage{{To: s, Viewers: 1.5}}}, "api.outages[0].viewers 1.5: use a share above 0 and up to 1"},
		{API{Outages: []Outage{{To: s, Hang: true, Refuse: true}}}, "api.outages[0] does several things at once: keep one of"},
		{API{Outages: []Outage{{To: s, Hang: true, RetryAfter: s}}}, "api.outages[0] does several things at once"},
		{API{Outages: []Outage{{To: s, Refuse: true, Viewers: 0.5}}}, "api.outages[0] refuses the connections of all viewers or of none"},
		{API{Outages: []Outage{{From: s, Refuse: true}, {From: 2 * s, Refuse: true}}}, "api.outages: from 2s: a window must begin after the one before has ended"},
		{API{Outages: []Outage{{From: 2 * s, To: s}}}, "api.outages[0] from 2s to 1s: to must come after from"},
		{API{CacheControl: "a\nb"}, "api.cacheControl"},
		{API{SharedCache: -1}, "api.sharedCache -1ns: use up to"},
		{API{MaxLife: 1}, "api.maxLife 1ns: use whole seconds"},
		{API{Headers: Headers{CORS: "some"}}, `api.headers.cors "some": use no-date`},
		{API{Faults: []CallFault{{From: 1, Hang: true, RetryAfter: s}}}, "retryAfter 1s: use whole seconds up to 24h0m0s, with a status"},
	} {
		err := Config{API: row.api}.Validate()
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%+v: %v, want %q", row.api, err, row.says)
		}
	}
}
