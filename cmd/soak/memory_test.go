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
