package fleet

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"soak/manifest"
	"soak/scenarios"
)

// laned is the summary of a scenario that is computed in so many lanes on so many
// cores, causes, standings and diaries and all.
func laned(t *testing.T, sc scenarios.Scenario, lanes, cores int) []byte {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	r := inLanes(t, &sc, lanes)
	r.surveyed, r.diaries = true, true
	guards, err := sc.Guards()
	if err != nil {
		t.Fatal(err)
	}
	abort, err := r.play(t.Context(), plan(&sc), guards, suffering)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.blame(t.Context(), abort); err != nil {
		t.Fatal(err)
	}
	return text(t, r.summary())
}

func inLanes(t *testing.T, sc *scenarios.Scenario, lanes int) *virtualRun {
	t.Helper()
	r, err := newVirtualRun(sc, startOf(sc, time.Time{}), realWorld, lanes*laneViewers)
	if err != nil || len(r.lanes) != lanes {
		t.Fatalf("%v, or not in %d lanes", err, lanes)
	}
	return r
}

// TestLanesChangeNothing: neither how many lanes a run is computed in, nor on how many
// cores, changes a byte of its summary. Here viewers meet: at the token API's queue, at
// its cache, at an edge's, where one copies a link from another, and nowhere. For the
// rest of the library see TestLibraryHolds.
func TestLanesChangeNothing(t *testing.T) {
	kept := tight()
	cfg := *kept.Target.Lab
	cfg.Refusals.Cached, cfg.API.SharedCache = 10*time.Second, time.Second
	kept.Target.Lab = &cfg
	for _, sc := range []scenarios.Scenario{
		builtin(t, "drill-goal-push"), kept, builtin(t, "drill-shared-link"), builtin(t, "life"),
	} {
		if racing {
			sc.Viewers.Count, sc.Duration = min(sc.Viewers.Count, 40), min(sc.Duration, 45*time.Second)
		}
		want := laned(t, sc, 1, 1)
		for _, c := range []struct{ lanes, cores int }{{4, 2}, {8, 1}, {8, 4}} {
			if racing && c.cores != 2 {
				continue
			}
			if !bytes.Equal(laned(t, sc, c.lanes, c.cores), want) {
				t.Errorf("%s in %d lanes on %d cores: another summary than in one lane", sc.Name, c.lanes, c.cores)
			}
		}
	}
}

func builtin(t *testing.T, name string) scenarios.Scenario {
	t.Helper()
	sc, err := scenarios.Builtin(name)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

// What the caches of parsed manifests did depends on the lanes, which depend on the
// audience, and on nothing else: not on cores, nor on chance.
func TestManifestsInLanes(t *testing.T) {
	sc := scenarios.Default()
	stats := func(cores int) manifest.Stats {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		r := inLanes(t, &sc, 4)
		if _, err := r.play(t.Context(), plan(&sc), nil, nil); err != nil {
			t.Fatal(err)
		}
		return r.parsed()
	}
	if one, two := stats(1), stats(2); one != two || one.Lookups == 0 {
		t.Errorf("on one core the caches did %+v, on two %+v; want the same", one, two)
	}
}

// A run that a threshold ends is ended at the same instant.
func TestGuardsInLanes(t *testing.T) {
	sc := guarded(tight(), "refused < 5", 0)
	sc.Viewers.Count = 22
	want := laned(t, sc, 1, 1)
	if !bytes.Equal(laned(t, sc, 4, 2), want) {
		t.Error("in 4 lanes on 2 cores: another summary than in one lane")
	}
}

func TestLanesFor(t *testing.T) {
	for _, c := range []struct{ viewers, want int }{
		{0, 1}, {1, 1}, {511, 1}, {512, 2}, {1023, 2}, {1024, 4}, {4095, 8}, {4096, 16}, {1_000_000, 16},
	} {
		if got := lanesFor(c.viewers); got != c.want {
			t.Errorf("lanesFor(%d) = %d; want %d", c.viewers, got, c.want)
		}
	}
}
