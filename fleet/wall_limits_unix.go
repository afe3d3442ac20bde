//go:build unix

package fleet

import (
	"fmt"
	"syscall"
	"time"
)

// Descriptors a viewer holds at once as a rule: video, audio and a playlist at the
// edge, and one connection to the token API. The embedded lab holds the other end
// of each. A browser may open more; what then fails for want of descriptors is
// counted and makes the verdict invalid.
const (
	descriptorsPerViewer = 4
	descriptorsBesides   = 64
)

// raiseLimits makes sure that every viewer can have its connections: it raises
// the soft limit of open files as far as needed, and says so when the hard limit
// is too low.
func raiseLimits(viewers int, embedded bool) error {
	need := uint64(viewers)*descriptorsPerViewer + descriptorsBesides
	if embedded {
		need += uint64(viewers) * descriptorsPerViewer
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	if limit.Cur >= need {
		return nil
	}
	if limit.Max < need {
		return fmt.Errorf("%w: %d viewers need %d open files, the limit is %d; raise it (ulimit -Hn) or use fewer viewers",
			ErrConfig, viewers, need, limit.Max)
	}
	limit.Cur = need
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	return nil
}

// cpuTime is what this process has used so far, user and system.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
