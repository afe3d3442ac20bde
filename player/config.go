package player

// The profiles.
const (
	HLSJS   = "hlsjs"
	DashJS  = "dashjs"
	Generic = "generic"
)

// Config chooses a player and sets its options under the player's own names and
// in its own units: seconds unless the name says Ms. The zero value of every
// field is the original's default; options for which zero itself means something
// are pointers, nil being the default.
//
// The fields after License belong to hls.js (its src/config.ts); those of dash.js and
// of the generic profile stand in Dash and Generic. Options of a player that is not
// chosen are ignored.
type Config struct {
	Profile string `yaml:"profile,omitempty" json:"profile,omitempty"` // "hlsjs" (default), "dashjs" or "generic"
	Version string `yaml:"version,omitempty" json:"version,omitempty"` // release to imitate; "" is the newest known: hls.js 1.7, dash.js 5.2. dash.js 3.x and 4.x play as 4.7, 5.x as 5.2, but each calls only the hooks it has

	// Wrapper is "gcore" for the Gcore player around hls.js or dash.js: other buffer
	// lengths, any error of dash.js fatal, and what Gcore says. Empty: none.
	Wrapper string      `yaml:"wrapper,omitempty" json:"wrapper,omitempty"`
	Gcore   GcoreConfig `yaml:"gcore,omitempty" json:"gcore,omitzero"`

	// License is content that wants a licence; of hlsjs and dashjs.
	License LicenseConfig `yaml:"license,omitempty" json:"license,omitzero"`

	StartPosition *float64 `yaml:"startPosition,omitempty" json:"startPosition,omitempty"` // nil or -1: the live sync point, or the beginning
	StartLevel    *int     `yaml:"startLevel,omitempty" json:"startLevel,omitempty"`       // index into the sorted levels; -1: by a test of the bandwidth; nil: by the first estimate
	TestBandwidth *bool    `yaml:"testBandwidth,omitempty" json:"testBandwidth,omitempty"` // whether startLevel -1 tests; true

	MaxBufferLength    float64  `yaml:"maxBufferLength,omitempty" json:"maxBufferLength,omitempty"`       // least forward buffer aimed at; 30
	MaxBufferSize      float64  `yaml:"maxBufferSize,omitempty" json:"maxBufferSize,omitempty"`           // bytes that may raise it; 60e6
	MaxMaxBufferLength float64  `yaml:"maxMaxBufferLength,omitempty" json:"maxMaxBufferLength,omitempty"` // most forward buffer aimed at; 600
	MaxBufferHole      *float64 `yaml:"maxBufferHole,omitempty" json:"maxBufferHole,omitempty"`           // holes bridged when measuring the buffer; 0.1

	BackBufferLength          *float64 `yaml:"backBufferLength,omitempty" json:"backBufferLength,omitempty"`                   // kept of what was played; nil: all
	LiveBackBufferLength      *float64 `yaml:"liveBackBufferLength,omitempty" json:"liveBackBufferLength,omitempty"`           // the same of live streams; nil: backBufferLength
	FrontBufferFlushThreshold *float64 `yaml:"frontBufferFlushThreshold,omitempty" json:"frontBufferFlushThreshold,omitempty"` // beyond this ahead of the playhead what is buffered apart is let go, if also beyond maxBufferLength; nil or 0: kept
	// MediaSourceQuota is no option of the player's: it is how much its browser holds.
	MediaSourceQuota Quota `yaml:"mediaSourceQuota,omitempty" json:"mediaSourceQuota,omitzero"`

	LiveSyncDurationCount       float64  `yaml:"liveSyncDurationCount,omitempty" json:"liveSyncDurationCount,omitempty"`             // target durations behind the edge; 3
	LiveSyncDuration            float64  `yaml:"liveSyncDuration,omitempty" json:"liveSyncDuration,omitempty"`                       // instead of the count; unset
	LiveMaxLatencyDurationCount float64  `yaml:"liveMaxLatencyDurationCount,omitempty" json:"liveMaxLatencyDurationCount,omitempty"` // seek to live beyond; infinite
	LiveMaxLatencyDuration      float64  `yaml:"liveMaxLatencyDuration,omitempty" json:"liveMaxLatencyDuration,omitempty"`           // instead of the count; unset
	LiveSyncOnStallIncrease     *float64 `yaml:"liveSyncOnStallIncrease,omitempty" json:"liveSyncOnStallIncrease,omitempty"`         // target latency grows by this with every stall; 1
	MaxLiveSyncPlaybackRate     float64  `yaml:"maxLiveSyncPlaybackRate,omitempty" json:"maxLiveSyncPlaybackRate,omitempty"`         // catch-up speed; 1: none
	LowLatencyMode              *bool    `yaml:"lowLatencyMode,omitempty" json:"lowLatencyMode,omitempty"`                           // true

	InitialLiveManifestSize   int      `yaml:"initialLiveManifestSize,omitempty" json:"initialLiveManifestSize,omitempty"`                 // segments that a live playlist must list before loading begins; 1
	SkipBufferHolePadding     *float64 `yaml:"skipBufferHolePadding,omitempty" json:"skipBufferHolePadding,omitempty"`                     // how far beyond the end of a hole the playhead is put; 0.1
	NudgeOffset               float64  `yaml:"nudgeOffset,omitempty" json:"nudgeOffset,omitempty"`                                         // 0.1
	NudgeMaxRetry             *int     `yaml:"nudgeMaxRetry,omitempty" json:"nudgeMaxRetry,omitempty"`                                     // 3
	MaxStarvationDelay        *float64 `yaml:"maxStarvationDelay,omitempty" json:"maxStarvationDelay,omitempty"`                           // 4
	ABREwmaFastLive           float64  `yaml:"abrEwmaFastLive,omitempty" json:"abrEwmaFastLive,omitempty"`                                 // half-life; 3
	ABREwmaSlowLive           float64  `yaml:"abrEwmaSlowLive,omitempty" json:"abrEwmaSlowLive,omitempty"`                                 // half-life; 9
	ABREwmaFastVoD            float64  `yaml:"abrEwmaFastVoD,omitempty" json:"abrEwmaFastVoD,omitempty"`                                   // half-life; 3
	ABREwmaSlowVoD            float64  `yaml:"abrEwmaSlowVoD,omitempty" json:"abrEwmaSlowVoD,omitempty"`                                   // half-life; 9
	ABREwmaDefaultEstimate    float64  `yaml:"abrEwmaDefaultEstimate,omitempty" json:"abrEwmaDefaultEstimate,omitempty"`                   // bit/s before anything was measured; 5e5
	ABREwmaDefaultEstimateMax float64  `yaml:"abrEwmaDefaultEstimateMax,omitempty" json:"abrEwmaDefaultEstimateMax,omitempty"`             // bit/s the first variant may raise it to; 5e6
	ABRBandWidthFactor        float64  `yaml:"abrBandWidthFactor,omitempty" json:"abrBandWidthFactor,omitempty"`                           // share of the estimate a level may use; 0.95
	ABRBandWidthUpFactor      float64  `yaml:"abrBandWidthUpFactor,omitempty" json:"abrBandWidthUpFactor,omitempty"`                       // the same for a higher level; 0.7
	ABRMaxWithRealBitrate     bool     `yaml:"abrMaxWithRealBitrate,omitempty" json:"abrMaxWithRealBitrate,omitempty"`                     // reckon with the measured bit rate where it is above the declared one
	MinAutoBitrate            float64  `yaml:"minAutoBitrate,omitempty" json:"minAutoBitrate,omitempty"`                                   // bit/s that automatic choice does not go below; 0
	AutoLevelCapping          *int     `yaml:"autoLevelCapping,omitempty" json:"autoLevelCapping,omitempty"`                               // highest level of automatic choice, as the property of that name; nil or -1: all
	ErrorPenaltyExpireMs      float64  `yaml:"errorPenaltyExpireMs,omitempty" json:"errorPenaltyExpireMs,omitempty"`                       // after this a level that failed may be chosen again; 0: never
	LiveMaxUnchangedPlaylist  *float64 `yaml:"liveMaxUnchangedPlaylistRefresh,omitempty" json:"liveMaxUnchangedPlaylistRefresh,omitempty"` // infinite

	EnableWebVTT       *bool               `yaml:"enableWebVTT,omitempty" json:"enableWebVTT,omitempty"`             // whether subtitles are loaded; true
	SubtitlePreference *SubtitlePreference `yaml:"subtitlePreference,omitempty" json:"subtitlePreference,omitempty"` // nil: the default ones, if there are such

	ManifestLoadPolicy *LoadPolicy `yaml:"manifestLoadPolicy,omitempty" json:"manifestLoadPolicy,omitempty"`
	PlaylistLoadPolicy *LoadPolicy `yaml:"playlistLoadPolicy,omitempty" json:"playlistLoadPolicy,omitempty"`
	FragLoadPolicy     *LoadPolicy `yaml:"fragLoadPolicy,omitempty" json:"fragLoadPolicy,omitempty"`
	KeyLoadPolicy      *LoadPolicy `yaml:"keyLoadPolicy,omitempty" json:"keyLoadPolicy,omitempty"`
	SteeringLoadPolicy *LoadPolicy `yaml:"steeringManifestLoadPolicy,omitempty" json:"steeringManifestLoadPolicy,omitempty"`

	Dash    DashConfig    `yaml:"dash,omitempty" json:"dash,omitzero"`
	Generic GenericConfig `yaml:"generic,omitempty" json:"generic,omitzero"`
}

// Quota is how many bytes of each media a browser keeps in a SourceBuffer (Media
// Source Extensions, coded frame eviction).
type Quota struct {
	Video float64 `yaml:"video,omitempty" json:"video,omitempty"` // 0: Chromium's on a desktop, 150 MiB
	Audio float64 `yaml:"audio,omitempty" json:"audio,omitempty"` // 0: Chromium's on a desktop, 12 MiB
}

// LoadPolicy is how long hls.js waits for an answer and how often it asks again
// (src/config.ts LoadPolicy.default). A policy that is given replaces the
// default one as a whole.
type LoadPolicy struct {
	MaxTimeToFirstByteMs float64     `yaml:"maxTimeToFirstByteMs,omitempty" json:"maxTimeToFirstByteMs,omitempty"` // 0: no limit of its own
	MaxLoadTimeMs        float64     `yaml:"maxLoadTimeMs,omitempty" json:"maxLoadTimeMs,omitempty"`               // 0: no limit
	TimeoutRetry         RetryPolicy `yaml:"timeoutRetry,omitempty" json:"timeoutRetry,omitzero"`
	ErrorRetry           RetryPolicy `yaml:"errorRetry,omitempty" json:"errorRetry,omitzero"`
}

// RetryPolicy is how often and how soon hls.js asks again (RetryConfig).
type RetryPolicy struct {
	MaxNumRetry     int     `yaml:"maxNumRetry,omitempty" json:"maxNumRetry,omitempty"`
	RetryDelayMs    float64 `yaml:"retryDelayMs,omitempty" json:"retryDelayMs,omitempty"`
	MaxRetryDelayMs float64 `yaml:"maxRetryDelayMs,omitempty" json:"maxRetryDelayMs,omitempty"`
	Backoff         string  `yaml:"backoff,omitempty" json:"backoff,omitempty"` // "exponential" (default) or "linear"
}
