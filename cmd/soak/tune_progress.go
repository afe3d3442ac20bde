package main

import (
	"fmt"
	"io"
	"time"

	"soak/tune"
)

// tuneProgress shows a sweep while it is under way: what was tried, and the time that
// is left of the budget.
type tuneProgress struct {
	w        io.Writer
	terminal int // its width; 0: none
	budget   tune.Budget
	started  time.Time
	next     time.Time
}

func (a *app) tuneProgress(b tune.Budget, started time.Time) *tuneProgress {
	p := &tuneProgress{w: a.stderr, budget: b, started: started, next: started}
	if width, _ := terminal(a.stderr); interactive(a.stderr) {
		p.terminal = width
	} else {
		p.next = started.Add(lineEvery)
	}
	return p
}

// barEvery is how often a terminal's line is drawn anew.
const barEvery = 200 * time.Millisecond

func (p *tuneProgress) update(s tune.Progress) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	if p.terminal > 0 {
		p.next = now.Add(barEvery)
		fmt.Fprintf(p.w, "\r%-*.*s", p.terminal-1, p.terminal-1, p.bar(s, now)+p.text(s, now))
		return
	}
	p.next = now.Add(lineEvery)
	fmt.Fprintf(p.w, "tune %s\n", p.text(s, now))
}

// passed is how much of the budget is spent, from 0 to 1; of one without end, how many
// choices are decided.
func (p *tuneProgress) passed(s tune.Progress, now time.Time) float64 {
	part := 0.0
	b := p.budget
	if b.Time > 0 {
		part = max(part, now.Sub(p.started).Seconds()/b.Time.Seconds())
	}
	if b.ViewerHours > 0 {
		part = max(part, s.PlayerHours/b.ViewerHours)
	}
	if b.Rounds > 0 {
		part = max(part, (float64(s.Round-1)+float64(s.Done)/float64(max(s.Of, 1)))/float64(b.Rounds))
	}
	if b == (tune.Budget{}) && s.Cells > 0 {
		part = float64(s.Decided) / float64(s.Cells)
	}
	return min(part, 1)
}

func (p *tuneProgress) bar(s tune.Progress, now time.Time) string {
	return tenCells(p.passed(s, now))
}

// tenCells are a short one of the bars that runs have.
func tenCells(part float64) string {
	const cells = 10
	line := ""
	for i := range cells {
		if float64(i) < cells*part {
			line += "━"
		} else {
			line += "╌"
		}
	}
	return line + " "
}

func (p *tuneProgress) text(s tune.Progress, now time.Time) string {
	left := ""
	if part := p.passed(s, now); part > 0.01 && p.budget != (tune.Budget{}) {
		passed := now.Sub(p.started)
		left = clock(time.Duration(float64(passed)*(1-part)/part)) + " left, "
	}
	best := "nothing meets the target yet"
	if s.Best != nil {
		best = "best " + s.Best.String()
	}
	return fmt.Sprintf("%sround %d: %d of %d, %d of %d choices decided; %s", left, s.Round, s.Done, s.Of, s.Decided, s.Cells, best)
}

// done clears the line.
func (p *tuneProgress) done() {
	if p.terminal > 0 {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
