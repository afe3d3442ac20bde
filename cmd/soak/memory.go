package main

import (
	"bufio"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// How far the heap may grow beyond what is in use before it is collected, in per
// cent. A collection holds a run of 2,000 viewers on one core up for a quarter of a
// second, so it must be rare: at 400 timers ran late by 9 to 65 ms (p99), at 100
// by 80 to 90 ms.
const (
	collectSeldom = 1000
	collectUsual  = 400 // where it is not known how much memory there is
)

// tradeMemory trades memory for punctuality, unless GOGC or GOMEMLIMIT say
// otherwise: up to half of the memory that is free now.
func tradeMemory() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	free := freeMemory()
	if free == 0 {
		debug.SetGCPercent(collectUsual)
		return
	}
	debug.SetGCPercent(collectSeldom)
	debug.SetMemoryLimit(free / 2)
}

// What a computed run may take before it collects as often as it must: enough for
// 100,000 viewers of hls.js, who have 32 KB each in use once their buffers are as full
// as Chromium lets them be, or for more of them. There is nobody whom a collection
// could make late.
const (
	computedLeast  = 7 << 29 // 3.5 GiB
	computedViewer = 37 << 10
)

// hugeViewer is a viewer's share of the heap that is worth large pages: what it has in
// use, and as much of what waits to be collected.
const hugeViewer = 2 * computedViewer

// boundMemory keeps a computed run of so many viewers within bounds, where
// tradeMemory would let it have half of a large machine.
func boundMemory(viewers int) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	limit := computedLimit(viewers, debug.SetMemoryLimit(-1))
	debug.SetMemoryLimit(limit)
	_ = hugePages(min(limit, int64(viewers)*hugeViewer)) // a kernel without them is as right, and slower
}

func computedLimit(viewers int, had int64) int64 {
	return min(had, max(computedLeast, int64(viewers)*computedViewer))
}

// freeMemory is how many bytes this process may take: what the machine has
// available, or less in a container with a limit. 0 when nobody tells, as outside
// Linux.
func freeMemory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	free := availableMemory(f)
	if limit, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil { // "max" is no limit
			free = min(free, n)
		}
	}
	return free
}

// availableMemory reads MemAvailable of proc(5) meminfo in bytes; 0 without it.
func availableMemory(meminfo io.Reader) int64 {
	for lines := bufio.NewScanner(meminfo); lines.Scan(); {
		field := strings.Fields(lines.Text())
		if len(field) == 3 && field[0] == "MemAvailable:" && field[2] == "kB" {
			kb, err := strconv.ParseInt(field[1], 10, 64)
			if err != nil || kb < 0 {
				return 0
			}
			return kb << 10
		}
	}
	return 0
}
