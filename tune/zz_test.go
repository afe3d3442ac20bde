package tune

import (
	"fmt"
	"soak/lab"
	"soak/scenarios"
	"testing"
	"time"
)

func BenchmarkTokens(b *testing.B) {
	cfg := Config{Scenario: scenarios.Default()}.Filled()
	l := lab.Config{API: lab.API{Latency: lab.Lognormal(300*time.Millisecond, 1), FailureRate: .01}}
	cfg.Scenario.Target.Lab = &l
	ch := Choice{TTL: Seconds(60 * sec), Lead: Seconds(20 * sec), Policy: Quick}
	sc, _ := cfg.Scene(ch, crowd, 1)
	cy, w, _ := cfg.cycle(&sc.Viewers.Mix[0], ch)
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if _, err := live(b.Context(), &sc, i%crowd, 0, cy, w); err != nil {
			b.Fatal(err)
		}
	}
}
func TestTry(t *testing.T) {
	cfg := Config{Scenario: scenarios.Default()}.Filled()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	l := lab.Config{API: lab.API{Latency: lab.Lognormal(300*time.Millisecond, 1), FailureRate: .01}}
	cfg.Scenario.Target.Lab = &l
	for _, p := range []string{Own, Quick, "steady"} {
		for _, lead := range []int{2, 5, 10} {
			ch := Choice{TTL: Seconds(60 * sec), Lead: Seconds(time.Duration(lead) * sec), Policy: p}
			t0 := time.Now()
			c, err := cfg.sample(t.Context(), ch, 0, 16)
			if err != nil {
				t.Fatal(err)
			}
			f := 0.0
			sc, _ := cfg.Scene(ch, crowd, 1)
			for i := range sc.Viewers.Mix {
				k := &sc.Viewers.Mix[i]
				cy, _, _ := cfg.cycle(k, ch)
				f += k.Share * cy.Late() / 66
			}
			c.Cohorts = nil
			fmt.Println(ch, "formula", f, "late", float64(c.Late)/float64(c.Cycles), fmt.Sprintf("%+v", c), time.Since(t0))
		}
	}
}
