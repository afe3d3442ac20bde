package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"soak/qoe"
)

// diaryView is a viewer's diary as a waterfall: a table whose bars share one axis of
// time, under a line of what was buffered.
type diaryView struct {
	ID, Viewer, Cohort, Lost, About string
	From, To                        string
	Frozen                          []stroke // while the picture stood
	Buffer, Most                    string   // the line's points, and the greatest buffer
	Tokens                          []stroke // when tokens came
	Rows                            []diaryRow
}

// stroke is a part of the axis, which goes from 0 to barWidth.
type stroke struct{ X, Width string }

const (
	barWidth   = 1000
	leastBar   = 10                  // that can be seen on a phone
	diaryLines = qoe.MaxDiaries * 10 // a diary of a file that somebody else wrote may be longer than ours
	shortLife  = 5000                // ms of life left in a token, below which it may not outlast a slow answer
)

// diaryRow is a line of a diary. Class is a colour of page.css.
type diaryRow struct{ Loud, Class, When, What, Name, Path, Status, Took, Margin, Buffer string }

// worstDiaries are those of the viewers who lost most, ordinaryDiaries of some who lost
// nothing.
func worstDiaries(s *qoe.Summary) (all []diaryView) {
	for i := range s.Worst[:min(len(s.Worst), qoe.MaxDiaries)] {
		if w := &s.Worst[i]; w.Diary != nil && len(w.Diary.Entries) > 0 {
			v := diaryOf(w.Viewer, w.Cohort, w.Diary)
			if v.Lost = span(micros(w.Lost)) + " lost"; w.Lost == 0 && w.Refused > 0 {
				v.Lost = plural(w.Refused, "request refused", "requests refused")
			}
			all = append(all, v)
		}
	}
	return all
}

func ordinaryDiaries(s *qoe.Summary) (all []diaryView) {
	for _, o := range s.Ordinary[:min(len(s.Ordinary), qoe.MaxOrdinary)] {
		if o.Diary != nil && len(o.Diary.Entries) > 0 {
			all = append(all, diaryOf(o.Viewer, o.Cohort, o.Diary))
		}
	}
	return all
}

func diaryID(viewer int) string { return fmt.Sprintf("viewer-%d", viewer) }

func diaryOf(viewer int, cohort string, d *qoe.Diary) diaryView {
	entries := d.Entries[:min(len(d.Entries), diaryLines)]
	a := spanOf(entries)
	v := diaryView{
		ID: diaryID(viewer), Viewer: fmt.Sprintf("#%d", viewer), Cohort: shortened(cohort), From: tenths(a.from), To: tenths(a.to),
		About: fmt.Sprintf("%s of the %s of this viewer’s diary.", plural(int64(len(entries)), "line", "lines"), number(max(d.Written, int64(len(entries))))),
	}
	if int64(len(entries)) >= d.Written {
		v.About = "All that this viewer did."
	}
	v.Buffer, v.Most = a.bufferLine(entries)
	for i := range entries {
		e := &entries[i]
		switch {
		case e.What == "stall":
			v.Frozen = append(v.Frozen, a.bar(e.At, e.Took, leastBar))
		case e.What == "refresh" && e.Signed:
			v.Tokens = append(v.Tokens, a.bar(e.At+e.Took, 0, 2))
		}
		v.Rows = append(v.Rows, a.row(e))
	}
	return v
}

// timeAxis is the span of time that a diary covers, in milliseconds.
type timeAxis struct{ from, to int64 }

// spanOf reaches from the first entry to the end of the last one. A stall that went on
// for long after is cut, and so are calls of the token API by a page whose player is
// dead: they may go on for as long as the run.
func spanOf(entries []qoe.Entry) timeAxis {
	a := timeAxis{entries[0].At, entries[0].At + 1}
	dead := false
	for i := range entries {
		e := &entries[i]
		calls := e.What == "refresh"
		if dead = e.What == "fatal" || dead && calls; dead && calls {
			continue
		}
		a.from, a.to = min(a.from, e.At), max(a.to, e.At)
		if e.Exchange() {
			a.to = max(a.to, e.At+e.Took)
		}
	}
	return a
}

func (a timeAxis) x(ms int64) float64 {
	return min(max((float64(ms)-float64(a.from))/(float64(a.to)-float64(a.from)), 0), 1) * barWidth
}

func (a timeAxis) bar(at, took int64, least float64) stroke {
	from := min(a.x(at), barWidth-least)
	return stroke{pixels(from), pixels(max(a.x(at+took)-from, least))}
}

func pixels(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// path draws a request: thin while nothing had come, thick from the first byte on.
func (a timeAxis) path(e *qoe.Entry) string {
	from, end := a.x(e.At), a.x(e.At+e.Took)
	first := from
	if e.First > 0 {
		first = min(a.x(e.At+e.First), end)
	}
	if e.Status == 0 && e.Failure != qoe.NoFailure { // nothing ever came
		first = end
	}
	if end-from < leastBar {
		from = min(from, barWidth-leastBar)
		first, end = from, from+leastBar
	}
	wait, come := pixels(first-from), pixels(end-first)
	if end == first {
		return fmt.Sprintf("M%s 5h%sv2h-%sz", pixels(from), wait, wait)
	}
	return fmt.Sprintf("M%s 5h%sV1h%sv10h-%sV7h-%sz", pixels(from), wait, come, come, wait)
}

// bufferLine is what was playable whenever an answer came, and nothing while the picture
// stood, as points of a line in a box of 1000 × 100.
func (a timeAxis) bufferLine(entries []qoe.Entry) (line, most string) {
	type point struct{ at, buffer int64 }
	var points []point
	top := int64(1)
	for i := range entries {
		switch e := &entries[i]; {
		case e.What == "stall":
			points = append(points, point{e.At, 0}, point{e.At + e.Took, 0})
		case e.Exchange() && e.What != "refresh" && e.Buffer >= 0:
			points = append(points, point{e.At + e.Took, e.Buffer})
			top = max(top, e.Buffer)
		}
	}
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	var b strings.Builder
	for _, p := range points {
		fmt.Fprintf(&b, "%s,%s ", pixels(a.x(p.at)), pixels(100-98*float64(p.buffer)/float64(top)))
	}
	return strings.TrimSuffix(b.String(), " "), span(entryTime(top))
}

func (a timeAxis) row(e *qoe.Entry) diaryRow {
	row := diaryRow{When: tenths(e.At), What: shortened(e.What), Name: shortened(e.Name), Class: "k6"}
	if !e.Exchange() {
		a.mark(e, &row)
		return row
	}
	row.Path, row.Took = a.path(e), span(entryTime(e.Took))
	if m := e.Media.String(); m != "" {
		row.What = m + " " + row.What
	}
	if e.Signed {
		row.Margin = span(entryTime(e.Margin))
	}
	if e.What != "refresh" && e.Buffer >= 0 {
		row.Buffer = span(entryTime(e.Buffer))
	}
	row.Class, row.Status = outcomeOf(e)
	if row.Class == "k2" {
		row.Loud = "loud"
	}
	return row
}

// outcomeOf is what came of an exchange, as a colour and in words: no colour says
// anything that the words do not.
func outcomeOf(e *qoe.Entry) (class, status string) {
	if e.Status > 0 {
		status = strconv.Itoa(e.Status)
	}
	switch {
	case e.Failure == qoe.CancelFailure:
		return "k6", "given up"
	case e.What != "refresh" && (e.Status == 401 || e.Status == 403 || e.Status == 410):
		return "k2", status + " refused"
	case e.Failure == qoe.StatusFailure:
		return "k2", status + " failed"
	case e.Failure != qoe.NoFailure:
		return "k2", shortened(strings.TrimSpace(status + " " + string(e.Failure)))
	case e.What == "refresh" && e.Signed:
		return "k3", status + " new token"
	case e.What == "refresh":
		return "k3", status + " not taken"
	case e.Signed && e.Margin < 0:
		return "k4", status + " dead token"
	case e.Signed && e.Margin < shortLife:
		return "k5", status + " short life"
	}
	return "k1", status
}

// outcome is a colour of bars, for the legend.
type outcome struct{ Class, Name string }

func outcomes() []outcome {
	return []outcome{
		{"k1", "came"}, {"k5", "came, with less than 5 s of life left in its token"}, {"k4", "came, with a dead token"},
		{"k2", "refused or failed, or the picture stood"}, {"k6", "given up, or no request"}, {"k3", "call of the token API"},
	}
}

// mark is a line of what is no request.
func (a timeAxis) mark(e *qoe.Entry, row *diaryRow) {
	b := a.bar(e.At, 0, leastBar)
	switch e.What {
	case "stall", "seek":
		b = a.bar(e.At, e.Took, leastBar)
		row.Took, row.Class = span(entryTime(e.Took)), "k2"
	case "startup":
		b = a.bar(e.At-e.Took, e.Took, leastBar)
		row.Took, row.Name = span(entryTime(e.Took)), "the first picture"
	case "skip":
		row.Took, row.Class = span(entryTime(e.Took)), "k2"
	case "switch":
		row.Name = fmt.Sprintf("%s → %s", rate(1000*float64(e.From)), rate(1000*float64(e.To)))
	case "fatal":
		row.What, row.Class = "playback ended", "k2"
	}
	if row.Class == "k2" {
		row.Loud = "loud"
	}
	row.Path = fmt.Sprintf("M%s 0h%sv12h-%sz", b.X, b.Width, b.Width)
}

// mostMillis is a time that no diary reaches and that can be reckoned with.
const mostMillis = 1 << 42

// entryTime is a duration of an entry, whatever a file says.
func entryTime(n int64) time.Duration {
	return time.Duration(min(max(n, -mostMillis), mostMillis)) * time.Millisecond
}

// tenths is a moment of the run to a tenth of a second: "12:03.4".
func tenths(ms int64) string {
	ms = min(max(ms, -mostMillis), mostMillis)
	if ms < 0 {
		return "−" + tenths(-ms)
	}
	return fmt.Sprintf("%s.%d", clock(ms/1000), ms/100%10)
}
