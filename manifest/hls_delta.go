package manifest

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrDelta: a delta update does not fit the playlist it should update. Ask for
// the whole playlist.
var ErrDelta = errors.New("the delta update does not fit the playlist before it; ask for the whole playlist")

// deltaHead tells how many segments at the head of a delta update depend on what
// was skipped: those before the first EXT-X-KEY, EXT-X-MAP or EXT-X-BITRATE, -1
// for all; and those whose byte ranges go on from the last one skipped.
type deltaHead struct{ keys, maps, bitrates, floating int }

// never stands for a tag that is not in the list.
const never = -1

var unseen = deltaHead{keys: never, maps: never, bitrates: never}

// seen notes the first tag of a kind, in front of segment n.
func (*deltaHead) seen(at *int, n int) {
	if *at == never {
		*at = n
	}
}

// before tells whether segment i stands before the first tag of a kind.
func before(i, first int) bool { return first == never || i < first }

// Update is the whole playlist after a delta update (RFC 8216bis section
// 6.2.5.1): the segments that delta skips come from previous, the rest from
// delta. A delta that skips nothing is returned as it is. Errors wrap [ErrDelta].
//
// As in hls.js, segments that come from previous keep the URL they had there,
// with the token of that load.
func Update(previous, delta *Presentation) (*Presentation, error) {
	if delta.HLS == nil || delta.HLS.Skipped == 0 {
		return delta, nil
	}
	skipped, err := skippedSegments(previous, delta)
	if err != nil {
		return nil, fmt.Errorf("media sequence %d: %w (%w)", delta.HLS.MediaSequence-delta.HLS.Skipped, err, ErrDelta)
	}
	u := &update{previous: previous, delta: delta, inits: make(map[*Init]*Init)}
	return u.merge(skipped)
}

// update joins two loads of one playlist.
type update struct {
	previous, delta *Presentation
	inits           map[*Init]*Init // bound already
}

var (
	errNoPrevious = errors.New("there is no whole media playlist to update")
	errHole       = errors.New("segments are skipped that the playlist before does not have")
	errChanged    = errors.New("a segment has changed between the two loads")
)

// skippedSegments are the segments of previous that delta leaves out.
func skippedSegments(previous, delta *Presentation) ([]Segment, error) {
	if previous == nil || previous.HLS == nil || previous.HLS.Skipped > 0 {
		return nil, errNoPrevious
	}
	old, listed := previous.media().Listed(), delta.media().Listed()
	first := delta.HLS.MediaSequence - delta.HLS.Skipped
	from, to := first-previous.HLS.MediaSequence, delta.HLS.MediaSequence-previous.HLS.MediaSequence
	if from < 0 || to > int64(len(old)) {
		return nil, errHole
	}
	for i, s := range listed { // what both have must be the same (section 6.2.1)
		at := to + int64(i)
		if at >= int64(len(old)) {
			break
		}
		if (s.Duration - old[at].Duration).Abs() > time.Millisecond {
			return nil, errChanged
		}
	}
	return old[from:to], nil
}

// media is the one track of a media playlist.
func (p *Presentation) media() *Segments { return p.Periods[0].Sets[0].Renditions[0].Segments }

func (u *update) merge(skipped []Segment) (*Presentation, error) {
	doc := *u.delta.Document
	timing := *u.delta.HLS
	timing.MediaSequence -= timing.Skipped
	timing.DateRanges = u.dateRanges()
	timing.Skipped, timing.RemovedDateRanges, timing.delta = 0, nil, unseen
	segments := make([]Segment, 0, len(skipped)+len(u.delta.media().Listed()))
	segments = append(segments, skipped...)
	for i := range segments {
		segments[i].Parts = nil // parts are listed only near the live edge
		u.adopt(&segments[i])
	}
	segments = u.append(segments)
	building := u.building(segments)
	if err := restart(segments, building); err != nil {
		return nil, err
	}
	carryDates(segments, building)
	doc.HLS = &timing
	doc.Periods = []Period{mediaPeriod(segments, building, u.delta.media().Hints(), doc.Live)}
	doc.Findings = slices.DeleteFunc(slices.Clone(doc.Findings), func(f Finding) bool { return f.Clause == "RFC 8216bis 4.4.5.2" })
	doc.hosts = append(slices.Clone(u.previous.hosts), doc.hosts...)
	return &Presentation{Document: &doc, URL: u.delta.URL, pair: u.delta.pair}, nil
}

// adopt makes a segment of previous stand beside those of delta: its references
// go on resolving to what they resolved to.
func (u *update) adopt(s *Segment) {
	if u.alike() {
		return
	}
	s.Ref = u.bind(s.Ref)
	s.Init = u.bindInit(s.Init)
	s.Keys = u.bindKeys(s.Keys)
}

func (u *update) bindInit(init *Init) *Init {
	if init == nil || u.inits[init] != nil {
		return u.inits[init]
	}
	bound := *init
	bound.Ref, bound.Keys = u.bind(init.Ref), u.bindKeys(init.Keys)
	u.inits[init] = &bound
	return &bound
}

// alike tells whether references mean the same in both loads.
func (u *update) alike() bool {
	a, okA := directory(u.previous.URL)
	b, okB := directory(u.delta.URL)
	return okA && okB && a == b && u.previous.pair == u.delta.pair
}

func (u *update) bind(r Ref) Ref {
	r.URI = u.previous.unmark(r.URI)
	if len(r.Bases) == 0 {
		r.Bases = []string{u.previous.URL}
	}
	return r
}

func (u *update) bindKeys(keys []Key) []Key {
	keys = slices.Clone(keys)
	for i := range keys {
		keys[i].Ref = u.bind(keys[i].Ref)
	}
	return keys
}

// append adds the segments of delta, with what they inherit from the last one
// skipped.
func (u *update) append(segments []Segment) []Segment {
	last := segments[len(segments)-1]
	head := u.delta.HLS.delta
	for i, s := range u.delta.media().Listed() {
		if u.inherit(&s, last, i); i < head.floating && s.Ref.URI == last.Ref.URI {
			s.Range.Offset += last.Range.Offset + last.Range.Length
		}
		segments = append(segments, s)
	}
	return segments
}

// inherit gives segment i of delta what stands on tags before it that were
// skipped.
func (u *update) inherit(s *Segment, last Segment, i int) {
	head := u.delta.HLS.delta
	if before(i, head.keys) {
		s.Keys = last.Keys
	}
	switch {
	case before(i, head.maps):
		s.Init = last.Init
	case s.Init != nil && s.Init.early:
		s.Init = u.keyed(s.Init, last.Keys)
	}
	if before(i, head.bitrates) && s.Range == (Range{}) {
		s.Bitrate = last.Bitrate
	}
	s.Discontinuity += last.Discontinuity - u.delta.HLS.DiscontinuitySequence
}

// keyed is a map of delta with the keys that were in force before delta began.
func (u *update) keyed(init *Init, keys []Key) *Init {
	if u.inits[init] == nil {
		u.inits[init] = &Init{Ref: init.Ref, Range: init.Range, Keys: keys}
	}
	return u.inits[init]
}

func (u *update) building(segments []Segment) *Segment {
	b := u.delta.media().Building()
	if b == nil {
		return nil
	}
	s := *b
	skipped := int(u.delta.HLS.Skipped)
	u.inherit(&s, segments[skipped-1], len(segments)-skipped)
	s.Parts = slices.Clone(b.Parts)
	return &s
}

// restart lays segments one after the other from zero, and makes their dates
// ready to be carried on: those of the delta were carried within it only.
func restart(segments []Segment, building *Segment) error {
	var at time.Duration
	for i := range segments {
		s := &segments[i]
		s.Start = at
		s.setParts(slices.Clone(s.Parts))
		if at = s.End(); at >= maxTime {
			return fmt.Errorf("the playlist is longer than 100 years: %w", ErrDelta)
		}
		if s.Range.Offset > maxRange {
			return fmt.Errorf("byte ranges add up to more than any resource has: %w", ErrDelta)
		}
	}
	if building != nil {
		building.Start = at
		building.setParts(building.Parts)
	}
	return nil
}

// dateRanges are those in force after the update. A delta that does not say
// which have gone lists them all.
func (u *update) dateRanges() []DateRange {
	removed := u.delta.HLS.RemovedDateRanges
	if removed == nil {
		return u.delta.HLS.DateRanges
	}
	var all []DateRange
	index := make(map[string]int)
	for _, d := range u.previous.HLS.DateRanges {
		if slices.Contains(removed, d.ID) {
			continue
		}
		index[d.ID] = len(all)
		all = append(all, d)
	}
	for _, d := range u.delta.HLS.DateRanges {
		if at, known := index[d.ID]; known {
			all[at].merge(d)
			continue
		}
		all = append(all, d)
	}
	return all
}
