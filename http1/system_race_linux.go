//go:build linux && race && !386 && !s390x

package http1

import "syscall"

// The race detector takes what one end of a connection did before it wrote for done
// before the other end has read, and learns of either by package syscall alone.

func rawWrite(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }

func rawRead(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

func rawReceive(fd uintptr, n int64, flags uintptr) (int, error) {
	got, _, errno := syscall.Syscall6(syscall.SYS_RECVFROM, fd, 0, uintptr(n), syscall.MSG_TRUNC|syscall.MSG_DONTWAIT|flags, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(got), nil
}
