package tune

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"soak/lab"
)

// leadStep is how exactly a least lead is told.
const leadStep = 100 * time.Millisecond

// least is the shortest lead with which no more tokens are late in a viewer-hour than
// viewers may notice, by the closed form; false: none is.
func (f *formula) least(ch Choice) (Seconds, bool, error) {
	longest := (ch.TTL - Seconds(breath)) / Seconds(leadStep)
	low, high := Seconds(-1), longest+1
	for high-low > 1 {
		middle := (low + high) / 2
		ch.Lead, ch.Jitter = middle*Seconds(leadStep), 0
		t, err := f.tell(ch)
		if err != nil {
			return 0, false, err
		}
		if t.late <= f.Target {
			high = middle
		} else {
			low = middle
		}
	}
	return high * Seconds(leadStep), high <= longest, nil
}

// limits tells what makes the least lead as long as it is: by how much each thing
// lengthens it, the hardest first.
func (f *formula) limits(t *trial) ([]Limit, error) {
	all, ok, err := f.least(t.Choice)
	if err != nil || !ok {
		return nil, err
	}
	var list []Limit
	for _, o := range f.without() {
		easier := newFormula(o.config)
		lead, _, err := easier.least(t.Choice)
		if err != nil {
			return nil, err
		}
		if cost := all - lead; cost >= Seconds(leadStep) {
			list = append(list, Limit{What: o.what, Lead: cost, Text: fmt.Sprintf("%s: without it a lead of %s would do in place of %s", o.text, lead.Words(), all.Words())})
		}
	}
	if f.Outage > 0 {
		o := f.outlasting(t.Choice)
		list = append(list, Limit{What: "outage", Lead: o, Text: fmt.Sprintf("an outage of %s takes a lead of %s: the next try after it comes a little later", f.Outage.Words(), o.Words())})
	}
	if t.Jitter > 0 {
		list = append(list, Limit{What: "herd", Lead: t.Jitter / 2, Text: fmt.Sprintf("%s viewers who join within %s need a jitter of %s, so calls go out %s before their lead on average", thousands(float64(f.Viewers)), f.Join.Words(), t.Jitter.Words(), (t.Jitter / 2).Words())})
	}
	slices.SortStableFunc(list, func(a, b Limit) int { return cmp.Compare(b.Lead, a.Lead) })
	return list, nil
}

// easing is a configuration without one of its difficulties.
type easing struct {
	what, text string
	config     Config
}

// without lists the difficulties that a configuration has, each taken away.
func (c Config) without() (list []easing) {
	site := c.backend()
	api := site.API
	ease := func(what, text string, change func(*Config, *lab.Config)) {
		o, s := c, site
		s.API = api
		o.Law = nil
		change(&o, &s)
		o.Scenario.Target.Lab = &s
		list = append(list, easing{what, text, o})
	}
	if middle := api.Latency.Quantiles(1)[0]; api.Latency != lab.Fixed(middle) {
		ease("latency tail", "the slowest calls of the token API, beyond its median of "+Seconds(middle.Round(time.Millisecond)).Words(), func(_ *Config, s *lab.Config) { s.API.Latency = lab.Fixed(middle) })
	}
	if api.FailureRate > 0 || api.HangRate > 0 {
		ease("failures", fmt.Sprintf("%.2g %% of token calls fail, and each costs the wait for the next", 100*(api.FailureRate+api.HangRate)), func(_ *Config, s *lab.Config) { s.API.FailureRate, s.API.HangRate = 0, 0 })
	}
	if c.Skew > 0 {
		ease("skew", fmt.Sprintf("clocks may be %s behind", c.Skew.Words()), func(o *Config, _ *lab.Config) { o.Skew = 0 })
	}
	if c.Rule == Whole {
		ease("edge rule", "the edge looks at the token during the whole transfer", func(o *Config, _ *lab.Config) { o.Rule = Start })
	}
	return list
}
