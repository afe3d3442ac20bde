package reports

import (
	"time"

	"soak/qoe"
)

// causes tells what the viewers' troubles are due to; nothing when they had none.
func (p *page) causes(r Report) {
	t := &r.Summary.Total
	c := &t.Causes
	switch {
	case c.Judged == 0 && t.Viewers.Noticed == 0:
		return
	case c.Judged == 0 && r.Verdict.Decision == Interrupted:
		p.facts("Causes", "not computed: the run was stopped before its end")
		return
	case c.Judged == 0:
		p.facts("Causes", "not computed")
		return
	}
	label := "Causes"
	for cause := range qoe.NumCauses {
		items := blamed(c.Of(cause))
		if len(items) == 0 {
			continue
		}
		items[0] = cause.String() + ": " + items[0]
		p.facts(label, items...)
		label = ""
	}
	if label == "" {
		p.facts("", how(c))
	}
}

// blamed is what counts for a cause. Seconds that it has a small part in are left to
// the summary.
func blamed(b *qoe.Blame) []string {
	var items []string
	count := func(n int64, one, many string, micros int64) {
		if n == 0 {
			return
		}
		text := plural(n, one, many)
		if micros > 0 {
			text += ", " + span(time.Duration(micros)*time.Microsecond)
		}
		items = append(items, text)
	}
	if b.Viewers > 0 {
		items = append(items, plural(b.Viewers, "viewer", "viewers")+" noticed")
	}
	count(b.Stalls, "stall", "stalls", b.Stalled)
	count(b.Skips, "skip", "skips", b.Skipped)
	count(b.Deaths, "death", "deaths", 0)
	count(b.LateStarts, "late start", "late starts", b.Waited)
	return items
}

// how the causes were found.
func how(c *qoe.Causes) string {
	switch c.Compared {
	case c.Judged:
		return "found by comparison with runs without tokens, faults and delays"
	case 0:
		return "judged by rules from what each viewer saw"
	}
	return number(c.Compared) + " viewers by comparison, " + number(c.Judged-c.Compared) + " by rules"
}
