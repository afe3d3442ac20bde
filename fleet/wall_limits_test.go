//go:build unix

package fleet

import (
	"syscall"
	"testing"
)

// The soft limit of open files is raised to the hard one, and told.
func TestLimitsAreRaised(t *testing.T) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was) }()
	lower := was
	lower.Cur = was.Max / 2
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lower); err != nil || was.Max > 1<<30 {
		lacking(t, "no limit to raise: %v", err)
	}
	files, err := raiseLimits()
	var now syscall.Rlimit
	if got := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil || got != nil || now.Cur != was.Max || files != int(was.Max) {
		t.Errorf("%d files, %v; the soft limit is %d; want all there is, %d", files, err, now.Cur, was.Max)
	}
}
