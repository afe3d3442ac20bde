package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/player"
	"soak/refresher"
	"soak/scenarios"
)

// herd is an audience that arrived within two seconds and refreshes as its page
// tells it to, all with one lead.
func herd(viewers int, policy refresher.Policy) scenarios.Scenario {
	sc := scenarios.Default()
	sc.Duration = 150 * time.Second
	sc.Viewers.Count = viewers
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: 2 * time.Second}
	sc.Token = scenarios.Token{TTL: 40 * time.Second, Lead: 10 * time.Second, Mode: scenarios.Plain}
	c := sc.Viewers.Mix[0]
	c.Player, c.Policy = player.Config{Profile: player.Generic, Generic: player.GenericConfig{Format: scenarios.HLS}}, policy
	sc.Viewers.Mix = []scenarios.Cohort{c}
	cfg := labConfig(&sc)
	cfg.Ladder = []int64{400_000}
	sc.Target.Lab = &cfg
	sc.Thresholds = nil
	return sc
}

func jittered(jitter, lead time.Duration) refresher.Policy {
	p := refresher.GuideHLSJS()
	p.Lead = nil // the token's
	p.LeadJitter = jitter.Seconds() / lead.Seconds()
	return p
}

// The jitter that a run's calls are reckoned to need keeps the same audience below
// the limit when it is played with it, and less than half of it does not.
func TestAdvisedJitterSpreadsTheHerd(t *testing.T) {
	const viewers, limit = 150, 18
	lead, period := 10*time.Second, 30*time.Second
	crowd := compute(t, herd(viewers, jittered(0, lead))).Summary
	h := crowd.Herd()
	if h.Peak < 50 || h.Cycle != 30 || h.Persists < 0.8 {
		t.Fatalf("%+v; want a herd of 50/s or more, back every 30 s", h)
	}
	advice := crowd.Spread(limit, period)
	if !advice.Needed || !advice.Enough || advice.Jitter <= 0 || advice.Jitter > period {
		t.Fatalf("Spread(%v) = %+v; want a jitter", limit, advice)
	}
	with := compute(t, herd(viewers, jittered(advice.Jitter, lead))).Summary.Herd()
	if with.Peak > limit {
		t.Errorf("with a jitter of %v the peak is %v/s; want at most %v", advice.Jitter, with.Peak, limit)
	}
	if with.Persists > h.Persists/2 {
		t.Errorf("with a jitter of %v the herd is back as %v, without as %v", advice.Jitter, with.Persists, h.Persists)
	}
	half := compute(t, herd(viewers, jittered(advice.Jitter/2, lead))).Summary.Herd()
	if half.Peak <= limit {
		t.Errorf("a jitter of %v is enough (%v/s), yet %v was advised", advice.Jitter/2, half.Peak, advice.Jitter)
	}
	t.Logf("%v/s without jitter; limit %v: advised %v, %v/s with it, %v/s with half of it", h.Peak, limit, advice.Jitter, with.Peak, half.Peak)
}

// An outage of the token API is found where the lab put it, with the calls that
// retries added and the viewers that it cost.
func TestOutageIsMeasured(t *testing.T) {
	plugin := refresher.GcorePlugin() // tries again every second
	plugin.Lead = nil
	sc := herd(60, plugin)
	cfg := *sc.Target.Lab
	cfg.API.Outages = []lab.Outage{{From: 80 * time.Second, To: 110 * time.Second}}
	sc.Target.Lab = &cfg
	o := compute(t, sc).Summary.Herd().Outage
	if o == nil {
		t.Fatal("no outage was found")
	}
	// refreshes are due at 0, 30, 60 and 90 s: the outage shows from 90 s on
	if o.From < 88 || o.From > 92 || o.To < 109 || o.To > 112 || !o.Ended || o.There != 60 {
		t.Errorf("%+v; want about 90 to 110 s, 60 viewers there", o)
	}
	if o.Amplification < 5 || o.Retries < o.Calls/2 || o.Recovery < 0 {
		t.Errorf("%+v; want retries every second to be many times the refreshes before, and a recovery", o)
	}
	t.Logf("%+v", *o)
}
