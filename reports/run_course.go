package reports

import (
	"fmt"
	"math"
	"slices"
	"time"

	"soak/qoe"
)

// courses are how viewers stood as time went on, where they were asked, and how the
// generator did. They share the cursor of the timelines.
func courses(r *Report) []chart { return coursesOf(r, false) }

// coursesOf has all of them, whatever was seen so far, or those that have anything to
// show. All want a slot at least of viewers, and of the generator.
func coursesOf(r *Report, all bool) []chart {
	c := &r.Summary.Course
	var charts []chart
	if all || asked(c) > 0 {
		charts = append(charts, phasesOverTime(r, all), buffersOverTime(c), bitRatesOverTime(c))
		if all || knows(c, func(s *qoe.Slot) *qoe.Histogram { return &s.Latency }) {
			charts = append(charts, latencyOverTime(c))
		}
	}
	if all || knows(c, func(s *qoe.Slot) *qoe.Histogram { return &s.Refresh }) {
		charts = append(charts, refreshesOverTime(c))
	}
	width := float64(c.Seconds)
	for i := range charts {
		charts[i].X.Values = slotsFrom(len(c.Slots), width)
	}
	if h := r.Health; h != nil && h.Course != nil && len(h.Course.CPU) > 0 {
		own := generatorOverTime(h.Course, time.Duration(r.Scenario.Duration))
		for i := range own {
			own[i].X.Values = slotsFrom(len(own[i].Series[0].Values), time.Duration(h.Course.Seconds).Seconds())
		}
		charts = append(charts, own...)
	}
	until := float64(int64(len(r.Summary.Timeline.Buckets)) * r.Summary.Timeline.Seconds)
	for i := range charts {
		charts[i].overTime(r, until)
	}
	return charts
}

// overTime makes a chart one of those that share a cursor, from 0 to until: a step ends
// where the next one would begin.
func (c *chart) overTime(r *Report, until float64) {
	c.X.axis = axis{Label: "time since the start, min:s", Unit: onClock}
	c.Steps, c.Sync, c.Bands = true, "time", hazards(r)
	if zero := 0.0; c.Y.Unit != inSeconds || c.Floor { // margins may be negative
		c.Y.Min = &zero
	}
	last := len(c.X.Values) - 1
	short := c.X.Values[last] < until
	switch {
	case short:
		c.X.Values = append(c.X.Values, until)
	case last > 0 && c.X.Values[last-1] < until:
		c.X.Values[last] = until
	}
	for k := range c.Series {
		v := &c.Series[k].Values
		*v = append(*v, (*v)[len(*v)-1])
		if short {
			*v = append(*v, math.NaN())
		}
	}
}

// slotsFrom are where slots begin, and where the last one ends.
func slotsFrom(n int, width float64) (at figures) {
	for i := range n + 1 {
		at = append(at, float64(i)*width)
	}
	return at
}

func asked(c *qoe.Course) (n int64) {
	for i := range c.Slots {
		n += c.Slots[i].Asked()
	}
	return n
}

func knows(c *qoe.Course, of func(*qoe.Slot) *qoe.Histogram) bool {
	for i := range c.Slots {
		if of(&c.Slots[i]).Count() > 0 {
			return true
		}
	}
	return false
}

// phasesOverTime stacks the shares of viewers by what they see.
func phasesOverTime(r *Report, all bool) chart {
	c := chart{ID: "states", Title: "What viewers see", Stack: true, Y: axis{Label: "share of the viewers who are here", Unit: asShare}}
	slots, one := r.Summary.Course.Slots, 1.0
	c.Y.Max = &one
	if most := mostAsked(slots); most < r.Summary.Total.Viewers.Arrived*9/10 {
		c.About = fmt.Sprintf("About %s of %s viewers were asked, chosen by chance.", number(most), number(r.Summary.Total.Viewers.Arrived))
	}
	for _, p := range []struct {
		name   string
		colour int
		phases []qoe.Phase
	}{
		{"plays", 1, []qoe.Phase{qoe.Playing}},
		{"waits for a first picture, or for the one sought", 5, []qoe.Phase{qoe.Starting, qoe.Seeking}},
		{"picture stands still", 2, []qoe.Phase{qoe.Stalled}},
		{"playback ended against the viewer’s will", 4, []qoe.Phase{qoe.Dead}},
		{"paused or asleep", 6, []qoe.Phase{qoe.Paused, qoe.Asleep}},
		{"all was shown", 3, []qoe.Phase{qoe.Ended}},
	} {
		s := series{Name: p.name, Shape: area, Colour: p.colour}
		for i := range slots {
			n, asked := int64(0), slots[i].Asked()
			for _, phase := range p.phases {
				n += slots[i].Of(phase)
			}
			s.Values = append(s.Values, quotient(n, asked))
		}
		if all || slices.ContainsFunc(s.Values, func(v float64) bool { return v > 0 }) {
			c.Series = append(c.Series, s)
		}
	}
	return c
}

func mostAsked(slots []qoe.Slot) (most int64) {
	for i := range slots {
		most = max(most, slots[i].Asked())
	}
	return most
}

// quotient is NaN where there is nothing to divide by.
func quotient(n, of int64) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

// bandOf are five quantiles over time, with what lies between them filled.
func bandOf(c *qoe.Course, scale float64, of func(*qoe.Slot) *qoe.Histogram) (all []series, fills []fill) {
	for _, q := range []struct {
		name  string
		shape shape
		at    float64
	}{{"95 % have at most", dot, 0.95}, {"75 %", dash, 0.75}, {"half", line, 0.5}, {"25 %", dash, 0.25}, {"5 %", dot, 0.05}} {
		all = append(all, quantileOverTime(c, q.name, q.shape, 1, q.at, scale, of))
	}
	return all, []fill{{0, 4}, {1, 3}}
}

// quantileOverTime has gaps where nothing was measured.
func quantileOverTime(c *qoe.Course, name string, s shape, colour int, q, scale float64, of func(*qoe.Slot) *qoe.Histogram) series {
	out := series{Name: name, Shape: s, Colour: colour}
	for i := range c.Slots {
		v := math.NaN()
		if h := of(&c.Slots[i]); h.Count() > 0 {
			v = float64(h.Quantile(q)) * scale
		}
		out.Values = append(out.Values, v)
	}
	return out
}

func buffersOverTime(c *qoe.Course) chart {
	out := chart{ID: "buffer", Floor: true, Title: "What viewers have buffered", About: "Of those who play, stall or seek: how long the picture can go on without another byte.",
		Y: axis{Label: "buffer", Unit: inSeconds}}
	out.Series, out.Fills = bandOf(c, 1e-3, func(s *qoe.Slot) *qoe.Histogram { return &s.Buffer })
	return out
}

func bitRatesOverTime(c *qoe.Course) chart {
	out := chart{ID: "bitrate", Title: "Bit rate of what is shown", Y: axis{Label: "video bit rate", Unit: inBits}}
	out.Series, out.Fills = bandOf(c, 1e3, func(s *qoe.Slot) *qoe.Histogram { return &s.BitRate })
	return out
}

func latencyOverTime(c *qoe.Course) chart {
	out := chart{ID: "latency", Floor: true, Title: "Behind the live edge", About: "Of those who watch live. It grows when the picture stands, and falls when players catch up or skip.",
		Y: axis{Label: "latency", Unit: inSeconds}}
	out.Series, out.Fills = bandOf(c, 1e-3, func(s *qoe.Slot) *qoe.Histogram { return &s.Latency })
	return out
}

func refreshesOverTime(c *qoe.Course) chart {
	took := func(s *qoe.Slot) *qoe.Histogram { return &s.Refresh }
	return chart{ID: "refresh", Floor: true, Title: "How long calls of the token API took", Y: axis{Label: "time of a call", Unit: inSeconds}, Series: []series{
		quantileOverTime(c, "95 % took at most", dash, 2, 0.95, 1e-3, took),
		quantileOverTime(c, "half", line, 1, 0.5, 1e-3, took),
	}}
}

// generatorOverTime tells when figures may be the generator's own. What it did in the
// moments after the run's end, when everybody left, is not drawn as wide as a slice.
func generatorOverTime(h *HealthCourse, length time.Duration) []chart {
	one := 1.0
	drawn := len(h.CPU)
	if last := drawn - 1; last > 0 && time.Duration(last)*time.Duration(h.Seconds) >= length {
		drawn = last
	}
	cpu := series{Name: "of all cores it was allowed", Shape: area, Colour: 1, Values: append(figures(nil), h.CPU[:drawn]...)}
	p99, most := series{Name: "99 % were less late", Shape: line, Colour: 1}, series{Name: "the latest", Shape: dot, Colour: 2}
	gc := series{Name: "for garbage", Shape: line, Colour: 2}
	left := series{Name: "99 % of requests left sooner", Shape: dash, Colour: 3}
	for i := range drawn {
		gc.Values = append(gc.Values, shareAt(h.GC, i))
		left.Values = append(left.Values, secondsAt(h.DispatchP99, i))
		p99.Values = append(p99.Values, secondsAt(h.LatenessP99, i))
		most.Values = append(most.Values, secondsAt(h.LatenessMax, i))
	}
	return []chart{
		{ID: "processor", Title: "The generator: processor", About: "Near 100 % it is this machine that was measured.", Y: axis{Label: "share used", Unit: asShare, Max: &one}, Series: []series{cpu, gc}},
		{ID: "lateness", Floor: true, Title: "The generator: how late timers ran", Y: axis{Label: "lateness", Unit: inSeconds}, Series: []series{p99, most, left}},
	}
}

func shareAt(all []float64, i int) float64 {
	if i >= len(all) {
		return math.NaN()
	}
	return all[i]
}

func secondsAt(all []Seconds, i int) float64 {
	if i >= len(all) {
		return math.NaN()
	}
	return time.Duration(all[i]).Seconds()
}
