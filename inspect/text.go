package inspect

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"soak/manifest"
)

// Width is what Text keeps to where URLs allow.
const Width = 80

// Text writes a report for people, in lines of at most width columns (80 when not
// positive).
func Text(out io.Writer, r Report, width int) error {
	if width <= 0 {
		width = Width
	}
	t := &page{width: width}
	t.head(r)
	t.ladder(r.Ladder)
	t.tracks(r.Tracks)
	t.windows(r)
	t.timing(r)
	t.findings(r.Findings)
	t.derivation(r)
	_, err := io.WriteString(out, printable(t.String()))
	return err
}

// printable leaves out what a manifest could use to control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, s)
}

// page is text of a given width.
type page struct {
	bytes.Buffer
	width int
}

func (t *page) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// wrap writes text in lines, the first behind lead, the others below it.
func (t *page) wrap(lead, text string) {
	margin := strings.Repeat(" ", len([]rune(lead)))
	line := lead
	for word := range strings.FieldsSeq(text) {
		if len([]rune(line))+len([]rune(word)) > t.width && strings.TrimSpace(line) != "" && line != lead {
			t.line("%s", strings.TrimRight(line, " "))
			line = margin
		}
		line += word + " "
	}
	t.line("%s", strings.TrimRight(line, " "))
}

func (t *page) head(r Report) {
	state := "VOD"
	switch {
	case r.Live:
		state = "live"
	case r.Reload.Rule == unknownRule:
		state = "live or VOD"
	}
	var what []string
	for _, c := range r.Children {
		what = append(what, plural(c.Count, string(c.Kind)))
	}
	t.line("%s %s, %s, %d bytes", strings.ToUpper(r.Format), r.Document, state, r.Bytes)
	t.line("%s", elide(r.URL, t.width))
	if r.Final != "" {
		t.line("redirected to\n%s", elide(r.Final, t.width))
	}
	if r.Periods > 1 {
		what = append([]string{plural(r.Periods, "period")}, what...)
	}
	if len(what) > 0 {
		t.wrap("refers to ", strings.Join(what, ", "))
	}
}

func plural(n int, what string) string {
	if n == 1 || strings.HasSuffix(what, "data") {
		return fmt.Sprintf("%d %s", n, what)
	}
	if stem, ok := strings.CutSuffix(what, "y"); ok && what != "key" && what != "session key" {
		what = stem + "ie" // discontinuities
	}
	if strings.HasSuffix(what, "ch") || strings.HasSuffix(what, "x") { // patches, indexes
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (t *page) ladder(all []Rung) {
	var rungs []Rung
	for _, r := range all { // a media playlist tells nothing of its picture
		if r.Bandwidth > 0 || r.Height > 0 || r.Codecs != "" {
			rungs = append(rungs, r)
		}
	}
	if len(rungs) == 0 {
		return
	}
	t.line("\nLADDER")
	w := t.table()
	fmt.Fprintln(w, "  rate\tpicture\tfps\tcodecs\taudio")
	for _, r := range rungs {
		picture, fps := "-", "-"
		if r.Height > 0 {
			picture = fmt.Sprintf("%dx%d", r.Width, r.Height)
		}
		if r.FrameRate > 0 {
			fps = fmt.Sprintf("%.4g", r.FrameRate)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", rate(r.Bandwidth), picture, fps, dash(cut(r.Codecs, 32)), dash(cut(r.Audio, 14)))
	}
	t.flush(w)
}

func (t *page) tracks(tracks []Track) {
	if len(tracks) == 0 {
		return
	}
	t.line("\nTRACKS")
	w := t.table()
	fmt.Fprintln(w, "  media\tlanguage\tname\tcodecs\tgroup")
	for _, k := range tracks {
		name := k.Name
		if k.Default {
			name = strings.TrimSpace(name + " (default)")
		}
		codecs := k.Codecs
		if k.Bandwidth > 0 {
			codecs = strings.TrimSpace(codecs + " " + rate(k.Bandwidth))
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", k.Media, dash(cut(k.Lang, 12)), dash(cut(name, 22)), dash(cut(codecs, 22)), dash(cut(k.Group, 14)))
	}
	t.flush(w)
}

// windows says what can be fetched, once for all renditions that have it alike.
func (t *page) windows(r Report) {
	names := map[string][]string{}
	var order []string
	add := func(name string, w *Window, trouble string) {
		text := windowText(w, trouble)
		if text == "" {
			return
		}
		if names[text] == nil {
			order = append(order, text)
		}
		names[text] = append(names[text], name)
	}
	for _, k := range r.Ladder {
		add(rate(k.Bandwidth), k.Window, k.Error)
	}
	for _, k := range r.Tracks {
		add(strings.TrimSpace(k.Media+" "+k.Lang), k.Window, k.Error)
	}
	if len(order) == 0 {
		return
	}
	t.line("\nWINDOW")
	for _, text := range order {
		if len(order) > 1 {
			text += " (" + strings.Join(names[text], ", ") + ")"
		}
		t.wrap("  ", text)
	}
}

func (t *page) table() *tabwriter.Writer { return tabwriter.NewWriter(t, 0, 0, 2, ' ', 0) }

// flush cannot fail: it writes to a buffer.
func (t *page) flush(w *tabwriter.Writer) { _ = w.Flush() }

func windowText(w *Window, trouble string) string {
	switch {
	case trouble != "":
		return trouble
	case w == nil:
		return ""
	}
	s := fmt.Sprintf("%d..%d: %s, %s", w.First, w.Last, plural(int(w.Segments), "segment"), short(w.Duration))
	if w.Behind != nil {
		s += fmt.Sprintf(", ends %s ago", short(*w.Behind))
	}
	if w.Gaps > 0 {
		s += ", " + plural(w.Gaps, "gap")
	}
	if w.Changes > 0 {
		s += ", " + plural(int(w.Changes), "discontinuity")
	}
	return s
}

func (t *page) timing(r Report) {
	t.line("\nTIMING")
	m := r.Timing
	var say []string
	add := func(name string, seconds float64) {
		if seconds != 0 {
			say = append(say, name+" "+short(seconds))
		}
	}
	add("target duration", m.TargetDuration)
	add("segments", m.Segment)
	add("duration", m.Duration)
	if m.MinimumUpdate != nil {
		say = append(say, "minimumUpdatePeriod "+short(*m.MinimumUpdate))
	}
	add("time shift", m.TimeShift)
	add("suggested delay", m.SuggestedDelay)
	add("min buffer", m.MinimumBuffer)
	add("longest segment", m.LongestSegment)
	if m.Start != nil {
		say = append(say, "starts at "+short(*m.Start))
	}
	if m.AvailableFrom != nil {
		say = append(say, "available from "+stamp(*m.AvailableFrom))
	}
	if m.Published != nil {
		say = append(say, "published "+stamp(*m.Published))
	}
	if len(m.Clocks) > 0 {
		say = append(say, "clock "+strings.Join(m.Clocks, ", "))
	}
	if m.DateTimes {
		say = append(say, "dated (EXT-X-PROGRAM-DATE-TIME)")
	}
	t.wrap("  says         ", dash(strings.Join(say, "; ")))
	every := ""
	if r.Reload.Every > 0 {
		every = "every " + short(r.Reload.Every) + ": "
	}
	t.wrap("  reload       ", every+r.Reload.Rule)
	t.wrap("  latency      ", latencyText(r.Latency))
	t.wrap("  protection   ", protectionText(r.Protection))
}

func latencyText(l LowLatency) string {
	var say []string
	for _, f := range []struct {
		name    string
		seconds float64
	}{
		{"target", l.Target}, {"at least", l.Min}, {"at most", l.Max},
		{"hold back", l.HoldBack}, {"part hold back", l.PartHoldBack}, {"parts of", l.PartTarget},
	} {
		if f.seconds > 0 {
			say = append(say, f.name+" "+short(f.seconds))
		}
	}
	switch {
	case l.Early >= manifest.Always.Seconds():
		say = append(say, "available any time")
	case l.Early > 0:
		say = append(say, "available early by "+short(l.Early))
	}
	if l.Chunked {
		say = append(say, "in chunks")
	}
	if l.MinRate > 0 || l.MaxRate > 0 {
		say = append(say, fmt.Sprintf("speed %g to %g", l.MinRate, l.MaxRate))
	}
	if len(say) == 0 {
		return "no hints"
	}
	return strings.Join(say, ", ")
}

func protectionText(keys []Protection) string {
	var say []string
	for _, k := range keys {
		say = append(say, fmt.Sprintf("%s by %s (%s)", k.Method, k.System, plural(k.Keys, "key")))
	}
	if len(say) == 0 {
		return "none stated"
	}
	return strings.Join(say, ", ")
}

func (t *page) findings(list []Finding) {
	t.line("\nFINDINGS")
	if len(list) == 0 {
		t.line("  none")
	}
	for _, f := range list {
		where := ""
		if f.Line > 0 {
			where = fmt.Sprintf("line %d: ", f.Line)
		}
		if f.In != "" {
			where = f.In + ", " + where
		}
		more := ""
		if f.More > 0 {
			more = "; " + plural(f.More, "more line")
		}
		if f.Count > 1 {
			more += fmt.Sprintf("; in %d playlists", f.Count)
		}
		t.wrap(fmt.Sprintf("  %-7s  ", f.Severity), fmt.Sprintf("%s%s (%s%s)", where, f.Text, f.Clause, more))
	}
}

func (t *page) derivation(r Report) {
	t.line("\nURLS AFTER A TOKEN REFRESH")
	d := r.Derivation
	if d == nil {
		t.line("  no token in the URL: there is nothing to refresh")
		return
	}
	for i, g := range d.Grants {
		note := ""
		if g.Invented {
			note = ", invented"
		}
		if g.Hash != "" {
			t.line("  T%d #%s until %s%s", i+1, g.Hash, time.Unix(g.Expires, 0).UTC().Format(time.RFC3339), note)
		}
	}
	for _, c := range d.Checked {
		if c.Problems == 0 {
			t.wrap(fmt.Sprintf("  ok   %s × %s: ", c.Policy, c.Player), "every child is reached with the token in force")
			continue
		}
		for _, group := range alike(d.Problems, c.Integration) {
			t.problem(group)
		}
	}
}

// alike gathers the problems of an integration that differ in the request only.
func alike(all []Problem, of Integration) [][]Problem {
	var groups [][]Problem
next:
	for _, p := range all {
		if p.Integration != of {
			continue
		}
		for i, g := range groups {
			if q := g[0]; q.Hazard == p.Hazard && q.Fault == p.Fault && q.Refreshes == p.Refreshes && q.Text == p.Text {
				groups[i] = append(g, p)
				continue next
			}
		}
		groups = append(groups, []Problem{p})
	}
	return groups
}

func (t *page) problem(group []Problem) {
	p := group[0]
	when := "at once"
	switch p.Refreshes {
	case 0:
	case 1:
		when = "after 1 refresh"
	default:
		when = fmt.Sprintf("after %d refreshes", p.Refreshes)
	}
	var what []string
	for _, q := range group {
		if q.Count > 1 {
			what = append(what, plural(q.Count, string(q.Request)))
		} else {
			what = append(what, string(q.Request))
		}
	}
	t.wrap(fmt.Sprintf("  %-3s  ", p.Hazard), fmt.Sprintf("%s × %s: %s %s %s: %s",
		p.Policy, p.Player, strings.Join(what, ", "), p.Fault, when, p.Text))
	t.line("       %s", elide(p.URL, t.width-7))
}

// short is a duration in seconds, as long as it is readable so.
func short(seconds float64) string {
	if seconds > 600 || seconds < -600 {
		return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
	}
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.1f", seconds), "0"), ".") + " s"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func cut(s string, n int) string {
	if len([]rune(s)) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// elide shortens the middle: a URL's host and its end say the most.
func elide(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	tail := n * 2 / 3
	return string(r[:n-tail-1]) + "…" + string(r[len(r)-tail:])
}
