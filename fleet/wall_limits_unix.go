//go:build unix

package fleet

import (
	"fmt"
	"syscall"
	"time"
)

// raiseLimits raises the soft limit of open files to the hard one, and tells what it is.
func raiseLimits() (files int, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("limit of open files: %w", err)
	}
	if limit.Cur < limit.Max {
		raised := limit
		raised.Cur = limit.Max
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised); err == nil { // else what there is has to do
			limit = raised
		}
	}
	return int(min(uint64(limit.Cur), 1<<31-1)), nil
}

// cpuTime is what this process has used so far, user and system.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
