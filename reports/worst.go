package reports

import (
	"fmt"
	"strings"
	"time"

	"soak/qoe"
)

// How many of those who lost most are told of, with all that is known of them and
// with what they lost alone. summary.json has more.
const (
	worstWhole = 5
	worstBrief = 50
)

// worst names the viewers who lost most; nothing when nobody noticed or was refused
// anything.
func (p *page) worst(s *qoe.Summary) {
	if len(s.Worst) == 0 {
		return
	}
	var whole, brief []string
	for i := range s.Worst {
		w := &s.Worst[i]
		switch {
		case i < worstWhole:
			whole = append(whole, lost(w))
		case i < worstBrief:
			brief = append(brief, fmt.Sprintf("#%d %s", w.Viewer, span(micros(w.Lost))))
		}
	}
	if len(s.Worst) > worstBrief {
		brief = append(brief, "and more")
	}
	p.list("Lost most", whole)
	p.facts("", brief...)
	p.line("")
}

// lost is all there is to say of one viewer: "#17 (moves) 9.31 s: 6.10 s stalled,
// 3.21 s skipped, 14 requests refused, died of fragLoadError".
func lost(w *qoe.Worst) string {
	var parts []string
	for _, part := range []struct {
		micros int64
		what   string
	}{{w.Stalled, "stalled"}, {w.Skipped, "skipped"}, {w.Waited, "without a picture"}} {
		if part.micros > 0 {
			parts = append(parts, span(micros(part.micros))+" "+part.what)
		}
	}
	head := fmt.Sprintf("#%d (%s)", w.Viewer, clean(w.Cohort))
	if len(parts) > 1 {
		head += " " + span(micros(w.Lost)) + ":"
	}
	if w.Refused > 0 {
		parts = append(parts, plural(w.Refused, "request refused", "requests refused"))
	}
	switch {
	case w.Dead && w.Why != "":
		parts = append(parts, "died of "+clean(w.Why))
	case w.Dead:
		parts = append(parts, "died")
	}
	if len(parts) == 0 { // noticed, and neither of these
		parts = append(parts, "sought a picture in vain")
	}
	return head + " " + strings.Join(parts, ", ")
}

func micros(n int64) time.Duration { return time.Duration(n) * time.Microsecond }
