package tune

import (
	"math"
	"testing"
	"time"

	"soak/fleet"
	"soak/lab"
	"soak/netem"
)

// A refresher alone foretells whose requests are refused: whoever has nothing to fear
// by it has not, in the whole run of the same viewers.
func TestAloneForetells(t *testing.T) {
	c := small(t)
	c.Scenario.Target.Lab.API = lab.API{Latency: lab.Lognormal(time.Second, 1), FailureRate: 0.05}
	for _, rule := range []string{Start, Whole} {
		c.Rule = rule
		filled := c.Filled()
		ch := Choice{TTL: Seconds(60 * time.Second), Lead: Seconds(8 * time.Second), Policy: Quick}
		sc, err := filled.Scene(ch, perScene, 5)
		if err != nil {
			t.Fatal(err)
		}
		cycle, w, err := filled.cycle(&sc.Viewers.Mix[0], ch)
		if err != nil {
			t.Fatal(err)
		}
		const viewers = 24
		var only []int
		lives := map[int]life{}
		for v := range viewers {
			l, err := live(t.Context(), &sc, v, arriving*time.Duration(v)/perScene, cycle, w)
			if err != nil {
				t.Fatal(err)
			}
			lives[v], only = l, append(only, v)
		}
		refused := map[int]int{}
		opt := fleet.Options{Virtual: true, Only: only, Observer: &fleet.Observer{Exchange: func(v int, x fleet.Exchange) {
			if x.Refused() || x.Failure != "" && rule == Whole {
				refused[v]++
			}
		}}}
		r, err := fleet.Run(t.Context(), sc, opt)
		if err != nil {
			t.Fatal(err)
		}
		calls, feared, late := int64(0), 0, int64(0)
		for v, l := range lives {
			calls, late = calls+l.calls, late+l.late
			if l.least < w.sloppy {
				feared++
			} else if refused[v] > 0 {
				t.Errorf("%s: viewer %d had %d requests refused, and nothing to fear: least margin %v", rule, v, refused[v], l.least)
			}
		}
		if feared == 0 || feared == viewers && rule == Start {
			t.Errorf("%s: %d of %d viewers have something to fear; want some", rule, feared, viewers)
		}
		if whole := r.Summary.Total.Refreshes.Calls; math.Abs(float64(calls-whole)) > 0.01*float64(whole) {
			t.Errorf("%s: %d calls alone, %d in the whole run", rule, calls, whole)
		}
		if late == 0 {
			t.Errorf("%s: no token is late; the test sees nothing", rule)
		}
	}
}

// The closed form and refreshers alone have as many late tokens, by every difficulty.
func TestFormulaAgreesWithRefreshers(t *testing.T) {
	for why, change := range map[string]func(*Config, *Choice){
		"as it is":     func(*Config, *Choice) {},
		"whole rule":   func(c *Config, _ *Choice) { c.Rule = Whole },
		"clock behind": func(c *Config, _ *Choice) { c.Skew = Seconds(2 * time.Second) },
		"grace":        func(c *Config, _ *Choice) { c.Grace = Seconds(1500 * time.Millisecond) },
		"jitter":       func(_ *Config, ch *Choice) { ch.Jitter = Seconds(3 * time.Second) },
		"quick":        func(_ *Config, ch *Choice) { ch.Policy = Quick },
		"plugin":       func(_ *Config, ch *Choice) { ch.Policy = "gcore-plugin" },
		"long life":    func(_ *Config, ch *Choice) { ch.TTL = Seconds(5 * time.Minute) },
		"calls hang":   func(c *Config, ch *Choice) { c.Scenario.Target.Lab.API.HangRate, ch.Policy = 0.02, Quick },
		"3G": func(c *Config, _ *Choice) {
			c.Scenario.Viewers.Mix[0].Link, _ = netem.Builtin("3g")
		},
	} {
		c := small(t)
		api := *c.Scenario.Target.Lab
		api.API = lab.API{Latency: lab.Lognormal(800*time.Millisecond, 1), FailureRate: 0.05}
		c.Scenario.Target.Lab = &api
		ch := Choice{TTL: Seconds(60 * time.Second), Lead: Seconds(5 * time.Second), Policy: Own}
		change(&c, &ch)
		c = c.Filled()
		told, err := newFormula(c).tell(ch)
		if err != nil {
			t.Fatal(err)
		}
		sc, err := c.Scene(ch, perScene, 5)
		if err != nil {
			t.Fatal(err)
		}
		cycle, w, err := c.cycle(&sc.Viewers.Mix[0], ch)
		if err != nil {
			t.Fatal(err)
		}
		var late, cycles, calls int64
		const viewers = 400
		for v := range viewers {
			l, err := live(t.Context(), &sc, v, 0, cycle, w)
			if err != nil {
				t.Fatal(err)
			}
			late, cycles, calls = late+l.late, cycles+l.cycles, calls+l.calls
		}
		if in := Wilson(int(late), int(cycles), 0.999); !in.Holds(told.perLate[0]) && math.Abs(float64(late)/float64(cycles)-told.perLate[0]) > 0.03*told.perLate[0] {
			t.Errorf("%s: late %.5f by the closed form, %d of %d played: %.5f", why, told.perLate[0], late, cycles, in)
		}
		if got := float64(calls) / viewers; math.Abs(got-told.calls) > 0.04*told.calls+1 {
			t.Errorf("%s: %.1f calls an hour by the closed form, %.1f played", why, told.calls, got)
		}
	}
}
