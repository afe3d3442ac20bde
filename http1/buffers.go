package http1

import "sync"

const (
	smallSize = 4 << 10  // for a head, where a read may have to wait with its buffer in hand
	largeSize = 64 << 10 // for bodies: smaller reads cost more (measured: 282 µs/MB at 8 KiB, 187 here)
)

// Buffers are what exchanges read into, for any number of clients. The zero Buffers
// are ready.
type Buffers struct {
	small, large sync.Pool
}

func (b *Buffers) take(large bool) *[]byte {
	pool, size := &b.small, smallSize
	if large {
		pool, size = &b.large, largeSize
	}
	if p, ok := pool.Get().(*[]byte); ok {
		return p
	}
	p := make([]byte, size)
	return &p
}

// put takes a buffer back; those that grew for a long head are left to the collector.
func (b *Buffers) put(p *[]byte) {
	switch len(*p) {
	case smallSize:
		b.small.Put(p)
	case largeSize:
		b.large.Put(p)
	}
}
