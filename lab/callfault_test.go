package lab

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// ask is call n of a viewer for a token of 60 s.
func ask(l *Lab, viewer, n int, after time.Duration) Answer {
	return l.Token(Request{RawQuery: "video=live&expire=60", ClientIP: "10.0.0.1", Viewer: viewer, Call: n}, moment.Add(after))
}

func TestCallFaultsStrikeByNumber(t *testing.T) {
	for _, row := range []struct {
		fault CallFault
		want  string // status of calls 1 to 6; h hangs
		why   string
	}{
		{CallFault{Calls: []int{2}, Status: 500}, "200 500 200 200 200 200", "one call"},
		{CallFault{Calls: []int{5, 2}, Status: 429}, "200 429 200 200 429 200", "a list in any order"},
		{CallFault{Calls: []int{1}, Status: 503}, "503 200 200 200 200 200", "the first token's"},
		{CallFault{From: 3, Status: 500}, "200 200 500 500 500 500", "from one on, for ever"},
		{CallFault{From: 2, To: 4, Hang: true}, "200 h h h 200 200", "a range, both ends included"},
	} {
		l := lab(t, Config{API: API{Faults: []CallFault{row.fault}}})
		var got []string
		for call := 1; call <= 6; call++ {
			for viewer := range 2 { // every viewer's own calls are counted
				a := ask(l, viewer, call, 0)
				text := strconv.Itoa(a.Status)
				if a.Hang {
					text = "h"
				}
				if viewer == 0 {
					got = append(got, text)
				} else if text != got[len(got)-1] {
					t.Errorf("%s: call %d: viewer 0 met %s, viewer 1 %s", row.why, call, got[len(got)-1], text)
				}
			}
		}
		if s := strings.Join(got, " "); s != row.want {
			t.Errorf("%s: %s, want %s", row.why, s, row.want)
		}
	}
}

// A struck call meets nothing of what is drawn, but for the latency it does not
// set; the others meet what they met without it.
func TestCallFaultsReplaceDraws(t *testing.T) {
	drawn := API{FailureRate: 1, FailureStatus: 502, Latency: Fixed(time.Second)}
	for _, row := range []struct {
		fault  CallFault
		status int
		delay  time.Duration
		why    string
	}{
		{CallFault{Calls: []int{1}, Latency: Fixed(4 * time.Second)}, 200, 4 * time.Second, "slow instead of failing"},
		{CallFault{Calls: []int{1}, Status: 404}, 404, time.Second, "another status, as late as others"},
		{CallFault{Calls: []int{1}, Status: 404, Latency: Fixed(time.Minute)}, 404, time.Minute, "a late failure"},
		{CallFault{Calls: []int{2}, Status: 404}, 502, time.Second, "not this call"},
	} {
		api := drawn
		api.Faults = []CallFault{row.fault, {Calls: []int{1}, Hang: true}}
		if row.fault.Calls[0] != 1 {
			api.Faults = api.Faults[:1]
		}
		a := ask(lab(t, Config{API: api}), 0, 1, 0)
		if a.Status != row.status || a.Delay != row.delay || a.Hang {
			t.Errorf("%s: %d after %v, hangs %v; want %d after %v: the first that matches", row.why, a.Status, a.Delay, a.Hang, row.status, row.delay)
		}
	}
}

// Browsers send no numbers: their calls are counted for each address and video.
func TestCallsOfBrowsersAreCounted(t *testing.T) {
	l := lab(t, Config{API: API{Faults: []CallFault{{Calls: []int{2}, Status: 500}}}})
	for _, row := range []struct {
		address, video string
		viewer, call   int
		status         int
		why            string
	}{
		{"10.0.0.1", "live", -1, -1, 200, "first"},
		{"10.0.0.1", "vod", -1, -1, 200, "first for this video"},
		{"10.0.0.2", "live", -1, -1, 200, "first from this address"},
		{"10.0.0.1", "live", -1, 0, 200, "call 0 is nobody's and not counted"},
		{"10.0.0.1", "live", 7, -1, 200, "a viewer's name without a number: first of that viewer"},
		{"10.0.0.1", "live", -1, -1, 500, "second"},
		{"10.0.0.1", "vod", 7, -1, 500, "second of that viewer, whatever it watches"},
		{"10.0.0.1", "live", -1, -1, 200, "third"},
		{"10.0.0.1", "live", 8, 2, 500, "a number that is told counts, whatever came before"},
	} {
		r := Request{RawQuery: "expire=60&video=" + row.video, ClientIP: row.address, Viewer: row.viewer, Call: row.call}
		if a := l.Token(r, moment); a.Status != row.status {
			t.Errorf("%s = %d, want %d", row.why, a.Status, row.status)
		}
	}
}

func TestWrongAnswers(t *testing.T) {
	const first, second = 1_700_000_060, 1_700_000_110 // expiries of calls 1 and 2, 50 s apart
	for _, row := range []struct {
		fault   CallFault
		expires any // in the answer to call 3, 100 s after moment; nil: the field is missing
		signed  int64
		why     string
	}{
		{CallFault{}, float64(1_700_000_160), 1_700_000_160, "healthy"},
		{CallFault{Life: 7 * time.Second}, float64(1_700_000_107), 1_700_000_107, "less life than asked"},
		{CallFault{Life: -5 * time.Second}, float64(1_700_000_095), 1_700_000_095, "expired already"},
		{CallFault{Life: 720 * time.Hour}, float64(1_702_592_100), 1_702_592_100, "more life than a timer can wait"},
		{CallFault{Answer: sameGrant}, float64(second), second, "the last grant again"},
		{CallFault{Answer: olderGrant}, float64(first), first, "the one before"},
		{CallFault{Answer: noExpires}, nil, 1_700_000_160, "no expires"},
		{CallFault{Answer: expiresMS}, float64(1_700_000_160_000), 1_700_000_160, "milliseconds"},
		{CallFault{Answer: expiresISO}, "2023-11-14T22:16:00Z", 1_700_000_160, "a date"},
	} {
		api := API{}
		if !reflect.DeepEqual(row.fault, CallFault{}) {
			row.fault.Calls = []int{3}
			api.Faults = []CallFault{row.fault}
		}
		l := lab(t, Config{API: api})
		ask(l, 0, 1, 0)
		ask(l, 0, 2, 50*time.Second)
		ask(l, 1, 1, 70*time.Second) // another viewer's grants are not mixed up with these
		a := ask(l, 0, 3, 100*time.Second)
		var got map[string]any
		if err := json.Unmarshal(a.Body(), &got); err != nil || a.Status != 200 {
			t.Errorf("%s: %d %s", row.why, a.Status, a.Body())
			continue
		}
		want := l.signer.Sign("live", row.signed, "")
		if got["expires"] != row.expires || got["token"] != want || !strings.Contains(fmt.Sprint(got["url"]), fmt.Sprintf("/%s/%d/", want, row.signed)) {
			t.Errorf("%s: %v; want expires %v, token and url signed for %d", row.why, got, row.expires, row.signed)
		}
	}
}

func TestGarbledAnswers(t *testing.T) {
	for _, row := range []struct{ answer, has, lacks string }{
		{truncated, `{"client_ip":"10.0.0.1","expires":1700000060,`, "url_ip"},
		{html, "<!doctype html>", "token"},
		{noToken, `"expires":1700000060`, `"token`},
	} {
		l := lab(t, Config{API: API{Faults: []CallFault{{From: 1, Answer: row.answer}}}})
		a := ask(l, 0, 1, 0)
		text := string(a.Body())
		if a.Status != 200 || !strings.Contains(text, row.has) || strings.Contains(text, row.lacks) || a.Size != int64(len(text)) {
			t.Errorf("%s: %d %s", row.answer, a.Status, text)
		}
		if valid := json.Valid(a.Body()); valid != (row.answer == noToken) {
			t.Errorf("%s: valid JSON: %v", row.answer, valid)
		}
	}
	// What was garbled is no grant that a viewer has had.
	l := lab(t, Config{API: API{Faults: []CallFault{{Calls: []int{2}, Answer: truncated}, {Calls: []int{3}, Answer: sameGrant}}}})
	ask(l, 0, 1, 0)
	ask(l, 0, 2, time.Second)
	if text := string(ask(l, 0, 3, 2*time.Second).Body()); !strings.Contains(text, `"expires":1700000060,`) {
		t.Errorf("the grant of call 1 again: %s", text)
	}
}

func TestValidateCallFaults(t *testing.T) {
	for _, row := range []struct {
		fault CallFault
		says  string // empty: valid
	}{
		{CallFault{Calls: []int{1}, Status: 500}, ""},
		{CallFault{From: 3, To: 3, Hang: true}, ""},
		{CallFault{From: 3, Latency: Uniform(time.Second, time.Minute), Answer: sameGrant}, ""},
		{CallFault{Status: 500}, "api.faults[0] strikes no call: list calls, or write from"},
		{CallFault{To: 3, Status: 500}, "api.faults[0] strikes no call"},
		{CallFault{Calls: []int{1}, From: 2, Status: 500}, "has both calls and from or to: keep one"},
		{CallFault{Calls: []int{0}, Status: 500}, "calls are counted from 1"},
		{CallFault{From: 3, To: 2, Status: 500}, "calls are counted from 1, and to does not come before from"},
		{CallFault{From: -1, Status: 500}, "calls are counted from 1"},
		{CallFault{From: 1}, "does nothing: set status, hang, latency, answer or life"},
		{CallFault{From: 1, Status: 200}, "status 200: use an HTTP status from 400 to 599"},
		{CallFault{From: 1, Status: 500, Hang: true}, "does several things at once: keep one of status, hang, answer and life"},
		{CallFault{From: 1, Latency: Fixed(time.Second), Hang: true}, "has a latency for a call that hangs"},
		{CallFault{From: 1, Answer: "nan"}, `answer "nan": use one of truncated, html,`},
		{CallFault{From: 1, Life: 1500 * time.Millisecond}, "life 1.5s: use whole seconds"},
	} {
		err := Config{API: API{Faults: []CallFault{row.fault}}}.Validate()
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%+v: %v, want %q", row.fault, err, row.says)
		}
	}
}

// Over the wire a page's calls, which carry no numbers, meet the faults that a
// virtual viewer's meet.
func TestWireCountsCalls(t *testing.T) {
	cfg := Config{API: API{Faults: []CallFault{{Calls: []int{2, 4}, Status: 503}, {Calls: []int{3}, Latency: Fixed(3 * time.Second)}}}}
	clock := new(still)
	_, s := listen(t, cfg, clock.clock())
	if response, _ := do(t, "GET", s.API+"?video=live", CallHeader, "0"); response.StatusCode != 200 {
		t.Errorf("call 0: %d", response.StatusCode)
	}
	model := lab(t, cfg)
	var got, want []string
	for n := 1; n <= 5; n++ {
		do(t, "OPTIONS", s.API+"?video=live") // a preflight is no call
		before := clock.slept.Load()
		response, _ := do(t, "GET", s.API+"?video=live")
		got = append(got, fmt.Sprint(response.StatusCode, time.Duration(clock.slept.Load()-before)))
		a := ask(model, 0, n, 0)
		want = append(want, fmt.Sprint(a.Status, a.Delay))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("over the wire %v, computed %v", got, want)
	}
}
