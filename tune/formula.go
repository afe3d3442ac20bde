package tune

import (
	"time"

	"soak/refresher"
	"soak/scenarios"
)

// formula is what the closed form says of cells. It keeps the distributions of W that
// it has computed: cells differ in them by policy only.
type formula struct {
	Config
	known map[wait]waiting
	means map[wait]time.Duration
}

func newFormula(c Config) *formula {
	return &formula{c, map[wait]waiting{}, map[wait]time.Duration{}}
}

// wait is what the distribution of W depends on.
type wait struct {
	law            Law
	retry, timeout time.Duration
	cell           time.Duration
}

// computed is what the closed form says of a cell, a viewer-hour.
type computed struct {
	late   float64 // cycles whose token comes too late
	feared float64 // … or might, for what is not computed of links
	calls  float64
	rough  bool // a cohort's policy does more than the closed form knows
	// unforeseen tells that it cannot say what becomes of a cohort: see unforeseen.
	unforeseen bool
	cohorts    []float64 // late, by cohort of the scene
	perLate    []float64 // probability a cycle, by cohort
	cycles     []Cycle
}

// hardest is a cycle with the longest waits and timeouts that its policy has.
func hardest(c Cycle, p refresher.Policy) Cycle {
	if steps(p) {
		return c
	}
	c.Retry, c.Timeout = max(c.Retry, p.RetryMax), p.Timeout
	return c
}

// jitters is how many leads stand for a jittered one.
const jitters = 8

// tell computes a cell.
func (f *formula) tell(ch Choice) (computed, error) {
	sc, err := f.Scene(ch, perScene, f.Seed)
	if err != nil {
		return computed{}, err
	}
	shares := sharesOf(&sc)
	var sum computed
	for i := range sc.Viewers.Mix {
		k := &sc.Viewers.Mix[i]
		c, w, err := f.cycle(k, ch)
		if err != nil {
			return computed{}, err
		}
		if err := c.Validate(); err != nil {
			return computed{}, err
		}
		late, _ := f.late(c, ch.Jitter.Duration(), 0)
		_, feared := f.late(hardest(c, k.Policy), ch.Jitter.Duration(), w.sloppy)
		even := c
		even.Lead += ch.Jitter.Duration() / 2
		mean := f.wait(even)
		cycles := time.Hour.Seconds() / even.length(mean).Seconds()
		sum.late += shares[i] * late * cycles
		sum.feared += shares[i] * feared * cycles
		sum.calls += shares[i] * even.callsPerHour(mean)
		sum.rough = sum.rough || !steps(k.Policy)
		sum.unforeseen = sum.unforeseen || unforeseen(k)
		sum.cohorts = append(sum.cohorts, late*cycles)
		sum.perLate = append(sum.perLate, late)
		sum.cycles = append(sum.cycles, c)
	}
	return sum, nil
}

// late is the probability that a cycle's token comes too late, and that it might for
// what is not computed of the link.
func (f *formula) late(c Cycle, jitter, sloppy time.Duration) (late, feared float64) {
	n := 1
	if jitter > 0 {
		n = jitters
	}
	w := f.waiting(c, c.Slack()+jitter)
	for i := range n {
		slack := c.Slack() + jitter*time.Duration(2*i+1)/time.Duration(2*n)
		late += max(0, c.late(w, slack)) / float64(n)
		start := c
		start.Whole = false // sloppy has the transfer
		feared += max(0, start.late(w, slack-sloppy)) / float64(n)
	}
	return late, feared
}

// wait is a cycle's mean wait.
func (f *formula) wait(c Cycle) time.Duration {
	key := wait{law: c.Law, retry: c.Retry, timeout: c.Timeout}
	mean, ok := f.means[key]
	if !ok {
		mean = c.Wait()
		f.means[key] = mean
	}
	return mean
}

// points is how many cells of its grid W is computed for.
const points = 4096

// grids are the cells for near and for far horizons. All divide whole seconds, at which
// timeouts and retries are.
func grids() []time.Duration {
	return []time.Duration{cell, 2 * cell, 5 * cell, 10 * cell}
}

// waiting is the distribution of a cycle's W up to a horizon, or as far as the widest
// grid goes.
func (f *formula) waiting(c Cycle, horizon time.Duration) waiting {
	width := cell
	for _, width = range grids() {
		if horizon <= points*width {
			break
		}
	}
	key := wait{c.Law, c.Retry, c.Timeout, width}
	w, ok := f.known[key]
	if !ok {
		w = c.waitingOn(width, points*width)
		f.known[key] = w
	}
	return w
}

// sharesOf are the parts of the audience that cohorts are.
func sharesOf(sc *scenarios.Scenario) []float64 {
	shares, sum := make([]float64, len(sc.Viewers.Mix)), 0.0
	for i, k := range sc.Viewers.Mix {
		shares[i] = k.Share
		sum += k.Share
	}
	for i := range shares {
		shares[i] /= sum
	}
	return shares
}
