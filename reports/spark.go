package reports

import (
	"fmt"
	"math"
	"strings"
	"time"

	"soak/qoe"
)

const (
	sparkLabel = 10 // columns of a row's name
	sparkNote  = 24 // columns of what stands behind a row
	maxCells   = 48
	minCells   = 8 // less is no picture
)

// sparkRow is one line of a run's small pictures: the highest second of each cell, or
// the lowest, and what is worth a figure.
type sparkRow struct {
	name  string
	cells string
	note  string
}

// overTime draws what a run's seconds were like, one row a figure; nothing for runs
// of a few seconds. Rows in which nothing happened are left out, the report says so
// elsewhere. Blocks are UTF-8, as all of the report is whatever the locale: the same
// run is the same text everywhere.
func (p *page) overTime(t *qoe.Timeline) {
	room := p.width - indent - sparkLabel
	if !p.narrow() {
		room -= sparkNote + 1
	}
	of := len(t.Buckets)
	cells := min(room, maxCells, of)
	if cells < minCells {
		return
	}
	label := "Over time"
	for _, r := range p.sparkRows(t, cells) {
		line := pad(r.name, sparkLabel) + r.cells
		if !p.narrow() {
			line += " " + r.note
		}
		p.line(p.dim(pad(label, indent)) + line)
		label = ""
	}
	each := length(time.Duration(math.Round(float64(of)/float64(cells)*float64(t.Seconds))) * time.Second)
	p.list("", []string{fmt.Sprintf("0:00 to %s, some %s a cell", clock(int64(of)*t.Seconds), each)})
	p.line("")
}

func (p *page) sparkRows(t *qoe.Timeline, cells int) (rows []sparkRow) {
	counts := []struct {
		name  string
		pick  func(qoe.Bucket) int64
		paint func(string) string
	}{
		{"requests", func(b qoe.Bucket) int64 { return b.Requests }, unpainted},
		{"refused", func(b qoe.Bucket) int64 { return b.Refused }, p.red},
		{"tokens", func(b qoe.Bucket) int64 { return b.TokenCalls }, unpainted},
		{"stalls", func(b qoe.Bucket) int64 { return b.Stalls }, p.amber},
	}
	for _, c := range counts {
		peak, second := t.Peak(c.pick)
		if peak == 0 {
			continue
		}
		rows = append(rows, sparkRow{c.name, c.paint(spark(t.Buckets, cells, c.pick)),
			fmt.Sprintf("peak %s/s at %s", figure(math.Round(peak*100)/100), clock(second))})
	}
	if row, ok := p.marginRow(t, cells); ok {
		rows = append(rows, row)
	}
	return rows
}

func unpainted(s string) string { return s }

var heights = [8]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// height is v as a part of the greatest value, which is positive.
func height(v, greatest int64) string {
	i := (v*int64(len(heights)) - 1) / greatest
	return heights[min(max(i, 0), int64(len(heights))-1)]
}

// spark draws counts: the highest bucket of each cell, a dot for none.
func spark(buckets []qoe.Bucket, cells int, pick func(qoe.Bucket) int64) string {
	values, greatest := make([]int64, cells), int64(1)
	for i, b := range buckets {
		v := &values[i*cells/len(buckets)]
		*v = max(*v, pick(b))
		greatest = max(greatest, *v)
	}
	var line strings.Builder
	for _, v := range values {
		if v == 0 {
			line.WriteString("·")
		} else {
			line.WriteString(height(v, greatest))
		}
	}
	return line.String()
}

// marginRow draws the least life left in each cell: × where a token was dead, a blank
// where no request carried one.
func (p *page) marginRow(t *qoe.Timeline, cells int) (row sparkRow, ok bool) {
	least := make([]qoe.Bucket, cells)
	worst, at, greatest := int64(math.MaxInt64), 0, int64(1)
	for i, b := range t.Buckets {
		if b.Signed == 0 {
			continue
		}
		c := &least[i*cells/len(t.Buckets)]
		if c.Signed == 0 || b.LeastMargin < c.LeastMargin {
			*c = b
		}
		if b.LeastMargin < worst {
			worst, at = b.LeastMargin, i
		}
	}
	for _, c := range least {
		greatest = max(greatest, c.LeastMargin)
	}
	line := ""
	for _, c := range least {
		switch {
		case c.Signed == 0:
			line += " "
		case c.LeastMargin < 0:
			line += p.red("×")
		default:
			line += height(c.LeastMargin, greatest)
		}
	}
	if worst == math.MaxInt64 {
		return sparkRow{}, false
	}
	note := fmt.Sprintf("least %s at %s", p.margin(time.Duration(worst)*time.Microsecond), clock(int64(at)*t.Seconds))
	return sparkRow{"margin", line, note}, true
}
