package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What a heap of that size will grow into is of large pages, and none of it is taken.
func TestHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil || !overcommits() {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no large pages to be had here, and CI allows no skips: %v", err)
		}
		t.Skipf("no large pages to be had here: %v", err)
	}
	advised, resident := hugeRanges(t)
	const size = 256 << 20
	if err := hugePages(size); err != nil {
		t.Fatal(err)
	}
	advisedThen, residentThen := hugeRanges(t)
	if got := advisedThen - advised; got < size {
		t.Errorf("%d MB more are of large pages; want %d or more", got>>20, size>>20)
	}
	if got := residentThen - resident; got > size/4 {
		t.Errorf("%d MB were taken of memory that nobody uses yet", got>>20)
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
