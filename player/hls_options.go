package player

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

// hlsTick is the interval of the original's pollers (TICK_INTERVAL of the stream,
// audio-stream, gap and abr controllers).
const hlsTick = 100 * time.Millisecond

// The original's settings without an option of their own here (src/config.ts).
const (
	lookUpTolerance   = 250 * time.Millisecond // maxFragLookUpTolerance
	maxStartGapJump   = 2 * time.Second        // MAX_START_GAP_JUMP of gap-controller.ts
	hlsReady          = 250 * time.Millisecond // what a browser wants before it moves
	defaultTTFB       = 100.0                  // ms, until measured
	defaultBandwidth  = 5e5
	maxFirstBandwidth = 5e6
)

// hlsOptions is Config with the defaults filled in. Players share them: what hls.js
// changes of its config while it plays is a [bufferAim].
type hlsOptions struct {
	startPosition time.Duration // unset when chosen by the player
	startLevel    int           // -1: by a test of the bandwidth; unsetLevel: by estimate
	testBandwidth bool

	aim                        bufferAim // at first
	maxBufferBits              float64
	maxBufferHole              time.Duration
	backBuffer, liveBackBuffer time.Duration // unset: all is kept
	frontBuffer                time.Duration // 0: all is kept
	quota                      Quota

	liveSyncCount, liveMaxCount float64
	liveSync, liveMax           time.Duration // 0: by count
	userLiveSync                bool          // a wish of the user's beats HOLD-BACK
	onStall                     time.Duration
	maxRate                     float64
	lowLatency                  bool
	maxUnchanged                float64

	nudgeOffset    time.Duration
	holePadding    time.Duration
	liveListed     int
	nudgeMax       int
	maxStarvation  float64 // s
	fast, slow     [2]float64
	bandwidth      float64
	bandwidthFixed bool // the user's default estimate is not raised by the first variant
	bandwidthMax   float64
	factor, factUp float64
	realBitrate    bool
	minAutoBitrate float64
	cap            int           // highest level of automatic choice
	penalty        time.Duration // 0: for ever

	webVTT    bool
	subtitles *SubtitlePreference

	manifest, playlist, fragment, key, steering *LoadPolicy // not to be written to
}

// bufferAim is how much is to be buffered ahead.
type bufferAim struct {
	length time.Duration // at least: maxBufferLength
	most   time.Duration // where the bit rate is low: maxMaxBufferLength
}

// unset is a position that was not chosen yet (-1 in the original).
const unset = time.Duration(math.MinInt64)

const unsetLevel = -2

func newHLSOptions(c Config) (*hlsOptions, error) {
	o := &hlsOptions{
		startPosition:  unset,
		startLevel:     value(c.StartLevel, unsetLevel),
		testBandwidth:  value(c.TestBandwidth, true),
		realBitrate:    c.ABRMaxWithRealBitrate,
		minAutoBitrate: c.MinAutoBitrate,
		cap:            math.MaxInt,
		aim:            bufferAim{seconds(or(c.MaxBufferLength, 30)), seconds(or(c.MaxMaxBufferLength, 600))},
		maxBufferBits:  8 * or(c.MaxBufferSize, 60e6),
		maxBufferHole:  seconds(value(c.MaxBufferHole, 0.1)),
		backBuffer:     secondsOr(c.BackBufferLength),
		liveBackBuffer: secondsOr(c.LiveBackBufferLength),
		frontBuffer:    seconds(value(c.FrontBufferFlushThreshold, 0)),
		quota:          c.MediaSourceQuota,
		liveSyncCount:  or(c.LiveSyncDurationCount, 3),
		liveMaxCount:   or(c.LiveMaxLatencyDurationCount, math.Inf(1)),
		liveSync:       seconds(c.LiveSyncDuration),
		liveMax:        seconds(c.LiveMaxLatencyDuration),
		userLiveSync:   c.LiveSyncDuration > 0 || c.LiveSyncDurationCount > 0,
		onStall:        seconds(value(c.LiveSyncOnStallIncrease, 1)),
		maxRate:        or(c.MaxLiveSyncPlaybackRate, 1),
		lowLatency:     value(c.LowLatencyMode, true),
		maxUnchanged:   value(c.LiveMaxUnchangedPlaylist, math.Inf(1)),
		nudgeOffset:    seconds(or(c.NudgeOffset, 0.1)),
		holePadding:    seconds(value(c.SkipBufferHolePadding, 0.1)),
		liveListed:     max(c.InitialLiveManifestSize, 1),
		nudgeMax:       value(c.NudgeMaxRetry, 3),
		maxStarvation:  value(c.MaxStarvationDelay, 4),
		fast:           [2]float64{or(c.ABREwmaFastVoD, 3), or(c.ABREwmaFastLive, 3)},
		slow:           [2]float64{or(c.ABREwmaSlowVoD, 9), or(c.ABREwmaSlowLive, 9)},
		bandwidth:      or(c.ABREwmaDefaultEstimate, defaultBandwidth),
		bandwidthFixed: c.ABREwmaDefaultEstimate > 0,
		bandwidthMax:   or(c.ABREwmaDefaultEstimateMax, maxFirstBandwidth),
		factor:         or(c.ABRBandWidthFactor, 0.95),
		factUp:         or(c.ABRBandWidthUpFactor, 0.7),
		penalty:        millis(c.ErrorPenaltyExpireMs),
		webVTT:         value(c.EnableWebVTT, true),
		subtitles:      c.SubtitlePreference,
		manifest:       cmp.Or(c.ManifestLoadPolicy, manifestPolicy),
		playlist:       cmp.Or(c.PlaylistLoadPolicy, playlistPolicy),
		fragment:       cmp.Or(c.FragLoadPolicy, fragmentPolicy),
		key:            cmp.Or(c.KeyLoadPolicy, keyPolicy),
		steering:       cmp.Or(c.SteeringLoadPolicy, steeringPolicy),
	}
	if p := value(c.StartPosition, -1); p >= 0 {
		o.startPosition = seconds(p)
	}
	if top := value(c.AutoLevelCapping, -1); top >= 0 {
		o.cap = top
	}
	return o, c.checkHLS()
}

// checkHLS refuses what the original would refuse or misread without a word.
func (c Config) checkHLS() error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"maxBufferLength", c.MaxBufferLength}, {"maxMaxBufferLength", c.MaxMaxBufferLength},
		{"maxBufferSize", c.MaxBufferSize}, {"maxBufferHole", value(c.MaxBufferHole, 0)},
		{"backBufferLength", value(c.BackBufferLength, 0)}, {"liveBackBufferLength", value(c.LiveBackBufferLength, 0)},
		{"frontBufferFlushThreshold", value(c.FrontBufferFlushThreshold, 0)},
		{"mediaSourceQuota.video", c.MediaSourceQuota.Video}, {"mediaSourceQuota.audio", c.MediaSourceQuota.Audio},
		{"liveSyncDurationCount", c.LiveSyncDurationCount}, {"liveSyncDuration", c.LiveSyncDuration},
		{"liveMaxLatencyDurationCount", c.LiveMaxLatencyDurationCount}, {"liveMaxLatencyDuration", c.LiveMaxLatencyDuration},
		{"liveSyncOnStallIncrease", value(c.LiveSyncOnStallIncrease, 0)}, {"maxStarvationDelay", value(c.MaxStarvationDelay, 0)},
		{"nudgeOffset", c.NudgeOffset}, {"nudgeMaxRetry", float64(value(c.NudgeMaxRetry, 0))},
		{"skipBufferHolePadding", value(c.SkipBufferHolePadding, 0)}, {"initialLiveManifestSize", float64(c.InitialLiveManifestSize)},
		{"minAutoBitrate", c.MinAutoBitrate},
		{"errorPenaltyExpireMs", c.ErrorPenaltyExpireMs},
	} {
		if f.value < 0 || math.IsNaN(f.value) {
			return fmt.Errorf("player option %s is %v: it must not be negative", f.name, f.value)
		}
	}
	if level := value(c.StartLevel, 0); level < -1 {
		return fmt.Errorf("player option startLevel is %d: it must be an index, or -1 for a test of the bandwidth", level)
	}
	if c.LiveSyncDuration > 0 && c.LiveMaxLatencyDuration > 0 && c.LiveMaxLatencyDuration <= c.LiveSyncDuration {
		return fmt.Errorf("player option liveMaxLatencyDuration is %v: it must be greater than liveSyncDuration", c.LiveMaxLatencyDuration)
	}
	if v := c.Version; v != "" && v != "1" && !strings.HasPrefix(v, "1.6") && !strings.HasPrefix(v, "1.7") {
		return fmt.Errorf("player version %q of hls.js is not known: use 1.6 or 1.7", v)
	}
	return nil
}

// secondsOr is unset where nothing is given.
func secondsOr(s *float64) time.Duration {
	if s == nil || math.IsInf(*s, 1) {
		return unset
	}
	return seconds(*s)
}

// The original's load policies (src/config.ts), for all viewers: nobody writes to them.
var (
	manifestPolicy = &LoadPolicy{
		MaxLoadTimeMs: 20000,
		TimeoutRetry:  RetryPolicy{MaxNumRetry: 2},
		ErrorRetry:    RetryPolicy{MaxNumRetry: 1, RetryDelayMs: 1000, MaxRetryDelayMs: 8000},
	}
	steeringPolicy = &LoadPolicy{
		MaxTimeToFirstByteMs: 10000, MaxLoadTimeMs: 20000,
		TimeoutRetry: RetryPolicy{MaxNumRetry: 2},
		ErrorRetry:   RetryPolicy{MaxNumRetry: 1, RetryDelayMs: 1000, MaxRetryDelayMs: 8000},
	}
	playlistPolicy = &LoadPolicy{
		MaxTimeToFirstByteMs: 10000, MaxLoadTimeMs: 20000,
		TimeoutRetry: RetryPolicy{MaxNumRetry: 2},
		ErrorRetry:   RetryPolicy{MaxNumRetry: 2, RetryDelayMs: 1000, MaxRetryDelayMs: 8000},
	}
	fragmentPolicy = &LoadPolicy{
		MaxTimeToFirstByteMs: 10000, MaxLoadTimeMs: 120000,
		TimeoutRetry: RetryPolicy{MaxNumRetry: 4},
		ErrorRetry:   RetryPolicy{MaxNumRetry: 6, RetryDelayMs: 1000, MaxRetryDelayMs: 8000},
	}
	keyPolicy = &LoadPolicy{
		MaxTimeToFirstByteMs: 8000, MaxLoadTimeMs: 20000,
		TimeoutRetry: RetryPolicy{MaxNumRetry: 1, RetryDelayMs: 1000, MaxRetryDelayMs: 20000, Backoff: "linear"},
		ErrorRetry:   RetryPolicy{MaxNumRetry: 8, RetryDelayMs: 1000, MaxRetryDelayMs: 20000, Backoff: "linear"},
	}
)

// delay is the pause before retry n, counted from 0 (src/utils/error-helper.ts,
// getRetryDelay).
func (r RetryPolicy) delay(n int) time.Duration {
	factor := 1.0
	if r.Backoff != "linear" {
		factor = math.Pow(2, float64(n))
	}
	return millis(min(factor*r.RetryDelayMs, r.MaxRetryDelayMs))
}

// retry is the policy for a timeout or for any other failure.
func (p *LoadPolicy) retry(timeout bool) RetryPolicy {
	if timeout {
		return p.TimeoutRetry
	}
	return p.ErrorRetry
}

// again tells whether the same thing is simply asked for again: never after 4xx
// and never without a status (shouldRetry, retryForHttpStatus).
func (r RetryPolicy) again(n int, o *hlsOutcome) bool {
	status := o.status()
	return n < r.MaxNumRetry && (o.timeout || status != 0 && (status < 400 || status > 499))
}
