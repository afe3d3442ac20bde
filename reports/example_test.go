package reports_test

import (
	"fmt"

	"soak/reports"
	"soak/scenarios"
)

// A missed threshold fails a run, unless the generator itself could not keep up:
// then the run says nothing about the target.
func ExampleJudge() {
	missed := []scenarios.Outcome{{Text: "refused_requests == 0: refused_requests is 14"}}
	fmt.Println(reports.Judge(60, missed, nil, false))
	fmt.Println(reports.Judge(60, missed, []string{"timers ran late: p99 240ms, allowed 100ms"}, false).Decision)
	// Output:
	// {fail [missed refused_requests == 0: refused_requests is 14]}
	// invalid
}
