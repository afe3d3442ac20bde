package manifest

import (
	"time"

	"github.com/zencoder/go-dash/v3/mpd"

	"soak/qoe"
)

// Clauses of the specifications that findings in MPDs cite.
const (
	clauseMPD         = "ISO/IEC 23009-1 5.3.1.2"
	clausePeriod      = "ISO/IEC 23009-1 5.3.2.1"
	clauseSet         = "ISO/IEC 23009-1 5.3.3.2"
	clauseRep         = "ISO/IEC 23009-1 5.3.5.2"
	clauseCommon      = "ISO/IEC 23009-1 5.3.7.2"
	clauseOffset      = "ISO/IEC 23009-1 5.3.9.2"
	clauseSegmentBase = "ISO/IEC 23009-1 5.3.9.2.2"
	clauseTemplate    = "ISO/IEC 23009-1 5.3.9.4.4"
	clauseTimeline    = "ISO/IEC 23009-1 5.3.9.6"
	clauseLinks       = "ISO/IEC 23009-1 5.5"
	clauseBaseURL     = "ISO/IEC 23009-1 5.6"
	clauseProtection  = "ISO/IEC 23009-1 5.8.4.1"
	clauseProperty    = "ISO/IEC 23009-1 5.8.4.8"
	clauseClock       = "ISO/IEC 23009-1 5.8.4.11"
	clauseEvents      = "ISO/IEC 23009-1 5.10.2"
	clauseProducer    = "ISO/IEC 23009-1 5.12"
	clauseQuery       = "ISO/IEC 23009-1 I.2"
)

// jitter is what rounding to a timescale may cost; smaller holes, overlaps and
// excesses are not worth a word.
const jitter = 10 * time.Millisecond

// lint looks over what has been read, for what plays but is illegal or risky.
func (r *mpdReader) lint(main *mpd.MPD) {
	r.lintRoot(main)
	longest, frozen := time.Duration(0), false
	for i := range r.doc.Periods {
		p := &r.doc.Periods[i]
		if i > 0 {
			r.lintSeam(&r.doc.Periods[i-1], p)
		}
		ids := make(map[string]bool)
		for j := range p.Sets {
			r.lintSet(&p.Sets[j], ids)
			for k := range p.Sets[j].Renditions {
				rep := &p.Sets[j].Renditions[k]
				longest = max(longest, r.lintRendition(p, &p.Sets[j], rep))
				tl, listed := rep.Segments.track.(*timeline)
				frozen = frozen || listed && !tl.open
			}
		}
	}
	if frozen && r.dynamic && r.timing.MinimumUpdatePeriod < 0 && r.timing.MediaPresentationDuration == 0 {
		r.doc.find(Warning, r.side.Line, clauseMPD, "a dynamic MPD with SegmentTimeline and without @minimumUpdatePeriod never lists another segment")
	}
	r.lintDelays(longest)
}

func (r *mpdReader) lintRoot(main *mpd.MPD) {
	d, t, line := r.doc, r.timing, r.side.Line
	if deref(main.Profiles) == "" {
		d.find(Illegal, line, clauseMPD, "MPD without @profiles")
	}
	if main.MinBufferTime == nil {
		d.find(Illegal, line, clauseMPD, "MPD without @minBufferTime")
	}
	if !r.dynamic {
		last := r.side.Periods[len(r.side.Periods)-1]
		if t.MediaPresentationDuration == 0 && last.Duration == "" {
			d.find(Illegal, line, clauseMPD, "a static MPD with neither @mediaPresentationDuration nor Period@duration")
		}
		if t.MinimumUpdatePeriod >= 0 {
			d.find(Warning, line, clauseMPD, "@minimumUpdatePeriod in a static MPD has no meaning")
		}
		return
	}
	if t.PublishTime.IsZero() {
		d.find(Illegal, line, clauseMPD, "a dynamic MPD without @publishTime")
	}
	if len(t.UTCTiming) == 0 {
		d.find(Warning, line, clauseClock, "a dynamic MPD without UTCTiming: players rely on the viewer's clock")
	}
	if len(t.PatchLocations) > 0 && t.ID == "" {
		d.find(Illegal, line, "ISO/IEC 23009-1 5.15.2", "PatchLocation, but no MPD@id that patches could name")
	}
}

// lintSeam looks at where one period ends and the next begins.
func (r *mpdReader) lintSeam(a, b *Period) {
	switch hole := b.Start - a.End(); {
	case a.Duration == 0:
	case hole > jitter:
		r.doc.find(Warning, b.line, clausePeriod, "a gap of %v before the Period", hole.Round(time.Millisecond))
	case hole < -jitter:
		r.doc.find(Illegal, b.line, clausePeriod, "the Period begins %v before the one before it ends", (-hole).Round(time.Millisecond))
	}
}

func (r *mpdReader) lintSet(s *Set, ids map[string]bool) {
	if s.Media == qoe.NoMedia {
		r.doc.find(Warning, s.line, clauseCommon, "an AdaptationSet of which nothing says what it carries")
	}
	for _, rep := range s.Renditions {
		switch {
		case rep.ID == "":
			r.doc.find(Illegal, rep.line, clauseRep, "Representation without @id")
		case ids[rep.ID]:
			r.doc.find(Illegal, rep.line, clauseRep, "a Representation @id that another of the Period has already")
		}
		ids[rep.ID] = true
		if rep.Bandwidth == 0 {
			r.doc.find(Illegal, rep.line, clauseRep, "Representation without @bandwidth: players cannot choose by throughput")
		}
	}
}

// lintRendition is the duration of its longest segment, where one is given.
func (r *mpdReader) lintRendition(p *Period, s *Set, rep *Rendition) time.Duration {
	longest := time.Duration(0)
	switch track := rep.Segments.track.(type) {
	case *computed:
		longest = ticks(track.duration, track.scale)
	case *timeline:
		longest = ticks(track.longest, track.scale)
		if track.count == 0 {
			return 0
		}
		r.lintOffset(p, s, rep, track.segment(track.first))
	case *listed:
		if len(track.segments) < 2 {
			return 0
		}
		for _, seg := range track.segments {
			longest = max(longest, seg.Duration)
		}
	}
	if limit := r.timing.MaxSegmentDuration; limit > 0 && longest > limit+jitter {
		r.doc.find(Illegal, rep.line, clauseMPD, "a segment of %v, over @maxSegmentDuration %v", longest.Round(time.Millisecond), limit)
	}
	return longest
}

// lintOffset holds the first segment against the start of its period: where they
// are far apart, @presentationTimeOffset is most likely wrong.
func (r *mpdReader) lintOffset(p *Period, s *Set, rep *Rendition, first Segment) {
	switch away := first.Start - p.Start; {
	case s.Media == qoe.Text: // may begin whenever somebody speaks
	case first.End() < p.Start-jitter:
		r.doc.find(Warning, rep.line, clauseOffset, "the first segment ends %v before its Period begins: @presentationTimeOffset does not match the timeline", (p.Start - first.End()).Round(time.Millisecond))
	case !r.dynamic && away > first.Duration+jitter:
		r.doc.find(Warning, rep.line, clauseOffset, "the first segment begins %v after its Period: @presentationTimeOffset does not match the timeline, or media is missing", away.Round(time.Millisecond))
	}
}

// lintTimeline reports the holes and overlaps of a SegmentTimeline.
func (r *mpdReader) lintTimeline(t timing, runs timelineRuns) {
	for i := 1; i < len(runs.runs); i++ {
		before, s := runs.runs[i-1], runs.runs[i]
		switch hole := ticks(s.t-before.end(), t.scale); {
		case hole > jitter:
			r.doc.find(Warning, t.line, clauseTimeline, "a hole of %v in the SegmentTimeline, before S element %d", hole.Round(time.Millisecond), s.element+1)
		case hole < -jitter:
			r.doc.find(Illegal, t.line, clauseTimeline, "S element %d begins %v before the one before it ends", s.element+1, (-hole).Round(time.Millisecond))
		}
	}
}

// lintDelays compares the delays and depths of a dynamic MPD with its segments.
func (r *mpdReader) lintDelays(segment time.Duration) {
	if !r.dynamic || segment == 0 {
		return
	}
	t, line := r.timing, r.side.Line
	if t.TimeShiftBufferDepth > 0 && t.TimeShiftBufferDepth < 3*segment {
		r.doc.find(Warning, line, clauseMPD, "@timeShiftBufferDepth %v is less than three segments of %v: a viewer who stalls once falls out of it", t.TimeShiftBufferDepth, segment.Round(time.Millisecond))
	}
	if t.SuggestedDelay == 0 {
		return
	}
	if t.SuggestedDelay < segment && !r.early() {
		r.doc.find(Warning, line, clauseMPD, "@suggestedPresentationDelay %v is less than a segment of %v, which cannot be fetched before it is complete", t.SuggestedDelay, segment.Round(time.Millisecond))
	}
	if t.TimeShiftBufferDepth > 0 && t.SuggestedDelay > t.TimeShiftBufferDepth {
		r.doc.find(Warning, line, clauseMPD, "@suggestedPresentationDelay %v is more than @timeShiftBufferDepth %v", t.SuggestedDelay, t.TimeShiftBufferDepth)
	}
}

// early tells whether any rendition can be fetched before it is complete.
func (r *mpdReader) early() bool {
	for _, p := range r.doc.Periods {
		for _, s := range p.Sets {
			for _, rep := range s.Renditions {
				if rep.Early > 0 {
					return true
				}
			}
		}
	}
	return false
}

// lintProperty reports an EssentialProperty that soak does not know: a player
// must then leave its parent alone, and soak plays it.
func (r *mpdReader) lintProperty(p sideProperty, essential bool) {
	if !essential {
		return
	}
	switch p.Scheme {
	case "http://dashif.org/guidelines/trickmode", "http://dashif.org/thumbnail_tile", "http://dashif.org/guidelines/thumbnail_tile",
		"urn:mpeg:dash:urlparam:2014", "urn:mpeg:dash:urlparam:2016", "urn:mpeg:dash:adaptation-set-switching:2016":
	default:
		r.doc.find(Info, p.Line, clauseProperty, "an EssentialProperty that soak does not know: players that do not either must leave its parent alone")
	}
}
