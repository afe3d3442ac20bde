package compare_test

import (
	"context"
	"fmt"
	"time"

	"soak/compare"
	"soak/fleet"
	"soak/scenarios"
)

// With no lead at all every viewer's tokens die before they are replaced.
func Example() {
	run := func(name string, lead time.Duration) compare.Run {
		sc := scenarios.Default()
		sc.Token.Lead, sc.Viewers.Count, sc.Duration = lead, 30, 40*time.Second
		r, err := fleet.Run(context.Background(), sc, fleet.Options{Virtual: true})
		if err != nil {
			panic(err)
		}
		return compare.Run{Name: name, Scenario: sc, Summary: r.Summary, Virtual: true}
	}
	r, err := compare.Runs(run("ten seconds", 10*time.Second), run("none", 0), compare.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Verdict)
	for _, d := range r.Differences {
		fmt.Printf("%s: %s → %s\n", d.Key, d.A, d.B)
	}
	for _, f := range r.Groups[0].Figures {
		if f.Key == "leastMargin50" {
			fmt.Println(f.Name+":", f.Change)
		}
	}
	// Output:
	// regression
	// token.lead: 10s → 0s
	// least life left, median: worse
}
