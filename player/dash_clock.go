package player

import (
	"fmt"
	"strings"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// dashClock is the client's clock as set by the stream: src/streaming/controllers/
// TimeSyncController.js. It asks the manifest's UTCTiming sources in order and
// falls back to the Date header of the manifest, which counts whole seconds.
//
// Two things differ from dash.js. Its built-in last resort, time.akamai.com, is
// never asked: a load test does not call third parties. And http-head sources are
// asked with GET, because a World has nothing else.
type dashClock struct {
	*stopwatch
	s    *dashSettings
	note func(string)

	offset time.Duration // to add to World.Date
	last   time.Time     // last successful synchronisation; zero: none yet
	every  time.Duration // adaptive distance between two
	done   func()

	load    *dashLoad
	p       *manifest.Presentation
	date    time.Time   // Date header of p's answer
	urls    []string    // still to be tried for the current source
	source  int         // index of the current source
	head    bool        // the current source is read from its Date header
	working clockSource // last source that answered
	extra   int         // background attempts still to come
	sum     time.Duration
	checked time.Time // last background sequence
}

// clockSource is one URL that told the time, and how it is read.
type clockSource struct {
	url  string
	head bool
}

const (
	clockTimeout    = 5 * time.Second        // HTTP_TIMEOUT_MS
	clockDrift      = 100 * time.Millisecond // maximumAllowedDrift
	clockLeast      = 2 * time.Second        // minimumTimeBetweenSyncAttempts
	clockMost       = 600 * time.Second      // maximumTimeBetweenSyncAttempts
	clockFactor     = 2                      // timeBetweenSyncAttemptsAdjustmentFactor
	clockBackground = 2                      // backgroundAttempts
	clockAgain      = 30 * time.Second       // least time between background sequences
)

func newDashClock(w *stopwatch, s *dashSettings, script *thread, note func(string)) *dashClock {
	c := &dashClock{stopwatch: w, s: s, note: note, every: s.syncEvery}
	c.load = newDashLoad(w, script, c.answered)
	return c
}

// now is the synchronised client time.
func (c *dashClock) now() time.Time { return c.w.Date().Add(c.offset) }

// local is when, by the World's true time, it will be synchronised time t.
func (c *dashClock) local(t time.Time) instant { return c.stopwatch.now().Add(t.Sub(c.now())) }

// wrong is how far the viewer's clock is ahead of the true time. dash.js reads
// both ends of a request from it; here they are true times.
func (c *dashClock) wrong() time.Duration { return c.w.Date().Sub(c.w.Now()) }

// sync brings the clock up to date for a manifest that came with a Date header,
// and then calls done: at once when nothing is to be asked.
func (c *dashClock) sync(p *manifest.Presentation, date time.Time, done func()) {
	if !p.Live || !c.s.sync || !c.last.IsZero() && c.w.Date().Sub(c.last) < c.every {
		done()
		return
	}
	c.load.abort() // a background sequence gives way
	c.extra = 0
	c.p, c.date, c.done, c.source, c.urls = p, date, done, -1, nil
	c.next()
}

// next tries the next URL of the current source, then the next source.
func (c *dashClock) next() {
	for len(c.urls) == 0 {
		c.source++
		if c.source >= len(c.p.DASH.UTCTiming) {
			c.byDate()
			return
		}
		t := c.p.DASH.UTCTiming[c.source]
		switch scheme, _, _ := strings.Cut(strings.TrimPrefix(t.Scheme, "urn:mpeg:dash:utc:"), ":"); scheme {
		case "direct":
			if at, ok := parseClock(t.Value); ok {
				c.set(at.Sub(c.w.Date()))
				return
			}
		case "http-xsdate", "http-iso":
			c.urls, c.head = strings.Fields(t.Value), false
		case "http-head":
			c.urls, c.head = strings.Fields(t.Value), true
		}
	}
	url := c.p.Resolve(manifest.Ref{URI: c.urls[0]})
	c.urls = c.urls[1:]
	c.ask(clockSource{url, c.head})
}

func (c *dashClock) ask(s clockSource) {
	c.working = s
	c.load.start(Request{URL: manifest.AddressOf(s.url), Kind: qoe.Timing}, dashRetry{timeout: clockTimeout})
}

func (c *dashClock) answered(r *Response) {
	at, ok := clockOf(r, c.working.head)
	offset := at.Sub(c.time(r.Start.Add(r.End.Sub(r.Start) / 2)).Add(c.wrong()))
	switch {
	case c.extra > 0:
		c.background(offset, ok)
	case ok:
		c.set(offset)
	default:
		c.next()
	}
}

// clockOf reads the time from an answer.
func clockOf(r *Response, head bool) (time.Time, bool) {
	if !r.OK() {
		return time.Time{}, false
	}
	if head {
		return r.Date, !r.Date.IsZero()
	}
	return parseClock(string(r.Body))
}

// parseClock reads an xs:dateTime or ISO 8601 time; without a zone it is UTC.
func parseClock(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// byDate falls back to the manifest's Date header; without one the client's own
// clock has to do (error 16, TIME_SYNC_FAILED).
func (c *dashClock) byDate() {
	c.working = clockSource{}
	if c.date.IsZero() {
		c.note("dash.js error 16: no time source answered and the manifest has no Date header; the viewer's own clock decides")
		c.finish()
		return
	}
	c.set(c.date.Sub(c.w.Date()))
}

// set installs an offset and adapts the distance between synchronisations.
func (c *dashClock) set(offset time.Duration) {
	first := c.last.IsZero()
	if !first {
		if (offset - c.offset).Abs() <= clockDrift {
			c.every = min(c.every*clockFactor, clockMost)
		} else {
			c.every = max(c.every/clockFactor, clockLeast)
		}
	}
	c.offset, c.last = offset, c.w.Date()
	if first {
		c.check()
	}
	c.finish()
}

func (c *dashClock) finish() {
	done := c.done
	c.done, c.p = nil, nil
	done()
}

// check runs a background sequence: two more questions to the source that
// answered, averaged. It follows the first synchronisation and every segment
// that answers 404, 30 s apart at least.
func (c *dashClock) check() {
	now := c.w.Date()
	if c.working.url == "" || c.load.active || !c.checked.IsZero() && now.Sub(c.checked) < clockAgain {
		return
	}
	c.extra, c.sum = clockBackground, 0
	c.ask(c.working)
}

func (c *dashClock) background(offset time.Duration, ok bool) {
	asked := clockBackground - c.extra
	if ok {
		c.sum += offset
		c.extra--
		asked++
		if c.extra > 0 {
			c.ask(c.working)
			return
		}
	}
	c.extra, c.checked = 0, c.w.Date()
	if asked == 0 {
		return
	}
	if mean := c.sum / time.Duration(asked); (mean - c.offset).Abs() > clockDrift {
		c.note(fmt.Sprintf("clock corrected by %v after a second look", (mean - c.offset).Round(time.Millisecond)))
		c.offset = mean
	}
}

func (c *dashClock) stop() { c.load.abort() }
