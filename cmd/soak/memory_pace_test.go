package main

import (
	"runtime/debug"
	"testing"

	"soak/scenarios"
)

func TestNextPercent(t *testing.T) {
	for _, row := range []struct {
		percent int
		share   float64
		want    int
		why     string
	}{
		{collectOften, 0.01, collectOften, "cheap, and as small as it gets"},
		{20, 0.03, 20, "neither cheap nor costly"},
		{20, 0.3, 40, "long manifests"},
		{800, 0.3, collectSeldom, "as seldom as ever"},
		{collectSeldom, 0.3, collectSeldom, "and no more seldom"},
		{60, 0.01, 45, "back, as there is less garbage than there was"},
		{collectOften + 2, 0.01, collectOften, "not below where it began"},
	} {
		if got := nextPercent(row.percent, row.share); got != row.want {
			t.Errorf("nextPercent(%d, %v) = %d; want %d: %s", row.percent, row.share, got, row.want, row.why)
		}
	}
}

func TestGrowthPercent(t *testing.T) {
	const mib = 1 << 20
	for _, row := range []struct {
		percent  int
		last     heap
		expected uint64
		want     int
		why      string
	}{
		{20, heap{live: 10 * mib}, 100 * mib, 1100, "viewers are about to come: up to 120 MiB"},
		{20, heap{live: 10 * mib, besides: 10 * mib}, 100 * mib, 550, "as far, and stacks count"},
		{20, heap{live: 60 * mib}, 100 * mib, 100, "half of them are there: up to 120 MiB"},
		{20, heap{live: 100 * mib}, 100 * mib, 20, "all are there"},
		{20, heap{live: 99 * mib, besides: 50 * mib}, 100 * mib, 20, "no less than afterwards"},
		{20, heap{live: 300 * mib}, 100 * mib, 20, "they take more than expected"},
		{40, heap{live: 50 * mib}, 100 * mib, 180, "long manifests: up to 140 MiB"},
		{20, heap{}, 100 * mib, 3000, "nothing was collected yet: up to 30 times the least heap"},
	} {
		if got := growthPercent(row.percent, row.last, row.expected); got != row.want {
			t.Errorf("growthPercent(%d, %v, %d) = %d; want %d: %s", row.percent, row.last, row.expected, got, row.want, row.why)
		}
	}
	if h := readHeap(); h.besides == 0 {
		t.Errorf("the runtime tells of no globals: %v", h)
	}
}

// TestPaceMemory: crowds elsewhere are kept small and leave the setting as it was;
// nothing else is touched.
func TestPaceMemory(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	was := debug.SetGCPercent(777)
	defer debug.SetGCPercent(was)
	percent := func() int {
		now := debug.SetGCPercent(777)
		debug.SetGCPercent(now)
		return now
	}
	for _, row := range []struct {
		viewers int
		target  scenarios.Target
		limit   string
		paced   bool
		why     string
	}{
		{pacedViewers, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "", true, "a crowd elsewhere"},
		{pacedViewers - 1, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "", false, "few take little room"},
		{pacedViewers, scenarios.Target{}, "", false, "the lab is in this process"},
		{pacedViewers, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "8GiB", false, "somebody knows better"},
	} {
		t.Setenv("GOMEMLIMIT", row.limit)
		s := scenarios.Scenario{Target: row.target}
		s.Viewers.Count = row.viewers
		stop := paceMemory(s)
		if got := percent(); (got != 777) != row.paced || got < collectOften {
			t.Errorf("%d viewers: %d per cent, was 777; want it paced: %v, %s", row.viewers, got, row.paced, row.why)
		}
		if stop(); percent() != 777 {
			t.Errorf("%s: left at %d per cent", row.why, percent())
		}
	}
}
