package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"time"
)

// tick is what the kernel counts processor time in (USER_HZ, proc(5)).
const tick = 10 * time.Millisecond

// spent is the processor time of a process so far, user and system.
func spent(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // from the third on
	const user, system = 14 - 3, 15 - 3
	if len(fields) <= system {
		return 0, fmt.Errorf("process %d: /proc tells no times", pid)
	}
	total := 0
	for _, i := range []int{user, system} {
		n, err := strconv.Atoi(string(fields[i]))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return time.Duration(total) * tick, nil
}

var peakResident = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// resident is the most memory that a process has had, in KiB.
func resident(pid int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	m := peakResident.FindSubmatch(status)
	if m == nil {
		return 0, fmt.Errorf("process %d: /proc tells no memory", pid)
	}
	return strconv.Atoi(string(m[1]))
}
