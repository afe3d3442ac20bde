package manifest

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// What a Cache keeps unless told otherwise.
const (
	defaultLimit = 256
	defaultBytes = 256 << 20
)

// Cache parses each distinct body once and shares the Document between all who
// received it, whatever URLs they received it from. Failures are kept too: ten
// thousand viewers given the same broken manifest cost one parse. It is safe for
// concurrent use.
//
// Where a CDN writes the viewer's token into the manifest, as /token/expires/ in
// every URL, bodies differ in nothing else. They are one body to the cache: the
// pair is put back by [Presentation.Resolve]. So take URLs from there; a Ref read
// by itself may hold a mark in the pair's place. A body with two different pairs
// is parsed for itself.
//
// The key is the body, the content type, and the variables that the body asks
// for with EXT-X-DEFINE: query parameters of the URL, and those of the parent.
type Cache struct {
	// MaxBytes bounds what the documents kept take, by estimate; 0 means 256 MiB.
	// Set it before use.
	MaxBytes int64
	// Frozen promises that bodies are never written to once they were given to the
	// cache, so that it may keep them and know them by where they lie. Set it before
	// use.
	Frozen bool

	limit int
	seed  maphash.Seed

	mu      sync.Mutex
	entries map[cacheKey]*list.Element // of *cacheEntry
	recent  list.List                  // most recently used first
	stats   Stats

	glimpses map[glimpse]*list.Element // of entries that depend on their body alone

	places places // of the same, where bodies are frozen
	bases  [keptBases]*knownBase
	latest uint // bases so far
}

// Stats counts what a Cache did.
type Stats struct {
	Lookups    int64 `json:"lookups"`
	Hits       int64 `json:"hits"`       // found, or waited for one that was being parsed
	Normalized int64 `json:"normalized"` // lookups whose body held a token
	Evicted    int64 `json:"evicted"`
	Entries    int   `json:"entries"` // now
	Bytes      int64 `json:"bytes"`   // now, by estimate
}

// HitRate is hits per lookup; 0 before the first.
func (s Stats) HitRate() float64 {
	if s.Lookups == 0 {
		return 0
	}
	return float64(s.Hits) / float64(s.Lookups)
}

// Add adds what another cache did.
func (s *Stats) Add(o Stats) {
	s.Lookups += o.Lookups
	s.Hits += o.Hits
	s.Normalized += o.Normalized
	s.Evicted += o.Evicted
	s.Entries += o.Entries
	s.Bytes += o.Bytes
}

// cacheKey stands for a body, or for a delta update with the playlist it updates.
// Two bodies of one size meet in the hash once in 2^64 pairs.
type cacheKey struct {
	sum         uint64
	size        int
	contentType string
	asked       string
	child       bool

	previous, delta *Document
}

type cacheEntry struct {
	key   cacheKey
	once  sync.Once
	doc   *Document
	bad   *Error
	err   error // of an update
	bytes int64 // counted in Stats.Bytes

	body    []byte // what it was made of; nil when it depends on more
	glimpse glimpse

	place  *list.Element // its own, once it is in places
	beside *cacheEntry   // the next at its place
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
	return c.ParseChild(nil, base, contentType, body)
}

// ParseChild is the function [ParseChild] with the work shared.
func (c *Cache) ParseChild(parent *Presentation, base, contentType string, body []byte) (*Presentation, error) {
	return c.ParseOver(nil, parent, AddressOf(base), contentType, body)
}

// ParseOver is ParseChild for who has a presentation that nobody knows any more: what
// is returned may lie there. A nil one is none.
func (c *Cache) ParseOver(spare, parent *Presentation, from Address, contentType string, body []byte) (*Presentation, error) {
	if c.Frozen {
		if p := c.frozen(spare, from, contentType, body); p != nil {
			return p, nil
		}
	}
	base := from.String()
	g := c.glimpse(contentType, body)
	if e := c.same(g, body); e != nil {
		return present(base, "", e.doc, e.bad)
	}
	s := scopeOf(parent, base)
	pair := findPair(body)
	key := cacheKey{sum: pair.hash(c.seed, body), size: len(body), contentType: contentType, asked: s.asked(body)}
	if key.asked != "" {
		key.child = s.child
	}
	if pair.text != "" {
		key.size = -1 // tokens may differ in length
	}
	e := c.entry(key, pair.text != "")
	e.once.Do(func() {
		e.doc, e.bad = parseDocument(contentType, pair.mark(body), s)
		c.weigh(e, int64(len(body)))
		if pair.text == "" && key.asked == "" {
			c.remember(g, e, body)
		}
	})
	p, err := present(base, pair.text, e.doc, e.bad)
	if c.Frozen && pair.text == "" && err == nil {
		c.mu.Lock()
		p.base = c.base(from)
		c.mu.Unlock()
	}
	return p, err
}

// Update is the function [Update] with the work shared between viewers whose two
// loads were the same and came from the same directory under the same token.
func (c *Cache) Update(previous, delta *Presentation) (*Presentation, error) {
	if previous == nil || delta.HLS == nil || delta.HLS.Skipped == 0 || !(&update{previous: previous, delta: delta}).alike() {
		return Update(previous, delta)
	}
	e := c.entry(cacheKey{previous: previous.Document, delta: delta.Document}, false)
	e.once.Do(func() {
		var whole *Presentation
		if whole, e.err = Update(previous, delta); e.err == nil {
			e.doc = whole.Document
		}
		c.weigh(e, 0)
	})
	if e.err != nil {
		return nil, e.err
	}
	return &Presentation{Document: e.doc, URL: delta.URL, pair: delta.pair}, nil
}

// Stats is what the cache did so far.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Entries = c.recent.Len()
	return s
}

func (c *Cache) entry(key cacheKey, normalized bool) *cacheEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Lookups++
	if normalized {
		c.stats.Normalized++
	}
	if el, ok := c.entries[key]; ok {
		c.stats.Hits++
		c.recent.MoveToFront(el)
		return el.Value.(*cacheEntry)
	}
	e := &cacheEntry{key: key}
	c.entries[key] = c.recent.PushFront(e)
	c.shrink()
	return e
}

// weigh counts what a new document takes, unless it was dropped already.
func (c *Cache) weigh(e *cacheEntry, body int64) {
	bytes := body + e.doc.weight()
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.key]; !ok || el.Value.(*cacheEntry) != e {
		return
	}
	e.bytes = bytes
	c.stats.Bytes += bytes
	c.shrink()
}

// shrink drops what was used least recently, and never the last one used.
func (c *Cache) shrink() {
	limit := c.MaxBytes
	if limit <= 0 {
		limit = defaultBytes
	}
	for c.recent.Len() > 1 && (c.recent.Len() > c.limit || c.stats.Bytes > limit) {
		oldest := c.recent.Remove(c.recent.Back()).(*cacheEntry)
		delete(c.entries, oldest.key)
		c.stats.Bytes -= oldest.bytes
		c.forget(oldest)
		c.stats.Evicted++
	}
}

// Sizes for the estimate, in bytes: a document without segments, a segment (with
// its reference and the list's spare room), a part.
const (
	documentWeight = 8 << 10
	segmentWeight  = 384
	partWeight     = 160
)

// weight estimates what a document takes once it is listed.
func (d *Document) weight() int64 {
	if d == nil {
		return 1 << 10
	}
	bytes := int64(documentWeight)
	for _, p := range d.Periods {
		for _, s := range p.Sets {
			for _, r := range s.Renditions {
				bytes += r.weight()
			}
		}
	}
	return bytes
}

func (r *Rendition) weight() int64 {
	const rendition = 1 << 10
	s := r.Segments
	if s == nil || !s.track.finite() {
		return rendition
	}
	first, end := s.track.bounds()
	bytes := rendition + (end-first)*segmentWeight
	if l, ok := s.track.(*listed); ok {
		for i := range l.segments {
			bytes += int64(len(l.segments[i].Parts)) * partWeight
		}
	}
	return bytes
}
