package fleet_test

import (
	"context"
	"fmt"

	"soak/fleet"
	"soak/scenarios"
)

// A token that is asked for only when the old one expires, from an API that takes
// three seconds: a minute of it, computed.
func ExampleRun() {
	sc, err := scenarios.Builtin("lead-too-short")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := fleet.Run(context.Background(), sc, fleet.Options{Virtual: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	m := result.Summary.Metrics()
	fmt.Printf("viewers %v, requests refused: %t, somebody noticed: %t\n",
		m["viewers"], m["refused_requests"] > 0, m["noticed_viewers"] > 0)
	// Output:
	// viewers 66, requests refused: true, somebody noticed: true
}
