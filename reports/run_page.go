package reports

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"soak/qoe"
)

// What of a run a page shows at most.
const (
	pageCohorts = 200
	pageWorst   = 50
	pageTexts   = 10
)

// RunPage writes a report as one self-contained HTML page: the verdict and its
// thresholds first. The same report gives the same bytes.
func RunPage(w io.Writer, r Report) error {
	if r.Summary == nil {
		r.Summary = new(qoe.Summary)
	}
	v := runPage(&r)
	return webPage{Title: "soak: " + v.Scenario + ": " + v.Verdict, Body: "run", Values: v, Charts: slices.Concat(v.Timelines, v.Distributions)}.write(w)
}

// runView is what page/run.html shows.
type runView struct {
	Scenario, Verdict, Class, Mark, Noticed, About, Run string
	Notices                                             []notice
	Thresholds                                          []thresholdRow
	Tiles, Health                                       []tile
	Causes                                              []namedRow
	How                                                 string
	Lists                                               []notice
	Timelines, Distributions                            []chart
	Faults                                              string
	CohortHead                                          []string
	Cohorts                                             []namedRow
	Worst                                               []worstRow
	OnlyRefused                                         []worstRow
	WorstDiaries, OrdinaryDiaries                       []diaryView
	Outcomes                                            []outcome
	Command, File                                       block
	Metrics                                             []metricRow
	Version                                             string
}

// namedRow is a row of a table: its name, and figures beside it.
type namedRow struct {
	Name    string
	Figures []string
}

func runPage(r *Report) *runView {
	t := &r.Summary.Total
	v := &runView{
		Scenario: shortened(cmp.Or(r.Scenario.Name, "unnamed")), Noticed: noticed(*r), About: shortened(r.Scenario.Title),
		Run: runLine(r), Thresholds: thresholdRows(r), Tiles: runTiles(r), Health: healthTiles(r),
		Causes: causeRows(&t.Causes), How: how(&t.Causes), Lists: textLists(t),
		Timelines: append(eventful(timelines(r), r), courses(r)...), Distributions: distributions(t), CohortHead: cohortHead(), Cohorts: runCohorts(r),
		WorstDiaries: worstDiaries(r.Summary), OrdinaryDiaries: ordinaryDiaries(r.Summary), Outcomes: outcomes(),
		Command: block{ID: "command", Title: "Command", Text: bounded(r.Repeat.Command), Wrap: true},
		File:    block{ID: "file", Title: "Scenario", Text: bounded(r.Repeat.File)},
		Metrics: metricRows(r.Summary), Version: shortened(r.Soak),
	}
	losers, refused := apart(r.Summary.Worst)
	v.Worst, v.OnlyRefused = worstRows(losers, v.WorstDiaries), worstRows(refused, v.WorstDiaries)
	v.Class, v.Mark = verdictLook(r.Verdict.Decision)
	v.Verdict = strings.ToUpper(string(r.Verdict.Decision))
	if n := (notice{Title: "Why", Loud: r.Verdict.Decision != Pass}); len(r.Verdict.Reasons) > 0 {
		for _, reason := range r.Verdict.Reasons {
			n.Items = append(n.Items, shortened(reason))
		}
		v.Notices = append(v.Notices, n)
	}
	v.Notices = append(append(v.Notices, doubtful(r.Health)...), byHandNotice(r.ByHand)...)
	if len(hazards(r)) > 0 {
		v.Faults = "Shaded: what the lab was told to do wrong, or an outage of the token API that showed. "
	}
	return v
}

func verdictLook(d Decision) (class, mark string) {
	switch d {
	case Pass:
		return "good", "✓"
	case Fail:
		return "bad", "✗"
	}
	return "doubt", "?"
}

// runLine is what was run, in one line.
func runLine(r *Report) string {
	items := headline(*r)[1:]
	if r.Started != nil {
		items = append(items, "began "+r.Started.UTC().Format("2006-01-02 15:04:05 MST"))
	}
	return strings.Join(items, between)
}

type thresholdRow struct{ Class, Mark, Word, Condition, Found string }

func thresholdRows(r *Report) (rows []thresholdRow) {
	for _, o := range r.Outcomes {
		condition, found := split(o.Expr, o.Cohort, o.Text)
		row := thresholdRow{"good", "✓", "met", shortened(condition), shortened(found)}
		switch d := r.Verdict.Decision; {
		case d != Pass && d != Fail:
			row.Class, row.Mark, row.Word = "doubt", "–", "not judged"
		case !o.OK:
			row.Class, row.Mark, row.Word = "bad", "✗", "missed"
		}
		rows = append(rows, row)
	}
	return rows
}

func runTiles(r *Report) []tile {
	s, t := r.Summary, &r.Summary.Total
	if t.Viewers.Arrived == 0 {
		return nil
	}
	n, failed, bytes := t.Requests.Total()
	herd := s.Herd()
	tiles := []tile{
		{"Viewers who noticed", number(t.Viewers.Noticed), fmt.Sprintf("of %s: %s", number(t.Viewers.Arrived), percent(t.Viewers.Noticed, t.Viewers.Arrived))},
		{"Refused requests", number(t.Refused.Count()), fmt.Sprintf("of %s; %s failed, %s came", number(n), number(failed), size(bytes))},
		{"Worst margin", least(&t.Margin), "life left in a token at use; below zero it was dead"},
		{"Token calls", number(t.Refreshes.Calls), fmt.Sprintf("%s failed, fullest 10 ms: %s", number(t.Refreshes.Failed), number(herd.Burst))},
		{"Startup", median(&t.Startup), "median; 95 %: " + q95(&t.Startup)},
		{"Stalls", number(t.Stalls.Count()), strings.Join(times(&t.Stalls, t.Metrics()["rebuffering_ratio"])[1:], ", ")},
		{"Skips", number(t.Skips.Count()), strings.Join(times(&t.Skips, 0)[1:], ", ")},
		{"Playbacks ended", number(t.Viewers.Dead), "against the viewer’s will"},
	}
	if t.Latency.Count() > 0 {
		tiles = append(tiles, tile{"Latency", median(&t.Latency), "behind the live edge, median of viewers"})
	}
	return append(tiles, tile{"Bit rate", strings.TrimPrefix(bitrate(t)[0], "mean "), "mean of what was shown"})
}

func causeRows(c *qoe.Causes) (rows []namedRow) {
	seconds := func(n int64) string {
		if n == 0 {
			return "–"
		}
		return span(micros(n))
	}
	for cause := range qoe.NumCauses {
		if b := c.Of(cause); c.Judged > 0 && !b.IsZero() {
			rows = append(rows, namedRow{cause.String(), []string{number(b.Viewers), number(b.Stalls), seconds(b.Stalled), number(b.Skips), seconds(b.Skipped), number(b.Deaths), number(b.LateStarts)}})
		}
	}
	return rows
}

// textLists are the errors and notes seen most often.
func textLists(t *qoe.Tally) (lists []notice) {
	for _, l := range []struct {
		title string
		texts *qoe.Texts
	}{
		{"Playbacks ended of", &t.Fatals}, {"The token API’s errors", &t.Refreshes.Failures},
		{"Tokens that were not taken", &t.Refreshes.Problems}, {"Notes", &t.Notes},
	} {
		n := notice{Title: l.title}
		for _, line := range l.texts.Top(pageTexts) {
			n.Items = append(n.Items, number(line.Count)+" × "+shortened(line.Text))
		}
		if len(n.Items) > 0 {
			lists = append(lists, n)
		}
	}
	return lists
}

func cohortHead() []string {
	return []string{"TTL / lead", "viewers", "noticed", "refused requests", "stalls", "stalled", "ended", "worst margin", "startup, median", "bit rate"}
}

func runCohorts(r *Report) (rows []namedRow) {
	for i := range r.Summary.Cohorts[:min(len(r.Summary.Cohorts), pageCohorts)] {
		c := &r.Summary.Cohorts[i]
		rows = append(rows, namedRow{shortened(cohortName(c)), []string{
			tokenTimes(r, c.Cohort), number(c.Viewers.Arrived), shareOf(c.Viewers.Noticed, c.Viewers.Arrived), number(c.Refused.Count()),
			number(c.Stalls.Count()), span(c.Stalls.Sum()), number(c.Viewers.Dead), least(&c.Margin), median(&c.Startup),
			strings.TrimPrefix(bitrate(&c.Tally)[0], "mean "),
		}})
	}
	return rows
}

// tokenTimes are a cohort's TTL and lead.
func tokenTimes(r *Report, name string) string {
	c := r.Scenario.Cohort(name)
	if c == nil {
		return "–"
	}
	ttl := r.Scenario.TokenOf(c).TTL
	return length(ttl) + " / " + length(r.Scenario.PolicyOf(c).LeadFor(ttl))
}

type worstRow struct {
	Viewer, Cohort string
	Opens          string // the viewer's diary; "" where none was kept
	Figures        []string
	Why            string
}

func worstRows(all []*qoe.Worst, diaries []diaryView) (rows []worstRow) {
	for _, w := range all[:min(len(all), pageWorst)] {
		row := worstRow{Viewer: fmt.Sprintf("#%d", w.Viewer), Cohort: shortened(w.Cohort), Why: shortened(w.Why)}
		if id := diaryID(w.Viewer); slices.ContainsFunc(diaries, func(d diaryView) bool { return d.ID == id }) {
			row.Opens = id
		}
		for _, n := range []int64{w.Lost, w.Stalled, w.Skipped, w.Waited} {
			row.Figures = append(row.Figures, span(micros(n)))
		}
		row.Figures = append(row.Figures, number(w.Refused))
		if w.Dead && row.Why == "" {
			row.Why = "ended"
		}
		rows = append(rows, row)
	}
	return rows
}

type metricRow struct{ Name, Value, Help string }

// metricRows are in the order of the page of metrics.
func metricRows(s *qoe.Summary) (rows []metricRow) {
	values := s.Metrics()
	for _, n := range qoe.Names() {
		if v, ok := values[n.Name]; ok {
			rows = append(rows, metricRow{n.Name, figure(v), n.Help})
		}
	}
	return rows
}
