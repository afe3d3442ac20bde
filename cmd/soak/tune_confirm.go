package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"soak/tune"
)

// confirm plays the recommended choice and a bad neighbour over sockets.
func (a *app) confirm(ctx context.Context, r *tune.Result) error {
	best := r.Recommended()
	if best == nil {
		return nil
	}
	trials, err := trialsOf(r.Config, best.Choice)
	if err != nil {
		return err
	}
	show := a.confirmProgress(trials)
	c, err := a.trials(ctx, trials, show.update)
	show.done()
	r.Confirmed = c
	return err
}

// trialsOf are those of a choice and of the same without jitter and with the least lead
// that was tried, where that is another one.
func trialsOf(c tune.Config, best tune.Choice) (trials []tune.Trial, err error) {
	add := func(name string, choice tune.Choice) error {
		scene, err := c.Scene(choice, c.Viewers, c.Seed)
		if err == nil {
			trials = append(trials, c.Trial(name+": "+choice.String(), scene))
		}
		return err
	}
	if err := add("recommended", best); err != nil {
		return nil, err
	}
	bad := best
	bad.Lead, bad.Jitter = c.Grid.Leads[0], 0
	if bad.Lead < best.Lead {
		err = add("bad neighbour", bad)
	}
	return trials, err
}

// confirmProgress tells how long trials take, and then how long they still do.
type confirmProgress struct {
	w        io.Writer
	terminal int // its width; 0: none
	length   time.Duration
	next     time.Time
}

func (a *app) confirmProgress(trials []tune.Trial) *confirmProgress {
	p := &confirmProgress{w: a.stderr, next: time.Now()}
	for _, t := range trials {
		p.length += t.Wall.Duration
	}
	if width, _ := terminal(a.stderr); interactive(a.stderr) {
		p.terminal = width
	}
	p.update(0)
	return p
}

func (p *confirmProgress) update(done float64) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	text := fmt.Sprintf("confirming over sockets: %s left", clock(time.Duration(float64(p.length)*(1-done))))
	if p.terminal > 0 {
		p.next = now.Add(barEvery)
		fmt.Fprintf(p.w, "\r%-*.*s", p.terminal-1, p.terminal-1, tenCells(done)+text)
		return
	}
	p.next = now.Add(lineEvery)
	fmt.Fprintln(p.w, text)
}

// done clears the line.
func (p *confirmProgress) done() {
	if p.terminal > 0 {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
