package fleet

import (
	"bytes"
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// bodies are documents that viewers have received lately. A crowd receives the same
// playlist thousands of times until there is a new one: those who receive it share a
// copy, which nobody writes to.
type bodies struct {
	seed maphash.Seed
	kept [keptBodies]atomic.Pointer[[]byte] // by hash; the last one there

	packs   [keptBodies]atomic.Pointer[pack] // compressed ones, likewise
	readers sync.Pool                        // *gzip.Reader
}

// What is kept at most is a megabyte, and two of those that were compressed.
const (
	keptBodies = 64
	sharedBody = 16 << 10 // longer ones are not: a copy of each would be kept for every call
)

func newBodies() *bodies { return &bodies{seed: maphash.MakeSeed()} }

// share is a body as it was received, in memory that will not be written to.
func (b *bodies) share(received []byte) []byte {
	place := &b.kept[maphash.Bytes(b.seed, received)%keptBodies]
	if known := place.Load(); known != nil && bytes.Equal(*known, received) {
		return *known
	}
	body := bytes.Clone(received)
	place.Store(&body)
	return body
}
