package reports

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// unit is what a chart's numbers are, which decides how they are written.
type unit string

const (
	inSeconds unit = "seconds"
	onClock   unit = "clock"  // seconds since the start
	asChance  unit = "chance" // of a viewer, in an hour
	asCount   unit = "count"
	asRate    unit = "rate"  // per second
	asShare   unit = "share" // 0 to 1
	inBits    unit = "bits"  // per second
)

// text writes a value as page.js does.
func (u unit) text(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	switch u {
	case inSeconds:
		return span(time.Duration(math.Round(v * float64(time.Second))))
	case onClock:
		return clock(int64(v))
	case asChance:
		return oneIn(v)
	case asRate:
		return figure(rounded(v)) + "/s"
	case inBits:
		return rate(v)
	case asShare:
		return figure(rounded(100*v)) + " %"
	}
	return figure(rounded(v))
}

// rounded keeps three significant digits of what is not whole.
func rounded(v float64) float64 {
	if v == math.Trunc(v) {
		return v
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		return v // not a finite number
	}
	return short
}

// oneIn writes a chance as one says it: "1 in 900", "1 in 2.2M".
func oneIn(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p <= 0:
		return "none"
	case p >= 0.995:
		return "all"
	case p >= 0.1:
		return figure(math.Round(100*p)) + " %"
	}
	n := 1 / p
	digits := math.Pow(10, math.Floor(math.Log10(n))-1) // two significant ones
	switch n = math.Round(n/digits) * digits; {
	case n >= 1e9:
		return "< 1 in 1,000M"
	case n >= 1e6:
		return "1 in " + figure(n/1e6) + "M"
	case n >= 1e5:
		return "1 in " + figure(n/1e3) + "k"
	}
	return "1 in " + figure(n)
}

// figures are a chart's values; NaN is a gap.
type figures []float64

// MarshalJSON writes five significant digits, and null for gaps.
func (f figures) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, v := range f {
		if i > 0 {
			out = append(out, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out = append(out, "null"...)
			continue
		}
		out = strconv.AppendFloat(out, v, 'g', 5, 64)
	}
	return append(out, ']'), nil
}

// axis is one of a chart's two.
type axis struct {
	Label string   `json:"label"` // what is measured, and its unit
	Unit  unit     `json:"unit"`
	Log   bool     `json:"log,omitempty"`
	Min   *float64 `json:"min,omitempty"` // where it begins and ends, if not with the values
	Max   *float64 `json:"max,omitempty"`
}

// abscissa is the axis that all series of a chart share, with its values in order.
type abscissa struct {
	axis
	Values figures `json:"values"`
}

// shape is how a series is drawn, so that not its colour alone tells it.
type shape string

const (
	line    shape = "line"
	dash    shape = "dash"
	dot     shape = "dot"
	area    shape = "area"
	circle  shape = "circle"
	ring    shape = "ring"
	cross   shape = "cross"
	diamond shape = "diamond"
)

// isPoint tells points from lines.
func (s shape) isPoint() bool { return slices.Contains([]shape{circle, ring, cross, diamond}, s) }

// series is one line or group of points.
type series struct {
	Name   string  `json:"name"`
	Shape  shape   `json:"shape"`
	Colour int     `json:"colour"` // 1 to 6, of page.css
	Values figures `json:"values"`
	Low    figures `json:"low,omitempty"` // intervals around points
	High   figures `json:"high,omitempty"`
}

// fill is the space between two series, by their places.
type fill [2]int

// band is a span of the x axis that is shaded.
type band struct {
	Name string  `json:"name"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// guideline is a line across the chart, with a name.
type guideline struct {
	Name string  `json:"name"`
	Axis string  `json:"axis"` // "x" or "y", whose value At is
	At   float64 `json:"at"`
}

// chart is what page.js draws, with the same figures as a table for those who have no
// scripts, or no use of pictures.
type chart struct {
	ID    string `json:"id"`
	Title string `json:"-"`
	About string `json:"-"` // what there is to see in it
	Tall  bool   `json:"-"`
	Least bool   `json:"-"` // the least values are those that matter, not the greatest
	Floor bool   `json:"-"` // seconds that are never negative: the axis begins at 0

	X      abscissa    `json:"x"`
	Y      axis        `json:"y"`
	Points bool        `json:"points,omitempty"` // the cursor finds points, not values of x
	Steps  bool        `json:"steps,omitempty"`  // a value holds until the next x
	Names  []string    `json:"names,omitempty"`  // of the points, by x
	Refs   []int       `json:"refs,omitempty"`   // what else the points stand for, by x
	Series []series    `json:"series"`
	Stack  bool        `json:"stack,omitempty"` // series stand on each other
	Fills  []fill      `json:"fills,omitempty"` // between an upper series and a lower one
	Bands  []band      `json:"bands,omitempty"`
	Marks  []guideline `json:"marks,omitempty"`
	Sync   string      `json:"sync,omitempty"` // charts of one name share their cursor
}

// Shaded are the names of the bands, each once.
func (c chart) Shaded() (names []string) {
	for _, b := range c.Bands {
		if !slices.Contains(names, b.Name) {
			names = append(names, b.Name)
		}
	}
	return names
}

// chartRows bounds the table beside a chart.
const chartRows = 60

// figureTable is a chart's figures as text.
type figureTable struct {
	Note string
	Head []string
	Rows [][]string
}

// Table has a row for each x, or, where they are too many, for each span of equally
// many with the greatest values in it, or the least.
func (c chart) Table() *figureTable {
	n := len(c.X.Values)
	if n == 0 {
		return nil
	}
	t := &figureTable{Head: []string{c.X.Label}}
	for _, s := range c.Series {
		t.Head = append(t.Head, s.Name)
	}
	if c.Names != nil {
		t.Head[0] = "choice"
	}
	each := (n + chartRows - 1) / chartRows
	if each > 1 {
		which := "greatest"
		if c.Least {
			which = "least"
		}
		t.Note = fmt.Sprintf("Each row has the %s values of %d that follow one another. Values: %s.", which, each, c.Y.Label)
	} else {
		t.Note = "Values: " + c.Y.Label + "."
	}
	for from := 0; from < n; from += each {
		t.Rows = append(t.Rows, c.row(from, min(from+each, n)))
	}
	return t
}

func (c chart) row(from, to int) []string {
	first := c.X.Unit.text(c.X.Values[from])
	if c.Names != nil {
		first = c.Names[from]
	}
	row := []string{first}
	for _, s := range c.Series {
		told := math.NaN()
		for _, v := range s.Values[from:to] {
			if math.IsNaN(told) || !c.Least && v > told || c.Least && v < told {
				told = v
			}
		}
		row = append(row, c.Y.Unit.text(told))
	}
	return row
}
