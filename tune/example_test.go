package tune_test

import (
	"context"
	"fmt"
	"time"

	"soak/lab"
	"soak/tune"
)

// Phones on 3G, the guide's scheduler, a segment every four seconds: how often does a
// token of a minute run out, and what does a longer lead cost?
func ExampleCycle_Expired() {
	c := tune.Cycle{
		Law: tune.Law{Latency: lab.Lognormal(1500*time.Millisecond, 1), Failures: 0.03},
		TTL: time.Minute, Floor: time.Second, Retry: 5 * time.Second, Every: 4 * time.Second,
	}
	for _, lead := range []time.Duration{5, 10, 18, 30} {
		c.Lead = lead * time.Second
		fmt.Printf("lead %v: %.1f %% of the cycles, %.0f calls an hour\n", c.Lead, 100*c.Expired(), c.CallsPerHour())
	}
	// Output:
	// lead 5s: 8.8 % of the cycles, 64 calls an hour
	// lead 10s: 2.6 % of the cycles, 70 calls an hour
	// lead 18s: 0.6 % of the cycles, 83 calls an hour
	// lead 30s: 0.1 % of the cycles, 113 calls an hour
}

// Which lead does an evening's audience bear with tokens of a minute, by the closed form
// alone? Without an end to the time there is, as many viewers are played as it takes to
// be certain.
func ExampleRun() {
	sc, err := tune.Audience()
	if err != nil {
		fmt.Println(err)
		return
	}
	c := tune.Config{Scenario: sc, Viewers: 50, Grid: tune.Grid{
		TTLs: []tune.Seconds{tune.Seconds(time.Minute)}, Jitters: []tune.Seconds{0}, Policies: []string{tune.Own},
	}}
	none := func() bool { return true }
	r, _, err := tune.Run(context.Background(), c, tune.Options{Enough: none})
	if err != nil {
		fmt.Println(err)
		return
	}
	best := r.Recommended()
	fmt.Printf("%v, by the %s: late tokens %s\n", best.Choice, best.By, tune.Often(best.Formula))
	// Output:
	// TTL 60 s, lead 15 s, own, by the formula: late tokens one in 160,000 viewer-hours
}
