package fleet

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// The lab's faults strike over sockets whom and what they strike in virtual time:
// each of two viewers so many times, on the token API by the number of the call,
// and redirects are followed.
func TestFaultsStrikeOverSocketsAsInVirtualTime(t *testing.T) {
	sc := oneViewer(t, 6*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		policy(t, c, "steady")
		c.Player, c.Stream = hls(), scenarios.VOD
		sc.Viewers.Count = 2
		sc.Token = scenarios.Token{TTL: 4 * time.Second, Lead: 2 * time.Second, Mode: scenarios.Plain}
		cfg := sc.Target.Lab
		cfg.Ladder = []int64{400_000}
		cfg.Second = lab.SecondEdge{Life: time.Hour}
		cfg.Faults = []lab.EdgeFault{
			{Kinds: only(qoe.Manifest), Redirect: true},
			{Kinds: only(qoe.Segment), Media: qoe.Video, Number: lab.NumberRange(1, 1), Times: 1, Status: 503},
			{Kinds: only(qoe.Segment), Media: qoe.Audio, Number: lab.NumberRange(2, 2), Times: 1, Truncate: 0.5},
			{Kinds: only(qoe.Init), Edge: "second", Times: 1, Status: 500},
		}
		cfg.API.Faults = []lab.CallFault{{Calls: []int{2}, Status: 502}}
	})
	struck := func(virtual bool) (found []string) {
		var mu sync.Mutex
		note := func(text string) {
			mu.Lock()
			defer mu.Unlock()
			found = append(found, text)
		}
		_, err := Run(t.Context(), sc, Options{Virtual: virtual, Observer: &Observer{
			Exchange: func(viewer int, x Exchange) {
				if x.Failure == qoe.StatusFailure || x.Failure == qoe.ResetFailure {
					note(fmt.Sprintf("viewer %d: %s %s %d", viewer, x.Object, x.Failure, x.Status))
				}
			},
			Sample: func(viewer int, s qoe.Sample) {
				if r, ok := s.(qoe.Refresh); ok && r.Failure == qoe.StatusFailure {
					note(fmt.Sprintf("viewer %d: call %d %d", viewer, r.Call, r.Status))
				}
			},
		}})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(found)
		return found
	}
	want := struck(true)
	if len(want) != 2*4 {
		t.Fatalf("in virtual time\n%q\nwant four for each of two viewers", want)
	}
	if got := struck(false); !slices.Equal(got, want) {
		t.Errorf("over sockets\n%q\nin virtual time\n%q", got, want)
	}
}
