package main

import (
	"strings"
	"testing"
)

func TestAvailableMemory(t *testing.T) {
	for _, tt := range []struct {
		why, meminfo string
		want         int64
	}{
		{"the usual file", "MemTotal:       24576000 kB\nMemFree:  100 kB\nMemAvailable:   2048 kB\n", 2 << 20},
		{"kernels before 3.14 do not tell", "MemTotal: 24576000 kB\nMemFree: 100 kB\n", 0},
		{"a number that is none", "MemAvailable: lots kB\n", 0},
		{"a negative number is nobody's memory", "MemAvailable: -5 kB\n", 0},
		{"an empty file", "", 0},
	} {
		if got := availableMemory(strings.NewReader(tt.meminfo)); got != tt.want {
			t.Errorf("%s: availableMemory(%q) = %d; want %d", tt.why, tt.meminfo, got, tt.want)
		}
	}
}

func TestComputedRunsAreBounded(t *testing.T) {
	for _, c := range []struct {
		why       string
		viewers   int
		had, want int64
	}{
		{"few viewers of a large machine", 100, 64 << 30, 7 << 29},
		{"a hundred thousand still fit into 4 GB", 100_000, 64 << 30, 100_000 * 37 << 10},
		{"a million do not", 1_000_000, 64 << 30, 1_000_000 * 37 << 10},
		{"a small machine has no more than it has", 1_000_000, 1 << 30, 1 << 30},
	} {
		if got := computedLimit(c.viewers, c.had); got != c.want {
			t.Errorf("%s: computedLimit(%d, %d) = %d; want %d", c.why, c.viewers, c.had, got, c.want)
		}
	}
}
