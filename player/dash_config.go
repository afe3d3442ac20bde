package player

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
	FastSwitchEnabled                *bool   `yaml:"fastSwitchEnabled,omitempty" json:"fastSwitchEnabled,omitempty"`                               // default true; nil is false at low latency (5.x)

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
	InitialBitrateVideo     float64  `yaml:"initialBitrateVideo,omitempty" json:"initialBitrateVideo,omitempty"` // measured throughput, else 1000
	InitialBitrateAudio     float64  `yaml:"initialBitrateAudio,omitempty" json:"initialBitrateAudio,omitempty"` // measured throughput, else 100
	MinBitrateVideo         float64  `yaml:"minBitrateVideo,omitempty" json:"minBitrateVideo,omitempty"`
	MaxBitrateVideo         float64  `yaml:"maxBitrateVideo,omitempty" json:"maxBitrateVideo,omitempty"`
	MinBitrateAudio         float64  `yaml:"minBitrateAudio,omitempty" json:"minBitrateAudio,omitempty"`
	MaxBitrateAudio         float64  `yaml:"maxBitrateAudio,omitempty" json:"maxBitrateAudio,omitempty"`
	AutoSwitchBitrateVideo  *bool    `yaml:"autoSwitchBitrateVideo,omitempty" json:"autoSwitchBitrateVideo,omitempty"`   // default true
	AutoSwitchBitrateAudio  *bool    `yaml:"autoSwitchBitrateAudio,omitempty" json:"autoSwitchBitrateAudio,omitempty"`   // default true
	BandwidthSafetyFactor   float64  `yaml:"bandwidthSafetyFactor,omitempty" json:"bandwidthSafetyFactor,omitempty"`     // 0.9
	HybridSwitchBufferTime  float64  `yaml:"hybridSwitchBufferTime,omitempty" json:"hybridSwitchBufferTime,omitempty"`   // 12 s (4.7: stableBufferTime)
	AbandonLoadTimeout      float64  `yaml:"abandonLoadTimeout,omitempty" json:"abandonLoadTimeout,omitempty"`           // 10000 ms
	UseResourceTimingAPI    *bool    `yaml:"useResourceTimingApi,omitempty" json:"useResourceTimingApi,omitempty"`       // default true: where answers allow it (5.2)
	CacheLoadThresholdVideo *float64 `yaml:"cacheLoadThresholdVideo,omitempty" json:"cacheLoadThresholdVideo,omitempty"` // 10 ms (4.7: 50): a faster answer came from a cache and measures nothing
	CacheLoadThresholdAudio *float64 `yaml:"cacheLoadThresholdAudio,omitempty" json:"cacheLoadThresholdAudio,omitempty"` // 5 ms
	LiveCatchupEnabled      *bool    `yaml:"liveCatchupEnabled,omitempty" json:"liveCatchupEnabled,omitempty"`           // default: only low-latency streams catch up
	LiveCatchupRateMin      float64  `yaml:"liveCatchupRateMin,omitempty" json:"liveCatchupRateMin,omitempty"`           // playbackRate.min; 0 if only max is set; else as ServiceDescription says, else -0.5
	LiveCatchupRateMax      float64  `yaml:"liveCatchupRateMax,omitempty" json:"liveCatchupRateMax,omitempty"`           // playbackRate.max; likewise, 0.5
	LiveCatchupMaxDrift     *float64 `yaml:"liveCatchupMaxDrift,omitempty" json:"liveCatchupMaxDrift,omitempty"`         // as ServiceDescription says, else 12 s; 0: never seek to the edge
	// LiveCatchupMode is liveCatchupModeDefault or liveCatchupModeLoLP, which goes by the
	// buffer while that is below LiveCatchupPlaybackBufferMin seconds.
	LiveCatchupMode              string  `yaml:"liveCatchupMode,omitempty" json:"liveCatchupMode,omitempty"`
	LiveCatchupPlaybackBufferMin float64 `yaml:"liveCatchupPlaybackBufferMin,omitempty" json:"liveCatchupPlaybackBufferMin,omitempty"` // playbackBufferMin, 0.5
	AverageCalculationMode       string  `yaml:"averageCalculationMode,omitempty" json:"averageCalculationMode,omitempty"`             // ewma (5.2) or arithmeticMean (4.7)
	ThroughputSampleSizeLive     int     `yaml:"throughputSampleSizeLive,omitempty" json:"throughputSampleSizeLive,omitempty"`         // arithmeticMean: 3
	ThroughputSampleSizeVOD      int     `yaml:"throughputSampleSizeVOD,omitempty" json:"throughputSampleSizeVOD,omitempty"`           // arithmeticMean: 4
}
