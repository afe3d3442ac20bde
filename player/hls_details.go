package player

import (
	"math"
	"sort"
	"time"

	"soak/manifest"
)

// hlsDetails is one load of a media playlist, laid on the player's timeline
// (src/loader/level-details.ts). The segments are shared between viewers; only
// offset is this viewer's.
type hlsDetails struct {
	pres   *manifest.Presentation
	segs   []manifest.Segment
	offset time.Duration // add to a segment's Start for presentation time
	live   bool
	event  bool // EXT-X-PLAYLIST-TYPE:EVENT
	target time.Duration

	// What is asked of segs all the time, so as not to look at memory that other
	// viewers share. Numbers are dense.
	firstSN, lastSN int64
	from, to        time.Duration // before offset
	mean            time.Duration

	parts      []hlsPart         // near the edge; nil without low latency
	building   *manifest.Segment // the segment being made
	partTarget time.Duration
	cacheAge   time.Duration // the answer's Age
	tuneIn     time.Duration // how much newer the next answer should be

	advancedAt instant // when it last advanced, by this viewer's clock
	expires    instant // when the whole window has gone by without news; zero: never
	scheduled  instant // the reload grid; zero when not on it yet
	updated    bool    // other segments than the load before
	advanced   bool    // newer segments than the load before
	misses     int
	load       int  // how many loads of this playlist came before
	known      bool // offset is certain: a segment of it was decoded
}

// newHLSDetails reads a parsed media playlist; false when it lists nothing.
func newHLSDetails(p *manifest.Presentation) (*hlsDetails, bool) {
	d := new(hlsDetails)
	return d, d.read(p)
}

// read makes d the details of p, whatever it was before; false when p lists nothing.
func (d *hlsDetails) read(p *manifest.Presentation) bool {
	if !p.Media || len(p.Periods) == 0 || len(p.Periods[0].Sets) == 0 || len(p.Periods[0].Sets[0].Renditions) == 0 {
		return false
	}
	s := p.Periods[0].Sets[0].Renditions[0].Segments
	if s == nil {
		return false
	}
	segs := s.Listed()
	if len(segs) == 0 {
		return false
	}
	*d = hlsDetails{}
	d.pres, d.segs, d.live, d.target, d.partTarget = p, segs, p.Live, 10*time.Second, p.Latency.PartTarget
	if d.building = s.Building(); d.building != nil || d.partTarget > 0 {
		d.parts = listParts(segs, d.building)
	}
	first, last := &segs[0], &segs[len(segs)-1]
	d.firstSN, d.lastSN = first.Number, last.Number
	d.from, d.to = first.Start, last.End()
	d.mean = (d.to - d.from) / time.Duration(len(segs))
	if p.HLS != nil {
		d.event = p.HLS.Event
		if p.HLS.TargetDuration > 0 {
			d.target = p.HLS.TargetDuration
		}
	}
	return true
}

func (d *hlsDetails) startSN() int64          { return d.firstSN }
func (d *hlsDetails) endSN() int64            { return d.lastSN }
func (d *hlsDetails) lastCC() int64           { return d.segs[len(d.segs)-1].Discontinuity }
func (d *hlsDetails) last() *manifest.Segment { return &d.segs[len(d.segs)-1] }
func (d *hlsDetails) start() time.Duration    { return d.from + d.offset }
func (d *hlsDetails) total() time.Duration    { return d.edge() - d.start() }
func (d *hlsDetails) fragEnd() time.Duration  { return d.to + d.offset }
func (d *hlsDetails) average() time.Duration  { return d.mean }

// edge is the end of the latest part, or of the last segment without parts.
func (d *hlsDetails) edge() time.Duration {
	if n := len(d.parts); n > 0 {
		return d.partEnd(d.parts[n-1])
	}
	return d.fragEnd()
}

func (d *hlsDetails) partHoldBack() time.Duration {
	if d.pres.HLS == nil {
		return 0
	}
	return d.pres.HLS.PartHoldBack
}
func (d *hlsDetails) hasDates() bool { return !d.last().ProgramDateTime.IsZero() }

// at is the index of segment sn, -1 when it is not listed.
func (d *hlsDetails) at(sn int64) int {
	if sn < d.firstSN || sn > d.lastSN {
		return -1
	}
	return int(sn - d.firstSN)
}

// age is how long ago the playlist last advanced.
func (d *hlsDetails) age(now instant) time.Duration { return max(now.Sub(d.advancedAt), 0) }

// expire finds out when the load expires. After three unchanged reloads the original
// stops believing so.
func (d *hlsDetails) expire() {
	if d.live && d.misses < 3 {
		d.expires = d.advancedAt.Add(d.total() + d.average())
	}
}

// expired tells that the whole window has gone by without news.
func (d *hlsDetails) expired(now instant) bool { return !d.expires.IsZero() && now.After(d.expires) }

// partsExpired tells that parts have not come for half as long again as the
// distance to the edge that they are meant for.
func (d *hlsDetails) partsExpired(now instant) bool {
	hold := d.partHoldBack()
	if hold == 0 {
		hold = 3 * d.partTarget
	}
	return d.live && d.partTarget > 0 && d.misses < 3 && d.age(now) > hold*3/2
}

// follow takes over what the load before knew: LevelDetails.reloaded and
// mergeDetails of src/utils/level-helper.ts.
func (d *hlsDetails) follow(prev *hlsDetails) {
	if prev == nil {
		d.updated, d.advanced = true, true
		return
	}
	sn, index := d.lastPart()
	oldSN, oldIndex := prev.lastPart()
	d.updated = d.endSN() != prev.endSN() || sn != oldSN || index != oldIndex || !d.live
	d.advanced = d.endSN() > prev.endSN() || sn > oldSN || sn == oldSN && index > oldIndex
	if !d.updated && !d.advanced {
		d.misses = prev.misses + 1
	}
	if !d.advanced {
		d.advancedAt = prev.advancedAt
	}
	d.load = prev.load + 1
	d.slide(prev, true)
	d.known = prev.known && d.startSN() <= prev.endSN()
	d.scheduled = prev.scheduled
}

// slide lays d beside ref by media sequence number (adjustSliding). Playlists of
// the same rendition may have moved on beyond ref's end; others must overlap.
func (d *hlsDetails) slide(ref *hlsDetails, same bool) {
	delta := d.startSN() - ref.startSN()
	switch {
	case delta >= 0 && delta < int64(len(ref.segs)):
		d.offset = ref.segs[delta].Start + ref.offset - d.from
	case delta == int64(len(ref.segs)):
		d.offset = ref.fragEnd() - d.from
	case delta >= 0 && same:
		d.offset = ref.start() + time.Duration(delta)*d.average() - d.from
	default:
		d.offset = ref.start() - d.from
	}
}

// align lays d beside another rendition: by discontinuity, else by date, else by
// sequence number (alignStream of src/utils/discontinuities.ts).
func (d *hlsDetails) align(ref *hlsDetails) {
	if ref == nil || ref == d {
		return
	}
	if !d.alignCC(ref) && !d.alignDates(ref) {
		d.slide(ref, false)
	}
}

func (d *hlsDetails) alignCC(ref *hlsDetails) bool {
	if d.segs[0].Discontinuity == d.lastCC() || ref.segs[0].Discontinuity == ref.lastCC() {
		return false
	}
	cc := min(d.lastCC(), ref.lastCC())
	i, j := firstOfCC(d.segs, cc), firstOfCC(ref.segs, cc)
	if i < 0 || j < 0 {
		return false
	}
	d.offset = ref.segs[j].Start + ref.offset - d.segs[i].Start
	return true
}

func (d *hlsDetails) alignDates(ref *hlsDetails) bool {
	if !d.hasDates() || !ref.hasDates() {
		return false
	}
	r := &ref.segs[len(ref.segs)/2]
	i := firstOfCC(d.segs, r.Discontinuity)
	if i < 0 {
		i = len(d.segs) / 2
	}
	s := &d.segs[i]
	if s.ProgramDateTime.IsZero() || r.ProgramDateTime.IsZero() {
		return false
	}
	apart := s.ProgramDateTime.Sub(r.ProgramDateTime)
	if apart.Abs() > max(time.Minute, d.total()) {
		return false
	}
	d.offset = r.Start + ref.offset + apart - s.Start
	return true
}

// firstOfCC is the index of the first segment of discontinuity cc, -1 when none.
func firstOfCC(segs []manifest.Segment, cc int64) int {
	i := sort.Search(len(segs), func(i int) bool { return segs[i].Discontinuity >= cc })
	if i == len(segs) || segs[i].Discontinuity != cc {
		return -1
	}
	return i
}

// interval is the pause between two reloads (computeReloadInterval): the target
// duration, or the last segment's when that is shorter and the playhead is near
// the edge; half of it after an unchanged reload (RFC 8216 section 6.3.4).
func (d *hlsDetails) interval(behind time.Duration) time.Duration {
	every := d.target
	if !d.updated {
		every /= 2
	} else if last := d.last().Duration; last > 0 && last < every && behind < 4*every {
		every = last
	}
	return every.Round(time.Millisecond)
}

// schedule puts the next reload on the grid, which is anchored at the start of
// the first request and so does not drift with the round trip
// (src/controller/base-playlist-controller.ts, playlistLoaded).
func (d *hlsDetails) schedule(requested, now instant, behind time.Duration) {
	if d.scheduled.IsZero() {
		d.scheduled = requested
	}
	every := d.interval(behind)
	switch {
	case d.scheduled.Add(every).Before(now):
		d.scheduled = now
	case !d.scheduled.After(now):
		d.scheduled = d.scheduled.Add(every)
	}
}

// targetLatency is the distance to the edge aimed at (latency-controller.ts).
func (d *hlsDetails) targetLatency(o *hlsOptions, stalls int) time.Duration {
	var target time.Duration
	if d.pres.HLS != nil {
		target = d.pres.HLS.HoldBack
	}
	if hold := d.partHoldBack(); o.lowLatency && hold > 0 {
		target = hold
	}
	if o.userLiveSync || target == 0 {
		target = o.liveSync
		if target == 0 {
			target = time.Duration(o.liveSyncCount * float64(d.target))
		}
	}
	return target + min(time.Duration(stalls)*o.onStall, d.target)
}

// edgeStalled is how much longer than three steps the playlist has not advanced.
func (d *hlsDetails) edgeStalled(o *hlsOptions, now instant) time.Duration {
	return max(d.age(now)-3*d.step(o), 0)
}

// step is what a live playlist grows by: a part in low-latency mode, else a
// target duration.
func (d *hlsDetails) step(o *hlsOptions) time.Duration {
	if o.lowLatency && d.partTarget > 0 {
		return d.partTarget
	}
	return d.target
}

// syncPosition is where a live viewer should be (liveSyncPosition).
func (d *hlsDetails) syncPosition(o *hlsOptions, stalls int, now instant) time.Duration {
	sync := d.edge() + d.age(now) - d.targetLatency(o, stalls) - d.edgeStalled(o, now)
	return min(max(sync, d.start()), d.edge()-d.step(o))
}

// maxLatency is the distance beyond which the player seeks to the live edge.
func (d *hlsDetails) maxLatency(o *hlsOptions) time.Duration {
	if o.liveMax > 0 {
		return o.liveMax
	}
	if math.IsInf(o.liveMaxCount, 1) {
		return math.MaxInt64
	}
	return time.Duration(o.liveMaxCount * float64(d.target))
}
