package manifest

import (
	"bytes"
	"container/list"
	"hash/maphash"
)

// Most lookups bring a body that the cache has seen byte for byte. Finding its
// token and hashing all of it would cost more than comparing: so a few samples
// find the one body that it may be, and comparing decides.

// glimpse stands for a body by its size and a few samples. Bodies that share one
// are told apart by comparing; only the last of them is found so.
type glimpse struct {
	size        int
	sum         uint64
	contentType string
}

// Samples that a glimpse takes: both ends, where manifests have their numbers and
// dates, and some between.
const (
	sampleEnds    = 256
	sampleBetween = 8
	sampleSize    = 32
)

func (c *Cache) glimpse(contentType string, body []byte) glimpse {
	g := glimpse{size: len(body), contentType: contentType}
	if len(body) <= 4*sampleEnds {
		g.sum = maphash.Bytes(c.seed, body)
		return g
	}
	var sample [2*sampleEnds + sampleBetween*sampleSize]byte
	n := copy(sample[:], body[:sampleEnds])
	n += copy(sample[n:], body[len(body)-sampleEnds:])
	for i := range sampleBetween {
		at := sampleEnds + (len(body)-2*sampleEnds-sampleSize)/(sampleBetween-1)*i
		n += copy(sample[n:], body[at:at+sampleSize])
	}
	g.sum = maphash.Bytes(c.seed, sample[:n])
	return g
}

// same is the entry that was made of this very body and depends on nothing else;
// nil when there is none.
func (c *Cache) same(g glimpse, body []byte) *cacheEntry {
	c.mu.Lock()
	el := c.glimpses[g]
	c.mu.Unlock()
	if el == nil {
		return nil
	}
	e := el.Value.(*cacheEntry)
	if !bytes.Equal(e.body, body) { // body is set before the entry is in glimpses
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Lookups++
	c.stats.Hits++
	if c.entries[e.key] == el {
		c.recent.MoveToFront(el)
	}
	return e
}

// remember makes an entry that is complete be found by its body alone.
func (c *Cache) remember(g glimpse, e *cacheEntry, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	el, ok := c.entries[e.key]
	if !ok || el.Value.(*cacheEntry) != e || e.body != nil {
		return
	}
	e.glimpse = g
	if e.body = body; c.Frozen {
		e.place = el
		c.places.put(e)
	} else {
		e.body = bytes.Clone(body)
	}
	if c.glimpses == nil {
		c.glimpses = make(map[glimpse]*list.Element)
	}
	c.glimpses[g] = el
}

// forget is for an entry that is dropped.
func (c *Cache) forget(e *cacheEntry) {
	if el, ok := c.glimpses[e.glimpse]; ok && el.Value.(*cacheEntry) == e {
		delete(c.glimpses, e.glimpse)
	}
	if e.place != nil {
		c.places.drop(e)
	}
}
