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
func (c *Cache) frozen(spare *Presentation, base, contentType string, body []byte) *Presentation {
	c.mu.Lock()
	defer c.mu.Unlock()
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
	if spare == nil {
		spare = new(Presentation)
	}
	if dir := spare.directory; dir != "" && spare.URL == base {
		*spare = Presentation{Document: e.doc, URL: base, directory: dir}
	} else {
		*spare = Presentation{Document: e.doc, URL: base, directory: c.directory(base)}
	}
	return spare
}

// directory is that of a base, which is mostly one of a few.
func (c *Cache) directory(base string) string {
	for i := range c.bases {
		if c.bases[i].url == base {
			return c.bases[i].directory
		}
	}
	dir, _ := directory(base)
	c.bases[c.oldest] = knownBase{base, dir}
	c.oldest = (c.oldest + 1) % len(c.bases)
	return dir
}

// knownBase is a base and the directory that plain references to it are appended
// to; "" where they are not.
type knownBase struct{ url, directory string }

// freeze makes a body that is kept be found by its address.
func (c *Cache) freeze(el *list.Element, body []byte) {
	if c.addresses == nil {
		c.addresses = make(map[resting]*list.Element)
	}
	c.addresses[restingAt(body)] = el
}
