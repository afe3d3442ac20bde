package audit

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Width is what Text keeps to.
const Width = 100

// Text writes a report for people, in lines of at most width columns (100 when not
// positive).
func Text(out io.Writer, r Report, width int) error {
	if width <= 0 {
		width = Width
	}
	var b strings.Builder
	fmt.Fprintf(&b, "token API  %s\nedge       %s\nvideo      %s\n\n", r.API, or(r.Edge, "not known"), r.Video)
	for _, c := range checks() {
		for _, f := range r.Findings {
			if f.ID == c.id {
				line(&b, f, width)
			}
		}
	}
	fmt.Fprintf(&b, "\n%d fail · %d warn · %d pass · %d unknown · %d requests in %.0f s\n",
		r.Count(Fail), r.Count(Warn), r.Count(Pass), r.Count(Unknown), r.Requests, r.Seconds)
	_, err := io.WriteString(out, printable(b.String()))
	return err
}

// line writes a finding, its reason wrapped beside its name.
func line(b *strings.Builder, f Finding, width int) {
	lead := fmt.Sprintf("%-8s %-20s ", strings.ToUpper(string(f.Verdict)), f.About)
	why := f.Why
	if f.Hazard != "" && f.Verdict != Pass {
		why += " (" + f.Hazard + ")"
	}
	text := lead
	for word := range strings.FieldsSeq(why) {
		if len([]rune(text))+len([]rune(word)) > width && strings.TrimSpace(text) != "" && len(text) > len(lead) {
			b.WriteString(strings.TrimRight(text, " ") + "\n")
			text = strings.Repeat(" ", len(lead))
		}
		text += word + " "
	}
	b.WriteString(strings.TrimRight(text, " ") + "\n")
}

// printable leaves out what a server could use to control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, s)
}
