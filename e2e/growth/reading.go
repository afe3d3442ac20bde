package growth

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"time"
)

// Reading is what this process holds at a moment of a run.
type Reading struct {
	At          time.Duration // scenario time
	Heap        float64       // bytes that are live
	Goroutines  float64
	Descriptors float64
	Connections float64 // those of the descriptors that are sockets
}

// Read collects the garbage first: only what is left can be a leak.
func Read(at time.Duration) (Reading, error) {
	runtime.GC()
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	open, sockets, err := descriptors()
	return Reading{at, float64(samples[0].Value.Uint64()), float64(samples[1].Value.Uint64()), open, sockets}, err
}

// descriptors counts what Linux says is open, without the one that reads the list.
func descriptors() (open, sockets float64, err error) {
	const dir = "/proc/self/fd"
	all, err := os.ReadDir(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("open files of this process: %w", err)
	}
	for _, entry := range all {
		to, err := os.Readlink(filepath.Join(dir, entry.Name()))
		if err != nil { // closed meanwhile, as the list itself
			continue
		}
		open++
		if strings.HasPrefix(to, "socket:") {
			sockets++
		}
	}
	return open, sockets, nil
}
