package reports

import "time"

// Intervention is something that somebody did to the run while it was under way.
type Intervention struct {
	At   Seconds `json:"atSeconds"` // scenario time
	What string  `json:"what"`
}

// text is the intervention in one line.
func (i Intervention) text() string {
	return clock(int64(time.Duration(i.At)/time.Second)) + " " + clean(i.What)
}

// byHand lists what somebody did; a run without it says nothing.
func (p *page) byHand(all []Intervention) {
	var lines []string
	for _, i := range all {
		lines = append(lines, i.text())
	}
	if len(lines) > 0 {
		p.list("By hand", lines)
		p.line("")
	}
}

func byHandNotice(all []Intervention) (notices []notice) {
	n := notice{Title: "Done by hand meanwhile"}
	for _, i := range all {
		n.Items = append(n.Items, shortened(i.text()))
	}
	if len(n.Items) > 0 {
		notices = append(notices, n)
	}
	return notices
}
