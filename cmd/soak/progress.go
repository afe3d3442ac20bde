package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"soak/fleet"
	"soak/scenarios"
)

// display shows a run while it is under way. update is called about five times a
// second from one goroutine, done once after the last update.
type display interface {
	update(moment)
	done()
}

// progress is bars on a terminal, and otherwise a line every few seconds.
func (a *app) progress(s scenarios.Scenario) *story {
	if interactive(a.stderr) {
		return &story{show: newBars(a.stderr, palette{colourful(a.stderr)})}
	}
	return &story{show: &lines{w: a.stderr, name: s.Name, now: time.Now, next: time.Now().Add(lineEvery)}}
}

// interactive tells whether somebody sees w as it is drawn: a terminal that can move
// its cursor, and not that of a CI system, which only collects what is written.
func interactive(w io.Writer) bool {
	_, ok := terminal(w)
	ci := os.Getenv("CI")
	return ok && os.Getenv("TERM") != "dumb" && (ci == "" || ci == "false" || ci == "0")
}

// moment is a run seen from outside, and how fast the token API is called.
type moment struct {
	fleet.Progress
	rate, peak float64 // calls a second: now, and at most so far
}

// story keeps what one look at a run does not tell.
type story struct {
	show  display
	since fleet.Progress // when the rate was last reckoned
	last  moment
}

// rateOver is the least scenario time that a rate is reckoned over. Computed runs pass
// minutes between two looks: their rate is a mean over these.
const rateOver = time.Second

func (s *story) update(p fleet.Progress) {
	s.last.Progress = p
	if over := p.Now - s.since.Now; over >= rateOver {
		s.last.rate = float64(p.Calls-s.since.Calls) / over.Seconds()
		s.last.peak = max(s.last.peak, s.last.rate)
		s.since = p
	}
	s.show.update(s.last)
}

func (s *story) done() { s.show.done() }

// lineEvery is how often lines says something.
const lineEvery = 5 * time.Second

// lines prints one plain line now and then.
type lines struct {
	w    io.Writer
	name string
	now  func() time.Time
	next time.Time
}

func (l *lines) update(m moment) {
	now := l.now()
	if now.Before(l.next) {
		return
	}
	l.next = now.Add(lineEvery)
	fmt.Fprintf(l.w, "%s %s of %s, %s; %d token calls (%s, peak %s); %s\n", l.name, clock(m.Now), clock(m.Of), audience(m),
		m.Calls, perSecond(m.rate), perSecond(m.peak), traffic(m, 1000))
}

func (l *lines) done() {}

// audience says how the viewers are.
func audience(m moment) string {
	if m.Computed {
		return fmt.Sprintf("%d of %d viewers came", m.Started, m.Viewers)
	}
	parts := []string{fmt.Sprintf("%d of %d viewers playing", m.Playing, m.Viewers)}
	for _, n := range []struct {
		count int
		what  string
	}{{m.Stalled, "stalled"}, {m.Dead, "dead"}} {
		if n.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
	return strings.Join(parts, ", ")
}

// troubled says whom something keeps from playing, where that is known.
func troubled(m moment) string {
	switch {
	case m.Computed:
		return "came"
	case m.Dead > 0:
		return fmt.Sprintf("%d stalled %d dead", m.Stalled, m.Dead)
	case m.Stalled > 0:
		return fmt.Sprintf("%d stalled", m.Stalled)
	case m.Playing == 0:
		return "none playing"
	}
	return "playing"
}

// there is how many viewers the line of viewers counts: those who play, or came.
func there(m moment) int {
	if m.Computed {
		return m.Started
	}
	return m.Playing
}

// traffic says what was counted so far and how much life tokens had left, shorter
// where there is little room.
func traffic(m moment, width int) string {
	counted := fmt.Sprintf("%d refused of %d requests, %d stalls", m.Refused, m.Requests, m.Stalls)
	short := fmt.Sprintf("%d ref'd %d req %d stl", m.Refused, m.Requests, m.Stalls)
	forms := []string{counted, short}
	if m.Signed {
		forms = []string{
			fmt.Sprintf("margin %s, least %s; %s", life(m.Margin), life(m.MarginLow), counted),
			fmt.Sprintf("least margin %s; %s", life(m.MarginLow), counted),
			fmt.Sprintf("margin %s %s", life(m.MarginLow), short),
			fmt.Sprintf("margin %s %d ref'd %d stl", life(m.MarginLow), m.Refused, m.Stalls),
		}
	}
	for _, form := range forms {
		if utf8.RuneCountInString(form) <= width {
			return form
		}
	}
	return cut(forms[len(forms)-1], width)
}

// life writes a margin.
func life(d time.Duration) string {
	s := fmt.Sprintf("%.1f s", d.Seconds())
	return strings.Replace(s, "-", "−", 1)
}

// perSecond writes a rate in at most three figures or so.
func perSecond(rate float64) string {
	if rate < 100 {
		return fmt.Sprintf("%.1f/s", rate)
	}
	return fmt.Sprintf("%.0f/s", rate)
}

// clock writes minutes and seconds, never less than none.
func clock(d time.Duration) string {
	s := int64(max(d, 0).Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
