package qoe

import (
	"fmt"
	"strconv"
	"strings"
)

// Figure is one number that a run, or a group of viewers, can be asked for: a
// metric of [Names], a part of one ([Figure.Where]) or any percentile of a
// distribution ([Percentile]).
type Figure struct {
	Name  // as it is written in full: refused_requests{kind="segment"}
	group func(t *Tally) (value float64, ok bool)
	whole func(s *Summary) (value float64, ok bool) // nil unless it is the whole run's only
}

// Alias is another name for a metric or for a distribution.
type Alias struct{ Name, For string }

// aliases are the words that people reach for. One whose metric does not exist is
// not known by it either.
var aliases = []Alias{
	{"viewers_noticed", "noticed_ratio"},
	{"viewers_dead", "dead_ratio"},
	{"refused", "refused_requests"},
	{"failures", "failed_requests"},
	{"token_api_peak", "token_peak_per_second"},
	{"token_api_calls", "token_calls"},
	{"persistence", "herd_persistence"},
	{"viewers_lost_to_outage", "token_outage_lost_ratio"},
	{"exposure", "exposure_seconds_max"},
	{"refresh_latency", "refresh_seconds"},
	{"startup_time", "startup_seconds"},
	{"margin", "margin_seconds"},
}

// Aliases lists the other names of metrics and distributions that there are.
func Aliases() (known []Alias) {
	for _, a := range aliases {
		_, metric := flat(a.For)
		if _, distribution := sketchOf(a.For); metric || distribution {
			known = append(known, a)
		}
	}
	return known
}

// meant is what an alias stands for, and any other name itself.
func meant(name string) string {
	for _, a := range aliases {
		if a.Name == name {
			return a.For
		}
	}
	return name
}

// Lookup is the metric of that name or alias.
func Lookup(name string) (Figure, bool) { return flat(meant(name)) }

func flat(name string) (Figure, bool) {
	for _, m := range metrics {
		if m.Name.Name == name {
			return Figure{Name: m.Name, group: m.of}, true
		}
	}
	for _, m := range wholeMetrics {
		if m.Name.Name == name {
			return Figure{Name: m.Name, whole: func(s *Summary) (float64, bool) { return m.of(s, s.Herd) }}, true
		}
	}
	return Figure{}, false
}

// Distributions lists what [Percentile] can be asked for, in the order of [Names].
func Distributions() (names []string) {
	for _, m := range metrics {
		if name, is := m.distribution(); is && (len(names) == 0 || names[len(names)-1] != name) {
			names = append(names, name)
		}
	}
	return names
}

// distribution is the name without the percentile.
func (m metric) distribution() (name string, is bool) {
	if m.sketch == nil {
		return "", false
	}
	return m.Name.Name[:strings.LastIndexByte(m.Name.Name, '_')], true
}

func sketchOf(distribution string) (metric, bool) {
	for _, m := range metrics {
		if name, is := m.distribution(); is && name == distribution {
			return m, true
		}
	}
	return metric{}, false
}

// Percentile is a percentile, 0 to 100, of a distribution of that name or alias.
// Those that are metrics bear their names: margin_seconds_p01.
func Percentile(distribution string, percent float64) (Figure, bool) {
	m, ok := sketchOf(meant(distribution))
	if !ok || !(percent >= 0 && percent <= 100) {
		return Figure{}, false
	}
	family, _ := m.distribution()
	name := family + "_p" + strconv.FormatFloat(percent, 'f', -1, 64)
	if percent < 10 {
		name = family + "_p0" + strconv.FormatFloat(percent, 'f', -1, 64)
	}
	if f, ok := flat(name); ok {
		return f, true
	}
	q := quantile(name, fmt.Sprintf("%gth percentile of %s", percent, family), percent/100, m.sketch)
	q.Closing = m.Closing
	return Figure{Name: q.Name, group: q.of}, true
}

// Whole tells whether only the whole run has it, and no group of viewers.
func (f Figure) Whole() bool { return f.whole != nil }

// Of is the figure of a run; ok is false when nothing was measured.
func (f Figure) Of(s *Summary) (value float64, ok bool) {
	if f.whole != nil {
		return f.whole(s)
	}
	return f.group(&s.Total)
}

// OfGroup is the figure of some viewers; those of the whole run were never
// measured there.
func (f Figure) OfGroup(t *Tally) (value float64, ok bool) {
	if f.whole != nil {
		return 0, false
	}
	return f.group(t)
}
