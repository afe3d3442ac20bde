package tune

import (
	"time"

	"soak/scenarios"
)

// Config is a question: which token life, lead, jitter and way of calling again suit
// this audience, this backend and this edge. The zero fields mean what they say.
type Config struct {
	// Scenario is the audience, its links, the token API and the edge. Its own TTL and
	// leads are not looked at: they are what is asked for.
	Scenario scenarios.Scenario `json:"scenario"`

	Viewers int     `json:"viewers"` // for whom peaks are told. 0 = the scenario's
	Join    Seconds `json:"joinSeconds"`
	// Capacity is how many calls a second the token API bears. 0 = not known.
	Capacity float64 `json:"capacity,omitempty"`

	Rule  string  `json:"edgeRule"`     // [Start] or [Whole]. "" = the scenario's
	Grace Seconds `json:"graceSeconds"` // how long edges take a token that has expired
	Skew  Seconds `json:"skewSeconds"`  // how far viewers' clocks may be behind the edge's
	// Outage is how long the token API may be down without anybody's noticing. 0 = it is
	// never down.
	Outage Seconds `json:"outageSeconds,omitempty"`

	// Target is the share of viewers who may notice, in an hour. 0 = 1 in 10,000.
	Target float64 `json:"target"`
	// Exposure is how long a copied link may work. 0 = five minutes.
	Exposure Seconds `json:"exposureSeconds,omitempty"`

	Grid   Grid   `json:"grid"`
	Budget Budget `json:"budget"`
	Seed   uint64 `json:"seed"`
	// Confidence of every interval. 0 = 0.95.
	Confidence float64 `json:"confidence"`
	// Law is how the token API answers where that was measured or recorded; nil = as
	// the scenario's lab does.
	Law *Measured `json:"measured,omitempty"`
}

// When an edge looks at a request's token.
const (
	Start = "start" // when the request arrives
	Whole = "whole" // during the whole transfer
)

// Grid is what is tried: every combination that makes sense.
type Grid struct {
	TTLs    []Seconds `json:"ttlSeconds"`
	Leads   []Seconds `json:"leadSeconds"`
	Jitters []Seconds `json:"jitterSeconds"` // a call goes out up to so much earlier
	// Policies are ways of calling again: own (each integration's), quick, steady, or
	// any built-in policy's name.
	Policies []string `json:"policies"`
}

// Budget is when to stop. Viewer-hours make the answer repeatable to the byte; time
// only says how many rounds of them are done.
type Budget struct {
	Time        time.Duration `json:"-"`                     // 0 = no end
	ViewerHours float64       `json:"viewerHours,omitempty"` // of full players. 0 = no end
	Rounds      int           `json:"rounds,omitempty"`      // 0 = no end
}

// Measured is a law that was fitted to calls of a real token API.
type Measured struct {
	Law
	Source string `json:"source"` // where the calls come from, for people
	Calls  int64  `json:"calls"`
	Failed int64  `json:"failed"`
	// Quantiles set the fit beside the data.
	Quantiles []Fitted `json:"quantiles"`
}

// Fitted is a quantile of what was measured, and of the law that was made of it.
type Fitted struct {
	Q    float64 `json:"q"`
	Data Seconds `json:"dataSeconds"`
	Fit  Seconds `json:"fitSeconds"`
}
