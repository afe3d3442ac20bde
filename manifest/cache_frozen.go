package manifest

import "unsafe"

// Where bodies are never written to again ([Cache.Frozen]), one that lies where
// another lay is that one: there is nothing to compare.

// places are the entries of such bodies, by where these lie, the newest first. A map
// would take twice as long for the same.
type places [1 << placeBits]*cacheEntry

const placeBits = 10

// of is where the entry of a body has its place. Bodies lie at addresses whose lowest
// bits are the same: the product's highest depend on all of them.
func (p *places) of(body []byte) **cacheEntry {
	address := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(body))))
	return &p[address*0x9e3779b97f4a7c15>>(64-placeBits)]
}

// find is the entry of the body that lies there; nil when there is none.
func (p *places) find(contentType string, body []byte) *cacheEntry {
	for e := *p.of(body); e != nil; e = e.beside {
		if unsafe.SliceData(e.body) == unsafe.SliceData(body) && len(e.body) == len(body) && e.key.contentType == contentType {
			return e
		}
	}
	return nil
}

func (p *places) put(e *cacheEntry) {
	first := p.of(e.body)
	e.beside, *first = *first, e
}

func (p *places) drop(e *cacheEntry) {
	at := p.of(e.body)
	for *at != e {
		at = &(*at).beside
	}
	*at, e.beside = e.beside, nil
}

// frozen is the presentation of a body that the cache has made an entry of and that
// depends on nothing else; nil when there is none. It lies in spare, unless that is nil.
func (c *Cache) frozen(spare *Presentation, from Address, contentType string, body []byte) *Presentation {
	var base *knownBase
	if spare != nil {
		base = spare.base
	}
	c.mu.Lock()
	doc := c.lying(contentType, body)
	if doc != nil && (base == nil || base.from != from) {
		base = c.base(from)
	}
	c.mu.Unlock()
	if doc == nil {
		return nil
	}
	if spare == nil {
		spare = new(Presentation)
	}
	*spare = Presentation{Document: doc, URL: base.url, base: base}
	return spare
}

// lying is the document made of the body that lies there; nil when there is none.
func (c *Cache) lying(contentType string, body []byte) *Document {
	e := c.places.find(contentType, body)
	if e == nil || e.bad != nil {
		return nil
	}
	c.stats.Lookups++
	c.stats.Hits++
	c.recent.MoveToFront(e.place)
	return e.doc
}

// keptBases is a power of two.
const keptBases = 8

// base is what is known of where a manifest came from, which is mostly one of a few
// places.
func (c *Cache) base(from Address) *knownBase {
	for n := range uint(len(c.bases)) {
		if b := c.bases[(c.latest-n)%keptBases]; b != nil && b.from == from {
			return b
		}
	}
	b := &knownBase{from: from, url: from.String()}
	if b.directory, _ = directory(b.url); b.directory == from.Directory {
		b.directory = from.Directory // the same text: who compares them need not read it
	}
	c.latest++
	c.bases[c.latest%keptBases] = b
	return b
}

// knownBase is a base and the directory that plain references to it are appended
// to; "" where they are not. It is never written to.
type knownBase struct {
	from           Address
	url, directory string
}

// Near tells that p, which nobody knows any more, will be made anew of what comes from
// where other came from, most likely: see [Cache.ParseOver].
func (p *Presentation) Near(other *Presentation) { p.base = other.base }
