package manifest

import (
	"sync/atomic"
	"time"
)

// address is what computed and timeline tracks have in common: where on the
// presentation's time line the media's time line lies, and how a segment is
// called.
type address struct {
	period time.Duration // Period start
	length time.Duration // Period duration; 0 when open-ended
	scale  int64         // units per second
	pto    int64         // presentationTimeOffset: media time at the period's start
	first  int64         // startNumber
	media  pattern
	names  *names // by media; nil: it is asked each time
	ref    Ref    // of this Representation's resources, without URI
	init   *Init
	dvr    *dvr // dynamic MPDs only
}

// at is the presentation time of media time t.
func (a *address) at(t int64) time.Duration { return a.period + ticks(t-a.pto, a.scale) }

// mediaTime is the media time at presentation time d, rounded down.
func (a *address) mediaTime(d time.Duration) int64 {
	return saturatingAdd(units(d-a.period, a.scale), a.pto)
}

func saturatingAdd(a, b int64) int64 {
	if c := a + b; (c > a) == (b > 0) {
		return c
	}
	if b > 0 {
		return 1<<63 - 1
	}
	return -1 << 63
}

// make is the segment with number n over media times [t, end).
func (a *address) make(n, t, end int64) Segment {
	start := a.at(t)
	s := Segment{
		Number:   n,
		Start:    start,
		Duration: a.at(end) - start,
		Ref:      a.ref,
		Init:     a.init,
	}
	s.Ref.URI = a.uri(n, t)
	if a.dvr != nil {
		s.Available = a.dvr.available(s.End())
	}
	return s
}

// uri is the reference of segment n at media time t.
func (a *address) uri(n, t int64) string {
	if a.names == nil {
		return a.media.expand(n, t)
	}
	slot := &a.names[uint64(n)%uint64(len(a.names))]
	known := slot.Load()
	if known == nil || known.number != n || known.time != t {
		known = &name{n, t, a.media.expand(n, t)}
		slot.Store(known)
	}
	return known.uri
}

// names are what the latest segments that somebody asked for are called. Viewers who
// share a document ask for the same ones, each several times.
type names [64]atomic.Pointer[name]

type name struct {
	number, time int64
	uri          string
}
