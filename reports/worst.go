package reports

import (
	"fmt"
	"strings"
	"time"

	"soak/qoe"
)

// How many of those who lost most, or were refused most, are told of, with all that is known of them and
// with what they lost alone. summary.json has more.
const (
	worstWhole = 5
	worstBrief = 50
)

// worst names the viewers who lost most, and those who lost nothing but had requests
// refused; nothing when nobody noticed or was refused anything.
func (p *page) worst(s *qoe.Summary) {
	losers, refused := apart(s.Worst)
	p.named("Lost most", losers, func(w *qoe.Worst) string { return span(micros(w.Lost)) })
	p.named("Lost nothing", refused, func(w *qoe.Worst) string { return number(w.Refused) + " refused" })
}

// apart tells those who lost something from those who were only refused.
func apart(all []qoe.Worst) (losers, refused []*qoe.Worst) {
	for i := range all {
		if w := &all[i]; w.Lost == 0 && !w.Dead && !w.Noticed && w.Refused > 0 {
			refused = append(refused, w)
		} else {
			losers = append(losers, w)
		}
	}
	return losers, refused
}

func (p *page) named(label string, all []*qoe.Worst, brief func(*qoe.Worst) string) {
	if len(all) == 0 {
		return
	}
	var whole, rest []string
	for i, w := range all[:min(len(all), worstBrief)] {
		if i < worstWhole {
			whole = append(whole, lost(w))
		} else {
			rest = append(rest, fmt.Sprintf("#%d %s", w.Viewer, brief(w)))
		}
	}
	if len(all) > worstBrief {
		rest = append(rest, "and more")
	}
	p.list(label, whole)
	p.facts("", rest...)
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
