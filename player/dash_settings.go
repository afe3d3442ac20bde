package player

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// The versions that were studied: 5.x ignores the integration hook of 4.5 to 4.7,
// and the two differ in buffer target and throughput average.
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
	old            bool          // 4.7
	liveDelay      time.Duration // 0: by the rules of the MPD
	delayCount     float64       // 0: likewise
	useSuggested   bool
	target         bufferTargets
	keepBehind     time.Duration
	pruneEvery     time.Duration
	stall          time.Duration
	tolerance      time.Duration // holes that the buffer level reaches over
	fastSwitch     *bool         // nil: except at low latency (4.7: always)
	cacheInit      bool
	jumpGaps       bool
	jumpLarge      bool
	smallGap       time.Duration
	lookAgain      time.Duration
	mpd            dashRetry
	init           dashRetry
	media          dashRetry
	sync           bool
	syncEvery      time.Duration
	hybridSwitch   time.Duration
	abandonPause   time.Duration
	safety         float64
	resourceTiming bool
	mean           bool // arithmetic mean instead of EWMA
	sampleLive     int
	sampleVOD      int
	video, audio   trackSettings
	catchUp        *bool   // nil: once it was low latency
	catchUpMin     float64 // 0: what the manifest says
	catchUpMax     float64
	catchUpDrift   *float64 // s; nil: what the manifest says
	bufferMin      float64  // s; 0: the default mode, which does not look at the buffer
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
	bufferMin, err := c.lowestBuffer()
	if err != nil {
		return dashSettings{}, err
	}
	if err := c.check(); err != nil {
		return dashSettings{}, err
	}
	s := dashSettings{
		old: old, mean: mean,
		liveDelay: seconds(c.LiveDelay), delayCount: c.LiveDelayFragmentCount, useSuggested: value(c.UseSuggestedPresentationDelay, true),
		lookAgain: millis(or(c.DefaultTimeout, 500)),
		sync:      value(c.UTCSynchronization, true), syncEvery: seconds(or(c.TimeBetweenSyncAttempts, 30)),
		catchUp: c.LiveCatchupEnabled, catchUpMin: c.LiveCatchupRateMin, catchUpMax: c.LiveCatchupRateMax, catchUpDrift: c.LiveCatchupMaxDrift, bufferMin: bufferMin,
	}
	c.buffers(&s)
	c.requests(&s)
	c.quality(&s)
	return s, nil
}

func (c DashConfig) buffers(s *dashSettings) {
	normal := 18.0
	if s.old {
		normal = 12 // stableBufferTime
	}
	s.target = bufferTargets{
		normal: seconds(or(c.BufferTimeDefault, normal)), top: seconds(or(c.BufferTimeAtTopQuality, 30)),
		topLong: seconds(or(c.BufferTimeAtTopQualityLongForm, 60)), long: seconds(or(c.LongFormContentDurationThreshold, 600)),
	}
	s.keepBehind, s.pruneEvery = seconds(or(c.BufferToKeep, 20)), seconds(or(c.BufferPruningInterval, 10))
	s.stall = seconds(or(c.StallThreshold, 0.3))
	s.cacheInit, s.fastSwitch = c.CacheInitSegments, c.FastSwitchEnabled
	s.jumpGaps, s.jumpLarge, s.smallGap = value(c.JumpGaps, true), value(c.JumpLargeGaps, true), seconds(or(c.SmallGapLimit, 1.5))
	s.tolerance = 150 * time.Millisecond // BufferController.js, getRangeAt
	if s.jumpGaps {
		s.tolerance = s.smallGap
	}
}

func (c DashConfig) requests(s *dashSettings) {
	fragment := millis(or(c.FragmentRequestTimeout, 20000))
	s.mpd = dashRetry{value(c.RetryAttemptsMPD, 3), millis(or(c.RetryIntervalMPD, 500)), millis(or(c.ManifestRequestTimeout, 10000))}
	s.init = dashRetry{value(c.RetryAttemptsInit, 3), millis(or(c.RetryIntervalInit, 1000)), fragment}
	s.media = dashRetry{value(c.RetryAttemptsMedia, 3), millis(or(c.RetryIntervalMedia, 1000)), fragment}
}

func (c DashConfig) quality(s *dashSettings) {
	s.hybridSwitch = seconds(or(c.HybridSwitchBufferTime, 12))
	s.abandonPause = millis(or(c.AbandonLoadTimeout, 10000))
	s.safety, s.resourceTiming = or(c.BandwidthSafetyFactor, 0.9), value(c.UseResourceTimingAPI, true)
	cachedVideo := 10.0
	if s.old {
		cachedVideo = 50
	}
	s.sampleLive, s.sampleVOD = or(c.ThroughputSampleSizeLive, 3), or(c.ThroughputSampleSizeVOD, 4)
	s.video = trackSettings{c.InitialBitrateVideo, c.MinBitrateVideo, c.MaxBitrateVideo, value(c.AutoSwitchBitrateVideo, true), millis(value(c.CacheLoadThresholdVideo, cachedVideo))}
	s.audio = trackSettings{c.InitialBitrateAudio, c.MinBitrateAudio, c.MaxBitrateAudio, value(c.AutoSwitchBitrateAudio, true), millis(value(c.CacheLoadThresholdAudio, 5))}
}

// dashIsOld tells which of the two releases studied stands for a version: 5.2 for
// 5.x, 4.7 for 3.x and 4.x. Versions between them differ in what they call of an
// integration, which is what H15 is about (see Has).
func dashIsOld(version string) (bool, error) {
	if version == "" {
		return false, nil
	}
	for _, known := range []struct {
		series string
		old    bool
	}{{"5", false}, {"4", true}, {"3", true}} {
		if version == known.series || strings.HasPrefix(version, known.series+".") && dashRelease.MatchString(version) {
			return known.old, nil
		}
	}
	return false, fmt.Errorf("player: dashjs version %q is not known; use %q or %q (3.x and 4.x play as 4.7, 5.x as 5.2)", version, dashVersion52, dashVersion47)
}

var dashRelease = regexp.MustCompile(`^\d+(\.\d+){1,2}$`)

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

// lowestBuffer is below what LoL+ slows down; 0 in the default mode.
func (c DashConfig) lowestBuffer() (float64, error) {
	switch c.LiveCatchupMode {
	case "", "liveCatchupModeDefault":
		return 0, nil
	case "liveCatchupModeLoLP":
		return or(c.LiveCatchupPlaybackBufferMin, 0.5), nil
	}
	return 0, fmt.Errorf("player: liveCatchupMode %q is not known; use liveCatchupModeDefault or liveCatchupModeLoLP", c.LiveCatchupMode)
}

func (c DashConfig) check() error {
	const most = 1e9 // what a time.Duration holds in seconds
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
		{"liveCatchupPlaybackBufferMin", c.LiveCatchupPlaybackBufferMin},
		{"retryAttemptsMPD", float64(value(c.RetryAttemptsMPD, 0))}, {"retryAttemptsInit", float64(value(c.RetryAttemptsInit, 0))},
		{"retryAttemptsMedia", float64(value(c.RetryAttemptsMedia, 0))},
		{"throughputSampleSizeLive", float64(c.ThroughputSampleSizeLive)}, {"throughputSampleSizeVOD", float64(c.ThroughputSampleSizeVOD)},
	} {
		if !(v.value >= 0 && v.value <= most) { // refuses NaN too
			return fmt.Errorf("player: %s %v is out of range; leave it out for dash.js' default", v.name, v.value)
		}
	}
	return nil
}

// or is v, or the default when v is left out.
func or[T int | float64 | time.Duration](v, def T) T {
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

// fast tells whether an up-switch replaces what is buffered: at low latency only if
// it was asked for (models/MediaPlayerModel.js, getFastSwitchEnabled), in 4.x always.
func (s *dashSettings) fast(low bool) bool { return value(s.fastSwitch, s.old || !low) }
