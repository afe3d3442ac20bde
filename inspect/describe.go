package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// Describe makes the report of a page and what it led to.
func Describe(p *Page, now time.Time) Report {
	m := p.Presentation
	r := Report{
		Schema: Schema, URL: Shown(p.Asked), Document: "MPD", Format: "dash",
		Live: m.Live, Bytes: p.Bytes, Periods: len(m.Periods),
		Ladder: []Rung{}, Tracks: []Track{}, Protection: []Protection{},
	}
	if p.Redirected() {
		r.Final = Shown(m.URL)
	}
	if m.Format == manifest.HLS {
		r.Format, r.Document = "hls", "multivariant playlist"
		if m.Media {
			r.Document = "media playlist"
		}
	}
	d := describer{page: p, now: now, report: &r}
	d.followed()
	d.renditions()
	d.timing()
	d.protection()
	r.Findings = findings(p, now)
	r.Children = count(p)
	return r
}

type describer struct {
	page   *Page
	now    time.Time
	report *Report
	first  *Page // the first media playlist: what an HLS stream says of time
}

// followed finds out from the playlists what a multivariant playlist does not say.
func (d *describer) followed() {
	if d.page.Presentation.Media {
		d.first = d.page
	}
	for p := range d.page.pages() {
		if p.Presentation.Media && d.first == nil {
			d.first = p
		}
		if p.Presentation.Media && p.Presentation.Live {
			d.report.Live = true
		}
	}
	if d.page.Presentation.Format == manifest.HLS && !d.page.Presentation.Media {
		d.report.Live = d.first != nil && d.first.Presentation.Live
	}
}

// renditions fills ladder and tracks: of several periods, those of the last.
func (d *describer) renditions() {
	periods := d.page.Presentation.Periods
	if len(periods) == 0 {
		return
	}
	for _, set := range periods[len(periods)-1].Sets {
		for _, r := range set.Renditions {
			window, trouble := d.window(r)
			if set.Media == qoe.Video && !set.Trick {
				d.report.Ladder = append(d.report.Ladder, Rung{
					Bandwidth: r.Bandwidth, Average: r.AverageBandwidth, Width: r.Width, Height: r.Height,
					FrameRate: r.FrameRate, Codecs: r.Codecs, Audio: r.Audio, Window: window, Error: trouble,
				})
				continue
			}
			d.report.Tracks = append(d.report.Tracks, Track{
				Media: mediaName(set), Lang: cmp.Or(r.Lang, set.Lang), Name: r.Name, Group: set.Group, Default: r.Default,
				Bandwidth: r.Bandwidth, Codecs: r.Codecs, Window: window, Error: trouble,
			})
		}
	}
	slices.SortStableFunc(d.report.Ladder, func(a, b Rung) int { return cmp.Compare(a.Bandwidth, b.Bandwidth) })
}

func mediaName(s manifest.Set) string {
	if s.Trick {
		return "trick mode"
	}
	if s.Captions {
		return "captions"
	}
	return fmt.Sprint(s.Media)
}

// window is that of a rendition, wherever its segments are.
func (d *describer) window(r manifest.Rendition) (*Window, string) {
	if r.Segments != nil {
		w := windowOf(d.page.Presentation, r.Segments, d.now)
		if w != nil && d.page.Local {
			w.Behind = nil // of a moment that has passed
		}
		return w, ""
	}
	for _, c := range d.page.Children {
		if r.Playlist.URI == "" || c.Ref.URI != r.Playlist.URI {
			continue
		}
		if c.Err != nil {
			return nil, c.Err.Error()
		}
		if c.Page != nil {
			if s := segmentsOf(c.Page.Presentation); s != nil {
				return windowOf(c.Page.Presentation, s, d.now), ""
			}
		}
	}
	return nil, ""
}

// segmentsOf are those of a presentation's first rendition that has some, in its
// last period.
func segmentsOf(p *manifest.Presentation) *manifest.Segments {
	for _, period := range slices.Backward(p.Periods) {
		for _, set := range period.Sets {
			for _, r := range set.Renditions {
				if r.Segments != nil && !set.Trick {
					return r.Segments
				}
			}
		}
	}
	return nil
}

// windowOf is what can be fetched at now; nil when nothing can.
func windowOf(p *manifest.Presentation, s *manifest.Segments, now time.Time) *Window {
	first, end := s.Window(now)
	a, ok := s.Number(first)
	b, also := s.Number(end - 1)
	if !ok || !also || end <= first {
		return nil
	}
	w := &Window{First: first, Last: end - 1, Segments: end - first, Duration: (b.End() - a.Start).Seconds()}
	if list := s.Listed(); p.Media {
		for _, segment := range list {
			if segment.Gap {
				w.Gaps++
			}
		}
		w.Changes = b.Discontinuity - a.Discontinuity
	}
	if edge := edgeOf(p, b); p.Live && !edge.IsZero() {
		behind := now.Sub(edge).Seconds()
		w.Behind = &behind
	}
	return w
}

// edgeOf is when, by the stream's own time, a segment ends; zero when nothing
// tells.
func edgeOf(p *manifest.Presentation, last manifest.Segment) time.Time {
	switch {
	case !last.ProgramDateTime.IsZero():
		return last.ProgramDateTime.Add(last.Duration)
	case p.DASH != nil && !p.DASH.AvailabilityStart.IsZero():
		return p.DASH.AvailabilityStart.Add(last.End())
	}
	return time.Time{}
}

func (d *describer) timing() {
	t := &d.report.Timing
	d.report.Reload = Reload{Rule: "never: nothing more will come"}
	if m := d.page.Presentation; m.DASH != nil {
		dashTiming(t, m)
		d.report.Reload, d.report.Latency = reloadOf(m), latencyOf(m)
		return
	}
	if s := d.page.Presentation.Start; s != nil {
		t.Start = seconds(s.Offset)
	}
	if d.first == nil {
		d.report.Reload.Rule = unknownRule
		return
	}
	m := d.first.Presentation
	t.TargetDuration = m.HLS.TargetDuration.Seconds()
	if s := m.Start; s != nil {
		t.Start = seconds(s.Offset)
	}
	if s := segmentsOf(m); s != nil {
		t.Segment = s.Nominal().Seconds()
		if list := s.Listed(); len(list) > 0 {
			t.DateTimes = !list[0].ProgramDateTime.IsZero()
			if !m.Live {
				t.Duration = list[len(list)-1].End().Seconds()
			}
		}
	}
	d.report.Reload, d.report.Latency = reloadOf(m), latencyOf(m)
}

func dashTiming(t *Timing, m *manifest.Presentation) {
	d := m.DASH
	t.AvailableFrom, t.Published = moment(d.AvailabilityStart), moment(d.PublishTime)
	if d.MinimumUpdatePeriod >= 0 {
		t.MinimumUpdate = seconds(d.MinimumUpdatePeriod)
	}
	t.Duration = d.MediaPresentationDuration.Seconds()
	t.TimeShift, t.SuggestedDelay = d.TimeShiftBufferDepth.Seconds(), d.SuggestedDelay.Seconds()
	t.MinimumBuffer, t.LongestSegment = d.MinBufferTime.Seconds(), d.MaxSegmentDuration.Seconds()
	for _, u := range d.UTCTiming {
		if name := strings.TrimPrefix(u.Scheme, "urn:mpeg:dash:utc:"); name != "" {
			t.Clocks = append(t.Clocks, name)
		}
	}
	if s := segmentsOf(m); s != nil {
		t.Segment = s.Nominal().Seconds()
	}
}

func seconds(d time.Duration) *float64 { s := d.Seconds(); return &s }

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// protection counts the ways of encryption over all pages.
func (d *describer) protection() {
	w := ways{}
	for p := range d.page.pages() {
		if m := p.Presentation.Master; m != nil {
			w.keys(m.SessionKeys)
		}
		for _, period := range p.Presentation.Periods {
			for _, set := range period.Sets {
				for _, r := range set.Renditions {
					w.rendition(r)
				}
			}
		}
	}
	for way, keys := range w {
		d.report.Protection = append(d.report.Protection, Protection{way.method, way.system, len(keys)})
	}
	slices.SortFunc(d.report.Protection, func(a, b Protection) int {
		return cmp.Or(strings.Compare(a.Method, b.Method), strings.Compare(a.System, b.System))
	})
}

// ways are the ways of encryption and the keys of each.
type ways map[way]map[string]bool

type way struct{ method, system string }

func (w ways) add(method, system, key string) {
	at := way{method, systemName(system)}
	if w[at] == nil {
		w[at] = map[string]bool{}
	}
	w[at][key] = true
}

func (w ways) keys(keys []manifest.Key) {
	for _, k := range keys {
		w.add(k.Method, k.Format, k.Ref.URI)
	}
}

func (w ways) rendition(r manifest.Rendition) {
	for _, p := range r.Protection {
		w.add(cmp.Or(p.Value, "DRM"), p.Scheme, p.DefaultKID)
	}
	if r.Segments == nil {
		return
	}
	for _, s := range r.Segments.Listed() {
		w.keys(s.Keys)
		if s.Init != nil {
			w.keys(s.Init.Keys)
		}
	}
}

// systemName is what people call a DRM system (dashif.org/identifiers).
func systemName(scheme string) string {
	switch strings.TrimPrefix(strings.ToLower(scheme), "urn:uuid:") {
	case "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed":
		return "Widevine"
	case "9a04f079-9840-4286-ab92-e65be0885f95", "com.microsoft.playready":
		return "PlayReady"
	case "94ce86fb-07ff-4f43-adb8-93d2fa968ca2", "com.apple.streamingkeydelivery":
		return "FairPlay"
	case "1077efec-c0b2-4d02-ace3-3c1e52e2fb4b", "e2719d58-a985-b3c9-781a-b030af78d30e":
		return "Clear Key"
	case "urn:mpeg:dash:mp4protection:2011":
		return "common encryption"
	}
	return scheme
}

// findings gathers those of all pages, the worst first. What several playlists
// have alike is said once.
func findings(root *Page, now time.Time) []Finding {
	at := now
	if root.Local {
		at = time.Time{} // a file may be as old as it likes
	}
	list := []Finding{}
	known := map[string]int{}
	add := func(in string, p *Page) {
		for _, f := range p.Presentation.Lint(at) {
			if p.foretold(f) {
				continue
			}
			key := fmt.Sprint(in != "", f.Severity, f.Clause, f.Text)
			if i, ok := known[key]; ok {
				list[i].Count++
				continue
			}
			known[key] = len(list)
			list = append(list, Finding{in, f.Severity.String(), f.Line, f.Clause, f.Text, f.More, 1})
		}
	}
	add("", root)
	for _, u := range root.unread {
		list = append(list, u.finding())
	}
	for _, c := range root.Children {
		if c.Page != nil {
			add(strings.TrimSpace(string(c.Kind)+" "+c.Name), c.Page)
		}
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(gravity(b.Severity), gravity(a.Severity)) })
	return list
}

func gravity(severity string) int {
	return slices.Index([]string{manifest.Info.String(), manifest.Warning.String(), manifest.Illegal.String()}, severity)
}

// count counts what the pages refer to.
func count(root *Page) []Children {
	list := []Children{}
	for p := range root.pages() {
		for _, c := range p.Children {
			i := slices.IndexFunc(list, func(have Children) bool { return have.Kind == c.Kind })
			if i < 0 {
				i = len(list)
				list = append(list, Children{Kind: c.Kind})
			}
			list[i].Count += c.Count
		}
	}
	return list
}

// rungName and trackName are what people call them.
func rungName(r manifest.Rendition) string {
	switch {
	case r.Height > 0:
		return fmt.Sprintf("%dx%d %s", r.Width, r.Height, rate(r.Bandwidth))
	case r.Name != "":
		return r.Name
	}
	return rate(r.Bandwidth)
}

func trackName(r manifest.Rendition, s manifest.Set) string {
	return strings.TrimSpace(mediaName(s) + " " + cmp.Or(r.Lang, s.Lang, r.Name))
}

const unknownRule = "unknown: no media playlist was read"

// reloadOf is the rule by which players ask again: RFC 8216bis section 6.3.4 for
// HLS, dash.js's ManifestUpdater for DASH, which waits a second at least.
func reloadOf(m *manifest.Presentation) Reload {
	r := m.Reload
	switch {
	case !r.Live && !m.Live:
		return Reload{Rule: "never: nothing more will come"}
	case !r.Live && m.DASH != nil:
		return Reload{Rule: "never: no minimumUpdatePeriod"}
	case m.DASH != nil:
		every := max(r.Changed, time.Second).Seconds()
		return Reload{Every: every, Unchanged: every, Rule: "minimumUpdatePeriod, at least 1 s (dash.js)"}
	case !r.Live:
		return Reload{Rule: "by its media playlists"}
	}
	rule := "target duration after a change, half of it otherwise (RFC 8216bis 6.3.4)"
	if r.Blocking {
		rule = "at once, the server holds the request (CAN-BLOCK-RELOAD); else " + rule
	}
	return Reload{r.Changed.Seconds(), r.Unchanged.Seconds(), r.Blocking, r.SkipUntil.Seconds(), rule}
}

// latencyOf are the hints of a document.
func latencyOf(m *manifest.Presentation) LowLatency {
	l := m.Latency
	low := LowLatency{
		Target: l.Target.Seconds(), Min: l.Min.Seconds(), Max: l.Max.Seconds(), MinRate: l.MinRate, MaxRate: l.MaxRate,
		HoldBack: l.HoldBack.Seconds(), PartHoldBack: l.PartHoldBack.Seconds(), PartTarget: l.PartTarget.Seconds(),
	}
	for _, period := range m.Periods {
		for _, set := range period.Sets {
			for _, r := range set.Renditions {
				low.Early, low.Chunked = max(low.Early, r.Early.Seconds()), low.Chunked || r.Chunked
			}
		}
	}
	return low
}

func rate(bits int64) string {
	switch {
	case bits >= 1e6:
		return fmt.Sprintf("%.2f Mb/s", float64(bits)/1e6)
	case bits > 0 && bits < 1000:
		return fmt.Sprintf("%d b/s", bits)
	case bits > 0:
		return fmt.Sprintf("%.4g kb/s", float64(bits)/1000)
	}
	return "-"
}
