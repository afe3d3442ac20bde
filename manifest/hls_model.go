package manifest

import "time"

// Master is what a multivariant playlist says beside its variants and renditions
// (RFC 8216bis section 4.4.6).
type Master struct {
	SessionKeys []Key // EXT-X-SESSION-KEY: keys that can be fetched ahead
	SessionData []SessionData
	// Variables are what EXT-X-DEFINE set, for media playlists to import.
	Variables map[string]string
}

// SessionData is one EXT-X-SESSION-DATA: a value, or where to fetch one.
type SessionData struct {
	ID, Value, Lang string
	Ref             Ref
	Raw             bool // FORMAT=RAW; JSON otherwise
}

// Part is one partial segment: EXT-X-PART (section 4.4.4.9).
type Part struct {
	Start       time.Duration // as Segment.Start
	Duration    time.Duration
	Ref         Ref
	Range       Range
	Independent bool // begins with an independent frame
	Gap         bool // not to be fetched
}

// Hint is EXT-X-PRELOAD-HINT (section 4.4.5.3): a resource that will soon be
// there and may be asked for already. A Range of Length 0 goes from its Offset to
// the end.
type Hint struct {
	Map   bool // an initialization segment; else a part
	Ref   Ref
	Range Range
}

// Report is EXT-X-RENDITION-REPORT (section 4.4.5.4): how far another rendition
// of the stream has got. Part is -1 when the report has no LAST-PART.
type Report struct {
	Playlist Ref
	Sequence int64 // LAST-MSN
	Part     int64
}

// DateRange is EXT-X-DATERANGE (section 4.4.5.1). Several tags of one ID are one.
type DateRange struct {
	ID, Class, Cue string
	Start, End     time.Time     // End is zero when it is not given
	Duration       time.Duration // -1 when absent; so is Planned
	Planned        time.Duration
	EndOnNext      bool
	// SCTE35Cmd, SCTE35Out and SCTE35In are splice information as hexadecimal text
	// (section 4.4.5.1.1), "" when absent.
	SCTE35Cmd, SCTE35Out, SCTE35In string
	// Client holds the attributes that begin with "X-", X-ASSET-URI for one.
	Client map[string]string
}
