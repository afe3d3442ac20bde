package fleet

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Shortage is what this machine, not the target, could not give to connections.
type Shortage struct {
	Error string        `json:"error"` // EMFILE
	Count int64         `json:"count"`
	First time.Duration `json:"first"` // scenario time
}

// scarcity is an error that says so, what it is a want of, and what helps.
type scarcity struct {
	errno      syscall.Errno
	name       string
	want, cure string
}

var scarce = [...]scarcity{
	{syscall.EADDRNOTAVAIL, "EADDRNOTAVAIL", "local ports", "name more addresses to come from (--source), or use fewer viewers"},
	{syscall.EMFILE, "EMFILE", "descriptors of this process", "raise ulimit -Hn, or use fewer viewers"},
	{syscall.ENFILE, "ENFILE", "descriptors of this machine", "raise fs.file-max, or use fewer viewers"},
	{syscall.ENOBUFS, "ENOBUFS", "memory for sockets", "raise net.ipv4.tcp_mem, or use fewer viewers or a larger machine"},
	{syscall.ENOMEM, "ENOMEM", "memory", "use fewer viewers, or a larger machine"},
}

// shortageIn is which of them an error is; -1 for none.
func shortageIn(err error) int {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return -1
	}
	for i := range scarce {
		if scarce[i].errno == errno {
			return i
		}
	}
	return -1
}

// shortages counts them.
type shortages struct {
	mu    sync.Mutex
	seen  [len(scarce)]Shortage
	total int64
}

// note counts an error if it is one of them.
func (s *shortages) note(err error, at time.Duration) {
	i := shortageIn(err)
	if i < 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &s.seen[i]
	if one.Count == 0 {
		one.Error, one.First = scarce[i].name, at
	}
	one.Count++
	s.total++
}

// count is how many there were of all kinds.
func (s *shortages) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// soFar are those that there were, the first one first.
func (s *shortages) soFar() (all []Shortage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.seen {
		if one.Count > 0 {
			all = append(all, one)
		}
	}
	slices.SortStableFunc(all, func(a, b Shortage) int { return cmp.Compare(a.First, b.First) })
	return all
}
