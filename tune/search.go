package tune

import (
	"context"
	"math"
	"slices"
)

// stages are how many viewers a cell has been tried with after each stage: few where
// that is enough to see that it is bad, many where chance must be told from rarity.
func stages(target float64) []int {
	enough := 6 / target // with one event among so many, Exact's bound is met at 0.95
	list := []int{4, 16, 64, 256, perScene}
	for n := 2 * perScene; float64(list[len(list)-1]) < enough && n <= 1<<20; n *= 2 {
		list = append(list, n)
	}
	return list
}

// Stages after which a cell that is still undecided is left so, unless it is the one
// to be recommended.
const (
	mapStages  = 6  // of the search for the least lead: 2048 viewers
	mapPlayed  = 48 // viewers played whole
	nearStages = 5  // of neighbours: 1024 viewers
)

// trial is a cell under way.
type trial struct {
	Cell
	told    computed
	cost    float64 // what is minimised
	tally   Tally
	stage   int  // stages done
	decided bool // by its own viewers
}

// search is the sweep: which cell is tried next is a function of what was counted, so
// the same counts give the same answer.
type search struct {
	Config
	stages []int
	cells  []trial
	axes   axes
	shard  Shard
	spent  Spent
}

// axes finds cells in their order: policy, jitter, TTL, lead.
type axes struct{ policies, jitters, ttls, leads int }

func (a axes) at(policy, jitter, ttl, lead int) int {
	return ((policy*a.jitters+jitter)*a.ttls+ttl)*a.leads + lead
}

// place is the inverse of at.
func (a axes) place(i int) (policy, jitter, ttl, lead int) {
	lead, i = i%a.leads, i/a.leads
	ttl, i = i%a.ttls, i/a.ttls
	return i / a.jitters, i % a.jitters, ttl, lead
}

// newSearch lays the grid out, rules cells out and computes the others.
func newSearch(ctx context.Context, c Config) (*search, error) {
	g := c.Grid
	s := &search{Config: c, stages: stages(c.Target), axes: axes{len(g.Policies), len(g.Jitters), len(g.TTLs), len(g.Leads)}}
	f := newFormula(c)
	for p, policy := range g.Policies {
		for _, jitter := range g.Jitters {
			for _, ttl := range g.TTLs {
				for _, lead := range g.Leads {
					if err := ctx.Err(); err != nil {
						return nil, err
					}
					t, err := s.trial(f, Choice{TTL: ttl, Lead: lead, Jitter: jitter, Policy: policy}, p)
					if err != nil {
						return nil, err
					}
					s.cells = append(s.cells, t)
				}
			}
		}
	}
	s.order()
	return s, nil
}

// habit is what another policy than the first must save to be worth its change of
// code: one call in twenty.
const habit = 0.05

func (s *search) trial(f *formula, ch Choice, policy int) (trial, error) {
	t := trial{Cell: Cell{Choice: ch, Verdict: Undecided, Agrees: true}}
	if why := s.ruledOut(ch); why != "" {
		t.Verdict, t.By, t.Why = Ruled, ByRule, why
		return t, nil
	}
	var err error
	if t.told, err = f.tell(ch); err != nil {
		return t, err
	}
	t.Formula, t.Rough = t.told.late, t.told.rough
	t.price()
	t.Peak, t.Mean = s.crowd(ch, t.told.calls)
	t.cost = t.told.calls * (1 + habit*float64(policy))
	s.presume(&t)
	return t, nil
}

// presume judges a cell that was not tried, by the closed form alone: with more late
// tokens than it can have, no more viewers can notice than may.
func (s *search) presume(t *trial) {
	t.Verdict, t.By, t.Why = Undecided, "", ""
	if !t.told.unforeseen && t.told.feared <= s.Target {
		t.Verdict, t.By = Met, ByFormula
	}
}

// price is what does not depend on chance.
func (t *trial) price() {
	t.Calls = Estimate{Value: t.told.calls, Interval: Interval{t.told.calls, t.told.calls}}
	t.CopiedMean = (t.TTL + t.Lead + t.Jitter/2) / 2
	t.CopiedMost = t.TTL
}

// crowd is how many refreshes a second are to be expected at worst when all viewers
// came within Join, and on average.
func (c Config) crowd(ch Choice, calls float64) (Estimate, float64) {
	n := float64(c.Viewers)
	mean := n * calls / 3600
	spread := max(c.Join.Duration().Seconds(), ch.Jitter.Duration().Seconds(), 1)
	peak := max(n/spread, mean)
	chance := 3 * math.Sqrt(peak) // Poisson
	return Estimate{Value: peak, Interval: Interval{max(0, peak-chance), peak + chance}}, mean
}

// bearable tells whether the token API bears a cell's perScene: what it is said to bear,
// or three times the mean and what chance adds to that.
func (c Config) bearable(t *trial) bool {
	if c.Capacity > 0 {
		return t.Peak.High <= c.Capacity
	}
	usual := 3 * t.Mean
	return t.Peak.High <= usual+3*math.Sqrt(usual)
}

// order lets cells know of each other: a longer lead, a longer life and more jitter
// lose nobody whom the shorter one did not, so what is known of one is known of all
// on that side of it.
func (s *search) order() {
	for i := range s.cells {
		if t := &s.cells[i]; !t.decided && t.Verdict != Ruled {
			s.presume(t)
		}
	}
	for i := range s.cells {
		for j := range s.cells {
			s.follows(&s.cells[i], &s.cells[j])
		}
	}
}

// follows draws the conclusion from a cell that was tried about another.
func (s *search) follows(known, t *trial) {
	if !known.decided || t.decided || t.Verdict == Ruled || known.Policy != t.Policy {
		return
	}
	safer := t.TTL >= known.TTL && t.Lead >= known.Lead && t.Lead+t.Jitter >= known.Lead+known.Jitter
	riskier := t.TTL <= known.TTL && t.Lead <= known.Lead && t.Lead+t.Jitter <= known.Lead+known.Jitter
	switch {
	case known.Verdict == Met && safer && t.By != ByFormula:
		t.Verdict, t.By, t.Why = Met, ByOrder, "as "+known.Choice.String()
	case known.Verdict == Missed && riskier:
		t.Verdict, t.By, t.Why = Missed, ByOrder, "as "+known.Choice.String()
	}
}

// next are the cells to be tried in the next round: what is recommended as things
// stand, until that is certain; what lies beside it; then the map. None when all is
// known that can be.
func (s *search) next() []int {
	best := s.best()
	if best >= 0 && !s.cells[best].decided && s.cells[best].stage < len(s.stages) {
		return []int{best}
	}
	var list []int
	if best >= 0 {
		for _, i := range s.around(best) {
			if t := &s.cells[i]; !t.decided && t.By != ByFormula && !s.tried(t, nearStages) && s.mine(i) {
				list = append(list, i)
			}
		}
	}
	if len(list) > 0 {
		return list
	}
	for p := range s.axes.policies {
		for ttl := range s.axes.ttls {
			if i, ok := s.probe(p, ttl); ok && s.mine(i) {
				list = append(list, i)
			}
		}
	}
	return list
}

// probe halves the leads between one that misses and one that meets the target, for a
// policy and a TTL, without jitter.
func (s *search) probe(policy, ttl int) (int, bool) {
	low, high := -1, s.axes.leads
	for lead := range s.axes.leads {
		t := &s.cells[s.axes.at(policy, 0, ttl, lead)]
		switch {
		case t.Verdict == Ruled && t.tooLong():
			high = min(high, lead)
		case t.Verdict == Ruled, t.Verdict == Missed, t.Verdict == Undecided && s.tried(t, mapStages):
			low = lead
		case t.Verdict == Met:
			high = min(high, lead)
		}
	}
	if high-low < 2 {
		return 0, false
	}
	return s.axes.at(policy, 0, ttl, (low+high)/2), true
}

// tried tells whether no more is to be spent on a cell that nobody asks for.
func (s *search) tried(t *trial, stages int) bool {
	return t.stage >= min(stages, len(s.stages)) || t.tally.Played >= mapPlayed
}

// best is the cheapest cell that meets target and limits; where none is bearable, of
// all that meet the target. -1: none does.
func (s *search) best() int {
	best := -1
	better := func(i int) bool {
		if best < 0 {
			return true
		}
		a, b := &s.cells[i], &s.cells[best]
		if ba, bb := s.bearable(a), s.bearable(b); ba != bb {
			return ba
		}
		if !s.bearable(a) && a.Peak.Value != b.Peak.Value && s.Capacity == 0 {
			return a.Peak.Value < b.Peak.Value
		}
		return a.cost < b.cost
	}
	for i := range s.cells {
		t := &s.cells[i]
		if s.mine(i) && s.suits(i) && (s.Capacity == 0 || s.bearable(t)) && better(i) {
			best = i
		}
	}
	return best
}

// suits tells whether a cell meets target and exposure. Its lead must suffice without
// jitter, which is for the herd and not for the lead.
func (s *search) suits(i int) bool {
	plain := &s.cells[s.plain(i)]
	return s.cells[i].Verdict == Met && plain.Verdict == Met && plain.CopiedMost <= s.Exposure
}

// plain is a cell's sibling without jitter.
func (s *search) plain(i int) int {
	p, _, ttl, lead := s.axes.place(i)
	return s.axes.at(p, 0, ttl, lead)
}

// around are a cell's neighbours on the grid: shorter and longer leads and lives, and
// other policies, all without the jitter that would hide what a lead is worth; then
// other jitters.
func (s *search) around(i int) (list []int) {
	p, j, ttl, lead := s.axes.place(i)
	add := func(p, j, ttl, lead int) {
		if j < 0 || j >= s.axes.jitters || ttl < 0 || ttl >= s.axes.ttls || lead < 0 || lead >= s.axes.leads {
			return
		}
		if n := s.axes.at(p, j, ttl, lead); n != i && s.cells[n].Verdict != Ruled && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	add(p, 0, ttl, lead-2)
	add(p, 0, ttl, lead-1)
	add(p, 0, ttl, lead+1)
	add(p, 0, ttl-1, lead)
	add(p, 0, ttl+1, lead)
	for other := range s.axes.policies {
		if other != p {
			add(other, 0, ttl, lead)
		}
	}
	if j > 0 {
		add(p, j-1, ttl, lead)
	}
	add(p, j+1, ttl, lead)
	return list
}

// fewPlayed is how many viewers may have to be played whole where a cell is taken
// through several stages at once.
const fewPlayed = 16

// step is the stage that a cell is tried up to next: several further where next to
// nobody has anything to fear, so that all there is to it are refreshers.
func (s *search) step(i int) int {
	t := &s.cells[i]
	stage := t.stage + 1
	for more := 0; more < 3 && stage < len(s.stages) && !t.told.unforeseen && t.told.feared*float64(s.stages[stage]) < fewPlayed; more++ {
		stage++
	}
	return stage
}

// count adds what a cell came to up to a stage, and judges.
func (s *search) count(i int, o Tally, stage int) {
	t := &s.cells[i]
	t.tally = t.tally.add(o)
	t.stage = stage
	s.spent.PlayerHours += float64(o.Played)
	s.spent.TokenHours += o.hours()
	s.spent.Cycles += o.Cycles
	t.estimate(s.Confidence)
	switch {
	case t.Noticed.High <= s.Target:
		t.Verdict, t.decided = Met, true
	case t.Noticed.Low > s.Target:
		t.Verdict, t.decided = Missed, true
	default:
		return
	}
	t.By, t.Why = ByTokens, ""
	if t.tally.Played > 0 {
		t.By = ByPlayers
	}
}

// estimate makes figures of the tally.
func (t *trial) estimate(confidence float64) {
	c := t.tally
	hours := c.hours()
	per := hours / float64(c.Viewers)
	noticed := c.Noticed + c.Surprised
	in := Exact(noticed, c.Viewers, confidence)
	t.Noticed = Estimate{
		Value: float64(noticed) / hours, Interval: Interval{in.Low / per, in.High / per}, Events: noticed, Hours: hours,
	}
	cycles := float64(c.Cycles) / hours
	late := Wilson(int(c.Late), int(c.Cycles), confidence)
	t.Late = Estimate{
		Value: float64(c.Late) / hours, Interval: Interval{late.Low * cycles, late.High * cycles}, Events: c.Late, Hours: hours,
	}
	calls, at := meanOf(c.Viewers, c.Calls, c.Squares, confidence)
	t.Calls = Estimate{Value: calls / per, Interval: Interval{at.Low / per, at.High / per}, Events: c.Calls, Hours: hours}
	t.Agrees = t.Rough || t.told.unforeseen || t.agrees()
}

// doubtful is the confidence beyond which formula and simulation disagree: with it one
// sweep in a hundred of a hundred cells doubts for nothing.
const doubtful = 0.9999

// agrees tells whether as many cycles were late as the closed form has it, by chance or
// within 3 %.
func (t *trial) agrees() bool {
	c := t.tally
	expected := 0.0
	for k, p := range t.told.perLate {
		if k < len(c.Cohorts) {
			expected += p * float64(c.Cohorts[k].Cycles)
		}
	}
	if c.Cycles == 0 || math.Abs(expected-float64(c.Late)) <= 0.03*expected {
		return true
	}
	return Wilson(int(c.Late), int(c.Cycles), doubtful).Holds(expected / float64(c.Cycles))
}
