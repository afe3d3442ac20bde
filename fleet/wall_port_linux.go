package fleet

import "syscall"

// bindAddressNoPort is IP_BIND_ADDRESS_NO_PORT (linux/in.h, 4.2): a socket that is bound to
// an address alone gets its port when it connects. A port is then taken for one
// destination only, as it is without an address.
const bindAddressNoPort = 24

func chooseLate(c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		// Without it there are fewer ports, nothing worse.
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, bindAddressNoPort, 1)
	})
}
