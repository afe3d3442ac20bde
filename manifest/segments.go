package manifest

// Segments lists or computes the media segments of one rendition. It is immutable.
type Segments struct{}
