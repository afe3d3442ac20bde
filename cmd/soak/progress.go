package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"soak/fleet"
	"soak/scenarios"
)

// progress shows a run while it is under way. update is called about five times a
// second from one goroutine, done once after the last update.
type progress interface {
	update(fleet.Progress)
	done()
}

// progress is bars on a terminal, and otherwise a line every few seconds.
func (a *app) progress(s scenarios.Scenario) progress {
	if _, ok := terminal(a.stderr); ok && os.Getenv("TERM") != "dumb" {
		return newBars(a.stderr)
	}
	return &lines{w: a.stderr, name: s.Name, now: time.Now, next: time.Now().Add(lineEvery)}
}

// lineEvery is how often lines says something.
const lineEvery = 5 * time.Second

// lines prints one plain line now and then.
type lines struct {
	w    io.Writer
	name string
	now  func() time.Time
	next time.Time
}

func (l *lines) update(p fleet.Progress) {
	now := l.now()
	if now.Before(l.next) {
		return
	}
	l.next = now.Add(lineEvery)
	fmt.Fprintf(l.w, "%s %s of %s, %s; %s\n", l.name, clock(p.Now), clock(p.Of), audience(p), traffic(p, 1000))
}

func (l *lines) done() {}

// audience says how the viewers are.
func audience(p fleet.Progress) string {
	parts := []string{fmt.Sprintf("%d of %d viewers playing", p.Playing, p.Viewers)}
	for _, n := range []struct {
		count int
		what  string
	}{{p.Stalled, "stalled"}, {p.Dead, "dead"}} {
		if n.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.what))
		}
	}
	return strings.Join(parts, ", ")
}

// traffic says what was counted so far, shorter where there is little room.
func traffic(p fleet.Progress, width int) string {
	long := fmt.Sprintf("%d requests, %d refused, %d refreshes, %d stalls", p.Requests, p.Refused, p.Calls, p.Stalls)
	if len(long) <= width {
		return long
	}
	return fmt.Sprintf("%d req %d ref'd %d fresh %d stl", p.Requests, p.Refused, p.Calls, p.Stalls)
}

// clock writes minutes and seconds, never less than none.
func clock(d time.Duration) string {
	s := int64(max(d, 0).Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
