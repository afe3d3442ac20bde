package lab

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"soak/qoe"
)

func TestInjectionValidate(t *testing.T) {
	for _, row := range []struct {
		why  string
		i    Injection
		says string // part of the error; "" for none
	}{
		{"an outage", Injection{Kind: APIOutage, For: 10 * time.Second}, ""},
		{"an outage of another status", Injection{Kind: APIOutage, For: 10 * time.Second, Status: 429}, ""},
		{"a secret lasts by itself", Injection{Kind: NewSecret}, ""},
		{"slow", Injection{Kind: APISlow, For: time.Second, Delay: time.Second}, ""},
		{"none such", Injection{Kind: "fire", For: time.Second}, `fault "fire" is none: use api-outage, api-silence`},
		{"no end", Injection{Kind: APIOutage}, "api-outage for 0s: use 1s to 1h0m0s"},
		{"too long", Injection{Kind: EdgeError, For: 2 * time.Hour}, "use 1s to 1h0m0s"},
		{"slower by nothing", Injection{Kind: EdgeSlow, For: time.Second}, "edge-slow by 0s: use 1ms to 1m0s"},
		{"a secret with an end", Injection{Kind: NewSecret, For: time.Second}, "takes no such setting"},
		{"an outage that delays", Injection{Kind: APIOutage, For: time.Second, Delay: time.Second}, "takes no such setting"},
		{"a status nobody answers with", Injection{Kind: APISilence, For: time.Second, Status: 500}, "answers with no status"},
		{"no failure", Injection{Kind: EdgeError, For: time.Second, Status: 200}, "status 200: use an HTTP status from 400 to 599"},
	} {
		err := row.i.Validate()
		if row.says == "" && err != nil || row.says != "" && (err == nil || !strings.Contains(err.Error(), row.says)) {
			t.Errorf("%s: %+v: %v; want %q", row.why, row.i, err, row.says)
		}
	}
}

// An injected fault strikes from its moment to its end, in front of those that the
// configuration has, and leaves the configuration it was made of alone.
func TestStruckWindows(t *testing.T) {
	was := Config{Faults: []EdgeFault{{Kinds: []qoe.Kind{qoe.Segment}, Delay: time.Second}}, API: API{Outages: []Outage{{From: 0, Status: 500}}}}
	at, end := 10*time.Second, 20*time.Second
	for _, row := range []struct {
		i       Injection
		changed func(Config) []bool
	}{
		{Injection{Kind: APIOutage, For: end - at}, func(c Config) []bool {
			return []bool{c.API.Outages[0].Status == 503, c.API.Outages[0].From == at, c.API.Outages[0].To == end}
		}},
		{Injection{Kind: APISilence, For: end - at}, func(c Config) []bool {
			return []bool{c.API.Outages[0].Hang, c.API.Outages[0].From == at, c.API.Outages[1] == was.API.Outages[0]}
		}},
		{Injection{Kind: APISlow, For: end - at, Delay: 3 * time.Second}, func(c Config) []bool {
			return []bool{c.API.slower(at) == 3*time.Second, c.API.slower(end) == 0, c.API.slower(at-1) == 0}
		}},
		{Injection{Kind: EdgeError, For: end - at}, func(c Config) []bool {
			return []bool{c.Faults[0].Status == 503, c.Faults[0].From == at && c.Faults[0].To == end, c.Faults[1].Delay == time.Second}
		}},
		{Injection{Kind: EdgeSlow, For: end - at, Delay: 3 * time.Second}, func(c Config) []bool {
			return []bool{c.Faults[0].Delay == 3*time.Second, c.Faults[0].From == at, c.Faults[0].To == end}
		}},
		{Injection{Kind: Refusal, For: end - at}, func(c Config) []bool {
			return []bool{c.Faults[0].Status == 403, c.Faults[0].From == at, c.Faults[0].To == end}
		}},
		{Injection{Kind: NewSecret}, func(c Config) []bool {
			return []bool{c.secret(at-1) == 0, c.secret(at) == 1, len(was.Rotations) == 0}
		}},
	} {
		c, err := was.Struck(row.i, at)
		if err != nil {
			t.Errorf("%+v: %v", row.i, err)
			continue
		}
		if got := row.changed(c); slices.Contains(got, false) {
			t.Errorf("%+v: %v; got %+v", row.i, got, c)
		}
	}
	if len(was.Faults) != 1 || len(was.API.Outages) != 1 {
		t.Errorf("the configuration was changed: %+v", was)
	}
	if _, err := was.Struck(Injection{Kind: NewSecret}, 0); err == nil {
		t.Error("something was injected before the beginning")
	}
}

// steps is a clock that somebody moves.
type steps struct {
	mu  sync.Mutex
	now time.Time
}

func (s *steps) clock() Clock {
	return Clock{
		Now:   func() time.Time { s.mu.Lock(); defer s.mu.Unlock(); return s.now },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func (s *steps) to(at time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = moment.Add(at)
}

// A lab that listens answers as it is told from the next request on, and as before
// once that is over.
func TestInjectIntoALabThatListens(t *testing.T) {
	l, err := New(Config{}, 1, moment)
	if err != nil {
		t.Fatal(err)
	}
	now := &steps{now: moment}
	s, err := l.Listen(t.Context(), now.clock())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	url := s.API + "?video=live&type=live&expire=600"
	asked := func(at time.Duration) int {
		now.to(at)
		r, _ := do(t, "GET", url)
		return r.StatusCode
	}
	if got := asked(time.Second); got != 200 {
		t.Fatalf("the token API answers %d before anything is injected", got)
	}
	if err := s.Inject(Injection{Kind: APIOutage, For: 5 * time.Second}, 2*time.Second); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		at   time.Duration
		want int
	}{{1999 * time.Millisecond, 200}, {2 * time.Second, 503}, {6999 * time.Millisecond, 503}, {7 * time.Second, 200}} {
		if got := asked(row.at); got != row.want {
			t.Errorf("at %v the token API answers %d; want %d", row.at, got, row.want)
		}
	}
	if err := s.Inject(Injection{Kind: "fire", For: time.Second}, 8*time.Second); err == nil {
		t.Error("a fault that is none was injected")
	}
}

// Faults that strike each viewer so many times go on counting when another comes in
// front of them.
func TestInjectionsLeaveCountsAlone(t *testing.T) {
	l, err := New(Config{Faults: []EdgeFault{{Times: 1, Status: 500}}}, 1, moment)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(l *Lab, at time.Duration) int {
		return l.Edge(Request{Path: clockPath, Viewer: 3}, moment.Add(at)).Status
	}
	if got := ask(l, time.Second); got != 500 {
		t.Fatalf("the first request is answered %d; want 500", got)
	}
	struck := *l
	if struck.cfg, err = l.cfg.Struck(Injection{Kind: EdgeError, For: time.Second}, 2*time.Second); err != nil {
		t.Fatal(err)
	}
	if got := []int{ask(&struck, 2*time.Second), ask(&struck, 4*time.Second)}; got[0] != 503 || got[1] != 200 {
		t.Errorf("then %v; want 503 while the injected fault lasts, and 200: the other has struck once", got)
	}
}
