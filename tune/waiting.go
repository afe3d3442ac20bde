package tune

import (
	"math"
	"time"
)

// cell is the grid on which distributions are computed. Times of a cycle that are
// multiples of it are met exactly, steps of a distribution at them included.
const cell = 10 * time.Millisecond

// waiting is the distribution of W, the time from the refresher's timer to the token,
// at multiples of a cell: P(W ≤ x) and P(W < x), which differ where W has a step.
// Between two of them it is taken to be linear.
type waiting struct {
	cell  time.Duration
	upTo  []float64
	below []float64
}

// waiting solves, by marching up to the horizon,
//
//	P(W ≤ x) = P(success, D ≤ x) + ∫ P(failure, X ∈ dy) P(W ≤ x − retry − y)
//
// where a failed call costs X: its latency, or the timeout that ended it.
func (c Cycle) waiting(horizon time.Duration) waiting { return c.waitingOn(cell, horizon) }

// waitingOn is waiting on a grid of its own.
func (c Cycle) waitingOn(cell, horizon time.Duration) waiting {
	n := int(max(horizon, 0)/cell) + 2
	w := waiting{cell: cell, upTo: make([]float64, n), below: make([]float64, n)}
	lost := c.losses(cell, n)
	retry := int(math.Round(float64(c.Retry) / float64(cell)))
	for i := range n {
		x := time.Duration(i) * cell
		w.upTo[i], w.below[i] = c.success(x, true), c.success(x, false)
		for j := 0; j <= min(i-retry, lost.last); j++ {
			at := i - retry - j
			w.upTo[i] += lost.at[j] * w.upTo[at]
			w.below[i] += lost.at[j] * w.below[at]
			if at > 0 {
				spread := lost.after[j] * (w.upTo[at-1] + w.below[at]) / 2
				w.upTo[i] += spread
				w.below[i] += spread
			}
		}
	}
	return w
}

// success is the probability that a call succeeds within x, or in less.
func (c Cycle) success(x time.Duration, inclusive bool) float64 {
	if c.Timeout > 0 && x > c.Timeout {
		x, inclusive = c.Timeout, true
	}
	if inclusive {
		return (1 - c.Failures - c.Hangs) * c.Latency.CDF(x)
	}
	return (1 - c.Failures - c.Hangs) * c.Latency.Below(x)
}

// losses is where failed calls end: with a step at a multiple of a cell, or anywhere
// in the cell after it.
type losses struct {
	at, after []float64
	last      int // cell in which any end
}

func (c Cycle) losses(cell time.Duration, n int) losses {
	l := losses{at: make([]float64, n), after: make([]float64, n)}
	for i := range n {
		x := time.Duration(i) * cell
		if c.Timeout > 0 && x >= c.Timeout {
			l.at[i] = c.lost() - c.Failures*c.Latency.Below(c.Timeout)
			l.last = i
			break
		}
		l.at[i] = c.Failures * (c.Latency.CDF(x) - c.Latency.Below(x))
		next := x + cell
		if c.Timeout > 0 {
			next = min(next, c.Timeout)
		}
		l.after[i] = c.Failures * (c.Latency.Below(next) - c.Latency.CDF(x))
		if l.at[i]+l.after[i] > 0 {
			l.last = i
		}
	}
	return l
}

// cdf is P(W ≤ x).
func (w waiting) cdf(x time.Duration) float64 {
	if x < 0 {
		return 0
	}
	i := min(int(x/w.cell), len(w.upTo)-2)
	part := min(float64(x-time.Duration(i)*w.cell)/float64(w.cell), 1)
	return w.upTo[i] + part*(w.below[i+1]-w.upTo[i])
}

// excess is the integral of P(W > x) from a to b, in seconds.
func (w waiting) excess(a, b time.Duration) float64 {
	sum := 0.0
	if a < 0 {
		sum, a = (min(b, 0) - a).Seconds(), 0
	}
	for a < b {
		i := min(int(a/w.cell), len(w.upTo)-2)
		end := min(time.Duration(i+1)*w.cell, b)
		near := w.upTo[i] + float64(a-time.Duration(i)*w.cell)/float64(w.cell)*(w.below[i+1]-w.upTo[i])
		far := w.upTo[i] + float64(end-time.Duration(i)*w.cell)/float64(w.cell)*(w.below[i+1]-w.upTo[i])
		sum += (end - a).Seconds() * (1 - (near+far)/2)
		a = end
	}
	return sum
}
