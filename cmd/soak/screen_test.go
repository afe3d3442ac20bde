package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"soak/player"
	"soak/qoe"
)

// TestScreenKeepsItsLastLine: what happens is printed above the status, which stays.
func TestScreenKeepsItsLastLine(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, false)
	s.live = true // as on a terminal
	at := time.Unix(1_800_000_000, 0)
	o := s.observer()
	o.State(0, at, player.State{Phase: player.Loading})
	o.Sample(0, qoe.Startup{At: at, Took: time.Second})
	o.State(0, at.Add(time.Second), player.State{Phase: player.Playing, Buffer: 4 * time.Second})
	s.done()
	frames := strings.Split(out.String(), "\r\x1b[K")
	want := []string{
		s.fall.Head(0) + "\n",
		"loading · 0:00 · buffer 0 s",
		"   0.000 ▶ picture after 1.00 s\nloading · 0:00 · buffer 0 s",
		"playing · 0:01 · buffer 4.00 s",
	}
	for i, w := range want {
		if i >= len(frames) || frames[i] != w {
			t.Fatalf("frame %d of %q; want %q", i, frames, w)
		}
	}
	if last := frames[len(frames)-1]; !strings.HasPrefix(last, "\nPlayback     picture after 1.00 s") {
		t.Errorf("after the status: %q; want the summary", last)
	}
}

// TestScreenWithoutATerminalHasNoStatus: lines only.
func TestScreenWithoutATerminalHasNoStatus(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, false)
	o := s.observer()
	o.State(0, time.Unix(1_800_000_000, 0), player.State{})
	o.State(0, time.Unix(1_800_000_001, 0), player.State{})
	if got := out.String(); strings.Contains(got, "\r") || strings.Count(got, "\n") != 1 {
		t.Errorf("%q; want the columns' names alone", got)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestScreenKeepsTheFirstError: of a reader who left.
func TestScreenKeepsTheFirstError(t *testing.T) {
	s := newScreen(brokenPipe{}, false)
	s.line("a")
	s.line("b")
	if s.err == nil {
		t.Error("no error; want that of the writer")
	}
}
