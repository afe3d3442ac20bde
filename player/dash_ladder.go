package player

import (
	"cmp"
	"slices"

	"soak/manifest"
)

// ladder is the choice of renditions of one track that minBitrate and maxBitrate
// allow, worst first. A rung is an index into it, dash.js' absoluteIndex
// (src/streaming/controllers/AbrController.js).
type ladder struct {
	set   *manifest.Set
	order []int // rung -> index into set.Renditions
}

// newLadder sorts a set and applies the limits; when they allow nothing they are
// ignored, as in dash.js.
func newLadder(set *manifest.Set, t trackSettings) ladder {
	all := make([]int, len(set.Renditions))
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int {
		return compareQuality(&set.Renditions[a], &set.Renditions[b])
	})
	l := ladder{set, all}
	if t.min > 0 || t.max > 0 {
		l.order = slices.DeleteFunc(slices.Clone(all), func(i int) bool {
			kbps := float64(set.Renditions[i].Bandwidth) / 1000
			return kbps < t.min || t.max > 0 && kbps > t.max
		})
	}
	if len(l.order) == 0 {
		l.order = all
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

// top is the highest rung; the lowest is 0.
func (l ladder) top() int { return len(l.order) - 1 }

// best is the highest rung that needs no more than kbps; the cheapest when none does.
func (l ladder) best(kbps float64) int {
	cheapest := 0
	for r := l.top(); r >= 0; r-- {
		if l.kbps(r) <= kbps {
			return r
		}
		if l.kbps(r) < l.kbps(cheapest) {
			cheapest = r
		}
	}
	return cheapest
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
