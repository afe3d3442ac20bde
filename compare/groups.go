package compare

import (
	"math"

	"soak/chance"
	"soak/qoe"
)

// twins are the viewers of a group in both runs who noticed anything or were refused
// anything, by number; all others had nothing of either kind.
type twins struct{ a, b map[int]*qoe.Worst }

// twinsOf are those of a cohort of each run; empty names: of all.
func twinsOf(a, b *qoe.Summary, inA, inB string) *twins {
	t := &twins{map[int]*qoe.Worst{}, map[int]*qoe.Worst{}}
	for _, side := range []struct {
		s  *qoe.Summary
		in string
		to map[int]*qoe.Worst
	}{{a, inA, t.a}, {b, inB, t.b}} {
		for i := range side.s.Worst {
			if w := &side.s.Worst[i]; side.in == "" || side.in == w.Cohort {
				side.to[w.Viewer] = w
			}
		}
	}
	return t
}

// count is how many were of a kind in the first run only, and in the second only.
func (t *twins) count(who func(*qoe.Worst) bool) (first, second int64) {
	for viewer, w := range t.a {
		if other := t.b[viewer]; who(w) && (other == nil || !who(other)) {
			first++
		}
	}
	for viewer, w := range t.b {
		if other := t.a[viewer]; who(w) && (other == nil || !who(other)) {
			second++
		}
	}
	return first, second
}

// sums are those of the differences, and of their squares.
func (t *twins) sums(of func(*qoe.Worst) int64) (sum, squares float64) {
	var plain, squared int64 // whole numbers, so that the order of viewers leaves no trace
	add := func(d int64) {
		plain += d
		squared += d * d
	}
	for viewer, w := range t.a {
		d := -of(w)
		if other := t.b[viewer]; other != nil {
			d += of(other)
		}
		add(d)
	}
	for viewer, w := range t.b {
		if t.a[viewer] == nil {
			add(of(w))
		}
	}
	return float64(plain), float64(squared)
}

// groups asks all questions of all groups.
func (r *Result) groups(a, b *Run) {
	r.ask("", &a.Summary.Total, &b.Summary.Total, r.pair(a, b, "", ""))
	pairs := r.match(a, b)
	if len(a.Summary.Cohorts) < 2 && len(b.Summary.Cohorts) < 2 {
		return // it is all viewers over again
	}
	for _, p := range pairs {
		name := p.a.Cohort
		if p.b.Cohort != name {
			name += " → " + p.b.Cohort
		}
		if p.a.Leech || p.b.Leech { // what links are worth is no figure of an audience
			continue
		}
		r.ask(name, &p.a.Tally, &p.b.Tally, r.pair(a, b, p.a.Cohort, p.b.Cohort))
	}
}

func (r *Result) pair(a, b *Run, inA, inB string) *twins {
	if !r.Paired {
		return nil
	}
	return twinsOf(a.Summary, b.Summary, inA, inB)
}

func (r *Result) ask(name string, x, y *qoe.Tally, t *twins) {
	g := Group{Name: name, Viewers: [2]int64{x.Viewers.Arrived, y.Viewers.Arrived}}
	for _, q := range questions {
		f, ok := q.of(x, y, t)
		ok = ok && f.finite()
		f.Key, f.Name, f.Better = q.key, q.name, q.better
		if !ok {
			if f = (Figure{Key: q.key, Name: q.name, Better: q.better, P: 1, Adjusted: 1, Change: Unknown}); !measured(q, x, y) {
				continue
			}
		}
		g.Figures = append(g.Figures, f)
	}
	r.Groups = append(r.Groups, g)
}

// measured tells whether at least one of the runs has an answer: what neither has is
// not told.
func measured(q question, x, y *qoe.Tally) bool {
	_, one := q.of(x, x, nil)
	_, other := q.of(y, y, nil)
	return one || other
}

// couple is a cohort of each run.
type couple struct{ a, b *qoe.Cohort }

// match finds the cohorts that belong together: by name, and those whose names follow
// from what differs by their place in the mix.
func (r *Result) match(a, b *Run) (pairs []couple) {
	left := map[string]*qoe.Cohort{}
	for i := range b.Summary.Cohorts {
		left[b.Summary.Cohorts[i].Cohort] = &b.Summary.Cohorts[i]
	}
	var single []*qoe.Cohort
	for i := range a.Summary.Cohorts {
		c := &a.Summary.Cohorts[i]
		if other := left[c.Cohort]; other != nil {
			pairs = append(pairs, couple{c, other})
			delete(left, c.Cohort)
			continue
		}
		single = append(single, c)
	}
	for _, c := range single {
		other := left[namesake(a, b, c.Cohort)]
		if other == nil {
			r.Alone = append(r.Alone, a.Name+": "+c.Cohort)
			continue
		}
		pairs = append(pairs, couple{c, other})
		delete(left, other.Cohort)
	}
	for i := range b.Summary.Cohorts {
		if name := b.Summary.Cohorts[i].Cohort; left[name] != nil {
			r.Alone = append(r.Alone, b.Name+": "+name)
		}
	}
	return pairs
}

// namesake is the name that the cohort of a mix has in the other run.
func namesake(a, b *Run, name string) string {
	mix := b.Scenario.Viewers.Mix
	for i := range a.Scenario.Viewers.Mix {
		if a.Scenario.Viewers.Mix[i].Name == name && i < len(mix) {
			return mix[i].Name
		}
	}
	return ""
}

// family is questions that share a part of the doubt.
type family struct {
	part    float64
	figures []*Figure
}

// families divide the doubt: half of it goes to the one question that matters most,
// whether viewers noticed, so that the others do not hide its answer, and what is left
// to the other figures of all viewers and to those of cohorts.
func (r *Result) families() []family {
	main, rest, cohorts := family{part: 0.5}, family{part: 0.5}, family{}
	if len(r.Groups) > 1 {
		rest.part, cohorts.part = 0.25, 0.25
	}
	for i := range r.Groups {
		for k := range r.Groups[i].Figures {
			f := &r.Groups[i].Figures[k]
			switch {
			case f.Change == Unknown:
			case i > 0:
				cohorts.figures = append(cohorts.figures, f)
			case f.Key == questions[0].key:
				main.figures = append(main.figures, f)
			default:
				rest.figures = append(rest.figures, f)
			}
		}
	}
	return []family{main, rest, cohorts}
}

// judge takes all questions together.
func (r *Result) judge() {
	for _, fam := range r.families() {
		p := make([]float64, len(fam.figures))
		for i, f := range fam.figures {
			p[i] = f.P
		}
		for i, adjusted := range chance.Holm(p) {
			fam.figures[i].judge(min(1, adjusted/fam.part), 1-r.Confidence, r.Tolerance)
		}
		r.Questions += len(p)
	}
	switch {
	case len(r.Reasons) > 0:
		r.Verdict = Unlike
	case r.Worse() > 0:
		r.Verdict = Regression
	default:
		r.Verdict = NoWorse
	}
}

// coarse is the least change between two percentiles of sketches, each right within 1 %.
const coarse = 2 * qoe.Accuracy

func (f *Figure) judge(adjusted, doubt, tolerance float64) {
	f.Adjusted, f.Change = adjusted, Same
	if !f.exact {
		tolerance = max(tolerance, coarse)
	}
	by := f.B.Value - f.A.Value
	if adjusted > doubt || by == 0 || math.Abs(by) <= tolerance*math.Abs(f.A.Value) {
		return
	}
	switch {
	case f.Better == "" && by > 0:
		f.Change = More
	case f.Better == "":
		f.Change = Less
	case by > 0 == (f.Better == more):
		f.Change = Better
	default:
		f.Change = Worse
	}
}
