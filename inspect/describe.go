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
		Ladder: []Rung{}, Tracks: []Track{}, Keys: []Crypt{},
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
	r.Findings = findings(p)
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
	return fmt.Sprint(s.Media)
}

// window is that of a rendition, wherever its segments are.
func (d *describer) window(r manifest.Rendition) (*Window, string) {
	if r.Segments != nil {
		return windowOf(d.page.Presentation, r.Segments, d.now), ""
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
	t, low := &d.report.Timing, &d.report.Latency
	d.report.Reload = Reload{Rule: "never: nothing more will come"}
	if m := d.page.Presentation; m.DASH != nil {
		dashTiming(t, low, m)
		d.report.Reload = reloadOf(m)
		return
	}
	if s := d.page.Presentation.Start; s != nil {
		t.Start = seconds(s.Offset)
	}
	if d.first == nil {
		d.report.Reload.Rule = "unknown: no media playlist could be read"
		return
	}
	m := d.first.Presentation
	h := m.HLS
	t.TargetDuration = h.TargetDuration.Seconds()
	low.HoldBack, low.PartHoldBack = h.HoldBack.Seconds(), h.PartHoldBack.Seconds()
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
	d.report.Reload = reloadOf(m)
}

func dashTiming(t *Timing, low *LowLatency, m *manifest.Presentation) {
	d := m.DASH
	t.AvailableFrom, t.Published = moment(d.AvailabilityStart), moment(d.PublishTime)
	if d.MinimumUpdatePeriod >= 0 {
		t.MinimumUpdate = seconds(d.MinimumUpdatePeriod)
	}
	t.Duration = d.MediaPresentationDuration.Seconds()
	t.TimeShift, t.SuggestedDelay = d.TimeShiftBufferDepth.Seconds(), d.SuggestedDelay.Seconds()
	t.MinimumBuffer, t.LongestSegment = d.MinBufferTime.Seconds(), d.MaxSegmentDuration.Seconds()
	for _, u := range d.UTCTiming {
		t.Clocks = append(t.Clocks, strings.TrimPrefix(u.Scheme, "urn:mpeg:dash:utc:"))
	}
	if s := segmentsOf(m); s != nil {
		t.Segment = s.Nominal().Seconds()
	}
	low.TargetLatency = d.TargetLatency.Seconds()
}

func seconds(d time.Duration) *float64 { s := d.Seconds(); return &s }

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// protection counts the ways of encryption over all playlists.
func (d *describer) protection() {
	type way struct{ method, system string }
	refs := map[way]map[string]bool{}
	take := func(keys []manifest.Key) {
		for _, k := range keys {
			w := way{k.Method, k.Format}
			if refs[w] == nil {
				refs[w] = map[string]bool{}
			}
			refs[w][k.Ref.URI] = true
		}
	}
	for p := range d.page.pages() {
		for _, period := range p.Presentation.Periods {
			for _, set := range period.Sets {
				for _, r := range set.Renditions {
					if r.Segments == nil {
						continue
					}
					for _, s := range r.Segments.Listed() {
						take(s.Keys)
					}
				}
			}
		}
	}
	for w, uris := range refs {
		d.report.Keys = append(d.report.Keys, Crypt{w.method, w.system, len(uris)})
	}
	slices.SortFunc(d.report.Keys, func(a, b Crypt) int {
		return cmp.Or(strings.Compare(a.Method, b.Method), strings.Compare(a.System, b.System))
	})
}

// findings gathers those of all pages, the worst first. What several playlists
// have alike is said once.
func findings(root *Page) []Finding {
	list := []Finding{}
	known := map[string]int{}
	add := func(in string, p *Page) {
		sorted := slices.Clone(p.Presentation.Findings)
		for _, f := range sorted {
			key := fmt.Sprint(in != "", f.Severity, f.Clause, f.Text)
			if i, ok := known[key]; ok {
				list[i].Count++
				continue
			}
			known[key] = len(list)
			list = append(list, Finding{in, f.Severity.String(), f.Line, f.Clause, f.Text, 1})
		}
	}
	add("", root)
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

// reloadOf is the rule by which players ask again: RFC 8216 section 6.3.4 for
// HLS; dash.js ManifestUpdater for DASH, at least a second apart.
func reloadOf(m *manifest.Presentation) Reload {
	switch {
	case !m.Live:
		return Reload{Rule: "never: nothing more will come"}
	case m.HLS != nil:
		target := m.HLS.TargetDuration.Seconds()
		return Reload{target, target / 2, "target duration after a change, half of it otherwise (RFC 8216 6.3.4)"}
	case m.DASH != nil && m.DASH.MinimumUpdatePeriod < 0:
		return Reload{Rule: "never: no minimumUpdatePeriod"}
	case m.DASH != nil:
		every := max(m.DASH.MinimumUpdatePeriod, time.Second).Seconds()
		return Reload{every, every, "minimumUpdatePeriod, at least 1 s (dash.js)"}
	}
	return Reload{Rule: "by its media playlists"}
}

func rate(bits int64) string {
	switch {
	case bits >= 1e6:
		return fmt.Sprintf("%.2f Mb/s", float64(bits)/1e6)
	case bits > 0:
		return fmt.Sprintf("%d kb/s", bits/1000)
	}
	return "-"
}
