package tune

import (
	"testing"
	"time"

	"soak/lab"
	"soak/refresher"
)

func crowdOf(viewers int) HerdConfig {
	return HerdConfig{
		Viewers: viewers, Join: Seconds(5 * sec), TTL: Seconds(60 * sec), Lead: Seconds(10 * sec), Policy: refresher.GuideHLSJS(),
		API: lab.API{Latency: lab.Lognormal(150*time.Millisecond, 0.6)}, Seed: 1,
	}
}

// Viewers who join within five seconds ask for their next tokens in five instants,
// because expiries are whole seconds: a cycle of 50 s has 5000 windows of 10 ms, and a
// fifth of the calls stand in one of them.
func TestHerdComesInWholeSeconds(t *testing.T) {
	c := crowdOf(1000)
	c.Skew = Seconds(2 * sec)
	h, err := PlayHerd(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if h.Plain.Mean < 19.5 || h.Plain.Mean > 20.5 || h.Plain.Peak10ms < 950 || h.Plain.Peak10ms > 1050 || h.Plain.Peak1s < 9.5 || h.Plain.Peak1s > 10.5 {
		t.Errorf("without jitter %v/s, peaks %.0f and %.1f times that; want 20, 1000 and 10", h.Plain.Mean, h.Plain.Peak10ms, h.Plain.Peak1s)
	}
	if !h.Enough || h.Advised.Jitter <= 0 || h.Advised.Peak1s >= 3 || h.Advised.Peak10ms > 50 {
		t.Errorf("with the advised jitter of %v peaks of %.0f and %.1f times %v/s; want under 3 in a second", h.Advised.Jitter, h.Advised.Peak10ms, h.Advised.Peak1s, h.Advised.Mean)
	}
	if s := h.Skewed; s.Peak10ms < 5 || s.Peak10ms > 100 || s.Peak1s < 5 || s.Peak1s > 10 {
		t.Errorf("with clocks up to 2 s off peaks of %.0f and %.1f times %v/s; want the seconds as full, and no instants", s.Peak10ms, s.Peak1s, s.Mean)
	}
	sum := int64(0)
	for _, n := range h.Plain.Second {
		sum += n
	}
	if want := int64(waves * c.Viewers); sum != want {
		t.Errorf("%d refreshes; want %d", sum, want)
	}
	full := 0
	for i, n := range h.Plain.Burst {
		if n > h.Plain.Burst[full] {
			full = i
		}
	}
	if at := h.Plain.BurstFrom.Duration() + time.Duration(full)*window; at != 50*sec || h.Plain.Burst[full] != 200 {
		t.Errorf("the fullest window has %d at %v; want a fifth of the viewers at 50s", h.Plain.Burst[full], at)
	}
}

// A lead of nothing leaves no room for jitter: the herd stays, and it is said.
func TestHerdWithoutALead(t *testing.T) {
	c := crowdOf(200)
	c.Lead = 0
	h, err := PlayHerd(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if h.Enough || h.Advised.Jitter != 0 || h.Advised.Peak10ms != h.Plain.Peak10ms || h.Plain.Peak10ms < 500 {
		t.Errorf("%v, jitter %v, peaks %v and %v; want no jitter, which is not enough", h.Enough, h.Advised.Jitter, h.Plain.Peak10ms, h.Advised.Peak10ms)
	}
}

func TestHerdRefuses(t *testing.T) {
	for why, change := range map[string]func(*HerdConfig){
		"nobody":                  func(c *HerdConfig) { c.Viewers = 0 },
		"negative join":           func(c *HerdConfig) { c.Join = -1 },
		"lead as long as the ttl": func(c *HerdConfig) { c.Lead = c.TTL },
		"jitter of no lead":       func(c *HerdConfig) { c.Lead, c.Jitter = 0, Seconds(sec) },
		"a policy that is none":   func(c *HerdConfig) { c.Policy.Floor = -1 },
		"an API that is none":     func(c *HerdConfig) { c.API.FailureRate = 2 },
	} {
		c := crowdOf(1)
		change(&c)
		if _, err := PlayHerd(t.Context(), c); err == nil {
			t.Errorf("%s: played", why)
		}
	}
}

// The figures of the guide's herd that the docs give for the size of a final, which
// -update plays. They hardly depend on it: a tenth of the viewers is played always.
func TestHerdOfAFinal(t *testing.T) {
	c := crowdOf(10_000)
	if *update {
		c = crowdOf(100_000)
	}
	c.Skew = Seconds(sec)
	h, err := PlayHerd(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, curve := range []Curve{h.Plain, h.Skewed, h.Advised} {
		t.Logf("jitter %v: %.0f/s, peaks %.0f times that in 10 ms, %.2f times in a second", curve.Jitter, curve.Mean, curve.Peak10ms, curve.Peak1s)
	}
	if h.Plain.Peak10ms < 950 || h.Plain.Peak1s < 9.5 || h.Skewed.Peak10ms > 30 || h.Skewed.Peak1s < 8 || !h.Enough || h.Advised.Peak1s >= 3 {
		t.Errorf("peaks of %.0f, %.0f and %.1f times the mean in a second; docs/herd.md says 10, 9 and 2.2", h.Plain.Peak1s, h.Skewed.Peak1s, h.Advised.Peak1s)
	}
}
