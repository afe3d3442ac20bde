package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"soak/tune"
)

// frontierChart sets what copied links are worth against how many viewers notice.
func frontierChart(r *tune.Result, shown int) chart {
	order := []int{}
	for i := range r.Cells[:shown] {
		if c := &r.Cells[i]; c.Verdict != tune.Ruled {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(r.Cells[a].CopiedMean, r.Cells[b].CopiedMean) })
	c := chart{
		ID: "frontier-chart", Title: "What a copied link is worth, and what viewers notice", Tall: true, Points: true, Refs: order,
		About: "Each point is a choice. Further left a copied link is worth less; further down fewer viewers notice. Nothing beats the choices on the frontier in both. " +
			"Where nobody noticed the point is computed, and whiskers are what those who were played leave room for. Below a thousandth of the target all are alike.",
		X:     abscissa{axis: axis{Label: "time that a copied link works, on average", Unit: inSeconds, Log: true}},
		Y:     axis{Label: "viewers who notice, an hour", Unit: asChance, Log: true},
		Marks: []guideline{{Name: "target", Axis: "y", At: cmp.Or(r.Config.Target, 1e-4)}},
	}
	for _, i := range order {
		c.X.Values = append(c.X.Values, r.Cells[i].CopiedMean.Duration().Seconds())
		c.Names = append(c.Names, choice(r.Cells[i].Choice))
	}
	c.Series = frontierSeries(r, order)
	return c
}

func frontierSeries(r *tune.Result, order []int) []series {
	floor, edge := cmp.Or(r.Config.Target, 1e-4)/1000, frontierOf(r, order)
	pick := func(name string, s shape, colour int, in func(i int, c *tune.Cell) bool) series {
		out := series{Name: name, Shape: s, Colour: colour}
		for _, i := range order {
			value, low, high := math.NaN(), math.NaN(), math.NaN()
			if c := &r.Cells[i]; in(i, c) {
				value, low, high = comfort(c)
				value = max(value, floor)
			}
			out.Values = append(out.Values, value)
			if s.isPoint() {
				out.Low, out.High = append(out.Low, low), append(out.High, high)
			}
		}
		return out
	}
	verdict := func(v tune.Verdict) func(int, *tune.Cell) bool {
		return func(i int, c *tune.Cell) bool { return c.Verdict == v && i != r.Best }
	}
	all := []series{
		pick("meets the target", circle, 1, verdict(tune.Met)),
		pick("misses it", cross, 2, verdict(tune.Missed)),
		pick("not decided", ring, 5, verdict(tune.Undecided)),
		pick("frontier", dash, 6, func(i int, _ *tune.Cell) bool { return slices.Contains(edge, i) }),
	}
	if r.Recommended() != nil {
		all = append(all, pick("recommended", diamond, 3, func(i int, _ *tune.Cell) bool { return i == r.Best }))
	}
	return slices.DeleteFunc(all, func(s series) bool {
		return !slices.ContainsFunc(s.Values, func(v float64) bool { return !math.IsNaN(v) })
	})
}

// frontierOf are the choices that nothing beats in both. order is by what copied links
// are worth; what tune lists minds the price too.
func frontierOf(r *tune.Result, order []int) (edge []int) {
	least, floor := math.Inf(1), cmp.Or(r.Config.Target, 1e-4)/1000
	for k := 0; k < len(order); {
		best, same := order[k], k // of those whose links are worth the same
		for ; same < len(order) && r.Cells[order[same]].CopiedMean == r.Cells[order[k]].CopiedMean; same++ {
			if a, _, _ := comfort(&r.Cells[order[same]]); a < first(comfort(&r.Cells[best])) {
				best = order[same]
			}
		}
		if v := max(first(comfort(&r.Cells[best])), floor); v < least {
			least, edge = v, append(edge, best)
		}
		k = same
	}
	return edge
}

func first(value, _, _ float64) float64 { return value }

// marginChart is the distribution of the life that tokens had left; nil without one.
func marginChart(r *tune.Result) *chart {
	if len(r.Margins) == 0 {
		return nil
	}
	total, late, even := int64(0), int64(0), true
	width := func(b tune.Bin) tune.Seconds { return b.To - b.From }
	for _, b := range r.Margins {
		total += b.Count
		if b.To <= 0 {
			late += b.Count
		}
		even = even && width(b) == width(r.Margins[0])
	}
	c := &chart{
		ID: "margins-chart", Title: "Life left when the next token came", Steps: true,
		About: fmt.Sprintf("Of %s of the recommended choice. Below zero the old token was dead before the new one came: %s.", plural(total, "cycle", "cycles"), plural(late, "cycle", "cycles")),
		X:     abscissa{axis: axis{Label: "life left", Unit: inSeconds}},
		Y:     axis{Label: "share of the cycles", Unit: asShare, Log: true},
	}
	if !even {
		c.Y.Label = "share of the cycles, per second of life left"
	}
	share := series{Name: "cycles", Shape: area, Colour: 1}
	for _, b := range r.Margins {
		v := float64(b.Count) / float64(max(total, 1))
		if !even {
			v /= max(width(b).Duration().Seconds(), 1e-9)
		}
		c.X.Values, share.Values = append(c.X.Values, b.From.Duration().Seconds()), append(share.Values, drawable(v))
	}
	last := r.Margins[len(r.Margins)-1]
	c.X.Values, share.Values = append(c.X.Values, last.To.Duration().Seconds()), append(share.Values, share.Values[len(share.Values)-1])
	if first := r.Margins[0].From; first < 0 {
		c.Bands = []band{{Name: "too late", From: first.Duration().Seconds(), To: 0}}
	}
	c.Marks = []guideline{{Name: "expiry", Axis: "x", At: 0}}
	c.Series = []series{share}
	return c
}

// drawable leaves a gap where a logarithmic axis has no place for nothing.
func drawable(v float64) float64 {
	if v <= 0 {
		return math.NaN()
	}
	return v
}

// herdView is how refreshes come together.
type herdView struct {
	Text          string
	Second, Burst chart
}

func herdOf(r *tune.Result) *herdView {
	h := r.Herd
	if h == nil {
		return nil
	}
	v := &herdView{
		Text: herdText(h),
		Second: chart{ID: "herd-second", Title: "Refreshes in each second", Steps: true,
			X: abscissa{axis: axis{Label: "since the first viewer came, min:s", Unit: onClock}},
			Y: axis{Label: "refreshes in a second", Unit: asCount, Min: new(float64)}},
		Burst: chart{ID: "herd-burst", Title: "Refreshes in each 10 ms, around the fullest", Steps: true,
			About: "Each curve is shown around its own fullest 10 ms.",
			X:     abscissa{axis: axis{Label: "within the window", Unit: inSeconds}},
			Y:     axis{Label: "refreshes in 10 ms", Unit: asCount, Min: new(float64)}},
	}
	if h.Limit > 0 {
		name := "three times the mean"
		if r.Config.Capacity > 0 {
			name = "what the token API bears"
		}
		v.Second.Marks = []guideline{{Name: name, Axis: "y", At: h.Limit}}
	}
	v.Second.fill(h, 1, func(c tune.Curve) []int64 { return c.Second })
	v.Burst.fill(h, 0.01, func(c tune.Curve) []int64 { return c.Burst })
	return v
}

func herdText(h *tune.Herd) string {
	text := fmt.Sprintf("%s who join within %s, tokens of %s renewed %s before: without jitter the fullest second has %s × the mean of %s, and the fullest 10 ms %s ×. With %s of jitter these are %s × and %s ×.",
		plural(int64(h.Viewers), "viewer", "viewers"), duration(h.Join), duration(h.TTL), duration(h.Lead),
		ratio(h.Plain.Peak1s), asRate.text(h.Plain.Mean), ratio(h.Plain.Peak10ms),
		duration(h.Advised.Jitter), ratio(h.Advised.Peak1s), ratio(h.Advised.Peak10ms))
	if h.Skew > 0 {
		text += fmt.Sprintf(" Clocks that are off by up to %s make them %s × and %s ×, without jitter.", duration(h.Skew), ratio(h.Skewed.Peak1s), ratio(h.Skewed.Peak10ms))
	}
	if h.Limit > 0 && !h.Enough {
		text += fmt.Sprintf(" No jitter keeps refreshes within %s; longer-lived tokens make them fewer.", asRate.text(h.Limit))
	}
	return text
}

func ratio(x float64) string { return figure(rounded(math.Round(x*10) / 10)) }

// fill sets the curves of counts beside each other.
func (c *chart) fill(h *tune.Herd, width float64, counts func(tune.Curve) []int64) {
	curves := []struct {
		name   string
		shape  shape
		colour int
		counts []int64
	}{
		{"without jitter", line, 2, counts(h.Plain)},
		{"with " + duration(h.Advised.Jitter) + " of jitter", area, 1, counts(h.Advised)},
		{"without, clocks off by up to " + duration(h.Skew), dash, 4, counts(h.Skewed)},
	}
	n := 0
	for _, curve := range curves {
		n = max(n, len(curve.counts))
	}
	for i := range n {
		c.X.Values = append(c.X.Values, float64(i)*width)
	}
	for _, curve := range curves {
		if len(curve.counts) > 0 {
			c.Series = append(c.Series, series{Name: curve.name, Shape: curve.shape, Colour: curve.colour, Values: padded(curve.counts, n)})
		}
	}
}

// padded are counts up to n of them, with nothing after the last one.
func padded(counts []int64, n int) figures {
	values := make(figures, n)
	for i, count := range counts {
		values[i] = float64(count)
	}
	return values
}
