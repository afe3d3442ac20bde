//go:build !linux

package fleet

// localPorts is not known here.
func localPorts() int { return 0 }

// freeMemory is not known here.
func freeMemory() int64 { return 0 }
