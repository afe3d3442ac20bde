package player

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// GenericConfig are the options of the generic profile, in seconds. Zero means the
// default.
type GenericConfig struct {
	// Format is the manifest that is asked for: hls (default) or dash. The profile
	// plays whichever it gets.
	Format string `yaml:"format,omitempty" json:"format,omitempty"`
	// Buffer is how much is kept ahead of the playhead. 0: 30.
	Buffer float64 `yaml:"buffer,omitempty" json:"buffer,omitempty"`
	// LiveDelay is the distance to the live edge. 0: what the manifest says
	// (HOLD-BACK, ServiceDescription, suggestedPresentationDelay), else three target
	// durations or longest segments.
	LiveDelay float64 `yaml:"liveDelay,omitempty" json:"liveDelay,omitempty"`
	// SafetyFactor is the share of the measured throughput that a rendition may need.
	// 0: 0.8.
	SafetyFactor float64 `yaml:"safetyFactor,omitempty" json:"safetyFactor,omitempty"`
	// InitialBitrate is what the throughput is taken for before it was measured, in
	// bit/s. 0: 1e6.
	InitialBitrate float64 `yaml:"initialBitrate,omitempty" json:"initialBitrate,omitempty"`
	// RetryDelay is the pause after a failed request. It doubles with every further
	// failure up to MaxRetryDelay and is shortened by up to a half at random. It ends
	// when something else comes, and while the picture moves it is no more than half of
	// what is left to see. 0: 0.5 and 4.
	RetryDelay    float64 `yaml:"retryDelay,omitempty" json:"retryDelay,omitempty"`
	MaxRetryDelay float64 `yaml:"maxRetryDelay,omitempty" json:"maxRetryDelay,omitempty"`
	// Timeout is how long a request may go without a byte. 0: 8.
	Timeout float64 `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	// SegmentTries is how often a segment is asked for before it is passed over, when
	// other things can be had meanwhile. 0: 4.
	SegmentTries int `yaml:"segmentTries,omitempty" json:"segmentTries,omitempty"`
	// Patience is how long nothing may come before a recording, or a stream that has
	// not begun, is given up. A live event never is. 0: 60.
	Patience float64 `yaml:"patience,omitempty" json:"patience,omitempty"`
}

// genericOptions is GenericConfig with its defaults filled in.
type genericOptions struct {
	buffer, liveDelay, retry, maxRetry, timeout, patience time.Duration
	safety, initial                                       float64
	tries                                                 int
}

func (c GenericConfig) options() (genericOptions, error) {
	for _, f := range []struct {
		name        string
		value, most float64
	}{
		{"buffer", c.Buffer, 3600}, {"liveDelay", c.LiveDelay, 3600}, {"safetyFactor", c.SafetyFactor, 1},
		{"initialBitrate", c.InitialBitrate, 1e12}, {"retryDelay", c.RetryDelay, 3600}, {"maxRetryDelay", c.MaxRetryDelay, 3600},
		{"timeout", c.Timeout, 3600}, {"segmentTries", float64(c.SegmentTries), 1000}, {"patience", c.Patience, 1e6},
	} {
		if !(f.value >= 0 && f.value <= f.most) { // NaN too
			return genericOptions{}, fmt.Errorf("player option generic.%s is %v: use 0 (default) to %v", f.name, f.value, f.most)
		}
	}
	if c.Format != "" && c.Format != "hls" && c.Format != "dash" {
		return genericOptions{}, fmt.Errorf("player option generic.format %q is not known: use hls or dash", c.Format)
	}
	return genericOptions{
		buffer: seconds(or(c.Buffer, 30)), liveDelay: seconds(c.LiveDelay), retry: seconds(or(c.RetryDelay, 0.5)),
		maxRetry: seconds(or(c.MaxRetryDelay, 4)), timeout: seconds(or(c.Timeout, 8)), patience: seconds(or(c.Patience, 60)),
		safety: or(c.SafetyFactor, 0.8), initial: or(c.InitialBitrate, 1e6), tries: or(c.SegmentTries, 4),
	}, nil
}

// backoff is the pause after so many failures in a row, 1 or more. Viewers whom one
// failure hit together must not come back together.
func (o *genericOptions) backoff(failures int, rng *rand.Rand) time.Duration {
	d := min(float64(o.retry)*math.Exp2(float64(failures-1)), float64(o.maxRetry))
	if rng != nil {
		d -= d / 2 * rng.Float64()
	}
	return max(time.Duration(d), 10*time.Millisecond)
}
