package reports

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"soak/tune"
)

// What of an answer a page shows at most, so that its size is bounded.
const (
	pageCells    = 2500    // choices, in maps and in the table
	pageUnbeaten = 60      // choices on the frontier
	pageText     = 300     // characters of a name or a line from elsewhere
	pageBlock    = 100_000 // characters of a block to copy
)

// TunePage writes an answer as one self-contained HTML page. command is the line that
// repeats it, version the soak that found it. The same answer gives the same bytes.
func TunePage(w io.Writer, r *tune.Result, command, version string) error {
	v, err := tunePage(r, command, version)
	if err != nil {
		return err
	}
	charts := []chart{v.Frontier}
	if v.Margin != nil {
		charts = append(charts, *v.Margin)
	}
	if v.Herd != nil {
		charts = append(charts, v.Herd.Second, v.Herd.Burst)
	}
	return webPage{Title: "soak tune: " + v.Scenario, Body: "tune", Values: v, Charts: charts}.write(w)
}

// tuneView is what page/tune.html shows.
type tuneView struct {
	Scenario, Headline, Answer, Target string
	Notices                            []notice
	Settings, Price                    []tile
	Limits                             []limitRow
	Why                                string
	Maps                               []tuneMap
	Frontier                           chart
	Unbeaten, Neighbours               []neighbourRow
	Cohorts                            []cohortRow
	Margin                             *chart
	Herd                               *herdView
	Rules                              []ruleRow
	Outage                             *outageView
	Confirmed                          []confirmRow
	Blocks                             []block
	Spent                              string
	Command, Question                  block
	CellHead                           []string
	Cells                              []cellRow
	Left                               string
	Version                            string
}

// notice is something to know before the figures are believed.
type notice struct {
	Title string
	Loud  bool
	Items []string
}

// tile is a figure that one asks for first.
type tile struct{ Name, Value, Note string }

// block is a text to copy.
type block struct {
	ID, Title, About, Text string
	Wrap                   bool
}

func tunePage(r *tune.Result, command, version string) (*tuneView, error) {
	question, err := json.MarshalIndent(r.Config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("tune page: configuration: %w", err)
	}
	shown := min(len(r.Cells), pageCells)
	v := &tuneView{
		Scenario: shortened(cmp.Or(r.Config.Scenario.Name, "unnamed")), Headline: unbroken(headlineOf(r)), Answer: unbroken(answerOf(r)), Target: target(r),
		Notices: noticesOf(r), Settings: settingTiles(r), Price: priceTiles(r), Limits: limitRows(r), Why: whySeconds(r),
		Maps: mapsOf(r, shown), Frontier: frontierChart(r, shown), Unbeaten: unbeatenRows(r), Neighbours: neighbourRows(r), Cohorts: cohortRows(r),
		Margin: marginChart(r), Herd: herdOf(r), Outage: outageOf(r), Rules: ruleRows(r), Confirmed: confirmRows(r), Blocks: settingBlocks(r),
		Spent: spent(r), Version: shortened(version), CellHead: cellHead(r), Cells: cellRows(r, shown),
		Command:  block{ID: "command", Title: "Command", Text: bounded(command), Wrap: true},
		Question: block{ID: "question", Title: "Configuration", Text: bounded(string(question)), Wrap: true},
	}
	if left := len(r.Cells) - shown; left > 0 {
		v.Left = fmt.Sprintf("the first %s; %s more stand in the JSON", number(int64(shown)), number(int64(left)))
	}
	return v, nil
}

// shortened makes a text from elsewhere fit for a line of a page.
func shortened(s string) string { return clip(clean(s), pageText) }

// bounded keeps the lines of a block, and cuts it where it is too long to be read.
func bounded(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if runes := []rune(s); len(runes) > pageBlock {
		s = string(runes[:pageBlock]) + "\n… and more"
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && clean(string(r)) == "" && r != ' ' {
			return '�' // what would turn or hide the text around it
		}
		return r
	}, s)
}

// unbroken keeps numbers and their units on one line.
func unbroken(s string) string {
	words := strings.Split(s, " ")
	for i := len(words) - 1; i > 0; i-- {
		if unit := strings.TrimRight(words[i], ",.)"); slices.Contains([]string{"ms", "s", "m", "min", "h", "%"}, unit) {
			words[i-1] += "\u00a0" + words[i]
			words = slices.Delete(words, i, i+1)
		}
	}
	return strings.Join(words, " ")
}

// duration writes a time that somebody chose.
func duration(s tune.Seconds) string {
	switch d := time.Duration(s); {
	case d > time.Minute && d <= 2*time.Minute && d%time.Second == 0, d == time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d > time.Minute && d < time.Hour && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return length(d)
	}
}

// target is the goal as people say it.
func target(r *tune.Result) string {
	p := r.Config.Target
	if p == 0 {
		p = 1e-4
	}
	return "at most " + oneIn(p) + " viewers an hour"
}

func headlineOf(r *tune.Result) string {
	c := r.Recommended()
	switch {
	case c == nil && len(r.Cells) == 0:
		return "Nothing was tried"
	case c == nil:
		return "Nothing that was tried meets the target"
	}
	text := fmt.Sprintf("Let tokens live %s, and renew them %s before they expire", duration(c.TTL), duration(c.Lead))
	if c.Jitter > 0 {
		text += fmt.Sprintf(", up to %s earlier at random", duration(c.Jitter))
	}
	return text
}

// answerOf says how many viewers will notice.
func answerOf(r *tune.Result) string {
	c := r.Recommended()
	if c == nil {
		return "The target is " + target(r) + ". See the map for what comes nearest, and the limits for what stands in the way."
	}
	_, text := noticing(c, confidence(r))
	return "Viewers who will notice something in an hour: " + text + ". The target is " + target(r) + "."
}

func confidence(r *tune.Result) float64 { return cmp.Or(r.Config.Confidence, 0.95) }

// noticing is a cell's share of viewers who notice, in brief and with how that is known.
func noticing(c *tune.Cell, confidence float64) (brief, text string) {
	n := c.Noticed
	value, _, _ := comfort(c)
	switch {
	case n.Events > 0:
		return oneIn(n.Value), fmt.Sprintf("%s (%s: %s to %s)", oneIn(n.Value), sure(confidence), oneIn(n.Low), oneIn(n.High))
	case computedOnly(c):
		text = "at most " + oneIn(value) + ", computed: no more have tokens that come late"
		if n.Hours > 0 {
			text += "; nobody noticed in " + hours(n.Hours) + " that were played"
		}
		return oneIn(value), text
	}
	return "< " + oneIn(n.High), fmt.Sprintf("none in %s, so at most %s (%s); computed: %s", hours(n.Hours), oneIn(n.High), sure(confidence), oneIn(value))
}

func sure(confidence float64) string { return figure(rounded(100*confidence)) + " % sure" }

func hours(h float64) string { return figure(rounded(h)) + " viewer-hours" }

func noticesOf(r *tune.Result) (all []notice) {
	if r.Interrupted {
		all = append(all, notice{Title: "Stopped by hand: this is the answer so far", Items: []string{spent(r)}})
	}
	if len(r.Doubts) > 0 {
		n := notice{Title: "Simulation and formula disagree beyond their errors: one of them is wrong", Loud: true}
		for _, d := range r.Doubts[:min(len(r.Doubts), 10)] {
			n.Items = append(n.Items, shortened(d.Text))
		}
		if more := len(r.Doubts) - len(n.Items); more > 0 {
			n.Items = append(n.Items, fmt.Sprintf("and %d more", more))
		}
		all = append(all, n)
	}
	if len(r.Notes) > 0 {
		n := notice{Title: "To know"}
		for _, text := range r.Notes[:min(len(r.Notes), 10)] {
			n.Items = append(n.Items, shortened(text))
		}
		all = append(all, n)
	}
	undecided := 0
	for i := range r.Cells {
		if r.Cells[i].Verdict == tune.Undecided {
			undecided++
		}
	}
	if undecided > 0 {
		all = append(all, notice{Title: fmt.Sprintf("%s of %s could not be decided", plural(int64(undecided), "choice", "choices"), number(int64(len(r.Cells)))),
			Items: []string{"their intervals still hold the target; more viewer-hours (--budget) would tell"}})
	}
	return all
}

func settingTiles(r *tune.Result) []tile {
	if r.Recommended() == nil {
		return nil
	}
	a := r.Advice
	tiles := []tile{
		{"Token life (TTL)", duration(a.TTL), ""},
		{"Lead", duration(a.Lead), fmt.Sprintf("%s %% of the life", figure(rounded(a.Share)))},
		{"Jitter", duration(a.Jitter), "at random before that"},
	}
	if a.Timeout > 0 {
		tiles = append(tiles, tile{"Timeout of a call", duration(a.Timeout), ""})
	}
	if a.Retry > 0 {
		tiles = append(tiles, tile{"Retry after", duration(a.Retry), "of a failed call"})
	}
	return append(tiles, tile{"Policy", shortened(r.Recommended().Policy), ""})
}

func priceTiles(r *tune.Result) []tile {
	c := r.Recommended()
	if c == nil {
		return nil
	}
	brief, _ := noticing(c, confidence(r))
	viewers := plural(int64(r.Config.Viewers), "viewer", "viewers")
	return []tile{
		{"Viewers who notice", brief, noticeNote(c)},
		{"Token calls", figure(rounded(c.Calls.Value)), "a viewer-hour; " + within(c.Calls, asCount, "")},
		{"Peak", asRate.text(c.Peak.Value), "refreshes, for " + viewers + " who came together; " + within(c.Peak, asRate, "")},
		{"Mean", asRate.text(c.Mean), "refreshes, for " + viewers + " when they are spread"},
		{"A copied link works", duration(c.CopiedMean), "on average; " + duration(c.CopiedMost) + " at most"},
	}
}

func noticeNote(c *tune.Cell) string {
	if computedOnly(c) {
		return "an hour, at most; computed"
	}
	return "an hour; " + within(c.Noticed, asChance, "")
}

// within tells where an estimate lies.
func within(e tune.Estimate, u unit, none string) string {
	if e.High == 0 && e.Low == 0 {
		return none
	}
	return u.text(e.Low) + " to " + u.text(e.High)
}

// whySeconds tells why the lead is not told in per cent.
func whySeconds(r *tune.Result) string {
	if r.Advice.Why == "" {
		return ""
	}
	return "Why seconds and not per cent: " + shortened(r.Advice.Why)
}

type limitRow struct{ What, Lead, Text string }

func limitRows(r *tune.Result) (rows []limitRow) {
	for _, l := range r.Limits {
		rows = append(rows, limitRow{shortened(l.What), duration(l.Lead), shortened(l.Text)})
	}
	return rows
}

type neighbourRow struct{ Text, TTL, Lead, Noticed, Calls, Copied string }

func neighbourRows(r *tune.Result) (rows []neighbourRow) {
	for _, n := range r.Neighbours {
		if n.Cell >= 0 && n.Cell < len(r.Cells) {
			rows = append(rows, neighbourOf(r, n.Cell, n.Text))
		}
	}
	return rows
}

// unbeatenRows are the choices that nothing beats in protection, comfort and price.
func unbeatenRows(r *tune.Result) (rows []neighbourRow) {
	for _, i := range r.Frontier[:min(len(r.Frontier), pageUnbeaten)] {
		if i >= 0 && i < len(r.Cells) {
			rows = append(rows, neighbourOf(r, i, choice(r.Cells[i].Choice)))
		}
	}
	return rows
}

func neighbourOf(r *tune.Result, cell int, text string) neighbourRow {
	c := &r.Cells[cell]
	brief, _ := noticing(c, confidence(r))
	return neighbourRow{shortened(text), duration(c.TTL), duration(c.Lead), brief, figure(rounded(c.Calls.Value)), duration(c.CopiedMean)}
}

type cohortRow struct{ Name, Share, Noticed, Formula, Law string }

func cohortRows(r *tune.Result) (rows []cohortRow) {
	for _, c := range r.Cohorts {
		_, text := noticing(&tune.Cell{Noticed: c.Noticed, Formula: c.Formula}, confidence(r))
		if c.Noticed.Events == 0 && c.Noticed.Hours > 0 {
			text = "none in " + hours(c.Noticed.Hours)
		}
		law := fmt.Sprintf("%v, %s fail", c.Law.Latency, asShare.text(c.Law.Failures))
		rows = append(rows, cohortRow{shortened(c.Name), asShare.text(c.Share), text, often(c.Formula), shortened(law)})
	}
	return rows
}

type ruleRow struct{ Name, TTL, Lead, Verdict, Formula, Calls, Text string }

func ruleRows(r *tune.Result) (rows []ruleRow) {
	for _, x := range r.Rules {
		rows = append(rows, ruleRow{shortened(x.Name), duration(x.TTL), duration(x.Lead), string(x.Verdict), often(x.Formula), figure(rounded(x.Calls)), shortened(x.Text)})
	}
	return rows
}

// confirmRow is how a choice fared over sockets.
type confirmRow struct{ Name, Mark, Class, Word, Viewers, Wall, Virtual, Alike, Same string }

func settingBlocks(r *tune.Result) (blocks []block) {
	for i, s := range r.Advice.Settings {
		blocks = append(blocks, block{ID: fmt.Sprintf("setting-%d", i+1), Title: shortened(s.Integration), Text: bounded(s.Text)})
	}
	return blocks
}

func spent(r *tune.Result) string {
	s := r.Spent
	return fmt.Sprintf("%s of %s decided in %s: %s of refreshers, %s of whole players, %s. Seed %d, intervals of %s %%.",
		number(int64(s.Decided)), plural(int64(s.Cells), "choice", "choices"), plural(int64(s.Rounds), "round", "rounds"),
		hours(s.TokenHours), hours(s.PlayerHours), plural(s.Cycles, "cycle of tokens", "cycles of tokens"), r.Config.Seed, figure(rounded(100*confidence(r))))
}

// often writes how many times something happens in an hour: "2.4", "1 in 900".
func often(perHour float64) string {
	if perHour < 0.1 {
		return oneIn(perHour)
	}
	return figure(rounded(perHour))
}

// perHour is an estimate of something that happens in viewer-hours, and where it lies.
func perHour(e tune.Estimate) string {
	if e.Events == 0 {
		return fmt.Sprintf("none in %s, so at most %s", hours(e.Hours), often(e.High))
	}
	return fmt.Sprintf("%s (%s to %s)", often(e.Value), often(e.Low), often(e.High))
}
