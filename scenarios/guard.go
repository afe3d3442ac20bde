package scenarios

import (
	"fmt"
	"time"

	"soak/qoe"
)

// GuardEvery is how often the thresholds that may end a run are looked at, in
// scenario time.
const GuardEvery = time.Second

// Guards are the thresholds that may end a run before its time.
type Guards []guard

type guard struct {
	*condition
	index int
}

// Abort is how a run ended before its time.
type Abort struct {
	Threshold int           // index of the threshold that was missed
	At        time.Duration // scenario time
	Outcome   Outcome       // as it was then
}

// Guards are the thresholds with AbortOnFail.
func (s *Scenario) Guards() (Guards, error) {
	var all Guards
	for i, t := range s.Thresholds {
		if !t.AbortOnFail {
			continue
		}
		c, err := t.condition()
		if err != nil {
			return nil, fmt.Errorf("thresholds[%d]: %w", i, err)
		}
		all = append(all, guard{c, i})
	}
	return all, nil
}

// Judge tells whether the run ends at that scenario time, of which s is the
// summary: because of the first threshold, in their order, that is missed. One that
// reads what has not been measured is not missed yet.
func (g Guards) Judge(at time.Duration, s *qoe.Summary) (*Abort, error) {
	for _, c := range g {
		if at < c.After {
			continue
		}
		out, measured, err := c.evaluate(s)
		if err != nil {
			return nil, fmt.Errorf("threshold %s: %w", c, err)
		}
		if measured && !out.OK {
			out.Text += fmt.Sprintf(" after %s, which ended the run", short(at))
			return &Abort{Threshold: c.index, At: at, Outcome: out}, nil
		}
	}
	return nil, nil
}

// From is the first moment at which there is anything to look at.
func (g Guards) From() time.Duration {
	first := g[0].After
	for _, c := range g[1:] {
		first = min(first, c.After)
	}
	return max((first + GuardEvery - 1).Truncate(GuardEvery), GuardEvery)
}
