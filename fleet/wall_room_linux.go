package fleet

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// localPorts is how many ports the system chooses from; 0 where that is not known.
func localPorts() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return 0
	}
	return portsIn(string(text))
}

func portsIn(text string) int {
	var first, last int
	if _, err := fmt.Sscan(text, &first, &last); err != nil || first < 1 || last < first || last > 65535 {
		return 0
	}
	return last - first + 1
}

// freeMemory is how many bytes this process could still take: of the machine's, and of
// its cgroup's as far as that is seen from inside; 0 where neither is known.
func freeMemory() int64 {
	free := int64(0)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		free = availableIn(text)
	}
	for _, g := range []struct{ most, used string }{
		{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
		{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
	} {
		most, used := numberIn(g.most), numberIn(g.used)
		if most > 0 && used >= 0 && (free == 0 || most-used < free) {
			free = max(most-used, 1)
		}
	}
	return free
}

// availableIn is MemAvailable of /proc/meminfo, in bytes.
func availableIn(meminfo []byte) int64 {
	lines := bufio.NewScanner(bytes.NewReader(meminfo))
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "MemAvailable:" && fields[2] == "kB" {
			n, err := strconv.ParseInt(fields[1], 10, 53)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}

// numberIn is the number that a file holds; -1 for none ("max").
func numberIn(file string) int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
