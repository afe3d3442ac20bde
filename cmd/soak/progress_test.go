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

// hard is a run in trouble.
func hard() moment {
	return moment{fleet.Progress{
		Now: 35 * time.Second, Of: 90 * time.Second, Viewers: 60, Started: 60, Playing: 57, Stalled: 2, Dead: 1,
		Requests: 12345, Refused: 7, Calls: 320, Stalls: 9, Signed: true, Margin: 2200 * time.Millisecond, MarginLow: -1200 * time.Millisecond,
	}, 12.5, 48}
}

func TestLinesComeEveryFewSeconds(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	l := &lines{w: &out, name: "default", now: func() time.Time { return now }, next: now.Add(lineEvery)}
	for range 60 { // 12 s at five a second
		l.update(hard())
		now = now.Add(200 * time.Millisecond)
	}
	l.done()
	want := "default 0:35 of 1:30, 57 of 60 viewers playing, 2 stalled, 1 dead; 320 token calls (12.5/s, peak 48.0/s); " +
		"margin 2.2 s, least −1.2 s; 7 refused of 12345 requests, 9 stalls\n"
	if got := out.String(); got != want+want {
		t.Errorf("lines over 12 s = %q; want two of %q", got, want)
	}
}

func TestTexts(t *testing.T) {
	tests := []struct{ got, want, why string }{
		{clock(-time.Second), "0:00", "a run that goes on past its end has nothing left, not less"},
		{clock(65 * time.Second), "1:05", "minutes and seconds"},
		{clock(59600 * time.Millisecond), "1:00", "rounded, never 0:60"},
		{traffic(hard(), 80), "margin 2.2 s, least −1.2 s; 7 refused of 12345 requests, 9 stalls", "words where there is room"},
		{traffic(hard(), 60), "least margin −1.2 s; 7 refused of 12345 requests, 9 stalls", "the least margin before the present one"},
		{traffic(hard(), 40), "margin −1.2 s 7 ref'd 12345 req 9 stl", "short where there is no room"},
		{traffic(hard(), 12), "margin −1.2…", "cut where there is none at all"},
		{traffic(moment{}, 80), "0 refused of 0 requests, 0 stalls", "no margin before a token was used"},
		{troubled(moment{}), "none playing", "nobody there yet"},
		{troubled(moment{Progress: fleet.Progress{Playing: 1}}), "playing", "nobody in trouble"},
		{troubled(hard()), "2 stalled 1 dead", "somebody in trouble"},
		{troubled(moment{Progress: fleet.Progress{Computed: true}}), "came", "computed viewers stand at different instants"},
		{audience(moment{Progress: fleet.Progress{Computed: true, Started: 3, Viewers: 9}}), "3 of 9 viewers came", "of them it is not known who plays"},
		{perSecond(48), "48.0/s", "a few"},
		{perSecond(1234.5), "1234/s", "a herd"},
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
	for _, width := range []int{20, 40, 80, 200} {
		var out bytes.Buffer
		b := newBars(&out, palette{}, mpb.WithAutoRefresh(), mpb.WithWidth(width))
		b.update(hard())
		finished := make(chan struct{})
		go func() { b.done(); close(finished) }()
		select {
		case <-finished:
		case <-time.After(20 * time.Second):
			t.Fatal("bars did not end")
		}
		if strings.Contains(strings.TrimSuffix(out.String(), "\r\x1b[K"), "\x1b") {
			t.Errorf("bars at %d columns: %q; want no escape sequence without colour", width, out.String())
		}
	}
}

// TestBarLines: each line fits, and says what it is there for.
func TestBarLines(t *testing.T) {
	var out bytes.Buffer
	b := newBars(&out, palette{}, mpb.WithAutoRefresh())
	defer b.done()
	lines := []struct {
		draw func(moment, int) string
		at40 string
		at80 string
	}{
		{b.timeLine, "0:35/1:30  ━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌ 0:55 left", "time       0:35/1:30 ━━━━━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 0:55 left"},
		{b.viewersLine, "57/60      ━━━━━━━━━━▒× 2 stalled 1 dead", "viewers        57/60 ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▒▒× 2 stalled 1 dead"},
		{b.tokensLine, "12.5/s     ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌ peak 48.0/s", "tokens        12.5/s ━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ peak 48.0/s"},
	}
	for _, l := range lines {
		if got := l.draw(hard(), 40); got != l.at40 {
			t.Errorf("at 40 columns\n%q; want\n%q", got, l.at40)
		}
		if got := l.draw(hard(), 80); got != l.at80 {
			t.Errorf("at 80 columns\n%q; want\n%q", got, l.at80)
		}
		for width := 1; width < 200; width++ {
			for _, m := range []moment{hard(), {}, {Progress: fleet.Progress{Viewers: 3, Stalled: 3, Dead: 3}}} {
				if n := utf8.RuneCountInString(l.draw(m, width)); n > width {
					t.Errorf("%d columns: line of %d: %q", width, n, l.draw(m, width))
				}
			}
		}
	}
	red := &bars{paint: palette{on: true}}
	if got := red.viewersLine(hard(), 40); !strings.Contains(got, "\x1b[31m×\x1b[0m") || !strings.Contains(got, "\x1b[33m▒\x1b[0m") {
		t.Errorf("viewers in colour: %q; want the dead red, the stalled amber", got)
	}
}

// TestStoryReckonsRates: over a second at least, and the highest stays.
func TestStoryReckonsRates(t *testing.T) {
	var seen []moment
	s := &story{show: record{&seen}}
	for _, p := range []fleet.Progress{
		{Now: 500 * time.Millisecond, Calls: 30}, // too early to tell
		{Now: time.Second, Calls: 60},
		{Now: 1200 * time.Millisecond, Calls: 60}, // what was told stands
		{Now: 3 * time.Second, Calls: 70},
		{Now: 103 * time.Second, Calls: 270}, // a computed run
	} {
		s.update(p)
	}
	want := [][2]float64{{0, 0}, {60, 60}, {60, 60}, {5, 60}, {2, 60}}
	for i, m := range seen {
		if got := [2]float64{m.rate, m.peak}; got != want[i] {
			t.Errorf("look %d: rate and peak %v; want %v", i, got, want[i])
		}
	}
}

type record struct{ to *[]moment }

func (r record) update(m moment) { *r.to = append(*r.to, m) }
func (r record) done()           {}

// TestInteractive: a file is no terminal, and what CI systems call one is watched by
// nobody.
func TestInteractive(t *testing.T) {
	if interactive(new(bytes.Buffer)) {
		t.Error("a buffer is no terminal")
	}
}
