//go:build linux && !race && !386 && !s390x

package http1

import (
	"syscall"
	"unsafe"
)

// What follows are system calls on descriptors that never block, made without a word to
// the scheduler. Told of a system call, it wakes a thread of its own that watches for
// calls that take long: some fifty times a millisecond, after every pause in which
// nothing ran. A crowd that wakes on a grid has a hundred such pauses a second.

func rawWrite(fd uintptr, p []byte) (int, error) {
	return result(syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p))))
}

func rawRead(fd uintptr, p []byte) (int, error) {
	return result(syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p))))
}

// rawReceive is recv(2) of bytes that nobody wants: with MSG_TRUNC TCP copies none.
func rawReceive(fd uintptr, n int64, flags uintptr) (int, error) {
	return result(syscall.RawSyscall6(syscall.SYS_RECVFROM, fd, 0, uintptr(n), syscall.MSG_TRUNC|syscall.MSG_DONTWAIT|flags, 0, 0))
}

func result(n, _ uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
