package qoe

import (
	"math"
	"time"
)

// PerViewer is how much of some things each viewer had who left: sums, and sums of
// squares, from which follows how far viewers lie apart.
type PerViewer struct {
	Viewers     int64   `json:"viewers"` // who left
	Refused     Moments `json:"refused,omitzero"`
	Failed      Moments `json:"failedRequests,omitzero"`
	Calls       Moments `json:"tokenCalls,omitzero"`
	FailedCalls Moments `json:"failedTokenCalls,omitzero"`
	Stalls      Moments `json:"stalls,omitzero"`
	Stalled     Moments `json:"stalledMillis,omitzero"`
	Skipped     Moments `json:"skippedMillis,omitzero"` // media time
	// LeastMargin is the least life that each viewer's token had left at a dispatch.
	LeastMargin Sketch `json:"leastMargin,omitzero"`
	// Shown is how many viewers saw video, and BitRate its mean bit rate of each.
	Shown   int64   `json:"shown,omitempty"`
	BitRate Moments `json:"kbitPerSecond,omitzero"`
}

// Moments are a sum over viewers and one of squares. Sums that int64 cannot hold stay
// at its greatest value, which keeps merging exact.
type Moments struct {
	Sum     int64 `json:"sum"`
	Squares int64 `json:"squares"`
}

func (m *Moments) add(n int64) {
	m.Sum = bounded(m.Sum, n)
	square := int64(math.MaxInt64)
	if n < 1<<31 {
		square = n * n
	}
	m.Squares = bounded(m.Squares, square)
}

func (m *Moments) merge(o *Moments) {
	m.Sum = bounded(m.Sum, o.Sum)
	m.Squares = bounded(m.Squares, o.Squares)
}

// bounded is a + b, or the greatest int64; neither is negative.
func bounded(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// add takes a viewer who leaves.
func (p *PerViewer) add(x *losses, l *Leave) {
	p.Viewers++
	p.Refused.add(x.refused)
	p.Failed.add(x.failed)
	p.Calls.add(x.calls)
	p.FailedCalls.add(x.failedCalls)
	p.Stalls.add(x.stalls)
	p.Stalled.add(max(x.stalled, 0) / 1000)
	p.Skipped.add(max(x.skipped, 0) / 1000)
	if x.signed {
		p.LeastMargin.Record(x.margin)
	}
	if l.BitTime > 0 && l.Played > 0 {
		p.Shown++
		p.BitRate.add(int64(min(l.BitTime/l.Played.Seconds()/1000, math.MaxInt32)))
	}
}

// sign notes the life left in a token at a dispatch.
func (x *losses) sign(margin time.Duration) {
	if !x.signed || margin < x.margin {
		x.signed, x.margin = true, margin
	}
}

func (p *PerViewer) merge(o *PerViewer) {
	p.Viewers += o.Viewers
	p.Refused.merge(&o.Refused)
	p.Failed.merge(&o.Failed)
	p.Calls.merge(&o.Calls)
	p.FailedCalls.merge(&o.FailedCalls)
	p.Stalls.merge(&o.Stalls)
	p.Stalled.merge(&o.Stalled)
	p.Skipped.merge(&o.Skipped)
	p.LeastMargin.Merge(&o.LeastMargin)
	p.Shown += o.Shown
	p.BitRate.merge(&o.BitRate)
}
