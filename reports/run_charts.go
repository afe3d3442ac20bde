package reports

import (
	"math"
	"slices"
	"time"

	"soak/lab"
	"soak/qoe"
)

// timelines are what happened when, all with one cursor, faults shaded.
func timelines(r *Report) []chart {
	t := &r.Summary.Timeline
	if len(t.Buckets) == 0 {
		return nil
	}
	charts := []chart{viewersOverTime(t), requestsOverTime(t), refusalsOverTime(t), troubleOverTime(t), callsOverTime(r), burstsOverTime(r.Summary), marginOverTime(t)}
	for i := range charts {
		c := &charts[i]
		c.X.Values = slotsFrom(len(t.Buckets), float64(t.Seconds))
		c.overTime(r, c.X.Values[len(t.Buckets)])
	}
	return charts
}

// eventful leaves out what would be an empty chart at the end of a run.
func eventful(charts []chart, r *Report) []chart {
	return slices.DeleteFunc(charts, func(c chart) bool { return c.ID == "refusals" && r.Summary.Total.Refused.Count() == 0 })
}

// perSecond is a series of rates.
func perSecond(t *qoe.Timeline, name string, s shape, colour int, pick func(qoe.Bucket) int64) series {
	out := series{Name: name, Shape: s, Colour: colour}
	for _, b := range t.Buckets {
		out.Values = append(out.Values, float64(pick(b))/float64(t.Seconds))
	}
	return out
}

// summed is a series of what has come together so far.
func summed(t *qoe.Timeline, name string, s shape, colour int, pick func(qoe.Bucket) int64) series {
	out, sum := series{Name: name, Shape: s, Colour: colour}, int64(0)
	for _, b := range t.Buckets {
		sum += pick(b)
		out.Values = append(out.Values, float64(sum))
	}
	return out
}

func viewersOverTime(t *qoe.Timeline) chart {
	return chart{ID: "viewers", Title: "Viewers", Y: axis{Label: "viewers", Unit: asCount}, Series: []series{
		summed(t, "here: came, and did not leave", area, 1, func(b qoe.Bucket) int64 { return b.Arrived - b.Left }),
		standing(t),
		summed(t, "playback ended against their will, so far", line, 2, func(b qoe.Bucket) int64 { return b.Dead }),
	}}
}

// standing is how many viewers' pictures stood still, on average over each bucket.
func standing(t *qoe.Timeline) series {
	out := series{Name: "picture stands still", Shape: dash, Colour: 4}
	for _, b := range t.Buckets {
		out.Values = append(out.Values, float64(b.Stalled)/1e6/float64(t.Seconds))
	}
	return out
}

// marginOverTime is the least life that tokens had left.
func marginOverTime(t *qoe.Timeline) chart {
	c := chart{ID: "margin", Least: true, Title: "The least life left in a token at use", About: "Below zero some request went out with a dead token.",
		Y: axis{Label: "life left", Unit: inSeconds}, Marks: []guideline{{Name: "expiry", Axis: "y", At: 0}}}
	least := series{Name: "least of all requests", Shape: line, Colour: 1}
	for _, b := range t.Buckets {
		v := math.NaN()
		if b.Signed > 0 {
			v = micros(b.LeastMargin).Seconds()
		}
		least.Values = append(least.Values, v)
	}
	c.Series = []series{least}
	return c
}

func requestsOverTime(t *qoe.Timeline) chart {
	return chart{ID: "requests", Title: "Requests", Y: axis{Label: "requests a second", Unit: asRate}, Series: []series{
		perSecond(t, "requests", area, 1, func(b qoe.Bucket) int64 { return b.Requests }),
		perSecond(t, "refused for their token", line, 2, func(b qoe.Bucket) int64 { return b.Refused }),
	}}
}

// refusalsOverTime tells what was refused: a segment costs a part of the buffer, a
// playlist all that would have come after it.
func refusalsOverTime(t *qoe.Timeline) chart {
	return chart{ID: "refusals", Title: "Requests refused for their token, by kind", Y: axis{Label: "refusals a second", Unit: asRate}, Series: []series{
		perSecond(t, "segments", area, 2, func(b qoe.Bucket) int64 { return b.RefusedSegments }),
		perSecond(t, "media playlists", line, 1, func(b qoe.Bucket) int64 { return b.RefusedPlaylists }),
		perSecond(t, "manifests", dash, 4, func(b qoe.Bucket) int64 { return b.RefusedManifests }),
		perSecond(t, "init segments", dot, 3, func(b qoe.Bucket) int64 { return b.RefusedInits }),
		perSecond(t, "keys", dash, 5, func(b qoe.Bucket) int64 { return b.RefusedKeys }),
	}}
}

func troubleOverTime(t *qoe.Timeline) chart {
	return chart{ID: "trouble", Title: "What went wrong", Y: axis{Label: "a second", Unit: asRate}, Series: []series{
		perSecond(t, "requests refused", line, 2, func(b qoe.Bucket) int64 { return b.Refused }),
		perSecond(t, "stalls that began", dash, 4, func(b qoe.Bucket) int64 { return b.Stalls }),
		perSecond(t, "token calls that failed", dot, 5, func(b qoe.Bucket) int64 { return b.FailedCalls }),
	}}
}

func callsOverTime(r *Report) chart {
	t := &r.Summary.Timeline
	c := chart{ID: "calls", Title: "Calls of the token API", Y: axis{Label: "calls a second", Unit: asRate}, Series: []series{
		perSecond(t, "all", area, 1, func(b qoe.Bucket) int64 { return b.TokenCalls }),
		perSecond(t, "viewers’ first", dash, 3, func(b qoe.Bucket) int64 { return b.FirstCalls }),
		perSecond(t, "after a failure or a refusal", line, 2, func(b qoe.Bucket) int64 { return b.Retries }),
	}}
	if limit, named := rateLimit(r.Scenario, r.Summary.Herd()); named {
		c.Marks = []guideline{{Name: "what the API bears", Axis: "y", At: limit}}
	}
	return c
}

func burstsOverTime(s *qoe.Summary) chart {
	c := chart{ID: "bursts", Title: "Calls of the token API that come at once", About: "The fullest 10 ms of each second (wider windows in runs over an hour). Viewers who came together refresh together.",
		Y: axis{Label: "calls at once", Unit: asCount}}
	counts := s.Bursts.Fullest(s.Timeline.Seconds)
	c.Series = []series{{Name: "calls", Shape: line, Colour: 1, Values: padded(counts[:min(len(counts), len(s.Timeline.Buckets))], len(s.Timeline.Buckets))}}
	return c
}

// hazards are the spans of time in which the lab was told to do wrong; and the outage
// of the token API that showed, where it was told of none.
func hazards(r *Report) (bands []band) {
	end := float64(int64(len(r.Summary.Timeline.Buckets)) * r.Summary.Timeline.Seconds)
	add := func(name string, from, to time.Duration) {
		b := band{Name: name, From: from.Seconds(), To: to.Seconds()}
		if to == 0 {
			b.To = end
		}
		bands = append(bands, b)
	}
	if l := r.Scenario.Target.Lab; l != nil {
		for _, o := range l.API.Outages {
			add("outage of the token API", o.From, o.To)
		}
		for _, o := range l.API.Slow {
			add("the token API is slower", o.From, o.To)
		}
		for _, f := range l.Faults {
			if f.From > 0 || f.To > 0 { // others strike all the time
				add("fault of the edges", f.From, f.To)
			}
		}
		for _, e := range []lab.EdgeRules{l.Edges.Plain, l.Edges.IPBound, l.Edges.Second} {
			for _, w := range e.Down {
				add("an edge is down", w.From, w.To)
			}
		}
		for _, x := range l.Rotations {
			add("another secret", x.At, x.At+time.Second)
		}
	}
	if o := r.Summary.Herd().Outage; o != nil && (r.Scenario.Target.Lab == nil || len(r.Scenario.Target.Lab.API.Outages) == 0) {
		add("token API fails for half of its calls or more", time.Duration(o.From)*time.Second, time.Duration(o.To)*time.Second)
	}
	return bands
}

// distributions are cumulative, from the quantiles that sketches know within 1 %.
func distributions(t *qoe.Tally) (charts []chart) {
	for _, d := range []struct {
		id, title, label, share string
		sketch                  *qoe.Sketch
	}{
		{"margin", "Life left in tokens at use", "life left", "share of the signed requests", &t.Margin},
		{"refresh", "How long token calls took", "time of a call", "share of the calls", &t.Refreshes.Took},
		{"startup", "From the wish to play to the picture", "time to the picture", "share of the starts", &t.Startup},
		{"stalls", "How long stalls were", "length of a stall", "share of the stalls", &t.Stalls},
		{"answers", "How long answers took", "from asking to the last byte", "share of the requests", &t.Answers},
		{"latency", "How far behind the live edge", "mean latency of a viewer", "share of the viewers", &t.Latency},
	} {
		if d.sketch.Count() > 1 {
			charts = append(charts, cumulative(d.id+"-distribution", d.title, d.label, d.share, d.sketch))
		}
	}
	return charts
}

// cumulative has a point for each per cent, and more of them at the ends.
func cumulative(id, title, label, share string, s *qoe.Sketch) chart {
	zero, one := 0.0, 1.0
	c := chart{ID: id, Title: title, Steps: true, X: abscissa{axis: axis{Label: label, Unit: inSeconds, Log: s.Min() > 0 && s.Max() > 20*s.Min()}}, Y: axis{Label: share, Unit: asShare, Min: &zero, Max: &one}}
	values := series{Name: "at most that", Shape: line, Colour: 1}
	last := math.Inf(-1)
	for i := range 1001 {
		q := float64(i) / 1000
		if i%10 != 0 && q > 0.01 && q < 0.99 {
			continue
		}
		x := s.Quantile(q).Seconds()
		if x == last { // of equal values, the greatest share
			values.Values[len(values.Values)-1] = q
			continue
		}
		c.X.Values, values.Values, last = append(c.X.Values, x), append(values.Values, q), x
	}
	if s.Min() < 0 {
		c.Bands = []band{{Name: "dead", From: s.Min().Seconds(), To: 0}}
	}
	c.Series = []series{values}
	return c
}
