package tune

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// answer is what is known so far, for people.
func (s *search) answer() (*Result, error) {
	r := &Result{Config: s.Config, Best: s.best(), Spent: s.spent}
	for i := range s.cells {
		r.Cells = append(r.Cells, s.cells[i].Cell)
	}
	r.Spent.Cells, r.Spent.Decided = len(s.cells), s.decided()
	r.Frontier = s.frontier()
	r.Doubts = s.doubts()
	r.Notes = s.notes()
	f := newFormula(s.Config)
	shown := r.Best
	if shown < 0 {
		shown = s.nearest()
	}
	if shown >= 0 {
		t := &s.cells[shown]
		r.Cohorts = s.cohorts(t)
		r.Margins = t.histogram()
	}
	var err error
	if r.Best >= 0 {
		t := &s.cells[r.Best]
		if r.Limits, err = f.limits(t); err != nil {
			return nil, err
		}
		r.Neighbours = s.neighbours(r.Best)
		if r.Advice, err = s.advice(t); err != nil {
			return nil, err
		}
	}
	r.Rules, err = s.rules(f, r.Recommended())
	return r, err
}

// nearest is the cell with the fewest late tokens of those within the exposure.
func (s *search) nearest() int {
	best := -1
	for i := range s.cells {
		if t := &s.cells[i]; t.Verdict != Ruled && t.CopiedMost <= s.Exposure && (best < 0 || t.Formula < s.cells[best].Formula) {
			best = i
		}
	}
	return best
}

// risk is what a cell is compared by: who notices where that was seen, and otherwise a
// bound: late tokens. Below a thousandth of the target all are alike.
func (s *search) risk(t *trial) float64 {
	risk := t.Formula
	if t.Noticed.Events > 0 {
		risk = t.Noticed.Value
	}
	return max(risk, s.Target/1000)
}

// frontier lists the cells that no other beats in protection, comfort and price.
func (s *search) frontier() (list []int) {
	beats := func(a, b *trial) bool {
		ra, rb := s.risk(a), s.risk(b)
		return a.CopiedMean <= b.CopiedMean && ra <= rb && a.Calls.Value <= b.Calls.Value &&
			(a.CopiedMean < b.CopiedMean || ra < rb || a.Calls.Value < b.Calls.Value)
	}
	for i := range s.cells {
		t := &s.cells[i]
		if t.Verdict == Ruled || t.Jitter > s.Grid.Jitters[0] {
			continue // jitter is for the herd
		}
		if !slices.ContainsFunc(s.cells, func(o trial) bool {
			return o.Verdict != Ruled && o.Jitter == t.Jitter && beats(&o, t)
		}) {
			list = append(list, i)
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return int(s.cells[a].CopiedMean - s.cells[b].CopiedMean) })
	return list
}

// cohorts is what each kind of viewer comes to in a cell.
func (s *search) cohorts(t *trial) (list []CohortShare) {
	sc, err := s.Scene(t.Choice, perScene, s.Seed)
	if err != nil {
		return nil // it was played
	}
	for i, share := range sharesOf(&sc) {
		c := CohortShare{Name: sc.Viewers.Mix[i].Name, Share: share, Formula: t.told.cohorts[i], Law: t.told.cycles[i].Law}
		c.Noticed.Interval = Interval{0, 1}
		if i < len(t.tally.Cohorts) {
			k := t.tally.Cohorts[i]
			per := t.tally.hours() / float64(t.tally.Viewers)
			in := Exact(k.Noticed, k.Viewers, s.Confidence)
			hours := float64(k.Viewers) * per
			c.Noticed = Estimate{Interval: Interval{in.Low / per, in.High / per}, Events: k.Noticed, Hours: hours}
			if k.Viewers > 0 {
				c.Noticed.Value = float64(k.Noticed) / hours
			}
		}
		list = append(list, c)
	}
	return list
}

// histogram is the tally's margins.
func (t *trial) histogram() (list []Bin) {
	for i, n := range t.tally.Margins {
		list = append(list, Bin{t.marginBin(i), t.marginBin(i + 1), n})
	}
	return list
}

// doubts are where two ways to the same figure part.
func (s *search) doubts() (list []Doubt) {
	for i := range s.cells {
		t := &s.cells[i]
		if !t.Agrees {
			list = append(list, Doubt{i, fmt.Sprintf("%v: %s late tokens by the closed form, %s when played (%d in %.0f viewer-hours)",
				t.Choice, Often(t.Formula), Often(t.Late.Value), t.Late.Events, t.Late.Hours)})
		}
		if n := t.tally.Surprised; n > 0 {
			list = append(list, Doubt{i, fmt.Sprintf("%v: %d of the audited viewers noticed something though their tokens all came well in time", t.Choice, n)})
		}
		if t.decided && t.Verdict == Missed && !t.told.unforeseen && t.told.feared <= s.Target {
			list = append(list, Doubt{i, fmt.Sprintf("%v: by the closed form too few tokens are late for anybody to notice, and yet %d viewers did", t.Choice, t.Noticed.Events)})
		}
	}
	return list
}

// notes are what is true of every cell.
func (s *search) notes() (list []string) {
	for i := range s.Scenario.Viewers.Mix {
		k := &s.Scenario.Viewers.Mix[i]
		if why := k.Idle(); why != "" && k.Leech == nil {
			list = append(list, fmt.Sprintf("left out, because no setting helps them: %s (%s)", k.Name, why))
		}
	}
	for p, name := range s.Grid.Policies {
		var sum Tally
		for i := range s.cells {
			if q, _, _, _ := s.axes.place(i); q == p {
				sum = sum.add(s.cells[i].tally)
			}
		}
		if sum.Lost > 0 {
			list = append(list, fmt.Sprintf("with %s %s viewers never start (%d of %s): their first call fails and is not made again, which no lead helps; try it again",
				name, OneIn(float64(sum.Lost)/float64(sum.Viewers)), sum.Lost, thousands(float64(sum.Viewers))))
		}
	}
	return list
}

// neighbours tell what a step away from the recommended cell would cost.
func (s *search) neighbours(best int) (list []Neighbour) {
	for _, i := range s.around(best) {
		beside := best
		if s.plain(i) == i { // among its like
			beside = s.plain(best)
		}
		list = append(list, Neighbour{i, s.neighbour(&s.cells[beside], &s.cells[i])})
	}
	return list
}

func (s *search) neighbour(best, t *trial) string {
	what := ""
	switch {
	case t.Policy != best.Policy:
		what = "policy " + t.Policy
	case t.TTL != best.TTL:
		what = "TTL " + t.TTL.Words()
	case t.Lead != best.Lead:
		what = "lead " + t.Lead.Words()
	default:
		what = "jitter " + t.Jitter.Words()
	}
	if what == "jitter 0 s" {
		what = "no jitter"
	}
	more := 100 * (t.told.calls/best.told.calls - 1) // both computed: what was played has first calls too
	price := fmt.Sprintf("%+.0f %% calls", more)
	if math.Abs(more) < 0.5 {
		price = "as many calls"
	}
	return fmt.Sprintf("%s: %s, %s", what, s.loses(t), price)
}

// loses says who notices in a cell.
func (s *search) loses(t *trial) string {
	switch {
	case t.Noticed.Events > 0:
		return fmt.Sprintf("would lose %s viewers an hour (%s to %s)", OneIn(t.Noticed.Value), OneIn(t.Noticed.High), OneIn(t.Noticed.Low))
	case t.Noticed.Hours > 0 && t.Noticed.High <= s.Target || t.By != ByFormula && t.Noticed.Hours > 0:
		return fmt.Sprintf("nobody noticed in %s viewer-hours (at most %s), late tokens by the closed form: %s", thousands(rounded(t.Noticed.Hours)), OneIn(t.Noticed.High), Often(t.Formula))
	case t.Formula < 1e-12:
		return "nobody to speak of, by the closed form"
	}
	return fmt.Sprintf("at most %s viewers an hour, by the closed form", OneIn(t.Formula))
}

// OneIn writes a share as people say it: 1 in 900.
func OneIn(share float64) string {
	switch {
	case share <= 0:
		return "none"
	case share >= 0.5:
		return fmt.Sprintf("%.0f in 100", 100*min(share, 1))
	}
	return "1 in " + thousands(rounded(1/share))
}

// Often writes how many times something happens in a viewer-hour.
func Often(rate float64) string {
	switch {
	case rate < 1e-12:
		return "no"
	case rate >= 0.5:
		return fmt.Sprintf("%.2g a viewer-hour", rate)
	}
	return "one in " + thousands(rounded(1/rate)) + " viewer-hours"
}

// rounded has two figures.
func rounded(v float64) float64 {
	scale := math.Pow(10, math.Floor(math.Log10(v))-1)
	return math.Round(v/scale) * scale
}

// thousands groups digits; beyond a billion nobody counts them.
func thousands(v float64) string {
	if v >= 1e9 {
		return "over a billion"
	}
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Words is a duration as people write it: 90 s, 5 min.
func (s Seconds) Words() string {
	d := time.Duration(s)
	if d >= 2*time.Minute && d%time.Minute == 0 {
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%g s", math.Round(d.Seconds()*100)/100)
}
