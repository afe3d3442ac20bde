package suite

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/lab"
	"soak/scenarios"
)

var quick = flag.Bool("quick", racing, "play a tenth of the library only; the end-to-end tests play it whole")

// Everything that the library expects of players and integrations happens: whoever
// changes a player, a policy or the lab sees here whose fate it changes.
func TestLibraryIsAsExpected(t *testing.T) {
	all, err := scenarios.Suite(scenarios.Hazards)
	if err != nil {
		t.Fatal(err)
	}
	if *quick {
		all = slices.DeleteFunc(all, func(s scenarios.Scenario) bool { return s.Viewers.Count > 40 })
		for i := range all {
			all[i/8] = all[i] // every eighth
		}
		all = all[:len(all)/8]
	}
	r := Run(t.Context(), all, Options{Virtual: true})
	for i := range r.Cases {
		c := &r.Cases[i]
		if c.Problem != "" || len(c.Findings) == 0 {
			t.Errorf("%s: %d findings, problem %q", c.Name, len(c.Findings), c.Problem)
		}
		for j := range c.Findings {
			f := &c.Findings[j]
			for _, o := range f.Missed() {
				t.Errorf("%s: no longer %q: %s", c.Name, f.Effect, o.Text)
			}
		}
	}
}

// Every expectation can fail: a healthy lab with viewers who only watch makes the
// effects of hazards go away.
func TestExpectationsCanFail(t *testing.T) {
	for _, name := range []string{"h01-hung-token-api", "h10-suspend-resume", "h28-one-bad-segment", "h39-first-call-fails"} {
		s, err := scenarios.Builtin(name)
		if err != nil {
			t.Fatal(err)
		}
		s.Target.Lab = &lab.Config{API: lab.API{Latency: lab.Fixed(80 * time.Millisecond)}}
		for i := range s.Viewers.Mix {
			s.Viewers.Mix[i].Life = nil
		}
		r := Run(t.Context(), []scenarios.Scenario{s}, Options{Virtual: true})
		for _, f := range r.Cases[0].Findings {
			if f.OK && !strings.HasPrefix(f.Effect, "plays on") {
				t.Errorf("%s: %s still %q where nothing goes wrong", name, f.Viewers, f.Effect)
			}
		}
	}
}
