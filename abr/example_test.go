package abr_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"soak/abr"
	"soak/netem"
	"soak/player"
)

// Two segments of 1 Mbit over a link of 1 Mbit/s and half a second of latency: the
// first lasts half a second, the second comes a second after it has been shown.
func ExamplePlay() {
	table, err := abr.Parse([]byte(`{"segment_durations_ms": [500, 2000], "bitrates_kbps": [500], "segment_sizes_bits": [[1000000], [1000000]]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	table.Name = "two"
	trace := netem.Profile{Name: "flat", RTT: 500 * time.Millisecond, Steps: []netem.Step{{Kbps: 1000}}}
	result, err := abr.Play(context.Background(), abr.Config{Player: player.Config{Profile: player.DashJS}, Table: table, Trace: trace})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := abr.Text(os.Stdout, result); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Player   dash.js 5.2
	// Table    two · 2 segments · 2.500 s · 500 kbit/s
	// Trace    flat · latency 500ms
	//
	// segment     start  rung  kbit/s    buffer  download  received  rebuffer
	//                 s                       s         s    kbit/s         s
	//       0     0.000     0     500     0.000     1.500      1000     0.000
	//       1     1.500     0     500     0.500     1.500      1000     1.000
	//
	// Ending       ended
	// Startup      1.500 s
	// Rebuffering  1.000 s in 1 stall
	// Bit rate     mean 500 kbit/s · 0 switches
	// Played       2.500 s · 0.000 s skipped
	// Requests     2 · 0 abandoned · 0 timed out · 0.2 MB received
}
