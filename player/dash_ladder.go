package player

import (
	"cmp"
	"slices"

	"soak/manifest"
)

// ladder is the choice of renditions of one track, worst first. A rung is an
// index into it, dash.js' absoluteIndex (src/streaming/controllers/AbrController.js).
type ladder struct {
	set    *manifest.Set
	order  []int // rung -> index into set.Renditions
	lo, hi int   // rungs that minBitrate and maxBitrate allow, inclusive
}

// newLadder sorts a set and applies the limits; when they allow nothing they are
// ignored, as in dash.js.
func newLadder(set *manifest.Set, t trackSettings) ladder {
	l := ladder{set: set, order: make([]int, len(set.Renditions))}
	for i := range l.order {
		l.order[i] = i
	}
	slices.SortStableFunc(l.order, func(a, b int) int {
		return compareQuality(&set.Renditions[a], &set.Renditions[b])
	})
	l.lo, l.hi = 0, len(l.order)-1
	for l.lo < l.hi && t.min > 0 && l.kbps(l.lo) < t.min {
		l.lo++
	}
	for l.hi > l.lo && t.max > 0 && l.kbps(l.hi) > t.max {
		l.hi--
	}
	if t.min > 0 && l.kbps(l.hi) < t.min || t.max > 0 && l.kbps(l.lo) > t.max {
		l.lo, l.hi = 0, len(l.order)-1
	}
	return l
}

// compareQuality orders by pixels per second where both renditions tell them,
// else by bandwidth.
func compareQuality(a, b *manifest.Rendition) int {
	pa, pb := pixelRate(a), pixelRate(b)
	if pa > 0 && pb > 0 && pa != pb {
		return cmp.Compare(pa, pb)
	}
	return cmp.Compare(a.Bandwidth, b.Bandwidth)
}

func pixelRate(r *manifest.Rendition) float64 {
	return float64(r.Width) * float64(r.Height) * r.FrameRate
}

// with is the same ladder over a refreshed set. ok is false when the set's
// renditions differ and the ladder must be made anew.
func (l ladder) with(set *manifest.Set) (_ ladder, ok bool) {
	if len(set.Renditions) != len(l.set.Renditions) {
		return l, false
	}
	for i := range set.Renditions {
		a, b := &set.Renditions[i], &l.set.Renditions[i]
		if a.ID != b.ID || a.Bandwidth != b.Bandwidth {
			return l, false
		}
	}
	l.set = set
	return l, true
}

func (l ladder) at(rung int) *manifest.Rendition { return &l.set.Renditions[l.order[rung]] }

// kbps is the rung's bandwidth in kbit/s.
func (l ladder) kbps(rung int) float64 { return float64(l.at(rung).Bandwidth) / 1000 }

// rungs is how many rungs are allowed.
func (l ladder) rungs() int { return l.hi - l.lo + 1 }

// best is the highest rung that needs no more than kbps; the cheapest when none does.
func (l ladder) best(kbps float64) int {
	for r := l.hi; r >= l.lo; r-- {
		if l.kbps(r) <= kbps {
			return r
		}
	}
	return l.lo
}

// find is the rung of a rendition id.
func (l ladder) find(id string) (int, bool) {
	for r := range l.order {
		if l.at(r).ID == id {
			return r, true
		}
	}
	return 0, false
}
