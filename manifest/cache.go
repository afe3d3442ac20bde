package manifest

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// defaultLimit is how many documents a Cache keeps unless told otherwise.
const defaultLimit = 256

// Cache parses each distinct body once and shares the Document between all who
// received it, whatever URLs they received it from. Failures are kept too: ten
// thousand viewers given the same broken manifest cost one parse. It is safe for
// concurrent use.
//
// A CDN that writes tokens into the manifest makes every viewer's body distinct:
// then nothing is shared and a parse per viewer is the price.
type Cache struct {
	limit int
	seed  maphash.Seed

	mu      sync.Mutex
	entries map[cacheKey]*list.Element // of *cacheEntry
	recent  list.List                  // most recently used first
}

// cacheKey stands for a body. Two bodies of one size meet in the hash once in
// 2^64 pairs.
type cacheKey struct {
	sum         uint64
	size        int
	contentType string
}

type cacheEntry struct {
	key  cacheKey
	once sync.Once
	doc  *Document
	bad  *Error
}

// NewCache makes a cache that keeps the limit most recently used documents; 256
// when limit is not positive.
func NewCache(limit int) *Cache {
	if limit <= 0 {
		limit = defaultLimit
	}
	return &Cache{limit: limit, seed: maphash.MakeSeed(), entries: make(map[cacheKey]*list.Element)}
}

// Parse is the function [Parse] with the work shared. Those who bring a body
// that is just being parsed wait for it.
func (c *Cache) Parse(base, contentType string, body []byte) (*Presentation, error) {
	e := c.entry(cacheKey{maphash.Bytes(c.seed, body), len(body), contentType})
	e.once.Do(func() { e.doc, e.bad = parseDocument(contentType, body) })
	return present(base, e.doc, e.bad)
}

func (c *Cache) entry(key cacheKey) *cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[key]; ok {
		c.recent.MoveToFront(el)
		return el.Value.(*cacheEntry)
	}
	e := &cacheEntry{key: key}
	c.entries[key] = c.recent.PushFront(e)
	if c.recent.Len() > c.limit {
		oldest := c.recent.Remove(c.recent.Back()).(*cacheEntry)
		delete(c.entries, oldest.key)
	}
	return e
}
