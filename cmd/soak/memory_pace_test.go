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
		{20, 0.01, 20, "cheap, and as small as it gets"},
		{20, 0.03, 20, "neither cheap nor costly"},
		{20, 0.3, 40, "long manifests"},
		{800, 0.3, collectSeldom, "as seldom as ever"},
		{collectSeldom, 0.3, collectSeldom, "and no more seldom"},
		{60, 0.01, 45, "back, as there is less garbage than there was"},
		{25, 0.01, 20, "not below where it began"},
	} {
		if got := nextPercent(row.percent, row.share); got != row.want {
			t.Errorf("nextPercent(%d, %v) = %d; want %d: %s", row.percent, row.share, got, row.want, row.why)
		}
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
		want    int
		why     string
	}{
		{pacedViewers, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "", collectOften, "a crowd elsewhere"},
		{pacedViewers - 1, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "", 777, "few take little room"},
		{pacedViewers, scenarios.Target{}, "", 777, "the lab is in this process"},
		{pacedViewers, scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}, "8GiB", 777, "somebody knows better"},
	} {
		t.Setenv("GOMEMLIMIT", row.limit)
		s := scenarios.Scenario{Target: row.target}
		s.Viewers.Count = row.viewers
		stop := paceMemory(s)
		if got := percent(); got != row.want {
			t.Errorf("%d viewers: %d per cent; want %d: %s", row.viewers, got, row.want, row.why)
		}
		if stop(); percent() != 777 {
			t.Errorf("%s: left at %d per cent", row.why, percent())
		}
	}
}
