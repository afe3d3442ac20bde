package fleet

import (
	"fmt"
	"math"
)

// What a viewer over sockets takes. Measured with hlsjs viewers of live HLS on two cores,
// rounded up: it is there to warn, not to plan by.
const (
	leastMemory = 15 << 10                // bytes of a viewer, whatever it plays
	usualMemory = 60 << 10                // and with all that waits to be collected
	labMemory   = 80 << 10                // of the embedded lab's end of the viewer's connections
	idleCPU     = 0.00012                 // cores of a viewer who makes two requests a second
	plainCPU    = 91e-6 / (1 << 20)       // seconds a byte (bench/TABLE.md)
	secureCPU   = 846e-6 / (1 << 20)      // under TLS
	ownFiles    = 64                      // descriptors besides those of viewers
	maxSpread   = 64 * perOctet           // addresses of lab.Spread
	churn       = 1.2                     // connections that are closed keep their ports for a while
	byteBits    = 8                       // bits
	gib         = float64(int64(1) << 30) // bytes
)

// room is what the machine has; 0 where that is not known.
type room struct {
	files  int   // descriptors that the process may have open
	ports  int   // for each pair of source and destination
	memory int64 // bytes that are free to be used
	cores  int
}

// doorway is one host and port that the audience goes to.
type doorway struct {
	addr  string
	least float64 // connections at once, of all viewers: without them nothing works
	usual float64 // as many as players open
}

// demand is what an audience takes of the machine.
type demand struct {
	viewers  int
	embedded bool // the lab's ends of the connections are in this process too
	doors    []doorway
	bytes    float64 // a second and viewer, of media
	secure   bool
	sources  int  // addresses that connections come from; 0: one
	spread   bool // more can be had by themselves, towards loopback
	own      bool // viewers have addresses of their own
}

// findings are what comes of a demand: the sources that are taken by themselves, and what is
// doubtful.
type findings struct {
	spread   int // addresses; 0: none
	warnings []string
}

// judge compares what is wanted with what there is. What cannot work is an error, what may
// not a warning; both say the numbers and what to do.
func (d demand) judge(r room) (f findings, err error) {
	for _, check := range []func(*findings, room) error{d.checkFiles, d.checkPorts, d.checkMemory, d.checkCores} {
		if err := check(&f, r); err != nil {
			return f, fmt.Errorf("%w: %w", ErrConfig, err)
		}
	}
	return f, nil
}

func (f *findings) doubt(format string, args ...any) {
	f.warnings = append(f.warnings, fmt.Sprintf(format, args...))
}

func (d demand) connections() (least, usual float64) {
	for _, x := range d.doors {
		least, usual = least+x.least, usual+x.usual
	}
	return least, usual
}

func (d demand) checkFiles(f *findings, r room) error {
	least, usual := d.connections()
	if d.embedded {
		least, usual = 2*least, 2*usual
	}
	least, usual = least+ownFiles, usual+ownFiles
	limit := float64(r.files)
	switch {
	case r.files <= 0:
	case least > limit:
		return fmt.Errorf("%d viewers need %.0f open files at least, the limit is %d; raise it (ulimit -Hn)%s or use fewer viewers", d.viewers, least, r.files, d.away())
	case usual > limit:
		f.doubt("%d viewers may open %.0f files, the limit is %d; raise it (ulimit -Hn)%s or use fewer viewers", d.viewers, usual, r.files, d.away())
	}
	return nil
}

// away is the advice to let the lab have a process of its own.
func (d demand) away() string {
	if d.embedded {
		return ", let soak lab run by itself"
	}
	return ""
}

func (d demand) checkPorts(f *findings, r room) error {
	if r.ports <= 0 || d.own {
		return nil
	}
	for _, x := range d.doors {
		has := float64(r.ports * max(d.sources, 1))
		if need := int(math.Ceil(x.usual * churn / float64(r.ports))); d.spread && onLoopback(x.addr) && need > 1 {
			f.spread = max(f.spread, min(need, maxSpread))
			has = float64(r.ports * f.spread)
		}
		more := int(math.Ceil(x.usual * churn / float64(r.ports)))
		switch {
		case x.least > has:
			return fmt.Errorf("%d viewers need %.0f local ports towards %s at least, there are %.0f; let connections come from %d addresses (--source), widen net.ipv4.ip_local_port_range, or use fewer viewers", d.viewers, x.least, x.addr, has, more)
		case x.usual > has:
			f.doubt("%d viewers may need %.0f local ports towards %s, there are %.0f; let connections come from %d addresses (--source), widen net.ipv4.ip_local_port_range, or use fewer viewers", d.viewers, x.usual, x.addr, has, more)
		}
	}
	return nil
}

func (d demand) checkMemory(f *findings, r room) error {
	least, usual := float64(d.viewers)*leastMemory, float64(d.viewers)*usualMemory
	if d.embedded {
		least, usual = least+float64(d.viewers)*labMemory, usual+2*float64(d.viewers)*labMemory
	}
	has := float64(r.memory)
	switch {
	case r.memory <= 0:
	case least > has:
		return fmt.Errorf("%d viewers need %.1f GiB of memory at least, %.1f GiB are free; use fewer viewers or a larger machine", d.viewers, least/gib, has/gib)
	case usual > has:
		f.doubt("%d viewers may take %.1f GiB of memory, %.1f GiB are free; use fewer viewers or a larger machine", d.viewers, usual/gib, has/gib)
	}
	return nil
}

func (d demand) checkCores(f *findings, r room) error {
	each := idleCPU + d.bytes*plainCPU
	if d.secure {
		each = idleCPU + d.bytes*secureCPU
	}
	if d.embedded {
		each *= 2
	}
	if need := each * float64(d.viewers); r.cores > 0 && need > float64(r.cores)*maxCPU {
		f.doubt("%d viewers may keep %.1f cores busy, there are %d; use fewer viewers, more cores or a faster machine%s", d.viewers, need, r.cores, d.away())
	}
	return nil
}
