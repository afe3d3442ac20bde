package tune

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"soak/lab"
	"soak/refresher"
	"soak/scenarios"
	"soak/token"
)

// What zero fields of a Config mean.
const (
	usualTarget     = 1.0 / 10_000
	usualConfidence = 0.95
	usualExposure   = Seconds(5 * time.Minute)
)

// session is how long each viewer of a sweep watches: shares of them are shares in an
// hour.
const session = time.Hour

// arriving is the time in which a sweep's viewers come, so that they meet every phase
// of segments and whole seconds.
const arriving = time.Minute

// usualGrid is what is tried unless a Config says otherwise.
func usualGrid() Grid {
	seconds := func(list ...int) (out []Seconds) {
		for _, s := range list {
			out = append(out, Seconds(time.Duration(s)*time.Second))
		}
		return out
	}
	return Grid{
		TTLs:     seconds(30, 60, 120, 300, 600, 1800),
		Leads:    seconds(2, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120),
		Jitters:  seconds(0, 10, 30, 90),
		Policies: []string{Own, Quick, "steady"},
	}
}

// Filled is the configuration with what its zero fields mean, grids in order.
func (c Config) Filled() Config {
	usual := usualGrid()
	c.Grid = Grid{
		TTLs: ordered(c.Grid.TTLs, usual.TTLs), Leads: ordered(c.Grid.Leads, usual.Leads),
		Jitters: ordered(c.Grid.Jitters, usual.Jitters), Policies: c.Grid.Policies,
	}
	if len(c.Grid.Policies) == 0 {
		c.Grid.Policies = usual.Policies
	}
	if c.Viewers == 0 {
		c.Viewers = c.Scenario.Viewers.Count
	}
	if c.Join == 0 {
		c.Join = Seconds(c.Scenario.Arrival.Over)
	}
	site := c.site()
	if c.Rule == "" {
		c.Rule = Start
		if site.CutAtExpiry {
			c.Rule = Whole
		}
	}
	if c.Target == 0 {
		c.Target = usualTarget
	}
	if c.Confidence == 0 {
		c.Confidence = usualConfidence
	}
	if c.Exposure == 0 {
		c.Exposure = usualExposure
	}
	if c.Grace == 0 {
		c.Grace = Seconds(site.Grace)
	}
	if c.Capacity == 0 {
		c.Capacity = site.API.Rate
	}
	return c
}

func ordered(list, usual []Seconds) []Seconds {
	if len(list) == 0 {
		return usual
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}

// site is the scenario's lab; nothing of it where the target is out there.
func (c Config) site() lab.Config {
	if l := c.Scenario.Target.Lab; l != nil {
		return *l
	}
	return lab.Config{}
}

// Bounds of a grid: beyond them a figure is a slip of the pen.
const (
	maxValues = 40
	maxTTL    = 24 * time.Hour
)

// Validate tells, one line a field, what cannot be answered. The configuration is
// filled.
func (c Config) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !(c.Target > 0 && c.Target < 1) {
		add("target %v: use a share of viewers above 0 and below 1, as in 1/10000", c.Target)
	}
	if !(c.Confidence >= 0.5 && c.Confidence < 1) {
		add("confidence %v: use 0.5 to below 1", c.Confidence)
	}
	if c.Rule != Start && c.Rule != Whole {
		add("edge rule %q: use %s or %s", c.Rule, Start, Whole)
	}
	if c.Viewers < 1 {
		add("viewers %d: use 1 or more", c.Viewers)
	}
	if !(c.Capacity >= 0) {
		add("capacity %v: use 0 (not known) or calls a second", c.Capacity)
	}
	for _, d := range []struct {
		name string
		of   Seconds
	}{{"join", c.Join}, {"grace", c.Grace}, {"outage", c.Outage}, {"exposure", c.Exposure}} {
		if d.of < 0 || d.of > Seconds(maxTTL) {
			add("%s %v: use 0s to %v", d.name, d.of, maxTTL)
		}
	}
	if c.Skew > Seconds(time.Hour) || c.Skew < -Seconds(time.Hour) {
		add("skew %v: use up to %v", c.Skew, time.Hour)
	}
	errs = append(errs, c.Grid.validate(), c.audience())
	return errors.Join(errs...)
}

func (g Grid) validate() error {
	var errs []error
	for _, axis := range []struct {
		name   string
		values []Seconds
		least  Seconds
	}{{"ttl", g.TTLs, Seconds(time.Second)}, {"lead", g.Leads, 0}, {"jitter", g.Jitters, 0}} {
		if len(axis.values) > maxValues {
			errs = append(errs, fmt.Errorf("%s: %d values, use at most %d", axis.name, len(axis.values), maxValues))
		}
		for _, v := range axis.values {
			if v < axis.least || v > Seconds(maxTTL) {
				errs = append(errs, fmt.Errorf("%s %v: use %v to %v", axis.name, v, axis.least, maxTTL))
			}
			if axis.name == "ttl" && v%Seconds(time.Second) != 0 {
				errs = append(errs, fmt.Errorf("ttl %v: use whole seconds", v))
			}
		}
	}
	if len(g.Policies) > maxValues {
		errs = append(errs, fmt.Errorf("policies: %d, use at most %d", len(g.Policies), maxValues))
	}
	for _, name := range g.Policies {
		if _, err := calling(name, refresher.Policy{}); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// audience tells why a scenario cannot be swept.
func (c Config) audience() error {
	if !c.Scenario.Target.Embedded() && c.Law == nil {
		return errors.New("scenario: its viewers are computed over the embedded lab, and nothing is known of how the real token API answers: measure it (--measure 60), or take it from a recorded run (--from summary.json)")
	}
	for i := range c.Scenario.Viewers.Mix {
		if c.Scenario.Viewers.Mix[i].Leech == nil && c.Scenario.Viewers.Mix[i].Idle() == "" {
			return nil
		}
	}
	return errors.New("scenario: nobody in it ever uses a new token; see \"soak scenarios show default\"")
}

// Scene is a choice as a scenario, of so many viewers who watch for an hour. What
// tells nothing of it is left out: copied links, the token API's own outages, faults
// and queue.
func (c Config) Scene(ch Choice, viewers int, seed uint64) (scenarios.Scenario, error) {
	sc := c.Scenario
	sc.Seed, sc.Duration = seed, session
	sc.Viewers = scenarios.Viewers{Count: viewers}
	sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: arriving}
	sc.Token.TTL, sc.Token.Lead = ch.TTL.Duration(), ch.Lead.Duration()
	sc.Thresholds, sc.Expect, sc.Start = nil, nil, time.Time{}
	site := c.backend()
	sc.Target = scenarios.Target{Lab: &site}
	for i := range c.Scenario.Viewers.Mix {
		cohort := c.Scenario.Viewers.Mix[i]
		if cohort.Leech != nil || cohort.Idle() != "" {
			continue
		}
		p, err := ch.policyOf(cohort.Policy)
		if err != nil {
			return sc, err
		}
		cohort.Policy = p
		if own := cohort.Token; own != nil {
			cohort.Token = &scenarios.CohortToken{Mode: own.Mode}
		}
		if c.Skew != 0 && cohort.Clock == nil {
			cohort.Clock = &scenarios.Clock{Skew: -c.Skew.Duration()}
		}
		sc.Viewers.Mix = append(sc.Viewers.Mix, cohort)
	}
	return sc, nil
}

// backend is the lab as a sweep has it.
func (c Config) backend() lab.Config {
	site := c.site()
	site.Grace, site.CutAtExpiry = c.Grace.Duration(), c.Rule == Whole
	api := &site.API
	if m := c.Law; m != nil {
		api.Latency, api.FailureRate, api.HangRate = m.Latency, m.Failures, m.Hangs
	}
	api.Outages, api.Faults, api.Rate, api.SharedCache = nil, nil, 0, 0
	site.Refusals.Cached = 0
	site.Rotations = nil
	return site
}

// grace is how long after its expiry a token is good: an edge that compares whole
// seconds gives it one more.
func grace(site lab.Config) time.Duration {
	if site.Boundary == token.Strict {
		return site.Grace
	}
	return site.Grace + time.Second
}
