package main

import (
	"os"
	"runtime/debug"
	"strings"
	"syscall"
)

// hugeLeast is a heap that is worth large pages: a core's translations of small ones
// reach as far.
const hugeLeast = 32 << 20

// hugePages lets the heap's next bytes be of large pages, where the kernel gives these
// to those who ask (transparent_hugepage: madvise, which is usual). A computed run goes
// from viewer to viewer, none of whom is in a cache or has its addresses translated:
// 20,000 viewers behind one token API took 17 % less processor time. Memory that the
// heap then takes is asked for once, told of, and given back untouched: the heap grows
// into the same addresses.
func hugePages(bytes int64) error {
	if bytes < hugeLeast || !overcommits() {
		return nil
	}
	heap := make([]byte, bytes)
	err := syscall.Madvise(heap, syscall.MADV_HUGEPAGE)
	debug.FreeOSMemory()
	return err
}

// overcommits tells whether memory costs nothing before it is touched.
func overcommits() bool {
	var addresses syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_AS, &addresses) != nil || addresses.Cur != ^uint64(0) {
		return false
	}
	mode, err := os.ReadFile("/proc/sys/vm/overcommit_memory")
	return err == nil && strings.TrimSpace(string(mode)) != "2"
}
