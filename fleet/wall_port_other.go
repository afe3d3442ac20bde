//go:build !linux

package fleet

import "syscall"

// chooseLate does nothing where a bound socket has its port at once.
func chooseLate(syscall.RawConn) error { return nil }
