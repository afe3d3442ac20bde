package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"soak/lab"
	"soak/qoe"
)

// State is how far a run under way has come.
type State string

// The states of a run.
const (
	Waiting State = "waiting" // for somebody to start it
	Running State = "running"
	Held    State = "held" // no viewer comes
	Over    State = "over"
)

// Live is a run under way, as its page shows it.
type Live struct {
	Report // so far; there is no summary before the run begins

	State   State
	At      time.Duration // scenario time
	Playing int           // viewers now
	Stalled int
	Dead    int
	Pending []bool // of the outcomes, those that cannot be judged yet
	Lab     bool   // the target is the lab: faults can be injected
}

// LivePage writes the page that shows a run under way. It gets all figures by
// itself, from events beside it; policy is the Content-Security-Policy that it is to be
// sent with.
func LivePage(w io.Writer, l *Live) (policy string, err error) {
	charts := l.charts()
	for i := range charts { // what is drawn comes with the events
		charts[i].X.Values, charts[i].Bands = nil, nil
		for k := range charts[i].Series {
			s := &charts[i].Series[k]
			s.Values, s.Low, s.High = nil, nil, nil
		}
	}
	view := struct {
		Scenario, About, Version string
		Timelines                []chart
		Kinds                    []lab.InjectionKind
		Lab                      bool
	}{shortened(cmp.Or(l.Scenario.Name, "unnamed")), shortened(l.Scenario.Title), shortened(l.Soak), charts, lab.InjectionKinds(), l.Lab}
	p := webPage{Title: "soak live: " + view.Scenario, Body: "live", Values: view, Charts: charts, Connects: true}
	return p.policy(), p.write(w)
}

// charts are those of the page of a run over time, of what has been so far. They are
// the same ones from the beginning on, so that a page need not be loaded again.
func (l *Live) charts() []chart {
	r := l.Report
	sum := qoe.Summary{}
	if r.Summary != nil {
		sum = *r.Summary
	}
	r.Summary = &sum
	if len(sum.Timeline.Buckets) == 0 {
		sum.Timeline = qoe.Timeline{Seconds: 1, Buckets: make([]qoe.Bucket, 1)}
	}
	if len(sum.Course.Slots) == 0 {
		sum.Course = qoe.Course{Seconds: 1, Slots: make([]qoe.Slot, 1)}
	}
	health := Health{}
	if r.Health != nil {
		health = *r.Health
	}
	r.Health = &health
	if health.Course == nil || len(health.Course.CPU) == 0 {
		none := []Seconds{0}
		health.Course = &HealthCourse{Seconds: Seconds(time.Second), CPU: []float64{0}, LatenessP99: none, LatenessMax: none}
	}
	return append(timelines(&r), coursesOf(&r, true)...)
}

// Frame is all that the page shows at one moment.
type Frame struct {
	State      State          `json:"state"`
	Clock      string         `json:"clock"`
	Class      string         `json:"class"`
	Mark       string         `json:"mark"`
	Verdict    string         `json:"verdict"`
	Noticed    string         `json:"noticed"`
	Run        string         `json:"run"`
	Reasons    []string       `json:"reasons"`
	ByHand     []string       `json:"byHand"`
	Thresholds []thresholdRow `json:"thresholds"`
	Tiles      []tile         `json:"tiles"`
	Health     []tile         `json:"health"`

	charts []chart
}

// Frame is how the run stands.
func (l *Live) Frame() *Frame {
	r := l.Report
	if r.Summary == nil {
		r.Summary = new(qoe.Summary)
	}
	f := &Frame{
		State: l.State, Clock: fmt.Sprintf("%s of %s", clock(int64(l.At/time.Second)), clock(int64(r.Scenario.Duration/time.Second))),
		Noticed: noticed(r), Run: runLine(&r), Reasons: []string{}, ByHand: []string{}, Thresholds: l.thresholds(),
		Tiles: append(append([]tile{}, l.nowTiles()...), runTiles(&r)...), Health: append([]tile{}, healthTiles(&r)...), charts: l.charts(),
	}
	f.judge(l)
	for _, i := range r.ByHand {
		f.ByHand = append(f.ByHand, shortened(i.text()))
	}
	return f
}

// judge is the verdict: of a run that goes on, what it would be if all went on like
// this.
func (f *Frame) judge(l *Live) {
	v := l.Report.Verdict
	if l.State != Over {
		v = l.soFar()
	}
	f.Class, f.Mark = verdictLook(v.Decision)
	f.Verdict = strings.ToUpper(string(v.Decision))
	switch {
	case l.State == Waiting:
		f.Class, f.Mark, f.Verdict, f.Noticed = "doubt", "·", "READY", "waits to be started"
		return
	case l.State != Over && (l.Summary == nil || l.Summary.Total.Viewers.Arrived == 0):
		f.Class, f.Mark, f.Verdict, f.Noticed = "doubt", "·", "BEGUN", "no viewer has come yet"
		return
	case l.State != Over:
		f.Verdict += " SO FAR"
	}
	for _, reason := range v.Reasons {
		f.Reasons = append(f.Reasons, shortened(reason))
	}
	for _, n := range doubtful(l.Report.Health) {
		for _, w := range n.Items {
			f.Reasons = append(f.Reasons, "doubtful before it began: "+w)
		}
	}
}

func (l *Live) soFar() Verdict {
	if l.Summary == nil {
		return Verdict{Decision: Pass}
	}
	known := l.Outcomes[:0:0]
	for i, o := range l.Outcomes {
		if !l.pending(i) {
			known = append(known, o)
		}
	}
	var saturated []string
	if l.Report.Health != nil {
		saturated = l.Report.Health.Saturated
	}
	return Judge(l.Summary.Total.Viewers.Arrived, known, saturated, false)
}

func (l *Live) pending(i int) bool { return i < len(l.Pending) && l.Pending[i] }

func (l *Live) thresholds() []thresholdRow {
	rows := []thresholdRow{}
	for i, o := range l.Outcomes {
		condition, found := split(o.Expr, o.Cohort, o.Text)
		row := thresholdRow{"good", "✓", "met so far", shortened(condition), shortened(found)}
		switch {
		case l.State == Over && o.OK:
			row.Word = "met"
		case l.State != Over && l.pending(i):
			row.Class, row.Mark, row.Word = "doubt", "·", "not known yet"
		case !o.OK:
			row.Class, row.Mark, row.Word = "bad", "✗", "missed"
		}
		rows = append(rows, row)
	}
	return rows
}

// nowTiles are how the viewers are at the moment.
func (l *Live) nowTiles() []tile {
	if l.Summary == nil || l.State == Over {
		return nil
	}
	there := l.Summary.Total.Viewers.Arrived - l.Summary.Total.Viewers.Left
	return []tile{
		{"Viewers now", number(there), fmt.Sprintf("of %s who are to come", number(int64(l.Scenario.Viewers.Count)))},
		{"Playing now", number(int64(l.Playing)), percent(int64(l.Playing), there)},
		{"Stalled now", number(int64(l.Stalled)), percent(int64(l.Stalled), there)},
		{"Ended now", number(int64(l.Dead)), "against their will"},
	}
}
