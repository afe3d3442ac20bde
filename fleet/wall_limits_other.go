//go:build !unix

package fleet

import "time"

// raiseLimits does nothing where there is no limit of open files to raise.
func raiseLimits() (files int, err error) { return 0, nil }

// cpuTime is not known here.
func cpuTime() time.Duration { return 0 }
