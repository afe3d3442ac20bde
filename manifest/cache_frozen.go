package manifest

import (
	"container/list"
	"unsafe"
)

// Where bodies are never written to again ([Cache.Frozen]), one that lies where
// another lay is that one: there is nothing to compare.

// resting is where a body lies. What the cache keeps there cannot be anything else.
type resting struct {
	first *byte
	size  int
}

func restingAt(body []byte) resting { return resting{unsafe.SliceData(body), len(body)} }

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
	el := c.addresses[restingAt(body)]
	if el == nil {
		return nil
	}
	e := el.Value.(*cacheEntry)
	if e.key.contentType != contentType || e.bad != nil {
		return nil
	}
	c.stats.Lookups++
	c.stats.Hits++
	c.recent.MoveToFront(el)
	return e.doc
}

// base is what is known of where a manifest came from, which is mostly one of a few
// places.
func (c *Cache) base(from Address) *knownBase {
	for _, b := range c.bases {
		if b != nil && b.from == from {
			return b
		}
	}
	b := &knownBase{from: from, url: from.String()}
	if b.directory, _ = directory(b.url); b.directory == from.Directory {
		b.directory = from.Directory // the same text: who compares them need not read it
	}
	c.bases[c.oldest] = b
	c.oldest = (c.oldest + 1) % len(c.bases)
	return b
}

// knownBase is a base and the directory that plain references to it are appended
// to; "" where they are not. It is never written to.
type knownBase struct {
	from           Address
	url, directory string
}

// freeze makes a body that is kept be found by its address.
func (c *Cache) freeze(el *list.Element, body []byte) {
	if c.addresses == nil {
		c.addresses = make(map[resting]*list.Element)
	}
	c.addresses[restingAt(body)] = el
}
