package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"

	"soak/fleet"
)

var moment = fleet.Progress{
	Now: 35 * time.Second, Of: 90 * time.Second, Viewers: 60, Started: 60, Playing: 57, Stalled: 2, Dead: 1,
	Requests: 12345, Refused: 7, Calls: 320, Stalls: 9,
}

func TestLinesComeEveryFewSeconds(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	l := &lines{w: &out, name: "default", now: func() time.Time { return now }, next: now.Add(lineEvery)}
	for range 60 { // 12 s at five a second
		l.update(moment)
		now = now.Add(200 * time.Millisecond)
	}
	l.done()
	want := "default 0:35 of 1:30, 57 of 60 viewers playing, 2 stalled, 1 dead; 12345 requests, 7 refused, 320 refreshes, 9 stalls\n"
	if got := out.String(); got != want+want {
		t.Errorf("lines over 12 s = %q; want two of %q", got, want)
	}
}

func TestTexts(t *testing.T) {
	tests := []struct{ got, want, why string }{
		{clock(-time.Second), "0:00", "a run that goes on past its end has nothing left, not less"},
		{clock(65 * time.Second), "1:05", "minutes and seconds"},
		{clock(59600 * time.Millisecond), "1:00", "rounded, never 0:60"},
		{traffic(moment, 80), "12345 requests, 7 refused, 320 refreshes, 9 stalls", "words where there is room"},
		{traffic(moment, 40), "12345 req 7 ref'd 320 fresh 9 stl", "short where there is none"},
		{troubled(fleet.Progress{}, 40), "playing", "nobody in trouble"},
		{troubled(moment, 40), "2 stalled 1 dead", "somebody in trouble"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got %q; want %q (%s)", test.got, test.want, test.why)
		}
	}
}

// TestBars: bars show the run in the width there is, and end though none of them
// is ever complete.
func TestBars(t *testing.T) {
	for _, width := range []int{40, 80} {
		var out bytes.Buffer
		b := newBars(&out, mpb.WithAutoRefresh(), mpb.WithWidth(width))
		b.update(moment)
		finished := make(chan struct{})
		go func() { b.done(); close(finished) }()
		select {
		case <-finished:
		case <-time.After(20 * time.Second):
			t.Fatal("bars did not end")
		}
		for _, want := range []string{"0:35/1:30", "0:55 left", "57/60", "2 stalled 1 dead", traffic(moment, width)} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("bars at %d columns: %q; want %q in it", width, out.String(), want)
			}
		}
		for line := range strings.Lines(strings.TrimSuffix(out.String(), "\r\x1b[K")) {
			if n := utf8.RuneCountInString(strings.Trim(line, "\r\n")); n > width {
				t.Errorf("bars at %d columns: line of %d: %q", width, n, line)
			}
		}
	}
}
