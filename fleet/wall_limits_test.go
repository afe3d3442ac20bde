//go:build unix

package fleet

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// TestLimitsAllowOneConnectionEach: what cannot work at all is refused; what works for
// streams that need one connection is not.
func TestLimitsAllowOneConnectionEach(t *testing.T) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was) }()
	hard := int(was.Max)
	if was.Max > 1<<30 {
		t.Skip("no limit to come near to")
	}
	for _, row := range []struct {
		viewers  int
		embedded bool
		ok       bool
		why      string
	}{
		{hard / descriptorsPerViewer, false, true, "four each do not fit beside the rest, three do"},
		{hard - descriptorsBesides, false, true, "one each"},
		{hard - descriptorsBesides + 1, false, false, "one too many"},
		{hard / 2, true, false, "the lab holds the other ends"},
		{(hard - descriptorsBesides) / 2, true, true, "both ends"},
	} {
		if err := raiseLimits(row.viewers, row.embedded); (err == nil) != row.ok || err != nil && (!errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), "ulimit -Hn")) {
			t.Errorf("%d viewers, lab embedded %t: %v; want none %t: %s", row.viewers, row.embedded, err, row.ok, row.why)
		}
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil || now.Cur != was.Max {
		t.Errorf("soft limit %d, %v; want all there is, %d", now.Cur, err, was.Max)
	}
}
