package refresher

import "time"

// serverClock estimates how far a server's clock is ahead of the viewer's. Each
// answer bounds it: its Date, whole seconds rounded down, was stamped between the
// call's start and end. Bounds of several answers narrow each other; when they
// contradict, one of the clocks was set, and the newest answer counts alone.
type serverClock struct {
	known     bool
	low, high time.Duration
}

func (c *serverClock) observe(date, start, end time.Time) {
	if date.IsZero() {
		return
	}
	low, high := date.Sub(end), date.Add(time.Second).Sub(start)
	if c.known && low <= c.high && c.low <= high {
		low, high = max(low, c.low), min(high, c.high)
	}
	c.known, c.low, c.high = true, low, high
}

// now is the server's time at the viewer's. A viewer's clock that may be right is
// believed, so that rounding does not disturb those that are.
func (c *serverClock) now(viewer time.Time) time.Time {
	if !c.known || c.low <= 0 && 0 <= c.high {
		return viewer
	}
	return viewer.Add((c.low + c.high) / 2)
}
