package manifest

import "time"

// computed is a SegmentTemplate with @duration: segment k of a period covers
// media times [k·d, (k+1)·d) from the period's start, whatever its
// presentationTimeOffset (clause 5.3.9.5.3); only $Time$ counts from there.
type computed struct {
	address
	duration int64 // of a segment, in units
	count    int64 // segments in the period
	endless  bool  // count is only the bound of arithmetic
}

// newComputed finds how many segments there are: to the end of the period, to
// @endNumber, or as many as fit into maxTime.
func newComputed(a address, duration, endNumber int64) (*computed, *Error) {
	c := &computed{address: a, duration: duration}
	c.count = min(units(maxTime-a.period, a.scale), maxMediaTime) / duration
	c.endless = true
	if a.length > 0 {
		// Durations are known to the microsecond: what is left of a segment must
		// be longer than that to count.
		c.count = min(c.count, 1+units(a.length-time.Microsecond, a.scale)/duration)
		c.endless = false
	}
	if endNumber >= 0 {
		c.count = max(0, min(c.count, endNumber-a.first+1))
		c.endless = false
	}
	if c.endless && a.dvr == nil {
		return nil, unsupported(0, "a static SegmentTemplate@duration without an end: no period or presentation duration, no @endNumber")
	}
	return c, nil
}

func ceilDiv(a, b int64) int64 {
	if a <= 0 {
		return 0
	}
	return (a-1)/b + 1
}

func (c *computed) bounds() (first, end int64) { return c.first, c.first + c.count }

func (c *computed) segment(n int64) Segment {
	k := n - c.first
	t := k * c.duration
	s := c.make(n, c.pto+t, c.pto+t+c.duration)
	return s
}

func (c *computed) find(t time.Duration) int64 {
	return c.first + max(0, min(c.count, units(t-c.period, c.scale)/c.duration))
}

func (c *computed) window(now time.Time) (first, end int64) {
	first, end = c.bounds()
	if c.dvr == nil {
		return first, end
	}
	end = min(end, c.find(c.dvr.edge(now)))
	return min(end, max(first, c.find(c.dvr.begin(now)))), end
}

// finite is false: a template's segments are computed, never listed.
func (c *computed) finite() bool { return false }
