package tune

// Choice is what can be chosen: a token life, a lead in seconds, a jitter, and how
// calls are given up and made again.
type Choice struct {
	TTL    Seconds `json:"ttlSeconds"`
	Lead   Seconds `json:"leadSeconds"`
	Jitter Seconds `json:"jitterSeconds"` // a call goes out up to so much before its lead
	Policy string  `json:"policy"`        // of Config.Grid.Policies
}

// Estimate is a figure and where it lies, at Config.Confidence.
type Estimate struct {
	Value float64 `json:"value"`
	Interval
	Events int64   `json:"events"` // that were counted
	Hours  float64 `json:"viewerHours"`
}

// Verdict is whether a cell meets the target.
type Verdict string

// The verdicts.
const (
	Met       Verdict = "met"       // the whole interval does
	Missed    Verdict = "missed"    // none of it does
	Undecided Verdict = "undecided" // the budget was spent before that was known
	Ruled     Verdict = "ruled out" // without trying: see Cell.Why
)

// How a cell's verdict came about, from the cheapest.
const (
	ByRule    = "rule"    // no figures needed
	ByFormula = "formula" // the closed form
	ByOrder   = "order"   // a cell that is riskier meets the target, or a safer one misses it
	ByTokens  = "tokens"  // refreshers, played for many viewer-hours
	ByPlayers = "players" // whole viewers
)

// Cell is one choice, and what it comes to.
type Cell struct {
	Choice
	Verdict Verdict `json:"verdict"`
	By      string  `json:"by"`            // how it was decided
	Why     string  `json:"why,omitempty"` // it was ruled out, or what decided

	// Formula is how many cycles with a refused request there are in a viewer-hour by the
	// closed form, Late the same as refreshers lived through it.
	Formula float64  `json:"formula"`
	Late    Estimate `json:"late"`
	// Rough tells that a policy does more than the closed form knows: it has the first
	// retry and the first timeout only.
	Rough bool `json:"formulaRough,omitempty"`
	// Noticed is how many viewers in an hour notice something that is due to tokens.
	Noticed Estimate `json:"noticed"`
	// Agrees is false where Formula stands outside of Late by more than chance allows.
	Agrees bool `json:"agrees"`

	Calls Estimate `json:"calls"` // of the token API, a viewer-hour
	Peak  Estimate `json:"peak"`  // refreshes a second at Config.Viewers, when they came together
	Mean  float64  `json:"mean"`  // refreshes a second at Config.Viewers, when they are spread

	// CopiedMean and CopiedMost are how long a link works that was copied at any moment.
	CopiedMean Seconds `json:"copiedMeanSeconds"`
	CopiedMost Seconds `json:"copiedMostSeconds"`
}

// Result is the answer.
type Result struct {
	Config Config `json:"config"`
	// Cells in order of the grid: policy, jitter, TTL, lead.
	Cells []Cell `json:"cells"`
	// Best is the recommended cell's place in Cells; -1 where none meets the target.
	Best int `json:"best"`
	// Shares are what viewers who share a cohort contribute in the recommended cell, or
	// in the one that comes nearest.
	Cohorts    []CohortShare `json:"cohorts"`
	Limits     []Limit       `json:"limits"`     // what keeps the lead from being shorter, the hardest first
	Neighbours []Neighbour   `json:"neighbours"` // of the recommended cell
	// Frontier are the cells that nothing beats in both protection and comfort, from the
	// best protected.
	Frontier []int  `json:"frontier"`
	Rules    []Rule `json:"rules"` // the guide's rules of thumb, judged
	Advice   Advice `json:"advice"`
	// Margins is the life that tokens had left at the moment of the next one's arrival, in
	// the recommended cell: negative where it came too late.
	Margins []Bin    `json:"margins"`
	Herd    *Herd    `json:"herd,omitempty"`
	Outage  *Outage  `json:"outage,omitempty"`
	Doubts  []Doubt  `json:"doubts,omitempty"` // where simulation and formula disagree
	Notes   []string `json:"notes,omitempty"`  // what else people should know
	Spent   Spent    `json:"spent"`
	// Interrupted tells that the answer is of what was done so far.
	Interrupted bool `json:"interrupted,omitempty"`
	// Confirmed is what became of it over sockets, where that was asked for.
	Confirmed *Confirmation `json:"confirmed,omitempty"`
}

// Recommended is the recommended cell; nil where none meets the target.
func (r *Result) Recommended() *Cell {
	if r.Best < 0 || r.Best >= len(r.Cells) {
		return nil
	}
	return &r.Cells[r.Best]
}

// CohortShare is what one kind of viewer comes to.
type CohortShare struct {
	Name    string   `json:"name"`
	Share   float64  `json:"share"` // of the audience, 0 to 1
	Formula float64  `json:"formula"`
	Noticed Estimate `json:"noticed"`
	Law     Law      `json:"law"` // of its token calls, the link included
}

// Limit is something that keeps the lead from being shorter.
type Limit struct {
	What string  `json:"what"`        // latency, failures, skew, outage, herd, edge rule
	Lead Seconds `json:"leadSeconds"` // that it takes
	Text string  `json:"text"`        // one line for people
}

// Neighbour is a cell beside the recommended one.
type Neighbour struct {
	Cell int    `json:"cell"`
	Text string `json:"text"` // "lead 8 s would lose 1 viewer in 900 an hour"
}

// Rule is a rule of thumb, as this audience would live with it.
type Rule struct {
	Name    string  `json:"name"` // "20 % of the TTL"
	TTL     Seconds `json:"ttlSeconds"`
	Lead    Seconds `json:"leadSeconds"`
	Formula float64 `json:"formula"` // cycles with a refused request in a viewer-hour
	Calls   float64 `json:"calls"`   // a viewer-hour
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
}

// Advice is the recommended cell as settings.
type Advice struct {
	TTL     Seconds `json:"ttlSeconds"`
	Lead    Seconds `json:"leadSeconds"`
	Jitter  Seconds `json:"jitterSeconds"`
	Timeout Seconds `json:"timeoutSeconds"` // of a call; 0 = as it is
	Retry   Seconds `json:"retrySeconds"`   // after a failure; 0 = as it is
	// Share is the lead in per cent of the TTL, and Why it is told in seconds.
	Share float64 `json:"leadPercent"`
	Why   string  `json:"whySeconds"`
	// Settings are blocks to copy, one for each integration of the guide.
	Settings []Setting `json:"settings"`
}

// Setting is what to write into an integration.
type Setting struct {
	Integration string `json:"integration"` // hls.js, dash.js, Gcore plugin
	Text        string `json:"text"`
}

// Bin counts what lies from From up to below To.
type Bin struct {
	From  Seconds `json:"fromSeconds"`
	To    Seconds `json:"toSeconds"`
	Count int64   `json:"count"`
}

// Herd is how calls of the token API come together when N viewers join at once.
type Herd struct {
	Viewers int     `json:"viewers"`
	Join    Seconds `json:"joinSeconds"`
	TTL     Seconds `json:"ttlSeconds"`
	Lead    Seconds `json:"leadSeconds"`
	Limit   float64 `json:"limit"`   // refreshes a second that the token API is meant to bear
	Enough  bool    `json:"enough"`  // there is a jitter that is reckoned to keep within it
	Plain   Curve   `json:"plain"`   // without jitter
	Advised Curve   `json:"advised"` // with the jitter advised
	// Skewed is without jitter, by clocks that are off by up to Skew; absent: 0s.
	Skew   Seconds `json:"skewSeconds,omitempty"`
	Skewed Curve   `json:"skewed,omitzero"`
}

// Curve is refreshes over time.
type Curve struct {
	Jitter Seconds `json:"jitterSeconds"`
	// Second counts refreshes by the second from the first viewer's arrival on.
	Second []int64 `json:"bySecond"`
	// Burst counts them by 10 ms from BurstFrom on, around the fullest window.
	Burst     []int64 `json:"by10Millis"`
	BurstFrom Seconds `json:"burstFromSeconds"`
	Mean      float64 `json:"meanPerSecond"`
	// Peak1s and Peak10ms are the fullest windows over the mean.
	Peak1s   float64 `json:"peakSecondOverMean"`
	Peak10ms float64 `json:"peak10MillisOverMean"`
}

// Doubt is a cell in which simulation and formula disagree beyond their errors.
type Doubt struct {
	Cell int    `json:"cell"`
	Text string `json:"text"`
}

// Spent is what the answer took.
type Spent struct {
	Rounds      int     `json:"rounds"`
	TokenHours  float64 `json:"tokenViewerHours"`  // of refreshers alone
	PlayerHours float64 `json:"playerViewerHours"` // of whole viewers
	Cycles      int64   `json:"cycles"`            // of tokens
	Cells       int     `json:"cells"`             // in all
	Decided     int     `json:"decided"`
	// Elapsed is real time. It stands in no file, so that answers compare to the byte.
	Elapsed Seconds `json:"-"`
}
