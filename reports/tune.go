package reports

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"soak/tune"
)

// TuneSchema names the layout of tune.json. Its number grows when a field changes its
// meaning or goes; new fields do not raise it.
const TuneSchema = "soak/tune/1"

// TuneJSON writes an answer for machines. The same answer gives the same bytes.
func TuneJSON(w io.Writer, r *tune.Result, command, version string) error {
	text, err := encode(struct {
		Schema  string `json:"schema"`
		Soak    string `json:"soak"`
		Command string `json:"command"`
		*tune.Result
	}{TuneSchema, version, command, r}, "  ")
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// TuneText writes an answer for a person, in lines of width columns (80 when width is
// not positive).
func TuneText(w io.Writer, r *tune.Result, command string, width int, color bool) error {
	p := newPage(w, width, color)
	p.tuneHead(r)
	p.tuneDoubts(r)
	if c := r.Recommended(); c != nil {
		p.tunePrice(r, c)
		p.tuneReasons(r)
		p.tuneOutage(r)
	} else {
		p.tuneRuledOut(r)
	}
	p.tuneLeads(r)
	p.tuneRules(r)
	p.tuneCohorts(r)
	p.tuneSettings(r)
	p.tuneEnd(r, command)
	return p.err
}

func (p *page) tuneHead(r *tune.Result) {
	word, paint := "ANSWER", p.green
	if r.Recommended() == nil {
		word, paint = "NONE", p.red
	}
	for i, text := range wrap(p.width-indent, []string{headlineOf(r)}) {
		if i > 0 {
			word = ""
		}
		p.line(paint(pad(word, indent)) + text)
	}
	asked := []string{cmp.Or(clean(r.Config.Scenario.Name), "unnamed"), plural(int64(r.Config.Viewers), "viewer", "viewers") + " within " + duration(r.Config.Join),
		"target " + target(r), "copied links work " + duration(r.Config.Exposure) + " at most", "edge looks at the " + edgeRule(r.Config.Rule)}
	if r.Config.Outage > 0 {
		asked = append(asked, "token API down for up to "+duration(r.Config.Outage))
	}
	p.facts("", asked...)
	if r.Interrupted {
		p.line(pad("", indent) + p.amber("stopped by hand: the answer so far"))
	}
	p.line("")
}

// tuneRuledOut tells why choices need not have been tried, where that left none: what
// rules out most comes first.
func (p *page) tuneRuledOut(r *tune.Result) {
	counts := map[string]int{}
	for i := range r.Cells {
		if c := &r.Cells[i]; c.Verdict == tune.Ruled {
			counts[c.Why]++
		}
	}
	whys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], cmp.Compare(a, b))
	})
	const most = 4
	for i, why := range whys[:min(len(whys), most)] {
		text := fmt.Sprintf("%d of %s, because %s", counts[why], plural(int64(len(r.Cells)), "choice", "choices"), clean(why))
		p.list(label(i, "Ruled out"), []string{text})
	}
	if len(whys) > 0 {
		p.line("")
	}
}

func edgeRule(rule string) string {
	if rule == tune.Whole {
		return "whole transfer"
	}
	return "start of a transfer"
}

// tuneDoubts says loudly where two ways to one figure disagree.
func (p *page) tuneDoubts(r *tune.Result) {
	const most = 5
	if len(r.Doubts) == 0 {
		return
	}
	p.line(p.red(pad("DOUBT", indent)) + "simulation and formula disagree beyond their errors: one of them is wrong")
	for i, d := range r.Doubts {
		if i == most {
			p.line(pad("", indent) + fmt.Sprintf("and %d more", len(r.Doubts)-most))
			break
		}
		p.paragraph(strings.Repeat(" ", indent)+"• ", clean(d.Text))
	}
	p.line("")
}

func (p *page) tunePrice(r *tune.Result, c *tune.Cell) {
	p.list("Noticed", []string{"by " + tuneNoticed(r, c)})
	p.facts("Late tokens", perHourOr(c, "not played"), "by the closed form "+tune.Often(c.Formula)+rough(c))
	p.facts("Price", fmt.Sprintf("%s token calls a viewer-hour (%s to %s)", figure(rounded(c.Calls.Value)), figure(rounded(c.Calls.Low)), figure(rounded(c.Calls.High))),
		asRate.text(c.Mean)+" at "+plural(int64(r.Config.Viewers), "viewer", "viewers"),
		asRate.text(c.Peak.High)+" at worst, as they have come together")
	p.facts("Copied link", "works "+duration(c.CopiedMean)+" on average", duration(c.CopiedMost)+" at most")
	p.line("")
}

// tuneNoticed is who notices, and how that is known.
func tuneNoticed(r *tune.Result, c *tune.Cell) string {
	if c.By == tune.ByFormula || c.By == tune.ByOrder {
		text := "at most " + tune.OneIn(c.Formula) + " viewers an hour, as the closed form has no more late tokens"
		if c.Formula <= 0 {
			text = "nobody, as the closed form has no late tokens"
		}
		if c.Noticed.Hours > 0 {
			text += fmt.Sprintf("; %s in %s that were played, which alone says at most %s", seen(c.Noticed.Events), hours(c.Noticed.Hours), tune.OneIn(c.Noticed.High))
		}
		return text
	}
	_, text := noticing(c, confidence(r))
	return text
}

func seen(n int64) string {
	if n == 0 {
		return "nobody noticed"
	}
	return plural(n, "viewer", "viewers") + " noticed"
}

func perHourOr(c *tune.Cell, none string) string {
	if c.Late.Hours == 0 {
		return none
	}
	return perHour(c.Late)
}

func rough(c *tune.Cell) string {
	if c.Rough {
		return ", which knows its first retry only"
	}
	return ""
}

func (p *page) tuneReasons(r *tune.Result) {
	for i, l := range r.Limits {
		p.list(label(i, "Limits"), []string{fmt.Sprintf("%s of the lead: %s", duration(l.Lead), clean(l.Text))})
	}
	for i, n := range r.Neighbours {
		p.list(label(i, "Beside it"), []string{clean(n.Text)})
	}
	p.list("Seconds", []string{fmt.Sprintf("and not %s %%: %s", figure(rounded(r.Advice.Share)), clean(r.Advice.Why))})
	p.line("")
}

// tuneLeads is the frontier of protection against price: by TTL and policy the shortest
// lead that meets the target.
func (p *page) tuneLeads(r *tune.Result) {
	g := r.Config.Grid
	if len(r.Cells) == 0 || len(g.Jitters) == 0 || p.narrow() {
		return
	}
	const column = 12
	policies := g.Policies[:min(len(g.Policies), (p.width-indent-29)/column)]
	head := pad("Least lead", indent) + padLeft("TTL", 8)
	for _, name := range policies {
		head += padLeft(clip(clean(name), column-1), column)
	}
	p.line(p.dim(head + padLeft("calls/h", 9) + padLeft("link works", 12)))
	doubtful := false
	for _, ttl := range g.TTLs {
		line := pad("", indent) + padLeft(duration(ttl), 8)
		var cheapest *tune.Cell
		for _, name := range policies {
			text, c := leastLead(r, ttl, name)
			line += padLeft(text, column)
			if c != nil && (cheapest == nil || c.Calls.Value < cheapest.Calls.Value) {
				cheapest = c
			}
		}
		if cheapest != nil {
			line += padLeft(figure(rounded(cheapest.Calls.Value)), 9) + padLeft(duration(cheapest.CopiedMean), 12)
		}
		p.line(line)
		doubtful = doubtful || strings.Contains(line, "?")
	}
	if doubtful {
		p.line(pad("", indent) + "? a shorter one may do; a larger --budget would tell")
	}
	p.line("")
}

// leastLead is the shortest lead of a TTL and policy that meets the target, without
// jitter; a shorter one may that is marked ?.
func leastLead(r *tune.Result, ttl tune.Seconds, policy string) (string, *tune.Cell) {
	undecided := ""
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.TTL != ttl || c.Policy != policy || c.Jitter != r.Config.Grid.Jitters[0] {
			continue
		}
		switch c.Verdict {
		case tune.Met:
			return duration(c.Lead) + undecided, c
		case tune.Undecided:
			undecided = " ?"
		}
	}
	return "none" + undecided, nil
}

func (p *page) tuneRules(r *tune.Result) {
	for i, x := range r.Rules {
		p.list(label(i, "The guide"), []string{strings.TrimPrefix(clean(x.Name), "the guide's ") + ": " + clean(x.Text)})
	}
	p.line("")
}

// tuneCohorts tells whose tokens come late; nothing where next to nobody's do.
func (p *page) tuneCohorts(r *tune.Result) {
	shown := 0
	for _, c := range r.Cohorts {
		if c.Formula < r.Config.Target/100 && c.Noticed.Events == 0 {
			continue
		}
		text := fmt.Sprintf("%s (%s): late tokens %s", clean(c.Name), asShare.text(c.Share), tune.Often(c.Formula))
		if c.Noticed.Events > 0 {
			text += ", noticed by " + tune.OneIn(c.Noticed.Value)
		}
		p.list(label(shown, "Audience"), []string{text})
		shown++
	}
	for i, n := range r.Notes {
		p.list(label(i, "Note"), []string{clean(n)})
	}
	if shown+len(r.Notes) > 0 {
		p.line("")
	}
}

// tuneSettings prints blocks to copy, alike ones once.
func (p *page) tuneSettings(r *tune.Result) {
	all := r.Advice.Settings
	for i := 0; i < len(all); i++ {
		name, text := clean(all[i].Integration), all[i].Text
		for ; i+1 < len(all) && all[i+1].Text == text; i++ {
			name += ", " + clean(all[i+1].Integration)
		}
		p.line(p.dim("── " + name + " " + strings.Repeat("─", max(p.width-4-columns(name), 0))))
		for line := range strings.Lines(text) { // to be copied: never wrapped
			p.line(bounded(strings.TrimRight(line, "\n")))
		}
	}
	if len(all) > 0 {
		p.line("")
	}
}

func (p *page) tuneEnd(r *tune.Result, command string) {
	p.list("Spent", []string{spent(r)})
	p.list("Repeat", []string{command})
}

// TuneLaw shows a fit beside what was measured.
func TuneLaw(w io.Writer, m *tune.Measured) error {
	p := newPage(w, 0, false)
	p.facts("Token calls", clean(m.Source), plural(m.Calls, "call", "calls"), number(m.Failed)+" failed")
	p.facts("Law", m.Latency.String(), asShare.text(m.Failures)+" fail", asShare.text(m.Hangs)+" hang")
	for i, q := range m.Quantiles {
		p.facts(label(i, "Fit"), fmt.Sprintf("p%g %s, by the law %s", 100*q.Q, span(q.Data.Duration()), span(q.Fit.Duration())))
	}
	p.line("")
	return p.err
}
