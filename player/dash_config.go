package player

import (
	"fmt"
	"strings"
	"time"
)

// DashConfig are dash.js' own settings by their own names and in their own units
// (src/core/Settings.js): bufferTimeDefault is streaming.buffer.bufferTimeDefault
// and counts seconds, retryIntervalMPD is streaming.retryIntervals.MPD and counts
// milliseconds. Zero means dash.js' default; options for which zero itself means
// something are pointers, nil being the default.
type DashConfig struct {
	// Seconds behind the live edge; LiveDelayFragmentCount counts in MPD@maxSegmentDuration.
	LiveDelay                     float64 `yaml:"liveDelay,omitempty" json:"liveDelay,omitempty"`
	LiveDelayFragmentCount        float64 `yaml:"liveDelayFragmentCount,omitempty" json:"liveDelayFragmentCount,omitempty"`
	UseSuggestedPresentationDelay *bool   `yaml:"useSuggestedPresentationDelay,omitempty" json:"useSuggestedPresentationDelay,omitempty"` // default true

	// Buffer targets in seconds: 18 (4.7: stableBufferTime, 12), 30 and 60.
	BufferTimeDefault                float64 `yaml:"bufferTimeDefault,omitempty" json:"bufferTimeDefault,omitempty"`
	BufferTimeAtTopQuality           float64 `yaml:"bufferTimeAtTopQuality,omitempty" json:"bufferTimeAtTopQuality,omitempty"`
	BufferTimeAtTopQualityLongForm   float64 `yaml:"bufferTimeAtTopQualityLongForm,omitempty" json:"bufferTimeAtTopQualityLongForm,omitempty"`
	LongFormContentDurationThreshold float64 `yaml:"longFormContentDurationThreshold,omitempty" json:"longFormContentDurationThreshold,omitempty"` // 600 s
	BufferToKeep                     float64 `yaml:"bufferToKeep,omitempty" json:"bufferToKeep,omitempty"`                                         // 20 s behind the playhead
	BufferPruningInterval            float64 `yaml:"bufferPruningInterval,omitempty" json:"bufferPruningInterval,omitempty"`                       // 10 s
	StallThreshold                   float64 `yaml:"stallThreshold,omitempty" json:"stallThreshold,omitempty"`                                     // 0.3 s
	CacheInitSegments                bool    `yaml:"cacheInitSegments,omitempty" json:"cacheInitSegments,omitempty"`                               // default false: an init is asked for again at every switch
	FastSwitchEnabled                *bool   `yaml:"fastSwitchEnabled,omitempty" json:"fastSwitchEnabled,omitempty"`                               // default true

	JumpGaps      *bool   `yaml:"jumpGaps,omitempty" json:"jumpGaps,omitempty"`           // default true
	JumpLargeGaps *bool   `yaml:"jumpLargeGaps,omitempty" json:"jumpLargeGaps,omitempty"` // default true
	SmallGapLimit float64 `yaml:"smallGapLimit,omitempty" json:"smallGapLimit,omitempty"` // 1.5 s

	DefaultTimeout          float64 `yaml:"defaultTimeout,omitempty" json:"defaultTimeout,omitempty"`                   // streaming.scheduling: look again after 500 ms
	ManifestRequestTimeout  float64 `yaml:"manifestRequestTimeout,omitempty" json:"manifestRequestTimeout,omitempty"`   // 10000 ms
	FragmentRequestTimeout  float64 `yaml:"fragmentRequestTimeout,omitempty" json:"fragmentRequestTimeout,omitempty"`   // 20000 ms
	RetryIntervalMPD        float64 `yaml:"retryIntervalMPD,omitempty" json:"retryIntervalMPD,omitempty"`               // 500 ms
	RetryIntervalInit       float64 `yaml:"retryIntervalInit,omitempty" json:"retryIntervalInit,omitempty"`             // retryIntervals.InitializationSegment, 1000 ms
	RetryIntervalMedia      float64 `yaml:"retryIntervalMedia,omitempty" json:"retryIntervalMedia,omitempty"`           // retryIntervals.MediaSegment, 1000 ms
	RetryAttemptsMPD        *int    `yaml:"retryAttemptsMPD,omitempty" json:"retryAttemptsMPD,omitempty"`               // 3, after the first
	RetryAttemptsInit       *int    `yaml:"retryAttemptsInit,omitempty" json:"retryAttemptsInit,omitempty"`             // as above
	RetryAttemptsMedia      *int    `yaml:"retryAttemptsMedia,omitempty" json:"retryAttemptsMedia,omitempty"`           // as above
	UTCSynchronization      *bool   `yaml:"utcSynchronization,omitempty" json:"utcSynchronization,omitempty"`           // streaming.utcSynchronization.enabled, default true
	TimeBetweenSyncAttempts float64 `yaml:"timeBetweenSyncAttempts,omitempty" json:"timeBetweenSyncAttempts,omitempty"` // 30 s

	// Quality. Bit rates are in kbit/s.
	InitialBitrateVideo      float64  `yaml:"initialBitrateVideo,omitempty" json:"initialBitrateVideo,omitempty"` // measured throughput, else 1000
	InitialBitrateAudio      float64  `yaml:"initialBitrateAudio,omitempty" json:"initialBitrateAudio,omitempty"` // measured throughput, else 100
	MinBitrateVideo          float64  `yaml:"minBitrateVideo,omitempty" json:"minBitrateVideo,omitempty"`
	MaxBitrateVideo          float64  `yaml:"maxBitrateVideo,omitempty" json:"maxBitrateVideo,omitempty"`
	MinBitrateAudio          float64  `yaml:"minBitrateAudio,omitempty" json:"minBitrateAudio,omitempty"`
	MaxBitrateAudio          float64  `yaml:"maxBitrateAudio,omitempty" json:"maxBitrateAudio,omitempty"`
	AutoSwitchBitrateVideo   *bool    `yaml:"autoSwitchBitrateVideo,omitempty" json:"autoSwitchBitrateVideo,omitempty"`     // default true
	AutoSwitchBitrateAudio   *bool    `yaml:"autoSwitchBitrateAudio,omitempty" json:"autoSwitchBitrateAudio,omitempty"`     // default true
	BandwidthSafetyFactor    float64  `yaml:"bandwidthSafetyFactor,omitempty" json:"bandwidthSafetyFactor,omitempty"`       // 0.9
	HybridSwitchBufferTime   float64  `yaml:"hybridSwitchBufferTime,omitempty" json:"hybridSwitchBufferTime,omitempty"`     // 12 s (4.7: stableBufferTime)
	AbandonLoadTimeout       float64  `yaml:"abandonLoadTimeout,omitempty" json:"abandonLoadTimeout,omitempty"`             // 10000 ms
	CacheLoadThresholdVideo  *float64 `yaml:"cacheLoadThresholdVideo,omitempty" json:"cacheLoadThresholdVideo,omitempty"`   // 10 ms: a faster answer came from a cache and measures nothing
	CacheLoadThresholdAudio  *float64 `yaml:"cacheLoadThresholdAudio,omitempty" json:"cacheLoadThresholdAudio,omitempty"`   // 5 ms
	LiveCatchupEnabled       *bool    `yaml:"liveCatchupEnabled,omitempty" json:"liveCatchupEnabled,omitempty"`             // default false: only low-latency streams catch up
	LiveCatchupRateMin       float64  `yaml:"liveCatchupRateMin,omitempty" json:"liveCatchupRateMin,omitempty"`             // playbackRate.min, -0.5
	LiveCatchupRateMax       float64  `yaml:"liveCatchupRateMax,omitempty" json:"liveCatchupRateMax,omitempty"`             // playbackRate.max, 0.5
	LiveCatchupMaxDrift      *float64 `yaml:"liveCatchupMaxDrift,omitempty" json:"liveCatchupMaxDrift,omitempty"`           // 12 s; 0: never seek to the edge
	AverageCalculationMode   string   `yaml:"averageCalculationMode,omitempty" json:"averageCalculationMode,omitempty"`     // ewma (5.2) or arithmeticMean (4.7)
	ThroughputSampleSizeLive int      `yaml:"throughputSampleSizeLive,omitempty" json:"throughputSampleSizeLive,omitempty"` // arithmeticMean: 3
	ThroughputSampleSizeVOD  int      `yaml:"throughputSampleSizeVOD,omitempty" json:"throughputSampleSizeVOD,omitempty"`   // arithmeticMean: 4
}

// The two versions of dash.js that are known to differ; see players of 4.5 to 4.7
// for the old integration hook, 5.x for the new one.
const (
	dashVersion52 = "5.2"
	dashVersion47 = "4.7"
)

// dashRetry is how often and at what interval dash.js tries a kind of request
// again. The interval is constant and the HTTP status is not looked at: 403, 404,
// 410 and 503 are the same (src/streaming/net/HTTPLoader.js).
type dashRetry struct {
	retries  int
	interval time.Duration
	timeout  time.Duration // of the whole request
}

// dashSettings are the settings in force: a DashConfig with every default filled in,
// in Go's units.
type dashSettings struct {
	old          bool          // 4.7
	liveDelay    time.Duration // 0: by the rules of the MPD
	delayCount   float64       // 0: likewise
	useSuggested bool
	target       bufferTargets
	keepBehind   time.Duration
	pruneEvery   time.Duration
	stall        time.Duration
	fastSwitch   bool
	cacheInit    bool
	jumpGaps     bool
	jumpLarge    bool
	smallGap     time.Duration
	lookAgain    time.Duration
	mpd          dashRetry
	init         dashRetry
	media        dashRetry
	sync         bool
	syncEvery    time.Duration
	hybridSwitch time.Duration
	abandonPause time.Duration
	safety       float64
	mean         bool // arithmetic mean instead of EWMA
	sampleLive   int
	sampleVOD    int
	video, audio trackSettings
	catchUp      bool
	catchUpMin   float64
	catchUpMax   float64
	catchUpDrift time.Duration
}

// trackSettings are the settings that dash.js keeps per media type; kbit/s.
type trackSettings struct {
	initial, min, max float64
	auto              bool
	cached            time.Duration // a request faster than this came from a cache
}

// settings fills in the defaults of a version. It refuses what dash.js could not
// mean: an unknown version or mode, a negative time.
func (c DashConfig) settings(version string) (dashSettings, error) {
	old, err := dashIsOld(version)
	if err != nil {
		return dashSettings{}, err
	}
	mean, err := c.arithmetic(old)
	if err != nil {
		return dashSettings{}, err
	}
	if err := c.check(); err != nil {
		return dashSettings{}, err
	}
	stable := 18.0
	if old {
		stable = 12
	}
	stable = or(c.BufferTimeDefault, stable)
	hybrid := 12.0
	if old {
		hybrid = stable
	}
	s := dashSettings{
		old: old, mean: mean,
		liveDelay: seconds(c.LiveDelay), delayCount: c.LiveDelayFragmentCount, useSuggested: value(c.UseSuggestedPresentationDelay, true),
		target: bufferTargets{
			normal: seconds(stable), top: seconds(or(c.BufferTimeAtTopQuality, 30)),
			topLong: seconds(or(c.BufferTimeAtTopQualityLongForm, 60)), long: seconds(or(c.LongFormContentDurationThreshold, 600)),
		},
		keepBehind: seconds(or(c.BufferToKeep, 20)), pruneEvery: seconds(or(c.BufferPruningInterval, 10)),
		stall: seconds(or(c.StallThreshold, 0.3)), cacheInit: c.CacheInitSegments, fastSwitch: value(c.FastSwitchEnabled, true),
		jumpGaps: value(c.JumpGaps, true), jumpLarge: value(c.JumpLargeGaps, true), smallGap: seconds(or(c.SmallGapLimit, 1.5)),
		lookAgain:    millis(or(c.DefaultTimeout, 500)),
		sync:         value(c.UTCSynchronization, true),
		syncEvery:    seconds(or(c.TimeBetweenSyncAttempts, 30)),
		hybridSwitch: seconds(or(c.HybridSwitchBufferTime, hybrid)), abandonPause: millis(or(c.AbandonLoadTimeout, 10000)),
		safety: or(c.BandwidthSafetyFactor, 0.9), sampleLive: or(c.ThroughputSampleSizeLive, 3), sampleVOD: or(c.ThroughputSampleSizeVOD, 4),
		catchUp: value(c.LiveCatchupEnabled, false), catchUpMin: or(c.LiveCatchupRateMin, -0.5), catchUpMax: or(c.LiveCatchupRateMax, 0.5),
		catchUpDrift: seconds(value(c.LiveCatchupMaxDrift, 12)),
	}
	s.mpd = dashRetry{value(c.RetryAttemptsMPD, 3), millis(or(c.RetryIntervalMPD, 500)), millis(or(c.ManifestRequestTimeout, 10000))}
	fragment := millis(or(c.FragmentRequestTimeout, 20000))
	s.init = dashRetry{value(c.RetryAttemptsInit, 3), millis(or(c.RetryIntervalInit, 1000)), fragment}
	s.media = dashRetry{value(c.RetryAttemptsMedia, 3), millis(or(c.RetryIntervalMedia, 1000)), fragment}
	s.video = trackSettings{c.InitialBitrateVideo, c.MinBitrateVideo, c.MaxBitrateVideo, value(c.AutoSwitchBitrateVideo, true), millis(value(c.CacheLoadThresholdVideo, 10))}
	s.audio = trackSettings{c.InitialBitrateAudio, c.MinBitrateAudio, c.MaxBitrateAudio, value(c.AutoSwitchBitrateAudio, true), millis(value(c.CacheLoadThresholdAudio, 5))}
	return s, nil
}

func dashIsOld(version string) (bool, error) {
	switch {
	case version == "" || version == dashVersion52 || strings.HasPrefix(version, dashVersion52+"."):
		return false, nil
	case version == dashVersion47 || strings.HasPrefix(version, dashVersion47+"."):
		return true, nil
	}
	return false, fmt.Errorf("player: dashjs version %q is not known; use %q or %q", version, dashVersion52, dashVersion47)
}

func (c DashConfig) arithmetic(old bool) (bool, error) {
	switch c.AverageCalculationMode {
	case "":
		return old, nil
	case "ewma":
		return false, nil
	case "arithmeticMean":
		return true, nil
	}
	return false, fmt.Errorf("player: averageCalculationMode %q is not known; use ewma or arithmeticMean", c.AverageCalculationMode)
}

func (c DashConfig) check() error {
	for _, v := range []struct {
		name  string
		value float64
	}{
		{"liveDelay", c.LiveDelay}, {"liveDelayFragmentCount", c.LiveDelayFragmentCount},
		{"bufferTimeDefault", c.BufferTimeDefault}, {"bufferTimeAtTopQuality", c.BufferTimeAtTopQuality},
		{"bufferTimeAtTopQualityLongForm", c.BufferTimeAtTopQualityLongForm}, {"longFormContentDurationThreshold", c.LongFormContentDurationThreshold},
		{"bufferToKeep", c.BufferToKeep}, {"bufferPruningInterval", c.BufferPruningInterval}, {"stallThreshold", c.StallThreshold},
		{"smallGapLimit", c.SmallGapLimit}, {"defaultTimeout", c.DefaultTimeout},
		{"manifestRequestTimeout", c.ManifestRequestTimeout}, {"fragmentRequestTimeout", c.FragmentRequestTimeout},
		{"retryIntervalMPD", c.RetryIntervalMPD}, {"retryIntervalInit", c.RetryIntervalInit}, {"retryIntervalMedia", c.RetryIntervalMedia},
		{"timeBetweenSyncAttempts", c.TimeBetweenSyncAttempts}, {"bandwidthSafetyFactor", c.BandwidthSafetyFactor},
		{"hybridSwitchBufferTime", c.HybridSwitchBufferTime}, {"abandonLoadTimeout", c.AbandonLoadTimeout},
		{"liveCatchupRateMax", c.LiveCatchupRateMax}, {"liveCatchupMaxDrift", value(c.LiveCatchupMaxDrift, 0)},
		{"retryAttemptsMPD", float64(value(c.RetryAttemptsMPD, 0))}, {"retryAttemptsInit", float64(value(c.RetryAttemptsInit, 0))},
		{"retryAttemptsMedia", float64(value(c.RetryAttemptsMedia, 0))},
	} {
		if !(v.value >= 0) { // NaN too
			return fmt.Errorf("player: %s %v is negative; leave it out for dash.js' default", v.name, v.value)
		}
	}
	return nil
}

// or is v, or the default when v is left out.
func or[T int | float64](v, def T) T {
	if v == 0 {
		return def
	}
	return v
}

// value is *v, or the default when v is left out.
func value[T any](v *T, def T) T {
	if v == nil {
		return def
	}
	return *v
}

func millis(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
