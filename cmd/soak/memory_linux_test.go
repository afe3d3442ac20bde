package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"soak/scenarios"
)

// What a heap of that size will grow into is of large pages, and none of it is taken.
func TestHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil || !overcommits() {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no large pages to be had here, and CI allows no skips: %v", err)
		}
		t.Skipf("no large pages to be had here: %v", err)
	}
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	for _, row := range []struct {
		size int64
		ask  func()
		why  string
	}{
		{8000 * pacedViewer, func() {
			crowd := scenarios.Scenario{Target: scenarios.Target{URL: "http://127.0.0.1/master.m3u8"}}
			crowd.Viewers.Count = 8000
			paceMemory(crowd)()
		}, "what a crowd over sockets will have in use"},
		{256 << 20, func() {
			if err := hugePages(256 << 20); err != nil {
				t.Fatal(err)
			}
		}, "a computed run"},
	} {
		before, resident := hugeRanges(t)
		row.ask()
		advised, residentThen := hugeRanges(t)
		if advised <= before || advised < row.size {
			t.Errorf("%d MB are of large pages, were %d; want more, and %d or more: %s", advised>>20, before>>20, row.size>>20, row.why)
		}
		if got := residentThen - resident; got > row.size/4 {
			t.Errorf("%d MB were taken of memory that nobody uses yet: %s", got>>20, row.why)
		}
	}
}

func TestFewViewersNeedNoHugePages(t *testing.T) {
	before, _ := hugeRanges(t)
	if err := hugePages(hugeLeast - 1); err != nil {
		t.Fatal(err)
	}
	if after, _ := hugeRanges(t); after != before {
		t.Errorf("%d MB are of large pages; want none", (after-before)>>20)
	}
}

// hugeRanges is how many bytes of addresses were asked to be of large pages, and how
// much of that is in memory (proc(5), smaps: an area's fields, the last of which are its
// flags).
func hugeRanges(t *testing.T) (size, resident int64) {
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	var s, r int64
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "Size:":
			s = kilobytes(t, fields[1])
		case "Rss:":
			r = kilobytes(t, fields[1])
		case "VmFlags:":
			if slices.Contains(fields, "hg") {
				size, resident = size+s, resident+r
			}
		}
	}
	return size, resident
}

func kilobytes(t *testing.T, text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n << 10
}
