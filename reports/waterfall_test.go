package reports

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"soak/player"
	"soak/qoe"
)

// told is all that a waterfall can be told, as the lines that it makes.
func told(w *Waterfall, width int) []string {
	lines := []string{w.Head(width)}
	at := epoch.Add(1500 * time.Millisecond)
	lines = append(lines,
		w.Call(qoe.TokenCall{Refresh: qoe.Refresh{Call: 1, Start: epoch, Took: 52 * time.Millisecond, Status: 200, Installed: true, Life: 20 * time.Second}}, width),
		w.Call(qoe.TokenCall{Refresh: qoe.Refresh{Call: 2, Start: at, Took: 2 * time.Second, Status: 503, Failure: qoe.StatusFailure, Reason: qoe.Scheduled, Problem: "no answer"}}, width))
	for _, x := range exchanges() {
		lines = append(lines, w.Exchange(x, width))
	}
	lines = append(lines,
		w.Decision(qoe.Decision{At: at, To: 400_000, Buffer: time.Second}, width),
		w.Decision(qoe.Decision{At: at, From: 3_000_000, To: 400_000, Estimate: 1_234_567, Buffer: 4 * time.Second}, width))
	for _, s := range []qoe.Sample{
		qoe.Startup{At: at, Took: 620 * time.Millisecond}, qoe.Stall{At: at, Took: 3 * time.Second}, qoe.Skip{At: at, Amount: time.Second, Why: "gap"},
		qoe.Seek{At: at, By: -30 * time.Second, Took: time.Second}, qoe.Switch{At: at, Media: qoe.Video, From: 400_000, To: 3_000_000},
		qoe.Note{At: at, Text: "the hook\x1b[2J is never called"}, qoe.Fatal{At: at, Kind: qoe.Segment, Why: "fragLoadError: HTTP 410"},
		qoe.Leave{At: at, Watched: time.Minute, Played: 50 * time.Second},
	} {
		lines = append(lines, w.Sample(s, width))
	}
	return append(lines, w.Status(at, player.State{Phase: player.Playing, Buffer: 8 * time.Second, Bitrate: 3_000_000, LiveLatency: 7 * time.Second, Estimate: 9_000_000}, width),
		w.Summary(width))
}

func TestWaterfall(t *testing.T) {
	for _, c := range []struct {
		file  string
		width int
		color bool
	}{{"watch-120.txt", 120, false}, {"watch-80.txt", 80, false}, {"watch-40.txt", 40, false}, {"watch-color.txt", 80, true}} {
		t.Run(c.file, func(t *testing.T) {
			golden(t, c.file, []byte(strings.Join(told(&Waterfall{Start: epoch, Color: c.color}, c.width), "\n")))
		})
	}
}

// TestWaterfallFits: no line is wider than it may be, whatever it tells.
func TestWaterfallFits(t *testing.T) {
	for width := minWidth; width < 200; width++ {
		for _, block := range told(&Waterfall{Start: epoch}, width) {
			for line := range strings.SplitSeq(block, "\n") {
				if n := utf8.RuneCountInString(line); n > width {
					t.Errorf("%d columns: line of %d: %q", width, n, line)
				}
				if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
					t.Errorf("%d columns: control character in %q", width, line)
				}
			}
		}
	}
}

// TestStatusOfAToken: it counts down the life of the token that was installed last.
func TestStatusOfAToken(t *testing.T) {
	w := &Waterfall{Start: epoch}
	if got := w.Status(epoch, player.State{}, 80); got != "waits for a token · 0:00 · buffer 0 s" {
		t.Errorf("status %q; want a viewer without token and player", got)
	}
	w.Call(qoe.TokenCall{Refresh: qoe.Refresh{Start: epoch, Took: time.Second, Status: 200, Installed: true, Life: 20 * time.Second}}, 80)
	w.Call(qoe.TokenCall{Refresh: qoe.Refresh{Start: epoch.Add(2 * time.Second), Status: 200, Life: time.Hour, Problem: "older"}}, 80)
	if got := w.Status(epoch.Add(6*time.Second), player.State{Phase: player.Stalled}, 80); got != "stalled · 0:06 · buffer 0 s · token 15.0 s" {
		t.Errorf("status %q; want 15 s left of the token that was taken", got)
	}
}
