package tune

// Tally is what some viewers of a cell came to. It is made of integers, so that tallies
// add up to the same whoever counted.
type Tally struct {
	Viewers int64 `json:"viewers"`
	Millis  int64 `json:"watchedMillis"`
	Cycles  int64 `json:"cycles"`
	Late    int64 `json:"late"` // cycles whose token came after the old one had died
	Calls   int64 `json:"calls"`
	Squares int64 `json:"callsSquared"` // sum over viewers
	Lost    int64 `json:"lost"`         // viewers who never had a token, whatever the lead
	// Played is how many were played as whole viewers: all who had anything to fear, and
	// some of the others. Noticed of those who had, and Surprised of the others, noticed
	// something that is due to tokens.
	Played    int64 `json:"played"`
	Noticed   int64 `json:"noticed"`
	Surprised int64 `json:"surprised,omitempty"`

	Margins [bins]int64   `json:"margins"`
	Cohorts []CohortTally `json:"cohorts"` // in the order of the scene's mix
}

// CohortTally is what one kind of viewer came to.
type CohortTally struct {
	Viewers int64 `json:"viewers"`
	Cycles  int64 `json:"cycles"`
	Late    int64 `json:"late"`
	Noticed int64 `json:"noticed"`
}

// bins is how many parts the margins of a cell are told in.
const bins = 60

// add is the count of both.
func (c Tally) add(o Tally) Tally {
	c.Viewers += o.Viewers
	c.Millis += o.Millis
	c.Cycles += o.Cycles
	c.Late += o.Late
	c.Calls += o.Calls
	c.Squares += o.Squares
	c.Lost += o.Lost
	c.Played += o.Played
	c.Noticed += o.Noticed
	c.Surprised += o.Surprised
	for i, n := range o.Margins {
		c.Margins[i] += n
	}
	sum := make([]CohortTally, max(len(c.Cohorts), len(o.Cohorts)))
	copy(sum, c.Cohorts)
	for i, k := range o.Cohorts {
		sum[i].Viewers += k.Viewers
		sum[i].Cycles += k.Cycles
		sum[i].Late += k.Late
		sum[i].Noticed += k.Noticed
	}
	c.Cohorts = sum
	return c
}

// hours is how long they watched in all.
func (c Tally) hours() float64 { return float64(c.Millis) / 3_600_000 }

// marginBin is where a bin of margins begins: they go from half a lead late to a whole
// one and the jitter early.
func (ch Choice) marginBin(i int) Seconds {
	from, to := -ch.Lead/2, ch.Lead+ch.Jitter
	return from + (to-from)*Seconds(i)/bins
}
