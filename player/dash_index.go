package player

import (
	"fmt"
	"slices"

	"soak/manifest"
	"soak/qoe"
)

// indexes loads the segment indexes (sidx) of a period whose Representations are one
// resource each (SegmentBase). dash.js wants those of every Representation of every
// track before it asks for anything else, all at once (src/dash/controllers/
// RepresentationController.js, updateData; src/dash/SegmentBaseLoader.js). It asks for
// them as media segments, so they are retried, fail and are measured like those
// (vo/FragmentRequest.js, setInfo). An indexRange that is missing is looked for in the
// first bytes. WebM and indexes in several places are not modelled.
type indexes struct {
	loads   []*dashLoad
	pending int
	read    func() // all have come, or failed
}

// searched is where dash.js looks for an index when the manifest does not tell.
var searched = manifest.Range{Length: 1501}

// index reads what indexes the tracks need and calls then: at once when it is none.
func (d *dash) index(then func()) {
	d.abortIndexes()
	d.indexes.read = then
	for _, t := range d.order {
		t.unread = false
		for rung := range t.ladder.order {
			d.askIndex(t, rung)
		}
	}
	if d.indexes.pending == 0 {
		then()
	}
}

func (d *dash) askIndex(t *dashTrack, rung int) {
	x := t.ladder.at(rung).Segments.Index()
	if x == nil {
		return
	}
	at := x.Range
	if at.Length == 0 {
		at = searched
	}
	load := newDashLoad(&d.stopwatch, &d.script, nil)
	load.done = func(r *Response) { d.indexCame(t, rung, load, r) }
	t.unread = true
	d.indexes.loads = append(d.indexes.loads, load)
	d.indexes.pending++
	load.start(Request{URL: d.p.Address(x.Ref), Kind: qoe.Init, Media: t.media, Range: at, Keep: true}, d.retried(d.s.media))
}

// indexCame takes an index in. One that cannot be had leaves its Representation
// without segments.
func (d *dash) indexCame(t *dashTrack, rung int, load *dashLoad, r *Response) {
	unread := t.ladder.at(rung).Segments
	segments, why := unread.Without(), because(r)
	if r.OK() {
		t.abr.through.add(downloadOf(r), &d.s, t.setting.cached)
		read, err := unread.Indexed(r.Body)
		if err == nil {
			segments = read
		} else {
			why = err.Error()
		}
	}
	if len(segments.Listed()) == 0 {
		d.note(fmt.Sprintf("dash.js error 27: %s index not loaded in %d attempts: %s", mediaName(t.media), load.req.Attempt, why))
	}
	t.ladder = t.ladder.reading(rung, segments)
	if d.indexes.pending--; d.indexes.pending > 0 {
		return
	}
	d.indexes.loads = d.indexes.loads[:0]
	for _, o := range d.order {
		o.unread = o.media != qoe.Text && len(o.rendition().Segments.Listed()) == 0
		if o.unread {
			d.fatal(qoe.Init, fmt.Sprintf("the %s index is missing: there is nothing that dash.js could ask for", mediaName(o.media)))
		}
	}
	d.indexes.read()
}

func (d *dash) abortIndexes() {
	for _, l := range d.indexes.loads {
		l.abort()
	}
	d.indexes.loads, d.indexes.pending = d.indexes.loads[:0], 0
}

// reading is the same ladder with the segments of a rung in place of its index.
func (l ladder) reading(rung int, s *manifest.Segments) ladder {
	set := *l.set
	set.Renditions = slices.Clone(set.Renditions)
	set.Renditions[l.order[rung]].Segments = s
	l.set = &set
	return l
}

// indexed tells whether a set is one whose segments stand in indexes.
func indexed(set *manifest.Set) bool {
	return slices.ContainsFunc(set.Renditions, func(r manifest.Rendition) bool { return r.Segments.Index() != nil })
}
