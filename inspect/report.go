package inspect

import "time"

// Schema names the shape of a Report in JSON. It changes when a reader of the old
// shape would misread the new one.
const Schema = "soak/inspect/1"

// Report is what there is to say about a manifest. Times are seconds, rates bits
// per second, moments RFC 3339. It holds no token.
type Report struct {
	Schema     string       `json:"schema"`
	URL        string       `json:"url"`
	Final      string       `json:"finalUrl,omitempty"` // where a redirect led
	Format     string       `json:"format"`             // hls, dash
	Document   string       `json:"document"`           // multivariant playlist, media playlist, MPD
	Live       bool         `json:"live"`
	Bytes      int          `json:"bytes"`
	Periods    int          `json:"periods"`
	Ladder     []Rung       `json:"ladder"`
	Tracks     []Track      `json:"tracks"`
	Timing     Timing       `json:"timing"`
	Reload     Reload       `json:"reload"`
	Protection []Protection `json:"protection"`
	Latency    LowLatency   `json:"lowLatency"`
	Findings   []Finding    `json:"findings"`
	Children   []Children   `json:"children"`

	Derivation *Derivation `json:"derivation,omitempty"` // nil: no token in the URL
	Follow     *Followed   `json:"follow,omitempty"`
}

// Rung is a video rendition.
type Rung struct {
	Bandwidth int64   `json:"bandwidth"`
	Average   int64   `json:"averageBandwidth,omitempty"`
	Width     int     `json:"width,omitempty"`
	Height    int     `json:"height,omitempty"`
	FrameRate float64 `json:"frameRate,omitempty"`
	Codecs    string  `json:"codecs,omitempty"`
	Audio     string  `json:"audio,omitempty"` // HLS: the group that goes with it
	Window    *Window `json:"window,omitempty"`
	Error     string  `json:"error,omitempty"` // why its playlist could not be read
}

// Track is anything but video.
type Track struct {
	Media     string  `json:"media"`
	Lang      string  `json:"language,omitempty"`
	Name      string  `json:"name,omitempty"`
	Group     string  `json:"group,omitempty"`
	Default   bool    `json:"default,omitempty"`
	Bandwidth int64   `json:"bandwidth,omitempty"`
	Codecs    string  `json:"codecs,omitempty"`
	Window    *Window `json:"window,omitempty"`
	Error     string  `json:"error,omitempty"`
}

// Window is what can be fetched of one rendition.
type Window struct {
	First    int64    `json:"first"` // media sequence number or $Number$
	Last     int64    `json:"last"`
	Segments int64    `json:"segments"`
	Duration float64  `json:"duration"`
	Behind   *float64 `json:"behind,omitempty"` // from now back to its end; nil when nothing tells
	Gaps     int      `json:"gaps,omitempty"`   // EXT-X-GAP
	Changes  int64    `json:"discontinuities,omitempty"`
}

// Timing is what the manifest says of time; 0 and "" are absent.
type Timing struct {
	TargetDuration float64    `json:"targetDuration,omitempty"`
	Segment        float64    `json:"segmentDuration,omitempty"` // nominal
	Duration       float64    `json:"duration,omitempty"`
	Start          *float64   `json:"startOffset,omitempty"` // EXT-X-START
	AvailableFrom  *time.Time `json:"availabilityStartTime,omitempty"`
	Published      *time.Time `json:"publishTime,omitempty"`
	MinimumUpdate  *float64   `json:"minimumUpdatePeriod,omitempty"`
	TimeShift      float64    `json:"timeShiftBufferDepth,omitempty"`
	SuggestedDelay float64    `json:"suggestedPresentationDelay,omitempty"`
	MinimumBuffer  float64    `json:"minBufferTime,omitempty"`
	LongestSegment float64    `json:"maxSegmentDuration,omitempty"`
	Clocks         []string   `json:"utcTiming,omitempty"` // schemes
	DateTimes      bool       `json:"programDateTime,omitempty"`
}

// Reload is when a player asks for the manifest again. Every is 0 where it never
// does.
type Reload struct {
	Every     float64 `json:"every,omitempty"`
	Unchanged float64 `json:"unchanged,omitempty"` // when it came back as it was
	Blocking  bool    `json:"blocking,omitempty"`
	SkipUntil float64 `json:"skipUntil,omitempty"` // delta updates
	Rule      string  `json:"rule"`
}

// Protection is one way in which media is protected.
type Protection struct {
	Method string `json:"method"`
	System string `json:"system"` // KEYFORMAT or DRM system
	Keys   int    `json:"keys"`   // different references or key ids
}

// LowLatency are hints at where to play; 0 is absent.
type LowLatency struct {
	Target       float64 `json:"target,omitempty"` // also what follows by default
	Min          float64 `json:"min,omitempty"`
	Max          float64 `json:"max,omitempty"`
	MinRate      float64 `json:"minRate,omitempty"`
	MaxRate      float64 `json:"maxRate,omitempty"`
	HoldBack     float64 `json:"holdBack,omitempty"`
	PartHoldBack float64 `json:"partHoldBack,omitempty"`
	PartTarget   float64 `json:"partTarget,omitempty"`
	Early        float64 `json:"availabilityTimeOffset,omitempty"` // manifest.Always: at any time
	Chunked      bool    `json:"chunked,omitempty"`
}

// Finding is something odd about a manifest that can be played.
type Finding struct {
	In       string `json:"in,omitempty"` // which playlist; empty for the one asked for
	Severity string `json:"severity"`
	Line     int    `json:"line,omitempty"`
	Clause   string `json:"clause"`
	Text     string `json:"text"`
	More     int    `json:"more,omitempty"`  // further lines that have it too
	Count    int    `json:"count,omitempty"` // playlists that have it
}

// Children counts the references of one kind.
type Children struct {
	Kind  Kind `json:"kind"`
	Count int  `json:"count"`
}
