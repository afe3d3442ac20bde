package tune

import (
	"context"
	"fmt"
	"time"

	"soak/fleet"
	"soak/lab"
	"soak/scenarios"
)

// Outage is the outage to survive, played: by the recommended choice, by the longest
// lead of the grid that is too short for it, and by the integrations as they are, where
// these wait for ever for an answer.
type Outage struct {
	Length Seconds `json:"lengthSeconds"`
	// Viewers is how many were played, with the phases of their refreshes evenly spread.
	Viewers int         `json:"viewers"`
	Played  []Outlasted `json:"played"`
}

// Outlasted is who of a choice's viewers noticed something due to tokens, in the
// minutes around an outage.
type Outlasted struct {
	Choice
	Without Share `json:"without"` // had there been no outage: the same viewers, the same luck
	Failing Share `json:"failing"` // calls were answered 503
	Hanging Share `json:"hanging"` // calls were never answered
}

// OK tells whether the outage cost nobody anything.
func (o Outlasted) OK() bool { return o.Failing.K <= o.Without.K && o.Hanging.K <= o.Without.K }

// outageViewers is how many are played: what the rule promises holds for each of them,
// so it is not rare events that are looked for.
const outageViewers = 300

// outage plays the outage to survive. Interrupted, the answer does without.
func (c Config) outage(ctx context.Context, r *Result) error {
	best := r.Recommended()
	if best == nil || c.Outage == 0 {
		return nil
	}
	o := &Outage{Length: c.Outage, Viewers: outageViewers}
	for _, ch := range c.besides(best.Choice) {
		played, err := c.outlive(ctx, ch)
		if ctx.Err() != nil {
			r.Interrupted = true
			return nil
		}
		if err != nil {
			return err
		}
		o.Played = append(o.Played, played)
	}
	r.Outage = o
	if first := o.Played[0]; !first.OK() {
		r.Doubts = append(r.Doubts, Doubt{r.Best, fmt.Sprintf("%v: by the rule an outage of %v costs nobody anything, and yet %d (calls fail) and %d (calls hang) of %d viewers noticed it when it was played",
			first.Choice, c.Outage, first.Failing.K-first.Without.K, first.Hanging.K-first.Without.K, o.Viewers)})
	}
	return nil
}

// besides are a choice, and others that the outage rules out.
func (c Config) besides(ch Choice) []Choice {
	list := []Choice{ch}
	if short, ok := c.tooShort(ch); ok {
		list = append(list, short)
	}
	patient := ch
	if patient.Policy = Own; ch.Policy != Own && c.hangs(patient) {
		list = append(list, patient)
	}
	return list
}

// tooShort is a choice with the longest lead of the grid that the rule forbids for the
// outage's sake, without a jitter that would help it out; false: there is none.
func (c Config) tooShort(ch Choice) (Choice, bool) {
	short, ok := ch, false
	short.Jitter = 0
	for _, lead := range c.Grid.Leads {
		if lead < c.outlasting(ch) && (!ok || lead > short.Lead) {
			short.Lead, ok = lead, true
		}
	}
	return short, ok
}

func (c Config) outlive(ctx context.Context, ch Choice) (Outlasted, error) {
	o := Outlasted{Choice: ch}
	for _, run := range []struct {
		share  *Share
		outage []lab.Outage
	}{
		{&o.Without, nil},
		{&o.Failing, []lab.Outage{{}}},
		{&o.Hanging, []lab.Outage{{Hang: true}}},
	} {
		sc, err := c.outageScene(ch, run.outage)
		if err != nil {
			return o, err
		}
		if *run.share, err = noticing(ctx, sc); err != nil {
			return o, err
		}
	}
	return o, nil
}

// outageScene is a choice's scene in which everybody has come, within the time from
// one refresh to the next, and has refreshed once, when the outage begins. It ends when
// the tokens that were in force then would all have died.
func (c Config) outageScene(ch Choice, outages []lab.Outage) (scenarios.Scenario, error) {
	sc, err := c.Scene(ch, outageViewers, c.Seed)
	if err != nil {
		return sc, err
	}
	between := max(ch.TTL-ch.Lead, Seconds(breath)).Duration()
	from, length := 2*between, c.Outage.Duration()
	sc.Arrival.Over = between
	sc.Duration = from + length + ch.TTL.Duration() + aftermath
	site := *sc.Target.Lab
	for _, o := range outages {
		o.From, o.To = from, from+length
		site.API.Outages = append(site.API.Outages, o)
	}
	sc.Target.Lab = &site
	return sc, nil
}

// aftermath is how long a stall may take to show: a buffer of hls.js.
const aftermath = time.Minute

// noticing is who notices something due to tokens.
func noticing(ctx context.Context, sc scenarios.Scenario) (Share, error) {
	r, err := fleet.Run(ctx, sc, fleet.Options{Virtual: true, Causes: true})
	if err != nil {
		return Share{}, err
	}
	noticed := int64(0)
	for i := range r.Summary.Cohorts {
		noticed += r.Summary.Cohorts[i].Causes.Token.Viewers
	}
	return shareOf(int(noticed), sc.Viewers.Count), nil
}
