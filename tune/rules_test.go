package tune

import (
	"strings"
	"testing"
	"time"

	"soak/refresher"
	"soak/scenarios"
)

func choiceOf(ttl, lead, jitter int, policy string) Choice {
	s := func(n int) Seconds { return Seconds(time.Duration(n) * time.Second) }
	return Choice{TTL: s(ttl), Lead: s(lead), Jitter: s(jitter), Policy: policy}
}

func TestRuledOut(t *testing.T) {
	c := small(t).Filled()
	down := c
	down.Outage = Seconds(20 * time.Second)
	for _, row := range []struct {
		c    Config
		ch   Choice
		want string // part of why; "": it is to be tried
	}{
		{c, choiceOf(60, 20, 0, Own), ""},
		{c, choiceOf(60, 56, 0, Own), "less than 5s of the token's life"},
		{c, choiceOf(60, 30, 28, Own), "less than 5s of the token's life"},
		{c, choiceOf(60, 2, 30, Own), "more than ten times the lead"},
		{down, choiceOf(60, 50, 0, Own), "not all integrations give these up"},     // the guide's never do
		{down, choiceOf(60, 24, 0, Quick), "an outage of 20s takes a lead of 25s"}, // a second, and a call that hangs for four
		{down, choiceOf(60, 25, 0, Quick), ""},
	} {
		if got := row.c.ruledOut(row.ch); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%v: %q; want %q", row.ch, got, row.want)
		}
	}
}

// The longest wait of a policy that backs off comes with the length of the outage.
func TestRetryAfter(t *testing.T) {
	steady := refresher.Steady()
	for _, row := range []struct {
		p      refresher.Policy
		outage time.Duration
		want   time.Duration
		why    string
	}{
		{refresher.GuideHLSJS(), time.Hour, 5 * time.Second, "constant"},
		{refresher.GcorePlugin(), time.Hour, time.Second, "its floor"},
		{steady, time.Second, time.Second, "doubled once"},
		{steady, time.Hour, 8 * time.Second, "its greatest"},
	} {
		if got := retryAfter(row.p, row.outage); got != row.want {
			t.Errorf("%s: %v after %v; want %v", row.why, got, row.outage, row.want)
		}
	}
}

// What is known of a cell is known of those on that side of it, and of no others.
func TestCellsFollow(t *testing.T) {
	s := &search{Config: small(t).Filled()}
	for _, row := range []struct {
		known   Choice
		verdict Verdict
		other   Choice
		want    Verdict
		why     string
	}{
		{choiceOf(60, 10, 0, Own), Met, choiceOf(60, 20, 0, Own), Met, "a longer lead"},
		{choiceOf(60, 10, 0, Own), Met, choiceOf(60, 5, 0, Own), Undecided, "a shorter one"},
		{choiceOf(60, 10, 0, Own), Met, choiceOf(120, 10, 0, Own), Met, "a longer life"},
		{choiceOf(60, 10, 0, Own), Met, choiceOf(30, 10, 0, Own), Undecided, "a shorter one"},
		{choiceOf(60, 10, 5, Own), Met, choiceOf(60, 10, 0, Own), Undecided, "without the jitter"},
		{choiceOf(60, 10, 0, Own), Met, choiceOf(60, 10, 5, Own), Met, "with some"},
		{choiceOf(60, 10, 0, Own), Met, choiceOf(60, 20, 0, Quick), Undecided, "another policy"},
		{choiceOf(60, 10, 0, Own), Missed, choiceOf(60, 5, 0, Own), Missed, "a shorter lead"},
		{choiceOf(60, 10, 0, Own), Missed, choiceOf(60, 20, 0, Own), Undecided, "a longer one"},
		{choiceOf(60, 10, 0, Own), Missed, choiceOf(60, 5, 5, Own), Missed, "a shorter lead, jittered up to it"},
		{choiceOf(60, 10, 0, Own), Missed, choiceOf(60, 5, 30, Own), Undecided, "… and beyond"},
	} {
		known := trial{Cell: Cell{Choice: row.known, Verdict: row.verdict}, decided: true}
		other := trial{Cell: Cell{Choice: row.other, Verdict: Undecided}}
		s.follows(&known, &other)
		if other.Verdict != row.want {
			t.Errorf("%v %s, so %v (%s) is %s; want %s", row.known, row.verdict, row.other, row.why, other.Verdict, row.want)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"target 1:":        func(c *Config) { c.Target = 1 },
		"confidence 0.2":   func(c *Config) { c.Confidence = 0.2 },
		`edge rule "late"`: func(c *Config) { c.Rule = "late" },
		"viewers -1":       func(c *Config) { c.Viewers = -1 },
		"capacity -1":      func(c *Config) { c.Capacity = -1 },
		"outage -1s":       func(c *Config) { c.Outage = -Seconds(time.Second) },
		"ttl 1.5s":         func(c *Config) { c.Grid.TTLs = []Seconds{Seconds(1500 * time.Millisecond)} },
		"lead: 41 values": func(c *Config) {
			for i := range 41 {
				c.Grid.Leads = append(c.Grid.Leads, Seconds(time.Duration(i+100)*time.Second))
			}
			c.Grid.Leads = c.Grid.Leads[len(c.Grid.Leads)-41:]
		},
		`policy "nobody"`: func(c *Config) { c.Grid.Policies = []string{"nobody"} },
		"measure it":      func(c *Config) { c.Scenario.Target = scenarios.Target{URL: "http://127.0.0.1/x"} },
		"nobody in it":    func(c *Config) { c.Scenario.Viewers.Mix = nil },
	} {
		c := small(t).Filled()
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	if err := small(t).Filled().Validate(); err != nil {
		t.Error(err)
	}
}

// A policy lends its way of calling to an integration, which keeps its place in the
// player.
func TestCalling(t *testing.T) {
	own := refresher.GcorePlugin()
	for _, name := range []string{Own, Quick, "steady", "guide-hlsjs"} {
		p, err := choiceOf(60, 12, 6, name).policyOf(own)
		if err != nil {
			t.Fatal(err)
		}
		if p.Hook != own.Hook || p.Rewrite != own.Rewrite || p.Seed != own.Seed || p.Name != own.Name {
			t.Errorf("%s: %+v is no Gcore plugin any more", name, p)
		}
		if p.LeadFor(time.Minute) != 12*time.Second || p.LeadJitter != 0.5 {
			t.Errorf("%s: lead %v, jitter %v of it; want 12s and half", name, p.LeadFor(time.Minute), p.LeadJitter)
		}
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		OneIn(1.0 / 912):                    "1 in 910",
		OneIn(1.0 / 36_900):                 "1 in 37,000",
		OneIn(0):                            "none",
		OneIn(0.9):                          "90 in 100",
		OneIn(1e-12):                        "1 in over a billion",
		Often(0):                            "no",
		Often(2):                            "2 a viewer-hour",
		Often(1.0 / 2200):                   "one in 2,200 viewer-hours",
		Seconds(90 * time.Second).Words():   "90 s",
		Seconds(5 * time.Minute).Words():    "5 min",
		Seconds(1500 * 1_000_000).Words():   "1.5 s",
		choiceOf(60, 12, 6, Quick).String(): "TTL 60 s, lead 12 s, jitter 6 s, quick",
	} {
		if got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}

// What is to be copied has the guide's names, and the choice's figures.
func TestSettings(t *testing.T) {
	s := &search{Config: small(t).Filled()}
	for policy, want := range map[string][]string{
		Own:      {"expire=60'", "const LEAD_SECONDS = 12 + 6 * Math.random()", "setTimeout(doRefresh, 5000)", "refreshLeadSeconds: 12 + 6 * Math.random()"},
		Quick:    {"AbortSignal.timeout(4000)", "setTimeout(doRefresh, 1000)"},
		"steady": {"AbortSignal.timeout(10000)", "Math.min(8000, 500 * 2 ** failures++)"},
	} {
		a, err := s.advice(&trial{Cell: Cell{Choice: choiceOf(60, 12, 6, policy)}})
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, b := range a.Settings {
			all += b.Integration + "\n" + b.Text
		}
		for _, text := range append(want, "hls.js", "dash.js", "Gcore plugin") {
			if !strings.Contains(all, text) {
				t.Errorf("%s: the settings lack %q:\n%s", policy, text, all)
			}
		}
	}
}
