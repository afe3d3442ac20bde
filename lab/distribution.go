package lab

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Distribution is how a time spreads: a latency, or when viewers do something. It
// reads and prints as "200ms",
// "uniform(100ms, 2s)" or "lognormal(150ms, 0.6)". The zero Distribution is
// always 0.
type Distribution struct {
	shape shape
	low   time.Duration // the value, the lower bound, or the median
	high  time.Duration // the upper bound
	sigma float64       // standard deviation of ln(value)
}

type shape uint8

const (
	fixed shape = iota
	uniform
	lognormal
)

// longest bounds every draw: beyond it a call hangs for all that a player cares,
// and a viewer sleeps till tomorrow.
const longest = 24 * time.Hour

// Fixed is always d.
func Fixed(d time.Duration) Distribution { return Distribution{low: d} }

// Uniform is anything from low to high, equally likely.
func Uniform(low, high time.Duration) Distribution {
	return Distribution{shape: uniform, low: low, high: high}
}

// Lognormal has half of its values below median; sigma is the standard deviation
// of their natural logarithm. 0.6 puts the 99th percentile at 4 × median.
func Lognormal(median time.Duration, sigma float64) Distribution {
	return Distribution{shape: lognormal, low: median, sigma: sigma}
}

// Draw is one value, never negative and never above a day. It takes the same
// number of values from rng whatever the outcome.
func (d Distribution) Draw(rng *rand.Rand) time.Duration {
	switch d.shape {
	case uniform:
		return clamp(float64(d.low) + rng.Float64()*float64(d.high-d.low))
	case lognormal:
		return clamp(float64(d.low) * math.Exp(d.sigma*rng.NormFloat64()))
	default:
		return clamp(float64(d.low))
	}
}

func clamp(d float64) time.Duration {
	return time.Duration(max(0, min(d, float64(longest))))
}

// String is the form that ParseDistribution reads.
func (d Distribution) String() string {
	switch d.shape {
	case uniform:
		return fmt.Sprintf("uniform(%v, %v)", d.low, d.high)
	case lognormal:
		return fmt.Sprintf("lognormal(%v, %s)", d.low, strconv.FormatFloat(d.sigma, 'g', -1, 64))
	default:
		return d.low.String()
	}
}

// Least is what no draw is below.
func (d Distribution) Least() time.Duration {
	if d.shape == lognormal {
		return 0
	}
	return d.low
}

// CDF is the probability of a draw of at most x.
func (d Distribution) CDF(x time.Duration) float64 {
	if d.single() && x == d.low {
		return 1
	}
	return d.Below(x)
}

// single tells whether all draws are alike.
func (d Distribution) single() bool {
	switch d.shape {
	case uniform:
		return d.high <= d.low
	case lognormal:
		return d.low <= 0 || d.sigma == 0
	}
	return true
}

// Below is the probability of a draw of less than x; it differs from [Distribution.CDF]
// only at a fixed value.
func (d Distribution) Below(x time.Duration) float64 {
	switch {
	case d.single() && x > d.low:
		return 1
	case d.single() || x <= 0:
		return 0
	case d.shape == uniform:
		return max(0, min(1, float64(x-d.low)/float64(d.high-d.low)))
	}
	return math.Erfc(-math.Log(float64(x)/float64(d.low))/(d.sigma*math.Sqrt2)) / 2
}

// IsZero tells whether it is always 0, and may be left out of a YAML file.
func (d Distribution) IsZero() bool { return d == Distribution{} }

// MarshalText is String.
func (d Distribution) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDistribution.
func (d *Distribution) UnmarshalText(text []byte) error {
	parsed, err := ParseDistribution(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// ParseDistribution reads "200ms", "uniform(100ms, 2s)" or "lognormal(150ms, 0.6)".
func ParseDistribution(text string) (Distribution, error) {
	d, err := parseDistribution(strings.TrimSpace(text))
	if err != nil {
		return Distribution{}, fmt.Errorf("%q: %w; write 200ms, uniform(100ms, 2s) or lognormal(150ms, 0.6)", text, err)
	}
	return d, nil
}

func parseDistribution(text string) (Distribution, error) {
	name, rest, called := strings.Cut(text, "(")
	if !called {
		low, err := parseLatency(text)
		return Fixed(low), err
	}
	list, closed := strings.CutSuffix(rest, ")")
	first, second, pair := strings.Cut(list, ",")
	if !closed || !pair {
		return Distribution{}, fmt.Errorf("two values in parentheses expected")
	}
	low, err := parseLatency(first)
	if err != nil {
		return Distribution{}, err
	}
	switch strings.TrimSpace(name) {
	case "uniform":
		return parseUniform(low, second)
	case "lognormal":
		return parseLognormal(low, second)
	}
	return Distribution{}, fmt.Errorf("unknown distribution")
}

func parseUniform(low time.Duration, text string) (Distribution, error) {
	high, err := parseLatency(text)
	if err == nil && high < low {
		err = fmt.Errorf("upper bound below the lower")
	}
	return Uniform(low, high), err
}

func parseLognormal(median time.Duration, text string) (Distribution, error) {
	sigma, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(sigma >= 0 && sigma <= 5) {
		return Distribution{}, fmt.Errorf("sigma must be a number from 0 to 5")
	}
	return Lognormal(median, sigma), nil
}

func parseLatency(text string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil {
		return 0, fmt.Errorf("a duration with its unit expected")
	}
	if d < 0 || d > longest {
		return 0, fmt.Errorf("durations go from 0s to %v", longest)
	}
	return d, nil
}

// Quantiles are n values that stand for all draws alike: the middle of each nth part.
func (d Distribution) Quantiles(n int) []time.Duration {
	out := make([]time.Duration, n)
	for i := range out {
		q := (float64(i) + 0.5) / float64(n)
		switch d.shape {
		case uniform:
			out[i] = clamp(float64(d.low) + q*float64(d.high-d.low))
		case lognormal:
			out[i] = clamp(float64(d.low) * math.Exp(d.sigma*math.Sqrt2*math.Erfinv(2*q-1)))
		default:
			out[i] = clamp(float64(d.low))
		}
	}
	return out
}
