package qoe_test

import (
	"fmt"
	"time"

	"soak/qoe"
)

// Two machines each saw some of the viewers; together they know the whole run.
func Example() {
	start := time.Unix(1_700_000_000, 0)
	here, there := qoe.NewShard(start), qoe.NewShard(start)
	labels := qoe.Labels{Cohort: "web", Player: "hlsjs", Policy: "guide-hlsjs", Link: "4g"}

	ann := here.Viewer(0, labels)
	ann.Emit(qoe.Startup{At: start, Took: 900 * time.Millisecond})
	ann.Emit(qoe.Fetch{Kind: qoe.Segment, Start: start, Took: time.Second, Status: 200, Signed: true, Margin: 11 * time.Second})

	bob := there.Viewer(1, labels)
	bob.Emit(qoe.Startup{At: start, Took: 1100 * time.Millisecond})
	bob.Emit(qoe.Fetch{Kind: qoe.Playlist, Start: start, Status: 410, Failure: qoe.StatusFailure, Signed: true, Margin: -2 * time.Second})
	bob.Emit(qoe.Stall{At: start, Took: 3 * time.Second})

	sum := here.Summary()
	sum.Merge(there.Summary())
	m := sum.Metrics()
	fmt.Println("noticed:", m["noticed_viewers"], "of", m["viewers"])
	fmt.Println("startup p95:", m["startup_seconds_p95"])
	fmt.Println("least margin:", m["margin_seconds_min"])
	for _, row := range sum.Total.Refused.Rows() {
		fmt.Println("refused:", row.Count, row.Kind, row.Status)
	}
	// Output:
	// noticed: 1 of 2
	// startup p95: 1.1
	// least margin: -2
	// refused: 1 playlist 410
}
