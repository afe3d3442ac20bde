package events_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"soak/events"
	"soak/fleet"
	"soak/scenarios"
)

// A run is recorded, and its result made again of the file alone.
func Example() {
	sc := scenarios.Default()
	sc.Viewers.Count, sc.Duration = 4, 20*time.Second
	var file bytes.Buffer
	w := events.NewWriter(&file, true, events.Head{Virtual: true, Scenario: sc})
	result, err := fleet.Run(context.Background(), sc, fleet.Options{Virtual: true, Observer: w.Observer()})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Close(result, ""); err != nil {
		fmt.Println(err)
		return
	}
	rec, err := events.Read(&file, false)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rec.Result.Summary.Total.Viewers.Started, "viewers started")
	fmt.Println("whole:", rec.Damage == nil)
	// Output:
	// 4 viewers started
	// whole: true
}
