//go:build !unix

package fleet

import "time"

// raiseLimits does nothing where there is no limit of open files to raise.
func raiseLimits(int, bool) error { return nil }

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
