package reports

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"soak/player"
	"soak/qoe"
)

// Waterfall makes lines of what one viewer lives through, each as it ends: requests
// with how long they took and how much life their token had left, refreshes, changes
// of rendition, stalls. Times are counted from Start.
type Waterfall struct {
	Start time.Time
	Color bool
	// grant is when the token that was installed last dies.
	grant time.Time
	tally watchTally
}

// watchTally is what the summary tells.
type watchTally struct {
	requests, failed, refused, calls, failedCalls, decisions, stalls, skips int
	bytes                                                                   int64
	margin                                                                  time.Duration // least
	signed, started                                                         bool
	startup, stalled, played                                                time.Duration
	fatal                                                                   string
}

// The columns of a request's line.
const (
	timeColumn   = 8
	kindColumn   = 9
	objectColumn = 22 // at 80 columns
	statusColumn = 10
	sizeColumn   = 9
	spanColumn   = 8
	barStep      = 50 * time.Millisecond // a cell of the bar
	barCells     = 24
)

// page of a width.
func (w *Waterfall) page(width int) *page {
	return newPage(nil, width, w.Color)
}

// Head names the columns.
func (w *Waterfall) Head(width int) string {
	p := w.page(width)
	return p.dim(strings.TrimRight(p.row(cells{"time", "what", "object", "status", "size", "first", "took", "margin", ""}), " "))
}

// cells are those of a request's line.
type cells struct{ at, kind, object, status, size, first, took, margin, bar string }

// row sets cells side by side, with a bar where there is much room.
func (p *page) row(c cells) string {
	if p.narrow() {
		return p.narrowRow(c)
	}
	room := p.width - timeColumn - 1 - kindColumn - statusColumn - sizeColumn - 3*spanColumn
	if room >= objectColumn+barCells+1 {
		room -= barCells + 1
		c.bar = " " + c.bar
	} else {
		c.bar = ""
	}
	return padLeft(c.at, timeColumn) + " " + pad(c.kind, kindColumn) + pad(tail(c.object, room-1), room) +
		pad(clip(c.status, statusColumn-1), statusColumn) +
		padLeft(c.size, sizeColumn) + padLeft(c.first, spanColumn) + padLeft(c.took, spanColumn) + padLeft(c.margin, spanColumn) + c.bar
}

// narrowRow does without what an object and its size are, and on the narrowest pages
// without what it took.
func (p *page) narrowRow(c cells) string {
	const status, least = 5, 6
	room := p.width - timeColumn - 1 - status - 2*spanColumn
	took := padLeft(c.took, spanColumn)
	if room < least {
		room, took = room+spanColumn, ""
	}
	return padLeft(c.at, timeColumn) + " " + pad(tail(c.object, room-1), room) + pad(clip(c.status, status-1), status) + took + padLeft(c.margin, spanColumn)
}

// tail shortens a path from its front: its end tells more.
func tail(s string, width int) string {
	runes := []rune(s)
	if len(runes) <= width {
		return s
	}
	return "…" + string(runes[len(runes)-max(width-1, 0):])
}

// Exchange is the line of a request.
func (w *Waterfall) Exchange(x qoe.Exchange, width int) string {
	p := w.page(width)
	w.count(x)
	first, margin, status := "", "", fmt.Sprint(x.Status)
	if x.TTFB > 0 {
		first = span(x.TTFB)
	}
	if x.Signed {
		margin = span(x.Margin)
	}
	if x.Failure != qoe.NoFailure && x.Failure != qoe.StatusFailure {
		status = string(x.Failure)
	}
	line := p.row(cells{w.at(x.Start), kindOf(x.Kind, x.Media), clean(x.Object), status, bytesOf(x.Bytes), first, span(x.Took), margin, waiting(x.TTFB, x.Took)})
	line = strings.TrimRight(line, " ")
	switch {
	case x.Refused() || x.Signed && x.Margin < 0:
		line = p.red(line)
	case x.Failure == qoe.CancelFailure:
		line = p.dim(line)
	case x.Failure != qoe.NoFailure:
		line = p.amber(line)
	}
	return line
}

func (w *Waterfall) count(x qoe.Exchange) {
	t := &w.tally
	t.requests++
	t.bytes += x.Bytes
	if x.Failure != qoe.NoFailure && x.Failure != qoe.CancelFailure {
		t.failed++
	}
	if x.Refused() {
		t.refused++
	}
	if x.Signed && (!t.signed || x.Margin < t.margin) {
		t.signed, t.margin = true, x.Margin
	}
}

// kindOf names what a request was for: for segments their medium.
func kindOf(k qoe.Kind, m qoe.Media) string {
	if k == qoe.Segment && m != qoe.NoMedia {
		return m.String()
	}
	return k.String()
}

func bytesOf(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	return size(n)
}

// waiting draws waiting and receiving, a cell for each barStep, at least one.
func waiting(first, took time.Duration) string {
	if first == 0 {
		first = took
	}
	wait, all := int(first/barStep), int((took+barStep-1)/barStep)
	wait, all = min(wait, barCells), min(max(all, 1), barCells)
	return strings.Repeat("░", wait) + strings.Repeat("█", max(all-wait, 0))
}

// at is a moment in seconds from the start.
func (w *Waterfall) at(t time.Time) string { return fmt.Sprintf("%.3f", t.Sub(w.Start).Seconds()) }

// event is the line of what is no request of the player.
func (w *Waterfall) event(width int, at time.Time, paint func(*page, string) string, mark string, items ...string) string {
	p := w.page(width)
	head := padLeft(w.at(at), timeColumn) + " "
	lines := wrap(p.width-timeColumn-3, items)
	for i, text := range lines {
		if i == 0 {
			lines[i] = head + paint(p, mark+" "+text)
		} else {
			lines[i] = strings.Repeat(" ", timeColumn+3) + paint(p, text)
		}
	}
	return strings.Join(lines, "\n")
}

func calm(_ *page, s string) string    { return s }
func warning(p *page, s string) string { return p.amber(s) }
func alarm(p *page, s string) string   { return p.red(s) }
func good(p *page, s string) string    { return p.green(s) }

// Call is the line of a call of the token API.
func (w *Waterfall) Call(c qoe.TokenCall, width int) string {
	w.tally.calls++
	items := []string{fmt.Sprintf("token call %d, %v", c.Call, c.Reason)}
	paint := calm
	switch {
	case c.Failure != qoe.NoFailure:
		paint = warning
		w.tally.failedCalls++
		what := string(c.Failure)
		if c.Status > 0 {
			what = fmt.Sprintf("%s %d", what, c.Status)
		}
		items = append(items, what+" after "+span(c.Took))
	default:
		items = append(items, fmt.Sprintf("%d in %s", c.Status, span(c.Took)))
	}
	if c.Installed {
		items = append(items, "lives "+span(c.Life))
		w.grant = c.Start.Add(c.Took + c.Life)
	} else if c.Problem != "" {
		paint = warning
		items = append(items, "not taken: "+clean(c.Problem))
	}
	return w.event(width, c.Start, paint, "↻", items...)
}

// Decision is the line of a change of rendition.
func (w *Waterfall) Decision(d qoe.Decision, width int) string {
	w.tally.decisions++
	mark, change := "▲", rate(float64(d.To))
	if d.To < d.From {
		mark = "▼"
	}
	if d.From > 0 {
		change = rate(float64(d.From)) + " → " + change
	}
	items := []string{"rendition " + change}
	if d.Estimate > 0 {
		items = append(items, "takes the line for "+rate(float64(d.Estimate)))
	}
	return w.event(width, d.At, calm, mark, append(items, "buffer "+span(d.Buffer))...)
}

// Sample is the line of anything else that is worth one; empty for what is not, or
// has a line of its own.
func (w *Waterfall) Sample(s qoe.Sample, width int) string {
	t := &w.tally
	switch s := s.(type) {
	case qoe.Startup:
		t.started, t.startup = true, s.Took
		return w.event(width, s.At, good, "▶", "picture after "+span(s.Took))
	case qoe.Stall:
		t.stalls++
		t.stalled += s.Took
		return w.event(width, s.At, alarm, "■", "picture stood still for "+span(s.Took))
	case qoe.Skip:
		t.skips++
		return w.event(width, s.At, warning, "»", "skipped "+span(s.Amount), clean(s.Why))
	case qoe.Seek:
		return w.event(width, s.At, calm, "↷", "jumped by "+span(s.By), "picture after "+span(s.Took))
	case qoe.Switch:
		return w.event(width, s.At, calm, "·", fmt.Sprintf("%v in the buffer now %s", s.Media, rate(float64(s.To))))
	case qoe.Fatal:
		t.fatal = clean(s.Why)
		return w.event(width, s.At, alarm, "✗", fmt.Sprintf("gave up over a %v", s.Kind), t.fatal)
	case qoe.Note:
		return w.event(width, s.At, warning, "!", clean(s.Text))
	case qoe.Leave:
		t.played = s.Played
		return w.event(width, s.At, calm, "◼", "left", "played "+span(s.Played)+" of "+span(s.Watched), "buffer "+span(s.Buffered))
	}
	return ""
}

// Status is one line on how the viewer stands now, shorter where there is no room.
func (w *Waterfall) Status(at time.Time, s player.State, width int) string {
	items := []string{cmp.Or(string(s.Phase), "waits for a token"), clock(int64(at.Sub(w.Start) / time.Second)), "buffer " + span(s.Buffer)}
	if !w.grant.IsZero() {
		items = append(items, "token "+span(w.grant.Sub(at)))
	}
	if s.Bitrate > 0 {
		items = append(items, rate(float64(s.Bitrate)))
	}
	if s.LiveLatency > 0 {
		items = append(items, "latency "+span(s.LiveLatency))
	}
	if s.Estimate > 0 {
		items = append(items, "line "+rate(float64(s.Estimate)))
	}
	p := w.page(width)
	line := clip(wrap(p.width-1, items)[0], p.width-1)
	switch s.Phase {
	case player.Stalled, player.Dead:
		return p.red(line)
	}
	return p.dim(line)
}

// Summary says in a few lines what it came to.
func (w *Waterfall) Summary(width int) string {
	var out strings.Builder
	p := newPage(&out, width, w.Color)
	t := &w.tally
	picture := "no picture"
	if t.started {
		picture = "picture after " + span(t.startup)
	}
	p.facts("Playback", picture, "played "+span(t.played), plural(int64(t.stalls), "stall", "stalls")+stalledFor(t.stalled),
		plural(int64(t.skips), "skip", "skips"), plural(int64(t.decisions), "rendition chosen", "renditions chosen"))
	if t.fatal != "" {
		p.list("Gave up", []string{p.red(t.fatal)})
	}
	p.facts("Requests", number(int64(t.requests))+" in all", number(int64(t.failed))+" failed", number(int64(t.refused))+" refused",
		size(t.bytes)+" received")
	if t.calls > 0 {
		p.facts("Token API", plural(int64(t.calls), "call", "calls"), number(int64(t.failedCalls))+" failed")
	}
	if t.signed {
		p.facts("Margin", "least "+p.margin(t.margin))
	}
	return out.String()
}

func stalledFor(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ", " + span(d)
}
