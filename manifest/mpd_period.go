package manifest

import (
	"strings"

	"github.com/zencoder/go-dash/v3/mpd"
)

// readPeriods lays the periods out in time and reads each.
func (r *mpdReader) readPeriods(main *mpd.MPD, side *sideMPD) *Error {
	if len(main.Periods) == 0 {
		return unsupported(0, "an MPD without a Period")
	}
	if len(main.Periods) != len(side.Periods) {
		return unsupported(0, "its Periods cannot be told apart")
	}
	root := above{}
	root, bad := root.below(side.BaseURLs)
	if bad != nil {
		return bad
	}
	periods, bad := r.layOut(side.Periods)
	if bad != nil {
		return bad
	}
	found := false
	for i := range periods {
		if bad := r.readPeriod(&periods[i], main.Periods[i], &side.Periods[i], root); bad != nil {
			return bad.within("Period", i)
		}
		found = found || len(periods[i].Sets) > 0
	}
	if !found {
		return unsupported(0, "an MPD without a Representation")
	}
	r.doc.Periods = periods
	return nil
}

// layOut infers what periods leave out (clause 5.3.2.1): a period begins where
// the one before ends, the first at 0, and ends where the next begins, the last
// at the end of the presentation. A period whose start cannot be known yet is
// "early available": it and those after it cannot be played and are left out.
// The first is not treated so even in a dynamic MPD, where clause 5.3.2.1 would:
// encoders that forget Period@start mean 0.
func (r *mpdReader) layOut(side []sidePeriod) ([]Period, *Error) {
	periods := make([]Period, 0, len(side))
	for i, s := range side {
		p := Period{}
		var bad *Error
		if p.Duration, bad = optionalDuration("duration", s.Duration); bad != nil {
			return nil, bad
		}
		switch {
		case s.Start != "":
			if p.Start, bad = optionalDuration("start", s.Start); bad != nil {
				return nil, bad
			}
		case i > 0 && side[i-1].Duration != "":
			p.Start = periods[i-1].Start + periods[i-1].Duration
		case i > 0:
			r.note("Period %d has no start yet: it and what follows are left out", i+1)
			return r.closeLast(periods)
		}
		if i > 0 {
			before := &periods[i-1]
			if p.Start < before.Start {
				return nil, unsupported(0, "Period %d begins before the one before it", i+1)
			}
			if side[i-1].Duration == "" {
				before.Duration = p.Start - before.Start
			}
		}
		if p.Start+p.Duration > maxTime {
			return nil, unsupported(0, "Period %d ends after more than 100 years", i+1)
		}
		periods = append(periods, p)
	}
	return r.closeLast(periods)
}

// closeLast ends the last period with the presentation.
func (r *mpdReader) closeLast(periods []Period) ([]Period, *Error) {
	if len(periods) == 0 {
		return nil, unsupported(0, "an MPD without a Period that has begun")
	}
	last := &periods[len(periods)-1]
	if end := r.timing.MediaPresentationDuration; last.Duration == 0 && end > last.Start {
		last.Duration = end - last.Start
	}
	return periods, nil
}

// readPeriod fills p, which has its times already.
func (r *mpdReader) readPeriod(p *Period, main *mpd.Period, side *sidePeriod, up above) *Error {
	if side.Href != "" && len(main.AdaptationSets) == 0 {
		return unsupported(0, "its content stands elsewhere (xlink:href)")
	}
	if len(main.AdaptationSets) != len(side.Sets) {
		return unsupported(0, "its AdaptationSets cannot be told apart")
	}
	p.ID = main.ID
	up, bad := up.below(side.BaseURLs)
	if bad != nil {
		return bad
	}
	up.levels[0] = level{main.SegmentTemplate, main.SegmentList, main.SegmentBase, &side.sideLevel}
	b := builder{r: r, period: p, shared: make(map[timelineKey]timelineRuns)}
	for i, set := range main.AdaptationSets {
		s, bad := b.readSet(set, &side.Sets[i], up)
		if bad != nil {
			return bad.within("AdaptationSet", i)
		}
		if len(s.Renditions) > 0 {
			p.Sets = append(p.Sets, s)
		}
	}
	return nil
}

// above is what a level inherits: the BaseURLs, the availability offset they
// carry, and the segment information of Period, AdaptationSet, Representation.
type above struct {
	bases  []string
	early  offset
	levels [3]level
}

type level struct {
	template *mpd.SegmentTemplate
	list     *mpd.SegmentList
	base     *mpd.SegmentBase
	side     *sideLevel
}

// below adds one level's BaseURL: the first, where there are alternatives.
func (a above) below(urls []sideBase) (above, *Error) {
	if len(urls) == 0 {
		return a, nil
	}
	u := strings.TrimSpace(urls[0].URL)
	early, bad := parseOffset(urls[0].AvailabilityTimeOffset)
	if bad != nil {
		return a, bad
	}
	if !resolvable(u) {
		return a, unsupported(0, "a BaseURL that cannot be parsed")
	}
	a.early = a.early.plus(early)
	if u != "" {
		a.bases = append(a.bases[:len(a.bases):len(a.bases)], u)
	}
	return a, nil
}
