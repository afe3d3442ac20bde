package qoe

import (
	"cmp"
	"slices"
)

// SummaryVersion is the version of a Summary's JSON. It grows when a field
// changes its meaning or goes; new fields do not raise it.
const SummaryVersion = 1

// Summary is what all viewers of a run lived through, in total and by cohort. Its
// JSON is the same to the byte however samples were sharded and merged, and can
// be read back and merged further.
type Summary struct {
	Version  int      `json:"version"`
	Total    Tally    `json:"total"`
	Cohorts  []Cohort `json:"cohorts"` // by labels, in alphabetical order
	Timeline Timeline `json:"timeline"`
	Course   Course   `json:"course,omitzero"` // how viewers stood as time went on
	Bursts   Bursts   `json:"tokenCallBursts"` // calls of the token API by 10 ms
	// Worst names the viewers who lost most, of those who noticed anything or were
	// refused anything: at most [MaxWorst].
	Worst []Worst `json:"worst,omitempty"`
	// Ordinary are a few viewers who lost nothing, with their diaries, if those were
	// kept: at most [MaxOrdinary].
	Ordinary []Ordinary `json:"ordinary,omitempty"`
}

// Cohort is what the viewers with the same labels lived through.
type Cohort struct {
	Labels
	Tally
}

// Merge adds all that o has seen; o stays as it is.
func (s *Summary) Merge(o *Summary) {
	s.Version = SummaryVersion
	s.Timeline.merge(&o.Timeline)
	s.Course.merge(&o.Course)
	s.Bursts.merge(&o.Bursts)
	for i := range o.Cohorts {
		s.add(o.Cohorts[i].Labels, &o.Cohorts[i].Tally)
	}
	s.Worst = append(s.Worst, o.Worst...)
	s.Ordinary = append(s.Ordinary, o.Ordinary...)
	s.sort()
}

// add merges t into the total and into its cohort. Of leeches the total knows what
// their links were worth, and nothing else.
func (s *Summary) add(l Labels, t *Tally) {
	if l.Leech {
		s.Total.Exposure.merge(&t.Exposure)
	} else {
		s.Total.Merge(t)
	}
	i := slices.IndexFunc(s.Cohorts, func(c Cohort) bool { return c.Labels == l })
	if i < 0 {
		i = len(s.Cohorts)
		s.Cohorts = append(s.Cohorts, Cohort{Labels: l})
	}
	s.Cohorts[i].Merge(t)
}

func (s *Summary) sort() {
	(*worst)(&s.Worst).cut()
	(*ordinary)(&s.Ordinary).cut()
	slices.SortFunc(s.Cohorts, func(a, b Cohort) int {
		return cmp.Or(cmp.Compare(a.Cohort, b.Cohort), cmp.Compare(a.Player, b.Player),
			cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Link, b.Link), cmp.Compare(rank(a.Leech), rank(b.Leech)))
	})
}

// rank sorts false before true.
func rank(b bool) int {
	if b {
		return 1
	}
	return 0
}
