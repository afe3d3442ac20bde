package scenarios_test

import (
	"fmt"
	"time"

	"soak/qoe"
	"soak/scenarios"
)

func Example() {
	sc, err := scenarios.Parse("evening.yaml", []byte(`
version: 1
name: evening
duration: 2m
viewers:
  count: 300
  mix:
    - {name: web, share: 80%, player: hlsjs, policy: guide-hlsjs, link: 4g}
    - {name: tv, share: 20%, player: dashjs 4.7, policy: guide-dashjs, link: fibre, token: {lead: 10s}}
token: {ttl: 1m, lead: 5s}
thresholds:
  - refused_requests == 0
  - startup_seconds: p(95)<3
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range sc.Viewers.Mix {
		c := &sc.Viewers.Mix[i]
		fmt.Printf("%s: %s, renewed %s ahead\n", c.Name, c.Format(), sc.TokenOf(c).Lead)
	}

	// A run would fill this.
	shard := qoe.NewShard(time.Unix(1_700_000_000, 0))
	shard.Viewer(0, qoe.Labels{Cohort: "web"}).Emit(qoe.Startup{Took: 1200 * time.Millisecond})
	for _, threshold := range sc.Thresholds {
		outcome, err := threshold.Evaluate(shard.Summary())
		fmt.Println(outcome.OK, outcome.Text, err)
	}

	_, err = scenarios.Parse("evening.yaml", []byte("version: 1\ntoken: {ttl: 1m, leed: 5s}\n"))
	fmt.Println(err)
	// Output:
	// web: hls, renewed 5s ahead
	// tv: dash, renewed 10s ahead
	// true refused_requests == 0: refused_requests is 0 <nil>
	// true startup_seconds: p(95)<3: startup_seconds_p95 is 1.2 <nil>
	// evening.yaml:2:18: token.leed: is no key here
	//     2 | token: {ttl: 1m, leed: 5s}
	//       |                  ^
	// did you mean lead?
}

func ExampleScenario_Override() {
	sc := scenarios.Default()
	fmt.Println(sc.Override("lab.api.latency", "2s"))
	fmt.Println(sc.Override("viewers.mix[*].link", "4g+"))
	// Output:
	// <nil>
	// viewers.mix[0].link: "4g+" is no link
	// did you mean 4g?; or describe a new one with rtt and steps, or trace
}
