package manifest

import (
	"cmp"
	"strconv"
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
	root, bad := r.below(above{}, side.BaseURLs)
	if bad != nil {
		return bad
	}
	if root.query, bad = r.query(nil, side.Essential, side.Supplemental); bad != nil {
		return bad
	}
	mains, sides, bad := r.existing(main.Periods, side.Periods)
	if bad != nil {
		return bad
	}
	periods, bad := r.layOut(sides)
	if bad != nil {
		return bad
	}
	found := false
	for i := range periods {
		if bad := r.readPeriod(&periods[i], mains[i], &sides[i], root); bad != nil {
			return bad.on(sides[i].Line).within("Period", i)
		}
		found = found || len(periods[i].Sets) > 0
	}
	if !found && len(r.timing.Remotes) > 0 {
		return unsupported(r.timing.Remotes[0].Line, "all content stands elsewhere (xlink:href): fetch it first")
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
		p := Period{line: s.Line}
		var bad *Error
		if p.Duration, bad = optionalDuration("duration", s.Duration); bad != nil {
			return nil, bad.on(s.Line)
		}
		switch {
		case s.Start != "":
			if p.Start, bad = optionalDuration("start", s.Start); bad != nil {
				return nil, bad.on(s.Line)
			}
		case i > 0 && side[i-1].Duration != "":
			p.Start = periods[i-1].Start + periods[i-1].Duration
		case i > 0:
			r.doc.find(Info, s.Line, clausePeriod, "Period %d has no start yet: it and what follows are left out", i+1)
			return r.closeLast(periods)
		}
		if i > 0 {
			before := &periods[i-1]
			if p.Start < before.Start {
				return nil, unsupported(s.Line, "Period %d begins before the one before it", i+1)
			}
			if side[i-1].Duration == "" {
				before.Duration = p.Start - before.Start
			}
		}
		if p.Start+p.Duration > maxTime {
			return nil, unsupported(s.Line, "Period %d ends after more than 100 years", i+1)
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
	if len(main.AdaptationSets) != len(side.Sets) {
		return unsupported(0, "its AdaptationSets cannot be told apart")
	}
	p.ID = main.ID
	b := builder{r: r, period: p, shared: make(map[timelineKey]numberedRuns)}
	up, bad := b.inherit(up, &side.sideLevel)
	if bad != nil {
		return bad
	}
	if p.Events, bad = r.readEvents(p, side.Events); bad != nil {
		return bad
	}
	up.levels[0] = level{main.SegmentTemplate, main.SegmentList, main.SegmentBase, &side.sideLevel}
	for i, set := range main.AdaptationSets {
		s, bad := b.readSet(set, &side.Sets[i], up)
		if bad != nil {
			return bad.on(side.Sets[i].Line).within("AdaptationSet", i)
		}
		if len(s.Renditions) > 0 {
			p.Sets = append(p.Sets, s)
		}
	}
	return nil
}

// above is what a level inherits: the ways there that BaseURLs make, query
// parameters, and the segment information of Period, AdaptationSet, Representation.
type above struct {
	bases   []Base // one without URLs stands for the MPD's own place; nil is that
	growing bool   // a BaseURL says availabilityTimeComplete="false"
	query   *Query
	levels  [3]level
}

// ref is a reference from this level.
func (a *above) ref(uri string) Ref {
	r := Ref{URI: uri, Query: a.query}
	if len(a.bases) > 0 {
		r.Bases = a.bases[0].URLs
	}
	if len(a.bases) > 1 || len(a.bases) == 1 && a.bases[0].ServiceLocation != "" {
		r.Alternatives = a.bases
	}
	return r
}

// early is the availabilityTimeOffset of the first way.
func (a *above) early() offset {
	if len(a.bases) == 0 {
		return offset{}
	}
	if e := a.bases[0].Early; e < maxTime {
		return offset{early: e}
	}
	return offset{infinite: true}
}

type level struct {
	template *mpd.SegmentTemplate
	list     *mpd.SegmentList
	base     *mpd.SegmentBase
	side     *sideLevel
}

// maxAlternatives bounds the ways that alternatives at several levels make.
const maxAlternatives = 64

// below adds one level's BaseURLs (clause 5.6.4): each is joined to each of the
// ways above, in listed order.
func (r *mpdReader) below(a above, urls []sideBase) (above, *Error) {
	if len(urls) == 0 {
		return a, nil
	}
	ups := a.bases
	if len(ups) == 0 {
		ups = []Base{{Priority: 1, Weight: 1}}
	}
	var bases []Base
	seen := make(map[string]bool)
	for i := range urls {
		if urls[i].AvailabilityComplete == "false" {
			a.growing = true
		}
	}
	for _, up := range ups {
		for i := range urls {
			b, bad := r.join(up, &urls[i])
			if bad != nil {
				return a, bad.on(urls[i].Line)
			}
			key := strings.Join(b.URLs, "\n")
			if len(ups) > 1 && len(b.URLs) > 0 && hasScheme(b.URLs[len(b.URLs)-1]) {
				key = b.URLs[len(b.URLs)-1] // absolute: what is above does not matter
			}
			if !seen[key] && len(bases) < maxAlternatives {
				seen[key] = true
				bases = append(bases, b)
			}
		}
	}
	a.bases = bases
	return a, nil
}

// join is one BaseURL below one way.
func (r *mpdReader) join(up Base, side *sideBase) (Base, *Error) {
	u := strings.TrimSpace(side.URL)
	early, bad := parseOffset(side.AvailabilityTimeOffset)
	if bad != nil {
		return up, bad
	}
	if !resolvable(u) {
		return up, unsupported(0, "a BaseURL that cannot be parsed")
	}
	r.doc.refer(side.Line, u)
	if side.ByteRange != "" {
		r.doc.find(Info, side.Line, clauseBaseURL, "BaseURL@byteRange is not used")
	}
	up.ServiceLocation = cmp.Or(side.ServiceLocation, up.ServiceLocation)
	up.Priority = weight(side.Priority, up.Priority)
	up.Weight = weight(side.Weight, up.Weight)
	up.Early = min(maxTime, up.Early+early.early)
	if early.infinite {
		up.Early = maxTime
	}
	if u != "" {
		up.URLs = append(up.URLs[:len(up.URLs):len(up.URLs)], u)
	}
	return up, nil
}

// weight reads dvb:priority and dvb:weight; what is no positive number is as if
// it were not there.
func weight(text string, other int) int {
	if v, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && v > 0 {
		return v
	}
	return other
}
