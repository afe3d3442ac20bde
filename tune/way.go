package tune

import (
	"time"

	"soak/lab"
	"soak/netem"
	"soak/scenarios"
)

// way is what a viewer's link adds to token calls and requests.
type way struct {
	call   time.Duration // handshakes and the round trip of a token call
	back   time.Duration // of it, from the API to the page
	travel time.Duration // of a request, until an edge judges it
	// sloppy bounds what is not modelled here: a queue in front of the link, lost
	// packets, a transfer under way.
	sloppy   time.Duration
	transfer lab.Distribution // of a segment, where edges look at the whole of it
}

// idle is how long servers leave a connection open that nobody uses (netem's
// keepAlive); later calls shake hands anew.
const idle = 75 * time.Second

// handled is how long a page takes to look at an answer (fleet's handling).
const handled = 10 * time.Millisecond

// synLost is what a lost packet of a handshake costs: the first retransmission
// timeout of RFC 6298, 1 s, and the next, 2 s.
const synLost = 3 * time.Second

// segmentShare is how much of a link's rate players fill with segments.
const segmentShare = 0.7

func wayOf(link netem.Profile, site lab.Config, ch Choice, rule string) way {
	trips := 1
	if ch.TTL-ch.Lead > Seconds(idle) {
		trips = 2
		if link.TLS {
			trips = 3
		}
	}
	w := way{
		call: time.Duration(trips)*link.RTT + handled, back: link.RTT/2 + handled, travel: link.RTT / 2,
		sloppy: 500*time.Millisecond + 2*link.RTT,
	}
	rate := slowest(link)
	if rate > 0 {
		const packet = 1514 * 8 // bits
		w.sloppy += 3 * time.Duration(float64(link.Queue)*packet/rate*float64(time.Second))
	}
	if link.Loss > 0 {
		w.sloppy += synLost
	}
	if rule == Whole {
		w.transfer = transferOf(site.Filled(), rate, link.RTT)
		w.sloppy += 2 * site.Filled().Segment
	}
	return w
}

// slowest is the least rate of a link in bit/s, outages left out; 0: unlimited.
func slowest(link netem.Profile) float64 {
	least := 0.0
	for _, s := range link.Steps {
		if s.Kbps > 0 && (least == 0 || s.Kbps*1000 < least) {
			least = s.Kbps * 1000
		}
	}
	return least
}

// transferOf is how long a segment takes: of the best rendition that the link bears.
func transferOf(site lab.Config, rate float64, rtt time.Duration) lab.Distribution {
	if rate == 0 {
		return lab.Fixed(rtt)
	}
	bits := float64(site.Ladder[0])
	for _, b := range site.Ladder {
		if float64(b) <= segmentShare*rate {
			bits = float64(b)
		}
	}
	usual := time.Duration(bits / rate * float64(site.Segment))
	return lab.Lognormal(usual+rtt, 0.3)
}

// cycle is what a viewer of a cohort lives through under a choice.
func (c Config) cycle(cohort *scenarios.Cohort, ch Choice) (Cycle, way, error) {
	site := c.backend()
	p, err := ch.policyOf(cohort.Policy)
	if err != nil {
		return Cycle{}, way{}, err
	}
	w := wayOf(cohort.Link, site, ch, c.Rule)
	skew := c.Skew.Duration()
	switch {
	case p.ServerClock:
		skew = 0
	case cohort.Clock != nil:
		skew = -cohort.Clock.Skew
	}
	ttl := ch.TTL.Duration()
	if site.API.MaxLife > 0 {
		ttl = min(ttl, site.API.MaxLife)
	}
	cycle := Cycle{
		Law: Law{Latency: site.API.Latency, Failures: site.API.FailureRate, Hangs: site.API.HangRate},
		TTL: ttl, Lead: ch.Lead.Duration(), Floor: max(p.Floor, time.Millisecond),
		Retry: max(p.Retry, cell), Timeout: p.Timeout,
		Every: min(site.Filled().Segment, ttl), Travel: w.call + w.travel,
		Skew: skew + site.EdgeSkew, Grace: grace(site),
		Whole: c.Rule == Whole, Transfer: w.transfer,
	}
	if p.Retry == 0 { // scheduled anew by the grant held
		cycle.Retry = max(p.Floor, cell)
	}
	if p.TimeoutShare > 0 && p.Timeout > 0 {
		cycle.Timeout = min(p.Timeout, max(time.Duration(p.TimeoutShare*float64(ch.Lead)), time.Second))
	}
	return cycle, w, nil
}
