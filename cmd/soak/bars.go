package main

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars are four lines on a terminal: time, viewers, calls of the token API, and what
// was counted. Only update touches them, never viewers: a bar's lock would be
// everybody's.
type bars struct {
	w         io.Writer
	container *mpb.Progress
	lines     []*mpb.Bar
	paint     palette
	last      atomic.Pointer[moment] // what is shown, on the container's goroutine
}

// roomy is the width from which lines bear a name, and barest the fewest cells that
// are a bar.
const (
	roomy  = 60
	barest = 4
)

func newBars(w io.Writer, paint palette, options ...mpb.ContainerOption) *bars {
	b := &bars{w: w, paint: paint, container: mpb.New(append([]mpb.ContainerOption{mpb.WithOutput(w)}, options...)...)}
	b.last.Store(&moment{})
	b.line("\r", b.timeLine) // mpb erases from wherever the cursor is, and ^C moves it
	b.line("", b.viewersLine)
	b.line("", b.tokensLine)
	b.line("", b.trafficLine)
	return b
}

// line adds a line that is drawn anew, in the width that there is then.
func (b *bars) line(before string, draw func(moment, int) string) {
	fill := drawn(func(w io.Writer, s decor.Statistics) error {
		_, err := io.WriteString(w, before+draw(*b.last.Load(), s.AvailableWidth))
		return err
	})
	b.lines = append(b.lines, b.container.New(0, fill, mpb.BarFillerTrim()))
}

// drawn is a bar that draws itself, as mpb wants it.
type drawn mpb.BarFillerFunc

// Build implements mpb.BarFillerBuilder.
func (d drawn) Build() mpb.BarFiller { return mpb.BarFillerFunc(d) }

func (b *bars) timeLine(m moment, width int) string {
	part := func(cells int) string { return gauge(cells, float64(m.Now), float64(m.Of)) }
	return barLine(width, "time", clock(m.Now)+"/"+clock(m.Of), part, clock(m.Of-m.Now)+" left", unpainted)
}

func (b *bars) viewersLine(m moment, width int) string {
	right, paint := troubled(m), unpainted
	switch {
	case m.Dead > 0:
		paint = b.paint.red
	case m.Stalled > 0:
		paint = b.paint.amber
	}
	states := func(cells int) string { return b.states(m, cells) }
	return barLine(width, "viewers", fmt.Sprintf("%d/%d", there(m), m.Viewers), states, right, paint)
}

// states shares the cells among viewers who play, stand still, gave up and are not
// there. Trouble has a cell of its own, however few it is.
func (b *bars) states(m moment, cells int) string {
	of := max(m.Viewers, 1)
	some := func(n int) int { return (n*cells + of - 1) / of }
	dead := min(some(m.Dead), cells)
	still := min(some(m.Stalled), cells-dead)
	play := min(there(m)*cells/of, cells-dead-still)
	return strings.Repeat("━", play) + b.paint.amber(strings.Repeat("▒", still)) + b.paint.red(strings.Repeat("×", dead)) +
		strings.Repeat("╌", cells-play-still-dead)
}

func (b *bars) tokensLine(m moment, width int) string {
	part := func(cells int) string { return gauge(cells, m.rate, m.peak) }
	return barLine(width, "tokens", perSecond(m.rate), part, "peak "+perSecond(m.peak), unpainted)
}

func (b *bars) trafficLine(m moment, width int) string {
	paint := unpainted
	if m.Refused > 0 || m.Signed && m.MarginLow < 0 {
		paint = b.paint.red
	}
	return paint(traffic(m, width))
}

// gauge is a bar that is full at of.
func gauge(cells int, v, of float64) string {
	n := 0
	if of > 0 {
		n = min(max(int(v/of*float64(cells)), 0), cells)
	}
	return strings.Repeat("━", n) + strings.Repeat("╌", cells-n)
}

// barLine puts a name, where there is room for it, and a text of steady width before
// a bar and a text behind it.
func barLine(width int, name, left string, bar func(cells int) string, right string, paint func(string) string) string {
	head := fmt.Sprintf("%-10s ", left)
	if width >= roomy {
		head = fmt.Sprintf("%-8s %11s ", name, left)
	}
	used := utf8.RuneCountInString(head) + utf8.RuneCountInString(right)
	if cells := width - used - 1; cells >= barest {
		return head + bar(cells) + " " + paint(right)
	}
	return cut(head+right, width)
}

// cut shortens a line of unpainted text to a width.
func cut(line string, width int) string {
	runes := []rune(line)
	if len(runes) <= width {
		return line
	}
	return string(runes[:max(width-1, 0)]) + "…"[:min(width, 1)*len("…")]
}

// update shows m. No bar ever completes: their totals are unknown.
func (b *bars) update(m moment) { b.last.Store(&m) }

// done takes the bars away: the report says it better.
func (b *bars) done() {
	for _, bar := range b.lines {
		bar.Abort(true)
	}
	b.container.Wait()
	fmt.Fprint(b.w, "\r\x1b[K") // what was typed, see newBars
}
