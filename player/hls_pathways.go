package player

import (
	"slices"
	"time"
)

// noPathway is the pathway of variants without PATHWAY-ID.
const noPathway = "."

// pathwayPenalty is how long a pathway that failed is not gone back to
// (PATHWAY_PENALTY_DURATION_MS of content-steering-controller.ts).
const pathwayPenalty = 5 * time.Minute

// hlsPathways are the ways to the same content: the pathways of content steering
// (RFC 8216bis section 7) and redundant streams, which the original treats alike
// (content-steering-controller.ts). Levels of one are in use at a time; when none
// of those is left to switch to after a failure, the next way is taken.
type hlsPathways struct {
	h         *hls
	levels    []*hlsLevel // of all pathways, ascending
	id        string      // of the one in use
	priority  []string    // nil: nobody has said
	penalized map[string]time.Time
}

// begin keeps to the levels of one pathway: the one that the playlist says, or the
// lowest level's (filterParsedLevels). It returns which of them was listed first.
func (w *hlsPathways) begin(sorted, listed []*hlsLevel, id string) (first int) {
	w.levels, w.id = sorted, id
	if len(w.of(id)) == 0 {
		w.id = sorted[0].pathway
	}
	w.h.levels = w.of(w.id)
	number(w.h.levels)
	for _, l := range listed {
		if l.pathway == w.id {
			return l.id
		}
	}
	return 0
}

func (w *hlsPathways) of(id string) (levels []*hlsLevel) {
	for _, l := range w.levels {
		if l.pathway == id {
			levels = append(levels, l)
		}
	}
	return levels
}

// all are the pathways in the order of their lowest levels.
func (w *hlsPathways) all() (ids []string) {
	for _, l := range w.levels {
		if !slices.Contains(ids, l.pathway) {
			ids = append(ids, l.pathway)
		}
	}
	return ids
}

// with is the pathway some level of which goes with a group, rather the one in use
// (getPathwayForGroupId).
func (w *hlsPathways) with(goes func(*hlsLevel) bool) string {
	for _, l := range append(w.of(w.id), w.levels...) {
		if goes(l) {
			return l.pathway
		}
	}
	return w.id
}

// leave puts a pathway that failed aside, and tells whether another is in use now
// (onError).
func (w *hlsPathways) leave(failed string) bool {
	if _, known := w.penalized[failed]; !known {
		if w.penalized == nil {
			w.penalized = map[string]time.Time{}
		}
		w.penalized[failed] = w.h.w.Now()
	}
	priority := w.priority
	if priority == nil {
		priority = w.all()
	}
	if len(priority) < 2 {
		return false
	}
	w.follow(priority)
	return w.id != failed
}

// follow takes the first pathway that is not put aside (updatePathwayPriority).
func (w *hlsPathways) follow(priority []string) {
	w.priority = priority
	for _, id := range priority {
		if at, bad := w.penalized[id]; bad && w.h.w.Now().Sub(at) <= pathwayPenalty {
			continue
		}
		delete(w.penalized, id)
		if id == w.id {
			return
		}
		if levels := w.of(id); len(levels) > 0 {
			w.use(id, levels)
			return
		}
	}
}

// use goes on with the levels of another pathway, at the same index. Fragments
// count as loaded by index and number: what is buffered is not fetched again.
func (w *hlsPathways) use(id string, levels []*hlsLevel) {
	h := w.h
	level := h.abr.next(h.abr.starvation())
	h.note("pathway " + id)
	number(levels)
	w.id, h.levels = id, levels
	h.abr.levelsChanged()
	h.main.fit(len(levels))
	if level < len(levels) {
		h.abr.force(level)
	}
	h.setLevel(min(level, len(levels)-1))
}

// fit lets nothing point at levels that the pathway does not have. The original
// ignores what comes for them.
func (p *hlsPipeline) fit(levels int) {
	if f := p.loading; f != nil && f.frag.list >= levels {
		p.abortFragment()
	}
	if p.prev.list >= levels {
		p.prev = hlsFrag{}
	}
	p.tracker.drop(func(r *fragRecord) bool { return int(r.list) >= levels && r.state != appended })
}

// levelsChanged forgets what was chosen among other levels (onLevelsUpdated).
func (a *hlsABR) levelsChanged() {
	a.nextLevel, a.forced, a.selection = -1, false, -1
	a.lastLoaded = min(a.lastLoaded, len(a.h.levels)-1)
	a.h.first = min(a.h.first, len(a.h.levels)-1)
}
