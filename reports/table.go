package reports

import "soak/qoe"

// column is one column of a table of cohorts. It is as wide as its longest cell
// needs, but no narrower than width.
type column struct {
	head  string
	width int
	cell  func(*qoe.Cohort) string
}

// table prints a row for each cohort, names on the left, shortened where the page
// has no room for them.
func (p *page) table(head string, cohorts []qoe.Cohort, of []column) {
	rows, longest := make([][]string, len(cohorts)), columns(head)
	for i := range cohorts {
		longest = max(longest, columns(cohortName(&cohorts[i])))
		for _, c := range of {
			rows[i] = append(rows[i], c.cell(&cohorts[i]))
		}
	}
	widths, room := make([]int, len(of)), p.width
	for j, c := range of {
		widths[j] = max(c.width, columns(c.head)+1)
		for i := range rows {
			widths[j] = max(widths[j], columns(rows[i][j])+1)
		}
		room -= widths[j]
	}
	name := max(min(room, longest+1), 2)
	line := pad(head, name)
	for j, c := range of {
		line += padLeft(c.head, widths[j])
	}
	p.line(p.dim(line))
	for i := range rows {
		line := pad(clip(cohortName(&cohorts[i]), name-1), name)
		for j, cell := range rows[i] {
			line += padLeft(cell, widths[j])
		}
		p.line(line)
	}
}
