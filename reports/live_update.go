package reports

import (
	"math"
	"slices"
)

// Update is what a page that shows one frame needs to show another.
type Update struct {
	*Frame
	Charts []chartUpdate `json:"charts"`
	// Reload tells that the page has other charts: it is to be loaded again.
	Reload bool `json:"reload,omitempty"`
}

// chartUpdate replaces a chart's values from an index on.
type chartUpdate struct {
	ID     string         `json:"id"`
	From   int            `json:"from"`
	X      figures        `json:"x"`
	Series []seriesUpdate `json:"series"`
	Bands  []band         `json:"bands,omitempty"`
	Marks  []guideline    `json:"marks,omitempty"`
}

type seriesUpdate struct {
	Values figures `json:"values"`
	Low    figures `json:"low,omitempty"`
	High   figures `json:"high,omitempty"`
}

// Since is the update from the frame before; nil stands for a page that shows none.
// Events change the past too: a stall is known when it ends.
func (f *Frame) Since(before *Frame) Update {
	u := Update{Frame: f, Charts: []chartUpdate{}}
	if before != nil && !slices.EqualFunc(f.charts, before.charts, sameSeries) {
		u.Reload = true
		return u
	}
	for i := range f.charts {
		from := 0
		if before != nil {
			from = f.charts[i].same(&before.charts[i])
		}
		u.Charts = append(u.Charts, f.charts[i].update(from))
	}
	return u
}

// sameSeries tells whether charts differ in their values only.
func sameSeries(a, b chart) bool {
	return a.ID == b.ID && slices.EqualFunc(a.Series, b.Series, func(a, b series) bool { return a.Name == b.Name })
}

// same is how many values from the beginning are the same in both charts.
func (c *chart) same(b *chart) int {
	n := prefix(c.X.Values, b.X.Values)
	for i := range c.Series {
		s, t := &c.Series[i], &b.Series[i]
		n = min(n, prefix(s.Values, t.Values))
		if s.Low != nil || t.Low != nil {
			n = min(n, prefix(s.Low, t.Low), prefix(s.High, t.High))
		}
	}
	return n
}

func prefix(a, b figures) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] && !(math.IsNaN(a[i]) && math.IsNaN(b[i])) {
			return i
		}
	}
	return n
}

func (c *chart) update(from int) chartUpdate {
	u := chartUpdate{ID: c.ID, From: from, X: rest(c.X.Values, from), Bands: c.Bands, Marks: c.Marks}
	for _, s := range c.Series {
		u.Series = append(u.Series, seriesUpdate{rest(s.Values, from), rest(s.Low, from), rest(s.High, from)})
	}
	return u
}

func rest(f figures, from int) figures { return f[min(from, len(f)):] }
