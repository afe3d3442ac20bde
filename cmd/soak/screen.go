package main

import (
	"fmt"
	"io"
	"time"

	"soak/fleet"
	"soak/player"
	"soak/qoe"
	"soak/reports"
)

// screen shows one viewer as it lives: lines, and on a terminal a last one that is
// drawn anew. All comes from the viewer's loop, one call after the other.
type screen struct {
	w      io.Writer
	fall   reports.Waterfall
	har    *reports.HAR // nil: nobody wants it
	live   bool         // the last line is a status
	status func(width int) string
	err    error // of w; nothing is written afterwards
}

// statusEvery is how often the status is drawn.
const statusEvery = 250 * time.Millisecond

func newScreen(w io.Writer, har bool) *screen {
	s := &screen{w: w, live: interactive(w), fall: reports.Waterfall{Color: colourful(w)}}
	if har {
		s.har = new(reports.HAR)
	}
	return s
}

// width is that of the terminal now: it may have been resized.
func (s *screen) width() int {
	width, _ := terminal(s.w)
	return width
}

func (s *screen) write(text string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.w, text)
	}
}

// line prints text above the status.
func (s *screen) line(text string) {
	switch {
	case text == "":
	case s.status == nil:
		s.write(text + "\n")
	default:
		s.write("\r\x1b[K" + text + "\n" + s.status(s.width()))
	}
}

// observer is told what the viewer lives through.
func (s *screen) observer() *fleet.Observer {
	return &fleet.Observer{
		Sample: func(_ int, x qoe.Sample) {
			if up, ok := x.(qoe.Startup); ok && s.har != nil {
				s.har.Startup = up.Took
			}
			s.line(s.fall.Sample(x, s.width()))
		},
		Exchange: func(_ int, x fleet.Exchange) {
			if s.har != nil {
				s.har.Exchange(x)
			}
			s.line(s.fall.Exchange(x, s.width()))
		},
		Call: func(_ int, c fleet.TokenCall) {
			if s.har != nil {
				s.har.Call(c)
			}
			s.line(s.fall.Call(c, s.width()))
		},
		Decision: func(_ int, d fleet.Decision) { s.line(s.fall.Decision(d, s.width())) },
		State:    s.stands,
		Every:    statusEvery,
	}
}

// stands is told from the viewer's arrival on.
func (s *screen) stands(_ int, at time.Time, now player.State) {
	if s.fall.Start.IsZero() {
		s.fall.Start = at
		if s.har != nil {
			s.har.Started = at
		}
		s.line(s.fall.Head(s.width()))
	}
	if s.live {
		s.status = func(width int) string { return s.fall.Status(at, now, width) }
		s.write("\r\x1b[K" + s.status(s.width()))
	}
}

// done takes the status away and sums up.
func (s *screen) done() {
	if s.status != nil {
		s.status = nil
		s.write("\r\x1b[K")
	}
	s.write(fmt.Sprintf("\n%s", s.fall.Summary(s.width())))
}
