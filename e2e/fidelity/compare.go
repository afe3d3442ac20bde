package fidelity

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Cell is one measure of one pair: what the real player did, what ours did, and
// whether they agree.
type Cell struct {
	Measure   string `json:"measure"`
	Truth     string `json:"truth"` // "12.4", or "11.9…13.0" over several plays
	Model     string `json:"model"`
	Tolerance string `json:"tolerance"`
	OK        bool   `json:"ok"`
	Why       string `json:"why,omitempty"` // of a miss, from explained.yaml
}

// Compare holds our profile's plays of a pair against the real player's, which
// began at the same instants. Both may vary from play to play. They agree where
// every play of the one lies between the least and the most of the other, widened
// by the tolerance: the profile does nothing that the real player does not do, or
// the real player nothing that the profile does not.
func Compare(truth Truth, model []Observation) []Cell {
	cells := []Cell{
		among("final state", truth.Runs, model, func(o Observation) string { return string(o.Final) }),
		among("gave up on", truth.Runs, model, gaveUpOn),
	}
	for _, m := range numeric() {
		cells = append(cells, m.compare(truth.Runs, model))
	}
	cells = append(cells, stallCount(truth.Runs, model),
		shownCell(truth.Runs, model), callsCell(truth.Runs, model))
	for _, m := range byKind(slices.Concat(truth.Runs, model)...) {
		cells = append(cells, m.compare(truth.Runs, model))
	}
	return cells
}

func (m measure) compare(truth, model []Observation) Cell {
	want, got := spreadOf(truth, m.of), spreadOf(model, m.of)
	below, above := m.slack(want.least), m.slack(want.most)
	return Cell{
		Measure: m.name, Truth: want.String(), Model: got.String(), Tolerance: m.rule,
		OK: want.holds(got, below, above) || got.holds(want, below, above),
	}
}

// holds tells whether every play of o lies within s, or no further below or above
// it. Where s has no figure o must have none.
func (s spread) holds(o spread, below, above float64) bool {
	if o.none && !s.none || o.some && !s.some {
		return false
	}
	return !o.some || o.least >= s.least-below && o.most <= s.most+above
}

// spread is a figure over several plays.
type spread struct {
	least, most float64
	some, none  bool // some plays have the figure, some have none
}

func spreadOf(plays []Observation, of func(Observation) float64) spread {
	s := spread{least: math.Inf(1), most: math.Inf(-1)}
	for _, o := range plays {
		if v := of(o); math.IsNaN(v) {
			s.none = true
		} else {
			s.some, s.least, s.most = true, min(s.least, v), max(s.most, v)
		}
	}
	return s
}

// String is "1.25", "1.25…2.00", "none", or "1.25 or none".
func (s spread) String() string {
	if !s.some {
		return "none"
	}
	text := figure(s.least)
	if most := figure(s.most); most != text {
		text += "…" + most
	}
	if s.none {
		text += " or none"
	}
	return text
}

// figure has two decimals unless they are nought.
func figure(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.2f", v+0), ".00") // + 0: no "-0"
}

// among compares what has no degrees, and decides whether the viewer sees anything
// at all: what the profile does most often must have happened to the real player.
func among(name string, truth, model []Observation, of func(Observation) string) Cell {
	want, got := distinct(truth, of), distinct(model, of)
	return Cell{
		Measure: name, Truth: strings.Join(want, " or "), Model: strings.Join(got, " or "), Tolerance: "equal",
		OK: contains(want, got) || contains(got, want) && slices.Contains(want, usual(model, of)),
	}
}

// usual is what most plays have; of several, the first in alphabetical order.
func usual(plays []Observation, of func(Observation) string) string {
	times, most := map[string]int{}, ""
	for _, o := range plays {
		times[of(o)]++
	}
	for _, s := range distinct(plays, of) {
		if times[s] > times[most] {
			most = s
		}
	}
	return most
}

func contains(all, some []string) bool {
	for _, s := range some {
		if !slices.Contains(all, s) {
			return false
		}
	}
	return true
}

func distinct(plays []Observation, of func(Observation) string) []string {
	var all []string
	for _, o := range plays {
		all = append(all, of(o))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// gaveUpOn names what the player did not ask for again after an error, in
// alphabetical order: which of two playlists comes to the last try first, or which
// error is raised first, is a matter of milliseconds.
func gaveUpOn(o Observation) string {
	var names []string
	for _, t := range o.Errors {
		if t.GaveUp {
			name, _ := t.about()
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "nothing"
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// about is the kind of request that the error is about: MANIFEST_LOADER_LOADING_-
// FAILURE and the like of dash.js, or ErrorDetails of hls.js (src/errors.ts), whose
// own name stands for what is about none.
func (t Trouble) about() (kind string, known bool) {
	for _, e := range []struct{ name, kind string }{
		{"25", "manifest"}, {"27", "segment"}, {"28", "init"},
		{"manifest", "manifest"}, {"level", "playlist"}, {"audioTrack", "playlist"}, {"subtitleTrack", "playlist"}, {"frag", "segment"}, {"key", "key"},
	} {
		if strings.HasPrefix(t.What, e.name) {
			return e.kind, true
		}
	}
	return t.What, false
}

// stallCount counts stalls with a threshold that is softer on the truth's side.
func stallCount(truth, model []Observation) Cell {
	counted := func(d float64) func(Observation) float64 {
		return func(o Observation) float64 { return countStalls(o, d) }
	}
	want, got := spreadOf(truth, counted(countedStall)), spreadOf(model, counted(countedStall))
	soft := want
	soft.least = spreadOf(truth, counted(1.2*countedStall)).least
	soft.most = spreadOf(truth, counted(0.8*countedStall)).most
	return Cell{
		Measure: "stalls of 0.5 s", Truth: want.String(), Model: got.String(), Tolerance: "equal",
		OK: soft.holds(got, 0, 0) || got.holds(want, 0, 0),
	}
}

// shownCell compares what was to be seen, each play with that of the other which it
// is most like.
func shownCell(truth, model []Observation) Cell {
	same := mostLike(truth, model, sameShown)
	return Cell{
		Measure: "rendition shown", Truth: renditions(truth), Model: fmt.Sprintf("%s; %.0f %% same", renditions(model), math.Floor(100*same)),
		Tolerance: "same for 90 %", OK: same >= 0.9,
	}
}

// callsCell compares when tokens were asked for.
func callsCell(truth, model []Observation) Cell {
	off := -mostLike(truth, model, func(a, b Observation) float64 { return -apart(a, b) })
	return Cell{
		Measure: "token calls at", Truth: calls(truth), Model: fmt.Sprintf("%s; %s s apart", calls(model), figure(off)),
		Tolerance: "0.3 s", OK: off <= 0.3,
	}
}

// mostLike is how like the truth the model's worst play is, or how like the model
// the truth's worst play is, whichever is more.
func mostLike(truth, model []Observation, like func(a, b Observation) float64) float64 {
	return max(leastLike(truth, model, like), leastLike(model, truth, like))
}

// leastLike is how like plays of one kind the worst of the other is.
func leastLike(these, others []Observation, like func(a, b Observation) float64) float64 {
	worst := math.Inf(1)
	for _, o := range others {
		best := math.Inf(-1)
		for _, t := range these {
			best = max(best, like(t, o))
		}
		worst = min(worst, best)
	}
	return worst
}

// A cell shows the first few renditions and calls of the first play.
const listed = 5

func renditions(plays []Observation) string {
	var texts []string
	for _, s := range plays[0].Shown {
		texts = append(texts, fmt.Sprintf("%d k from %.1f", s.Bitrate/1000, s.At))
	}
	return list(texts)
}

func calls(plays []Observation) string {
	var texts []string
	for _, c := range plays[0].Refreshes {
		texts = append(texts, fmt.Sprintf("%.1f", c.At))
	}
	return list(texts)
}

func list(texts []string) string {
	switch n := len(texts); {
	case n == 0:
		return "none"
	case n > listed:
		texts = append(slices.Clone(texts[:listed]), fmt.Sprintf("… %d in all", n))
	}
	return strings.Join(texts, ", ")
}
