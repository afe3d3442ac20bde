package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
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
			{Kinds: only(qoe.Init), Media: qoe.Video, Edge: "second", Times: 1, Status: 500},
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

// So do broken connections, bodies that stop, edges that are down, changes of the
// secret and refusals that an edge keeps.
func TestWireFaultsStrikeOverSocketsAsInVirtualTime(t *testing.T) {
	sc := oneViewer(t, 8*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
		policy(t, c, "guide-hlsjs")
		c.Player, c.Stream = hls(), scenarios.VOD
		sc.Viewers.Count = 2
		sc.Token = scenarios.Token{TTL: 30 * time.Second, Lead: 2 * time.Second, Mode: scenarios.Plain}
		cfg := sc.Target.Lab
		cfg.Ladder = []int64{400_000}
		cfg.Faults = []lab.EdgeFault{
			{Kinds: only(qoe.Segment), Media: qoe.Video, Number: lab.NumberRange(1, 1), Reset: true},
			{Kinds: only(qoe.Segment), Media: qoe.Audio, Number: lab.NumberRange(2, 2), Times: 1, Stall: 0.5, StallFor: 500 * time.Millisecond},
			{Kinds: only(qoe.Init), Media: qoe.Video, Times: 1, Redirect: true},
		}
		cfg.Edges.Second.Down = []lab.Window{{To: time.Minute}}
	})
	struck := func(virtual bool) (found []string) {
		var mu sync.Mutex
		seen := map[string]bool{} // how often a player tries again is a matter of time
		_, err := Run(t.Context(), sc, Options{Virtual: virtual, Observer: &Observer{Exchange: func(viewer int, x Exchange) {
			mu.Lock()
			defer mu.Unlock()
			if x.Failure != qoe.NoFailure && x.Failure != qoe.CancelFailure || x.Took > 450*time.Millisecond {
				seen[fmt.Sprintf("viewer %d: %s %s %d", viewer, x.Object, x.Failure, x.Status)] = true
			}
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return slices.Sorted(maps.Keys(seen))
	}
	want := struck(true)
	for _, failure := range []string{"reset", "refused"} {
		if !strings.Contains(strings.Join(want, "\n"), failure) {
			t.Errorf("in virtual time\n%q\nwant one that is %s", want, failure)
		}
	}
	if got := struck(false); !slices.Equal(got, want) {
		t.Errorf("over sockets\n%q\nin virtual time\n%q", got, want)
	}
}

// A refusal that the edge keeps strikes viewers who ask for the same URL later,
// in order of time, whichever of them is computed first.
func TestKeptRefusalsAreSharedInOrderOfTime(t *testing.T) {
	run := func(cached time.Duration, viewers int) (refused []string) {
		sc := oneViewer(t, 40*time.Second, func(sc *scenarios.Scenario, c *scenarios.Cohort) {
			policy(t, c, "guide-hlsjs")
			c.Player, c.Stream = hls(), scenarios.VOD
			sc.Viewers.Count = viewers
			sc.Token = scenarios.Token{TTL: 30 * time.Second, Lead: 2 * time.Second, Mode: scenarios.Plain}
			sc.Arrival = scenarios.Arrival{Kind: scenarios.Ramp, Over: 12 * time.Second}
			cfg := sc.Target.Lab
			cfg.Rotations = []lab.Rotation{{At: time.Millisecond, Previous: time.Minute}}
			cfg.Edges.Plain.Lag = 4 * time.Second
			cfg.API.SharedCache = time.Minute // one token for all, so that they ask for the same URLs
			cfg.Refusals.Cached = cached
		})
		var at []string
		_, err := Run(t.Context(), sc, Options{Virtual: true, Observer: &Observer{Exchange: func(viewer int, x Exchange) {
			if x.Status == 403 {
				at = append(at, fmt.Sprintf("%07d viewer %d %s", x.Start.Sub(virtualEpoch).Milliseconds(), viewer, x.Object))
			}
		}}})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(at)
		return at
	}
	plain, kept := run(0, 12), run(7*time.Second, 12)
	if last := plain[len(plain)-1]; last >= "0004000" {
		t.Errorf("without a cache the last refusal is %s; want none after 4 s, when the edge knows the new secret", last)
	}
	if last := kept[len(kept)-1]; last < "0006000" || last > "0008000" || len(kept) <= len(plain) {
		t.Errorf("%d refusals to %s with a cache, %d without; want more, until 7 s after the first", len(kept), last, len(plain))
	}
	if again := run(7*time.Second, 12); !slices.Equal(again, kept) {
		t.Errorf("the same run refuses\n%q\nand\n%q", again, kept)
	}
}
