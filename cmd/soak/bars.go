package main

import (
	"fmt"
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"soak/fleet"
)

// bars are three lines on a terminal: time, viewers, and what was counted. Only
// update touches them, never viewers: a bar's lock would be everybody's.
type bars struct {
	w             io.Writer
	container     *mpb.Progress
	time, viewers *mpb.Bar
	traffic       *mpb.Bar
	last          atomic.Pointer[fleet.Progress] // what the decorators show, on the container's goroutine
}

// roomy is the width from which lines bear a name.
const roomy = 60

func newBars(w io.Writer, options ...mpb.ContainerOption) *bars {
	b := &bars{w: w, container: mpb.New(append([]mpb.ContainerOption{mpb.WithOutput(w)}, options...)...)}
	b.last.Store(&fleet.Progress{})
	style := mpb.BarStyle().Lbound("").Filler("━").Tip("━").Padding("╌").Rbound("")
	b.time = b.container.New(0, style,
		mpb.PrependDecorators(b.text(home), named("time", func(p fleet.Progress) string { return clock(p.Now) + "/" + clock(p.Of) }, b)),
		mpb.AppendDecorators(b.text(func(p fleet.Progress, _ int) string { return clock(p.Of-p.Now) + " left" })))
	b.viewers = b.container.New(0, style,
		mpb.PrependDecorators(named("viewers", func(p fleet.Progress) string { return fmt.Sprintf("%d/%d", p.Playing, p.Viewers) }, b)),
		mpb.AppendDecorators(b.text(troubled)))
	b.traffic = b.container.New(0, mpb.NopStyle(), mpb.PrependDecorators(b.text(traffic)))
	return b
}

// text is a decorator that shows the last progress in the width there is.
func (b *bars) text(of func(p fleet.Progress, width int) string) decor.Decorator {
	return decor.Any(func(s decor.Statistics) string { return of(*b.last.Load(), s.AvailableWidth) })
}

// home begins the first line in the first column. mpb moves up and erases from
// wherever the cursor is, and what is typed during the run, ^C above all, moves it.
func home(fleet.Progress, int) string { return "\r" }

// named puts a name before a text of steady width, where there is room.
func named(name string, of func(fleet.Progress) string, b *bars) decor.Decorator {
	return b.text(func(p fleet.Progress, width int) string {
		if width < roomy {
			return fmt.Sprintf("%-10s ", of(p))
		}
		return fmt.Sprintf("%-8s %11s ", name, of(p))
	})
}

// troubled says whom something keeps from playing.
func troubled(p fleet.Progress, _ int) string {
	switch {
	case p.Dead > 0:
		return fmt.Sprintf("%d stalled %d dead", p.Stalled, p.Dead)
	case p.Stalled > 0:
		return fmt.Sprintf("%d stalled", p.Stalled)
	}
	return "playing"
}

// update shows p. A bar never completes by itself: its total is set with false.
func (b *bars) update(p fleet.Progress) {
	b.last.Store(&p)
	set(b.time, p.Now.Milliseconds(), p.Of.Milliseconds())
	set(b.viewers, int64(p.Playing), int64(p.Viewers))
}

func set(bar *mpb.Bar, current, total int64) {
	bar.SetTotal(total, false)
	bar.SetCurrent(min(max(current, 0), total))
}

// done takes the bars away: the report says it better.
func (b *bars) done() {
	for _, bar := range []*mpb.Bar{b.time, b.viewers, b.traffic} {
		bar.Abort(true)
	}
	b.container.Wait()
	fmt.Fprint(b.w, "\r\x1b[K") // what was typed, see home
}
