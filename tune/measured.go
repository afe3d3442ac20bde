package tune

import (
	"fmt"
	"math"
	"slices"
	"time"

	"soak/lab"
	"soak/qoe"
)

// leastCalls is how many calls make a law.
const leastCalls = 20

// fitted are the quantiles that a fit is made of and shown at.
func fitted() []float64 { return []float64{0.5, 0.75, 0.9, 0.95, 0.99} }

// Fit makes a law of calls that were measured: a lognormal with their median, and the
// widest spread that one of their upper quantiles asks for, for it is the tail that a
// lead must outlast. hung are those that were never answered; failed leaves them out.
func Fit(took []time.Duration, failed, hung int64, source string) (*Measured, error) {
	took = slices.Clone(took)
	slices.Sort(took)
	return fit(int64(len(took)), failed, hung, source, func(q float64) time.Duration {
		return took[max(int(math.Ceil(q*float64(len(took)))), 1)-1]
	})
}

// FitSummary makes a law of a recorded run's token calls, in whose times the link has
// its part.
func FitSummary(s *qoe.Summary, source string) (*Measured, error) {
	r := &s.Total.Refreshes
	hung := int64(0)
	for _, l := range r.Failures.Top(math.MaxInt) {
		if l.Text == string(qoe.TimeoutFailure) {
			hung = l.Count
		}
	}
	return fit(r.Took.Count(), r.Failed-hung, hung, source, r.Took.Quantile)
}

func fit(calls, failed, hung int64, source string, quantile func(q float64) time.Duration) (*Measured, error) {
	if calls < leastCalls {
		return nil, fmt.Errorf("%s: %d calls of a token API, at least %d are needed to make a law of them", source, calls, leastCalls)
	}
	if failed+hung >= calls {
		return nil, fmt.Errorf("%s: none of %d calls brought a token", source, calls)
	}
	median := max(quantile(0.5), time.Millisecond)
	sigma := 0.0
	for _, q := range fitted()[1:] {
		if few := (1 - q) * float64(calls); few < 1 {
			continue // of so few calls that is no quantile
		}
		z := math.Sqrt2 * math.Erfinv(2*q-1)
		sigma = max(sigma, math.Log(float64(max(quantile(q), median))/float64(median))/z)
	}
	sigma = math.Ceil(100*sigma) / 100
	m := &Measured{
		Law:    Law{Latency: lab.Lognormal(median.Round(time.Millisecond), sigma), Failures: float64(failed) / float64(calls), Hangs: float64(hung) / float64(calls)},
		Source: source, Calls: calls, Failed: failed + hung,
	}
	for _, q := range fitted() {
		z := math.Sqrt2 * math.Erfinv(2*q-1)
		m.Quantiles = append(m.Quantiles, Fitted{q, Seconds(quantile(q)), Seconds(float64(median) * math.Exp(sigma*z))})
	}
	return m, nil
}
