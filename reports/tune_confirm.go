package reports

import (
	"fmt"
	"io"
	"time"

	"soak/tune"
)

// TuneConfirmation writes how a computed answer fared over sockets, for a person, in
// lines of width columns (80 when width is not positive).
func TuneConfirmation(w io.Writer, c *tune.Confirmation, width int, color bool) error {
	p := newPage(w, width, color)
	p.line("Over sockets, beside what was computed:")
	for _, cell := range c.Cells {
		p.line("")
		p.confirmed(cell)
	}
	return p.err
}

func (p *page) confirmed(c tune.Confirmed) {
	p.facts("Played", clean(c.Name), plural(int64(c.Viewers), "viewer", "viewers"), length(c.Duration.Duration()), confirmVerdict(p, c))
	if c.Keyed {
		p.facts("Cycles",
			fmt.Sprintf("%s good in both runs", number(int64(c.Cycles.BothGood))),
			fmt.Sprintf("%s bad in both", number(int64(c.Cycles.BothBad))),
			fmt.Sprintf("%s bad over sockets only", number(int64(c.Cycles.OnlyWall))),
			fmt.Sprintf("%s bad as computed only", number(int64(c.Cycles.OnlyVirtual))))
		p.facts("", "alike "+share(c.Agree), "of those bad in either, bad in both "+share(c.SameBad))
		p.facts("Waits", "for a token differ by "+span(c.WaitP50.Duration())+" (p50), "+span(c.WaitP99.Duration())+" (p99)")
	}
	p.facts("Bad cycles", share(c.Wall.Share)+" over sockets", share(c.Virtual.Share)+" as computed")
	for i, d := range c.Worst {
		p.list(label(i, "Worst"), []string{difference(d)})
	}
	p.list("Not trusted", c.Saturated)
}

func label(i int, text string) string {
	if i > 0 {
		return ""
	}
	return text
}

func confirmVerdict(p *page, c tune.Confirmed) string {
	switch {
	case c.Interrupted:
		return p.amber("stopped by hand")
	case len(c.Saturated) > 0:
		return p.amber("this machine was too busy")
	case c.Nothing():
		return p.amber("no cycle to compare")
	case c.OK():
		return p.green("confirmed")
	}
	return p.red("not confirmed")
}

// share is a share with its interval: "97.5 % (96.1 to 98.4 %)".
func share(s tune.Share) string {
	if s.Of == 0 {
		return "none of none"
	}
	return fmt.Sprintf("%.4g %% (%.3g to %.3g %%)", 100*s.Value(), 100*s.Low, 100*s.High)
}

func difference(d tune.Difference) string {
	return fmt.Sprintf("viewer %d, cycle %d: over sockets %s; as computed %s", d.Viewer, d.Cycle, cycleText(d.Wall), cycleText(d.Virtual))
}

func cycleText(c tune.Side) string {
	if !c.Began {
		return "no such cycle"
	}
	wait := "no next token"
	if c.Ended {
		wait = span(c.Wait.Duration().Round(time.Millisecond)) + " for the next token"
	}
	return fmt.Sprintf("%s of %s expired, %s", number(int64(c.Expired)), plural(int64(c.Requests), "request", "requests"), wait)
}

func confirmRows(r *tune.Result) (rows []confirmRow) {
	if r.Confirmed == nil {
		return nil
	}
	for _, c := range r.Confirmed.Cells {
		row := confirmRow{Name: shortened(c.Name), Viewers: number(int64(c.Viewers)) + ", " + duration(c.Duration),
			Wall: share(c.Wall.Share), Virtual: share(c.Virtual.Share), Alike: "–", Same: "–"}
		if c.Keyed {
			row.Alike, row.Same = share(c.Agree), share(c.SameBad)
		}
		switch {
		case c.Interrupted:
			row.Mark, row.Class, row.Word = "?", "doubt", "stopped by hand"
		case len(c.Saturated) > 0:
			row.Mark, row.Class, row.Word = "?", "doubt", "this machine was too busy"
		case c.Nothing():
			row.Mark, row.Class, row.Word = "?", "doubt", "no cycle to compare"
		case c.OK():
			row.Mark, row.Class, row.Word = "✓", "good", "confirmed"
		default:
			row.Mark, row.Class, row.Word = "✗", "bad", "not confirmed"
		}
		rows = append(rows, row)
	}
	return rows
}
