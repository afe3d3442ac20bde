package telemetry_test

import (
	"fmt"
	"time"

	"soak/qoe"
	"soak/scenarios"
	"soak/telemetry"
)

func ExampleFamily_Points() {
	sc := scenarios.Default()
	start := time.Unix(1_800_000_000, 0)
	shard := qoe.NewShard(start)
	v := shard.Viewer(0, qoe.Labels{Player: "hlsjs 1.7.4", Policy: "steady", Link: "4g"})
	v.Emit(qoe.Refresh{Call: 1, Start: start, Took: time.Second, Reason: qoe.Scheduled})
	run := &telemetry.Run{Scenario: &sc, Started: start, Summary: shard.Summary()}
	for _, f := range telemetry.Families() {
		if f.Name != "soak_token_calls_total" {
			continue
		}
		for _, p := range f.Points(run) {
			fmt.Println(p.Labels, p.Value)
		}
	}
	// Output:
	// [default hlsjs 1.7.4 unknown steady 4g first] 0
	// [default hlsjs 1.7.4 unknown steady 4g scheduled] 1
	// [default hlsjs 1.7.4 unknown steady 4g after-error] 0
	// [default hlsjs 1.7.4 unknown steady 4g after-refusal] 0
}
