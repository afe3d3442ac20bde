package reports

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"soak/qoe"
	"soak/scenarios"
)

// texts is how many of the most frequent errors and notes are shown.
const texts = 3

// Text writes the report for a person to read at a glance, in lines of width
// columns (80 when width is not positive). Escape sequences come with color only.
func Text(w io.Writer, r Report, width int, color bool) error {
	p := newPage(w, width, color)
	p.verdict(r)
	if r.Summary != nil {
		p.summary(r)
		p.herd(r)
		p.exposure(r)
		p.worst(r.Summary)
		p.hooks(r.Scenario.Viewers.Mix)
	}
	p.byHand(r.ByHand)
	p.thresholds(r.Outcomes)
	p.health(r)
	p.repeat(r.Repeat)
	return p.err
}

// hooks names the cohorts whose tokens never come to any URL.
func (p *page) hooks(mix []scenarios.Cohort) {
	var idle []string
	for i := range mix {
		if text := mix[i].Idle(); text != "" {
			idle = append(idle, mix[i].Name+": "+text)
		}
	}
	if len(idle) > 0 {
		p.list("Hooks", idle)
		p.line("")
	}
}

func (p *page) verdict(r Report) {
	word := strings.ToUpper(string(r.Verdict.Decision))
	paint := map[Decision]func(string) string{Pass: p.green, Fail: p.red}[r.Verdict.Decision]
	if paint == nil {
		paint = p.amber
	}
	for i, text := range wrap(p.width-indent, headline(r)) {
		if i > 0 {
			word = ""
		}
		p.line(paint(pad(word, indent)) + text)
	}
	p.list("", []string{noticed(r)})
	for _, reason := range r.Verdict.Reasons {
		p.paragraph(strings.Repeat(" ", indent), "• "+clean(reason))
	}
	p.line("")
}

func headline(r Report) []string {
	return []string{
		cmp.Or(clean(r.Scenario.Name), "unnamed"),
		plural(int64(r.Scenario.Viewers.Count), "viewer", "viewers"),
		played(r),
		fmt.Sprintf("seed %d", r.Scenario.Seed),
	}
}

// played is how long the run was, and in which time.
func played(r Report) string {
	long := length(r.Scenario.Duration)
	if r.AbortedAt != nil {
		long = length(time.Duration(*r.AbortedAt)) + " of " + long
	}
	if r.Virtual {
		return long + " in virtual time"
	}
	return long + " in real time"
}

// noticed is the answer to the question that soak is asked.
func noticed(r Report) string {
	if r.Summary == nil || r.Summary.Total.Viewers.Arrived == 0 {
		return "no viewer arrived"
	}
	v := r.Summary.Total.Viewers
	if v.Noticed == 0 {
		return fmt.Sprintf("none of %s noticed anything", plural(v.Arrived, "viewer", "viewers"))
	}
	return fmt.Sprintf("%s of %s noticed (%s)", number(v.Noticed), plural(v.Arrived, "viewer", "viewers"), percent(v.Noticed, v.Arrived))
}

func (p *page) summary(r Report) {
	s := r.Summary
	t := &s.Total
	p.viewers(t)
	p.requests(t)
	p.tokens(s)
	p.quality(t)
	p.causes(r)
	p.line("")
	p.overTime(&s.Timeline)
	p.cohorts(s.Cohorts)
}

func (p *page) viewers(t *qoe.Tally) {
	v := t.Viewers
	p.facts("Viewers",
		number(v.Arrived)+" arrived", number(v.Started)+" started", number(v.Stalled)+" stalled",
		number(v.Skipped)+" skipped", number(v.Dead)+" died", number(v.NeverStarted)+" saw nothing")
	p.frequent("Died of", &t.Fatals)
}

// frequent lists the texts seen most often; nothing when there are none.
func (p *page) frequent(label string, all *qoe.Texts) {
	var items []string
	for _, l := range all.Top(texts) {
		items = append(items, fmt.Sprintf("%s × %s", number(l.Count), clean(l.Text)))
	}
	p.list(label, items)
}

func (p *page) requests(t *qoe.Tally) {
	n, failed, bytes := t.Requests.Total()
	p.facts("Requests", number(n)+" in all", number(failed)+" failed", size(bytes)+" received")
	p.facts("Errors", failures(t)...)
	p.refused(t)
	if t.Margin.Count() > 0 {
		p.facts("Margin", "worst "+p.margin(t.Margin.Min()), "p1 "+p.margin(t.Margin.Quantile(0.01)),
			"p5 "+span(t.Margin.Quantile(0.05)), "p50 "+span(t.Margin.Quantile(0.50)), "life left in tokens at use")
	}
}

// margin shows the life a token had left, red when it was dead.
func (p *page) margin(d time.Duration) string {
	if d < 0 {
		return p.red(span(d))
	}
	return span(d)
}

func (p *page) refused(t *qoe.Tally) {
	rows := t.Refused.Rows()
	if len(rows) == 0 {
		p.facts("Refused", "none")
		return
	}
	slices.SortStableFunc(rows, func(a, b qoe.RefusedRow) int { return cmp.Compare(b.Count, a.Count) })
	items := []string{}
	for _, row := range rows {
		items = append(items, fmt.Sprintf("%s × %d %v", number(row.Count), row.Status, row.Kind))
	}
	if worst := t.Margin.Min(); worst < 0 {
		items = append(items, "worst margin "+p.margin(worst))
	}
	p.facts("Refused", items...)
}

// failures counts what went wrong other than refusals for the token, by name.
func failures(t *qoe.Tally) []string {
	counts := map[string]int64{}
	for _, row := range t.Requests.Rows() {
		switch row.Failure {
		case qoe.NoFailure, qoe.CancelFailure:
		case qoe.StatusFailure:
			counts[fmt.Sprintf("%s %v", row.Status, row.Kind)] += row.Count
		default:
			counts[fmt.Sprintf("%s %v", row.Failure, row.Kind)] += row.Count
		}
	}
	for _, row := range t.Refused.Rows() {
		counts[fmt.Sprintf("4xx %v", row.Kind)] -= row.Count
	}
	maps.DeleteFunc(counts, func(_ string, n int64) bool { return n <= 0 })
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = number(counts[name]) + " × " + name
	}
	return names
}

func (p *page) tokens(s *qoe.Summary) {
	r := &s.Total.Refreshes
	p.facts("Token API", plural(r.Calls, "call", "calls"), number(r.Failed)+" failed",
		number(r.Scheduled)+" scheduled", number(r.AfterError)+" after an error", number(r.AfterRefusal)+" after a refusal")
	if r.Calls == 0 {
		return
	}
	calls := func(b qoe.Bucket) int64 { return b.TokenCalls }
	peak, second := s.Timeline.Peak(calls)
	p.facts("", fmt.Sprintf("peak %s/s at %s", figure(peak), clock(second)), fmt.Sprintf("mean %.2f/s", s.Timeline.Mean(calls)))
	p.facts("Refresh", quantiles(&r.Took)...)
	p.frequent("API errors", &r.Failures)
	p.frequent("Not taken", &r.Problems)
}

func quantiles(s *qoe.Sketch) []string {
	if s.Count() == 0 {
		return []string{"none"}
	}
	return []string{
		"p50 " + span(s.Quantile(0.50)), "p95 " + span(s.Quantile(0.95)),
		"p99 " + span(s.Quantile(0.99)), "max " + span(s.Max()),
	}
}

func (p *page) quality(t *qoe.Tally) {
	p.facts("Startup", quantiles(&t.Startup)...)
	p.facts("Stalls", times(&t.Stalls, t.Metrics()["rebuffering_ratio"])...)
	p.facts("Skipped", times(&t.Skips, 0)...)
	p.life(t)
	p.facts("Bit rate", bitrate(t)...)
	if t.Latency.Count() > 0 {
		p.facts("Latency", append(quantiles(&t.Latency), "behind the live edge")...)
	}
	p.frequent("Notes", &t.Notes)
}

// life is what viewers did of their own accord; nothing when they only watched.
func (p *page) life(t *qoe.Tally) {
	if n := t.Seeks.Count() + t.LostSeeks; n > 0 {
		items := []string{plural(n, "jump", "jumps")}
		if t.LostSeeks > 0 {
			items = append(items, number(t.LostSeeks)+" without a picture")
		}
		if t.Seeks.Count() > 0 {
			items = append(items, quantiles(&t.Seeks)...)
		}
		p.facts("Seeks", items...)
	}
	if n := t.Zaps.Count(); n > 0 {
		p.facts("Zaps", append([]string{number(n) + " in all"}, quantiles(&t.Zaps)...)...)
	}
	if t.Paused+t.Asleep > 0 {
		micros := func(n int64) string { return span(time.Duration(n) * time.Microsecond) }
		p.facts("Away", micros(t.Paused)+" paused", micros(t.Asleep)+" asleep", "all viewers together")
	}
}

// times sums interruptions up: how many, how long in all and at worst.
func times(s *qoe.Sketch, ratio float64) []string {
	if s.Count() == 0 {
		return []string{"none"}
	}
	items := []string{number(s.Count()) + " in all", span(s.Sum()) + " together", "longest " + span(s.Max())}
	if ratio > 0 {
		items = append(items, fmt.Sprintf("%.2f %% of the time", 100*ratio))
	}
	return items
}

func bitrate(t *qoe.Tally) []string {
	items := []string{"nothing shown"}
	if t.Played > 0 {
		items = []string{"mean " + rate(float64(t.Bits)/(float64(t.Played)/1e6))}
	}
	return append(items, number(t.Switches.Up)+" up", number(t.Switches.Down)+" down")
}
