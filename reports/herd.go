package reports

import (
	"fmt"
	"math"
	"time"

	"soak/qoe"
	"soak/scenarios"
)

// From when on refreshes are said to come as a herd: so many of them, with a peak so
// many times their mean.
const (
	herdCalls  = 50
	herdFactor = 4
)

// herd tells how calls of the token API came together and what would spread them,
// and the API's outage if it had one; nothing when there is nothing to tell.
func (p *page) herd(r Report) {
	h := r.Summary.Herd()
	limit, named := rateLimit(r.Scenario, h)
	crowded := h.Refreshes >= herdCalls && h.Factor >= herdFactor
	if crowded || named && h.Peak > limit {
		p.facts("Herd",
			fmt.Sprintf("%s refreshes/s at %s", figure(math.Round(h.Peak)), clock(h.PeakAt)),
			fmt.Sprintf("%.1f × their mean of %s/s", h.Factor, figure(math.Round(h.Mean*100)/100)),
			fmt.Sprintf("%s of any kind in %d ms", plural(h.Burst, "call", "calls"), h.BurstMillis),
			comesBack(h))
		p.list("", []string{advice(r.Summary.Spread(limit, period(r.Scenario)), named, lead(r.Scenario), h)})
	}
	if o := h.Outage; o != nil {
		p.facts("API outage", outage(o)...)
	}
	if crowded || named && h.Peak > limit || h.Outage != nil {
		p.line("")
	}
}

func comesBack(h qoe.Herd) string {
	if h.Cycle == 0 || h.Persists < 0.2 {
		return "it does not come back"
	}
	return fmt.Sprintf("back every %s, %.0f %% of it", length(time.Duration(h.Cycle*float64(time.Second))), 100*h.Persists)
}

// rateLimit is what the token API is meant to bear: what the scenario says or the
// lab's API does; else, as a yardstick, what twice the mean comes to by chance.
func rateLimit(s scenarios.Scenario, h qoe.Herd) (limit float64, named bool) {
	switch {
	case s.Token.RateLimit > 0:
		return s.Token.RateLimit, true
	case s.Target.Embedded() && s.Target.Lab != nil && s.Target.Lab.API.Rate > 0:
		return s.Target.Lab.API.Rate, true
	}
	return math.Ceil(2*h.Mean + 3*math.Sqrt(2*h.Mean)), false
}

// period is the shortest wait of a cohort from one refresh to the next.
func period(s scenarios.Scenario) time.Duration {
	shortest := s.Token.TTL - s.Token.Lead
	for i := range s.Viewers.Mix {
		c := &s.Viewers.Mix[i]
		ttl := s.TokenOf(c).TTL
		shortest = min(shortest, ttl-s.PolicyOf(c).LeadFor(ttl))
	}
	return shortest
}

// lead is the lead that all cohorts have; 0 when they differ.
func lead(s scenarios.Scenario) time.Duration {
	common := s.Token.Lead
	for i := range s.Viewers.Mix {
		c := &s.Viewers.Mix[i]
		own := s.PolicyOf(c).LeadFor(s.TokenOf(c).TTL)
		if i > 0 && own != common {
			return 0
		}
		common = own
	}
	return common
}

func advice(a qoe.Spread, named bool, lead time.Duration, h qoe.Herd) string {
	bound := figure(a.Limit) + "/s"
	joined := ""
	if named && a.Joined > a.Limit {
		joined = fmt.Sprintf("; viewers' first calls reach %s/s, which only a slower arrival or a waiting room spreads", figure(math.Round(a.Joined)))
	}
	switch {
	case !a.Needed:
		return "refreshes stay below " + bound + " as they are" + joined
	case !a.Enough:
		return fmt.Sprintf("no jitter keeps refreshes below %s: their mean is %s/s already, of which chance makes more; longer-lived tokens make them fewer", bound, figure(math.Round(h.Mean*10)/10)) + joined
	}
	how := ""
	if lead > 0 {
		how = fmt.Sprintf(" (policy leadJitter: %s)", figure(math.Ceil(10*a.Jitter.Seconds()/lead.Seconds())/10))
	}
	return fmt.Sprintf("refreshing up to %s earlier at random%s keeps refreshes below %s", length(a.Jitter), how, bound) + joined
}

func outage(o *qoe.Outage) []string {
	until := clock(o.To)
	if !o.Ended {
		until = "the end"
	}
	items := []string{
		fmt.Sprintf("%s to %s", clock(o.From), until),
		fmt.Sprintf("%s, %s of them retries", plural(o.Calls, "call", "calls"), number(o.Retries)),
	}
	if o.Amplification > 0 {
		items = append(items, fmt.Sprintf("%.1f × the refreshes before", o.Amplification))
	}
	switch {
	case o.Recovery < 0 && o.Ended:
		items = append(items, "not recovered by the end")
	case o.Recovery > 0:
		items = append(items, "recovered "+length(time.Duration(o.Recovery)*time.Second)+" later")
	case o.Ended:
		items = append(items, "recovered at once")
	}
	return append(items, fmt.Sprintf("%s of %s lost (%s)", number(o.Lost), plural(o.There, "viewer", "viewers"), percent(o.Lost, o.There)))
}
