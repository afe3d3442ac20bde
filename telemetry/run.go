package telemetry

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"soak/qoe"
	"soak/scenarios"
)

// Run is a run at one moment.
type Run struct {
	Scenario *scenarios.Scenario
	Version  string        // of soak
	Started  time.Time     // scenario time zero; zero before the run
	At       time.Duration // scenario time
	Summary  *qoe.Summary  // nil before the run

	Playing, Stalled, Dead int // viewers now

	Generator  Generator
	Thresholds []Threshold

	kinds *[]*group // of viewers; nil: not found yet
}

// grouped is the run with its kinds of viewers, which all families ask for.
func (r *Run) grouped() *Run {
	if r.kinds != nil {
		return r
	}
	c, kinds := *r, r.groups()
	c.kinds = &kinds
	return &c
}

// Generator is how the machine that plays all viewers does.
type Generator struct {
	LatenessP50, LatenessP99, LatenessMax time.Duration
	DispatchP99, ArrivalP99               time.Duration // how late requests left, and viewers came
	CPU                                   float64       // share of the cores used since the beginning, 0 to 1
	GC, Paused                            float64       // of the same for garbage; of the time for which everything stopped
	Files, FilesMax                       int           // descriptors: most at once, and allowed; 0 where that is not known
	CPUs                                  int
	Dials, DialsFailed                    int64
	Saturated                             bool
}

// Threshold is how a condition of the scenario stands.
type Threshold struct {
	Expr, Cohort string
	OK           bool
	Pending      bool // cannot be judged yet
}

// group is the viewers who share all labels.
type group struct {
	player, format, policy, link string
	tally                        *qoe.Tally
}

func (g *group) labels() []string { return []string{g.player, g.format, g.policy, g.link} }

// groups are the kinds of viewers, in the order of their labels. Who plays a copied
// link is no part of the audience.
func (r *Run) groups() (all []*group) {
	if r.Summary == nil {
		return nil
	}
	for i := range r.Summary.Cohorts {
		c := &r.Summary.Cohorts[i]
		if c.Leech {
			continue
		}
		g := group{player: label(c.Player), format: r.format(c.Cohort), policy: label(c.Policy), link: label(c.Link), tally: &c.Tally}
		same := slices.IndexFunc(all, func(o *group) bool { return slices.Equal(o.labels(), g.labels()) })
		if same < 0 {
			all = append(all, &g)
			continue
		}
		sum := new(qoe.Tally)
		sum.Merge(all[same].tally)
		sum.Merge(g.tally)
		all[same].tally = sum
	}
	slices.SortFunc(all, func(a, b *group) int { return slices.Compare(a.labels(), b.labels()) })
	return all
}

func (r *Run) format(cohort string) string {
	if c := r.Scenario.Cohort(cohort); c != nil {
		return c.Format()
	}
	return "unknown"
}

// longestLabel is how much of a scenario's own words becomes a label, in bytes.
const longestLabel = 120

func label(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > longestLabel {
		end := longestLabel
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return cmp.Or(text, "none")
}
