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
// counted and makes the verdict invalid. One is enough for who watches one playlist of
// segments that hold both sound and picture.
const (
	descriptorsPerViewer = 4
	descriptorsAtLeast   = 1
	descriptorsBesides   = 64
)

// raiseLimits raises the soft limit of open files as far as viewers may need, and says
// so when the hard limit does not allow them one connection each.
func raiseLimits(viewers int, embedded bool) error {
	ends := uint64(viewers)
	if embedded {
		ends *= 2
	}
	wanted, need := ends*descriptorsPerViewer+descriptorsBesides, ends*descriptorsAtLeast+descriptorsBesides
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	if limit.Max < need {
		return fmt.Errorf("%w: %d viewers need %d open files or more, the limit is %d; raise it (ulimit -Hn) or use fewer viewers",
			ErrConfig, viewers, need, limit.Max)
	}
	if limit.Cur >= min(wanted, limit.Max) {
		return nil
	}
	limit.Cur = min(wanted, limit.Max)
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
