package fleet

import (
	"testing"
	"time"

	"soak/lab"
	"soak/netem"
	"soak/player"
	"soak/refresher"
	"soak/scenarios"
)

// audience is some viewers of live streams with three renditions and separate
// audio, the guide's tokens of a minute with a lead of 10 s, for an hour each.
func audience(segment time.Duration, policy, link string, player player.Config) scenarios.Scenario {
	sc := scenarios.Default()
	sc.Duration, sc.Arrival = time.Hour, scenarios.Arrival{Kind: scenarios.Ramp, Over: 20 * time.Second}
	sc.Target.Lab = &lab.Config{Segment: segment, API: sc.Target.Lab.API}
	sc.Token.TTL, sc.Token.Lead = time.Minute, 10*time.Second
	p, _ := refresher.Builtin(policy)
	l, _ := netem.Builtin(link)
	p.Lead = nil // the token's
	sc.Viewers = scenarios.Viewers{Count: 100, Mix: []scenarios.Cohort{{Share: 1, Name: "one", Player: player, Policy: p, Link: l, Stream: scenarios.Live}}}
	return sc
}

// BenchmarkVirtualViewerHour computes viewers watching for an hour. Its figures are
// of processor time, garbage collection included, so that other work on the machine
// does not show in them.
func BenchmarkVirtualViewerHour(b *testing.B) {
	hls, dash := player.Config{Profile: player.HLSJS}, player.Config{Profile: player.DashJS}
	mixed := scenarios.Default()
	mixed.Viewers.Count, mixed.Duration, mixed.Arrival = 132, time.Hour, scenarios.Arrival{Kind: scenarios.Ramp, Over: 20 * time.Second}
	for _, c := range []struct {
		name string
		sc   scenarios.Scenario
	}{
		{"hlsjs-6s", audience(6*time.Second, "guide-hlsjs", "4g", hls)},
		{"hlsjs-2s", audience(2*time.Second, "guide-hlsjs", "4g", hls)},
		{"hlsjs-6s-lan", audience(6*time.Second, "guide-hlsjs", "lan", hls)},
		{"dashjs-6s", audience(6*time.Second, "steady", "4g", dash)},
		{"dashjs-2s", audience(2*time.Second, "steady", "4g", dash)},
		{"default-mix", mixed},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			viewers, requests, began := 0, int64(0), cpuTime()
			for b.Loop() {
				n, _, _ := compute(b, c.sc).Summary.Total.Requests.Total()
				requests += n
				viewers += c.sc.Viewers.Count
			}
			spent := cpuTime() - began
			b.ReportMetric(float64(viewers)/spent.Seconds(), "viewer-hours/core-s")
			b.ReportMetric(float64(spent.Nanoseconds())/float64(requests), "core-ns/request")
			b.ReportMetric(float64(requests)/float64(viewers), "requests/viewer-hour")
		})
	}
}
