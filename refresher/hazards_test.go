package refresher

import (
	"testing"
	"time"
)

const ms = time.Millisecond

// What refreshers do when all is well and when it is not: the originals as they
// were measured, faults included, beside steady in the same weather. H and F
// numbers are those of the project's reference on players.
func TestSchedule(t *testing.T) {
	const ever = 1 << 30
	missing := `{"token":"token-x"}`
	rows := []struct {
		why    string
		policy Policy
		stage  stage
		until  float64
		want   string
	}{
		{"the guide calls 10 s before expiry", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms}, 160, "0+ 50+ 100+ 150+"},
		{"its dash.js sample has the same scheduler", GuideDASHJS(), stage{TTL: 60, Latency: 100 * ms}, 160, "0+ 50+ 100+ 150+"},
		{"the plugin calls 5 s before", GcorePlugin(), stage{TTL: 60, Latency: 100 * ms}, 160, "0+ 55+ 110+"},
		{"steady's own lead is 30 % of the life received (59.9 s)", noDice(Steady()), stage{TTL: 60, Latency: 100 * ms}, 100, "0+ 42.03+ 84.039+"},
		{"a lead may be overridden: guide", GuideHLSJS().WithLead(20 * time.Second), stage{TTL: 60, Latency: 100 * ms}, 90, "0+ 40+ 80+"},
		{"a lead may be overridden: plugin", GcorePlugin().WithLead(20 * time.Second), stage{TTL: 60, Latency: 100 * ms}, 90, "0+ 40+ 80+"},
		{"a lead may be overridden: steady", still().WithLead(20 * time.Second), stage{TTL: 60, Latency: 100 * ms}, 90, "0+ 40+ 80+"},
		{"a lead of 0 is a lead: the call goes out at expiry", GuideHLSJS().WithLead(0), stage{TTL: 60, Latency: 2000 * ms}, 130, "0+ 60+ 120+"},
		{"a lead of 0 is a lead: steady", still().WithLead(0), stage{TTL: 60, Latency: 100 * ms}, 130, "0+ 60+ 120+"},
		{"no lead set and no share: 10 s", Policy{}, stage{TTL: 60, Latency: 100 * ms}, 60, "0+ 50+"},

		{"no retry set: past its lead, a share of the life as received, Floor rules", Policy{LeadShare: 0.5, Floor: time.Second}, stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, ever)}, 33, "0+ 30.05- 31.15- 32.25-"},

		{"H01 hung API: no timeout, so never again", GuideHLSJS(), stage{TTL: 60, Delay: hangs(2, 100*ms)}, 600, "0+ 50?"},
		{"H01 hung API: the plugin likewise", GcorePlugin(), stage{TTL: 60, Delay: hangs(2, 100*ms)}, 600, "0+ 55?"},
		{"H01 hung API: steady gives up after a third of the lead", still(), stage{TTL: 60, Delay: hangs(2, 100*ms)}, 60, "0+ 50- 53.833+"},
		{"a slow API is not given up on: the first call told how slow", still(), stage{TTL: 60, Latency: 5000 * ms}, 66, "0+ 50+"},
		{"an API that turns slow is heard in the end: the limit doubles", still(), stage{TTL: 60, Delay: slows(2, 100*ms, 5000*ms)}, 66, "0+ 50- 53.833+"},
		{"H02 lead 10: one failure is tolerated", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, 2)}, 110, "0+ 50- 55.1+ 105+"},
		{"H02 lead 5: the retry comes after expiry", GuideHLSJS().WithLead(5 * time.Second), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, 2)}, 110, "0+ 55- 60.1+"},
		{"H02 lead 5: steady tries again in time", still().WithLead(5 * time.Second), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, 2)}, 60, "0+ 55- 55.6+"},
		{"H03 API down: the plugin calls once a second", GcorePlugin(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, ever)}, 60, "0+ 55- 56.1- 57.2- 58.3- 59.4-"},
		{"H04 API down: the guide every 5 s, for ever", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, ever)}, 72, "0+ 50- 55.1- 60.2- 65.3- 70.4-"},
		{"H04 API down: steady backs off, but tries on while its grant lives; then to 8 s", still(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, ever)}, 80, "0+ 50- 50.6- 51.7- 53.8- 55.933- 57.356- 58.456- 59.556- 60.656- 68.756- 76.856-"},
		{"H05 lead beyond the TTL: 1 s floor, for ever", GuideHLSJS(), stage{TTL: 8, Latency: 100 * ms}, 4, "0+ 1.1+ 2.2+ 3.3+"},
		{"H05 lead beyond the TTL: the plugin too", GcorePlugin().WithLead(10 * time.Second), stage{TTL: 8, Latency: 100 * ms}, 4, "0+ 1.1+ 2.2+ 3.3+"},
		{"H05 lead beyond the TTL: steady falls back to its share", still(), stage{TTL: 8, Latency: 100 * ms}, 6, "0+ 5.63+"},
		{"H06 expires missing: setTimeout(NaN), a loop at API latency", GuideHLSJS(), stage{Latency: 100 * ms, Answer: says(1, missing)}, 0.41, "0+ 0.101+ 0.202+ 0.303+ 0.404?"},
		{"H06 an API that takes no time: 1 ms between calls, not less", GuideHLSJS(), stage{Answer: says(1, missing)}, 0.0035, "0+ 0.001+ 0.002+ 0.003+"},
		{"H06 the plugin, from the second grant on", GcorePlugin(), stage{TTL: 60, Latency: 100 * ms, Answer: says(2, missing)}, 55.25, "0+ 55+ 55.101+ 55.202?"},
		{"H06 ISO date", GuideHLSJS(), stage{Latency: 100 * ms, Answer: says(1, `{"token":"token-x","expires":"2026-01-01T00:00:00Z"}`)}, 0.25, "0+ 0.101+ 0.202?"},
		{"H06 milliseconds: more than a timer holds", GuideHLSJS(), stage{Latency: 100 * ms, Answer: says(1, `{"token":"token-x","expires":1700000060000}`)}, 0.25, "0+ 0.101+ 0.202?"},
		{"H06 25 days ahead: the same, with a good grant", GuideHLSJS(), stage{TTL: 25 * 86400, Latency: 100 * ms}, 0.25, "0+ 0.101+ 0.202?"},
		{"24 days ahead is within a timer", GuideHLSJS(), stage{TTL: 24 * 86400, Latency: 100 * ms}, 600, "0+"},
		{"H06 null is 0, long ago: 1 s floor", GuideHLSJS(), stage{Latency: 100 * ms, Answer: says(1, `{"token":"token-x","expires":null}`)}, 3, "0+ 1.1+ 2.2+"},
		{"H06 digits in quotes are a number", GuideHLSJS(), stage{Latency: 100 * ms, Answer: says(1, `{"token":"token-x","expires":"1700000060"}`)}, 49, "0+"},
		{"H06 steady does not start with nonsense", still(), stage{Latency: 100 * ms, Answer: says(1, missing)}, 600, "0- 0.6- 1.7- 3.8- 7.9-"},
		{"H06 steady keeps the grant it has", still(), stage{TTL: 60, Latency: 100 * ms, Answer: says(2, missing)}, 52, "0+ 50- 50.6- 51.7-"},
		{"H06 steady and 25 days: cannot be waited for, so not taken", still(), stage{TTL: 25 * 86400, Latency: 100 * ms}, 0.7, "0- 0.6-"},
		{"a body that is no JSON is a failed call to every script", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: says(2, "<html>")}, 56, "0+ 50- 55.1-"},
		{"H07 viewer's clock ahead by TTL: 1 Hz", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Skew: time.Minute}, 4, "0+ 1.1+ 2.2+ 3.3+"},
		{"H07 the same for steady, to whom the server told its time", still(), stage{TTL: 60, Latency: 100 * ms, Skew: time.Minute}, 90, "0+ 49.55+"},
		{"H07 steady without a Date header plays all the same, at 1 Hz", still(), stage{TTL: 60, Latency: 100 * ms, Skew: 2 * time.Minute, Answer: undated}, 3, "0+ 1.1+ 2.2+"},
		{"a grant that is dead by the API's own clock is not taken", still(), stage{TTL: -1, Latency: 100 * ms}, 1, "0- 0.6-"},
		{"H08 viewer's clock behind: the call goes out 5 s after expiry", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Skew: -15 * time.Second}, 90, "0+ 65+"},
		{"H08 the same for the plugin", GcorePlugin(), stage{TTL: 60, Latency: 100 * ms, Skew: -15 * time.Second}, 90, "0+ 70+"},
		{"H08 the same for steady", still(), stage{TTL: 60, Latency: 100 * ms, Skew: -15 * time.Second}, 90, "0+ 49.55+"},
		{"H36 cached answer: the guide polls once a second", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: cached}, 53, "0+ 50+ 51.1+ 52.2+"},
		{"H36 cached answer: steady takes it for a failure", still(), stage{TTL: 60, Latency: 100 * ms, Answer: cached}, 53, "0+ 50- 50.6- 51.7-"},
		{"H39 first call fails: the guide never starts", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(1, 1)}, 600, "0-"},
		{"H39 nor does the plugin", GcorePlugin(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(1, 1)}, 600, "0-"},
		{"H39 steady tries again", still(), stage{TTL: 60, Latency: 100 * ms, Answer: fails(1, 1)}, 40, "0- 0.6+"},
		{"H40 whole seconds: who comes at .9 has 0.9 s less", GuideHLSJS(), stage{TTL: 60, Latency: 50 * ms, Begin: 900 * ms}, 60, "0.9+ 50+"},
		{"Retry-After is nothing to the guide", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: busy}, 60, "0+ 50- 55.1+"},
		{"Retry-After is honoured by steady", still(), stage{TTL: 60, Latency: 100 * ms, Answer: busy}, 60, "0+ 50- 57.1+"},
	}
	for _, r := range rows {
		r.stage.play(t, r.policy, r.until, nil)
		if got := r.stage.tape(); got != r.want {
			t.Errorf("%s: %s calls at %s; want %s", r.why, r.policy.Name, got, r.want)
		}
	}
}

func noDice(p Policy) Policy {
	p.LeadJitter, p.RetryJitter = 0, 0
	return p
}

// cached repeats the first answer, as an HTTP cache in front of the API does.
func cached(n int, a Answer) Answer {
	a.Grant = grant(1, epoch.Unix()+60)
	return a
}

func undated(_ int, a Answer) Answer {
	a.Date = time.Time{}
	return a
}

func busy(n int, a Answer) Answer {
	if n != 2 {
		return a
	}
	return Answer{Status: 429, Failure: "status", RetryAfter: 7 * time.Second}
}

// H09: the viewer's clock is set back 30 s at 20 s. The timer already armed is
// monotonic; the one after it is armed by the wrong clock.
func TestClockStep(t *testing.T) {
	rows := []struct {
		why    string
		policy Policy
		want   string
	}{
		{"20 s after expiry", GuideHLSJS(), "0+ 50+ 130+"},
		{"the Date header tells of the step", still(), "0+ 50+ 99.55+"},
	}
	for _, r := range rows {
		s := &stage{TTL: 60, Latency: 100 * ms}
		s.play(t, r.policy, 140, map[float64]func(){20: func() { s.Skew = -30 * time.Second }})
		if got := s.tape(); got != r.want {
			t.Errorf("%s: %s calls at %s; want %s", r.why, r.policy.Name, got, r.want)
		}
	}
}

// H35: the page calls for a token (say, it became visible) while a retry is due.
func TestDoubleLoop(t *testing.T) {
	rows := []struct {
		why    string
		policy Policy
		want   string
	}{
		{"the retry's timer was not kept, so it fires all the same", GuideHLSJS(), "0+ 50- 52+ 55.1+ 105+"},
		{"the plugin keeps its one timer", GcorePlugin().WithLead(10 * time.Second), "0+ 50- 51.1+ 52+ 102+"},
		{"steady had recovered by then and simply calls once more", still(), "0+ 50- 50.6+ 52+ 102+"},
	}
	for _, r := range rows {
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: fails(2, 2)}
		s.play(t, r.policy, 110, map[float64]func(){52: func() { s.fresh.Refresh() }})
		if got := s.tape(); got != r.want {
			t.Errorf("%s: %s calls at %s; want %s", r.why, r.policy.Name, got, r.want)
		}
	}
}

// H37: of two calls under way the older is answered last. H36: the API hands out
// less life than it did before.
func TestOlderGrants(t *testing.T) {
	slow := func(n int) time.Duration {
		if n == 2 {
			return 8 * time.Second
		}
		return 100 * ms
	}
	shorter := func(n int, a Answer) Answer {
		if n == 2 {
			a.Grant.Expires -= 20
		}
		return a
	}
	rows := []struct {
		why    string
		policy Policy
		stage  stage
		want   int64 // expiry held at 20 s, after epoch
		most   int   // calls under way at once
	}{
		{"H37 the guide installs what comes last", GuideHLSJS(), stage{TTL: 60, Delay: slow}, 70, 2},
		{"H37 steady has one call under way", noTimeout(still()), stage{TTL: 60, Delay: slow}, 70, 1},
		{"H36 the guide installs less than it has", GuideHLSJS(), stage{TTL: 60, Latency: 100 * ms, Answer: shorter}, 72, 1},
		{"H36 steady keeps the better one until the next comes", still(), stage{TTL: 60, Latency: 100 * ms, Answer: shorter}, 72, 1},
	}
	for _, r := range rows {
		s := &r.stage
		again := func() { s.fresh.Refresh() }
		s.play(t, r.policy, 20, map[float64]func(){10: again, 12: again})
		if got := s.fresh.Grant().Expires - epoch.Unix(); got != r.want || s.most != r.most {
			t.Errorf("%s: %s holds %d s with %d calls at once; want %d s, %d", r.why, r.policy.Name, got, s.most, r.want, r.most)
		}
	}
	for _, r := range []struct {
		policy Policy
		want   int64
	}{{GuideHLSJS(), 50}, {still(), 60}} {
		s := &stage{TTL: 60, Latency: 100 * ms, Answer: shorter}
		s.play(t, r.policy, 10.2, map[float64]func(){10: func() { s.fresh.Refresh() }})
		if got := s.fresh.Grant().Expires - epoch.Unix(); got != r.want {
			t.Errorf("H36 %s: holds %d s after an answer with less life; want %d", r.policy.Name, got, r.want)
		}
	}
}

func noTimeout(p Policy) Policy {
	p.Timeout = 0
	return p
}
