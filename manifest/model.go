package manifest

import (
	"time"

	"soak/qoe"
)

// Format is the family of a manifest.
type Format uint8

// The two families.
const (
	HLS Format = iota + 1
	DASH
)

// Presentation is what one manifest says: an HLS multivariant playlist, an HLS
// media playlist, or an MPD. It is immutable and its parts are shared between all
// viewers that received the same bytes; only URL differs between them.
//
// An HLS multivariant playlist has one Period whose first Set holds the variants
// in listed order and whose further Sets are the EXT-X-MEDIA groups; their
// renditions name a Playlist to load. An HLS media playlist has one Period, one
// Set and one Rendition with Segments; what media it carries it does not say, so
// its Set says Video. An MPD has everything in one document.
type Presentation struct {
	*Document
	URL string // base for every reference: the manifest's final URL

	pair string     // what pairMark in references stands for; see [Cache]
	base *knownBase // URL; nil while nothing is known of it
}

// Document is the part of a presentation that does not depend on where it was
// fetched from.
type Document struct {
	Format  Format
	Media   bool // an HLS media playlist
	Live    bool // more may come: no EXT-X-ENDLIST, MPD@type="dynamic"
	Periods []Period
	HLS     *HLSTiming  // media playlists only
	Master  *Master     // multivariant playlists only
	DASH    *DASHTiming // MPDs only
	Start   *StartPoint // EXT-X-START
	Reload  Reload
	Latency Latency
	// Steering is the content steering server; nil when there is none.
	Steering *Steering
	// Findings are what is illegal, risky or beyond soak in the manifest, in the
	// order in which they were met, at most 100. [Presentation.Lint] has those too
	// that depend on where the manifest came from.
	Findings []Finding

	found map[Finding]int // while it is parsed: where each of Findings stands
	hosts []hostRef       // the hosts that references name
}

// StartPoint is EXT-X-START (RFC 8216 section 4.3.5.2). Offset counts from the
// beginning, or from the end when negative.
type StartPoint struct {
	Offset  time.Duration
	Precise bool
}

// HLSTiming is what a media playlist says of time (RFC 8216 section 4.3.3).
type HLSTiming struct {
	TargetDuration        time.Duration // as written, not raised to the longest EXTINF; 0 when absent
	MediaSequence         int64         // number of the first listed segment: EXT-X-MEDIA-SEQUENCE + Skipped
	Skipped               int64         // EXT-X-SKIP SKIPPED-SEGMENTS of a delta update
	DiscontinuitySequence int64
	HoldBack              time.Duration // EXT-X-SERVER-CONTROL HOLD-BACK; 0 when absent
	PartHoldBack          time.Duration // EXT-X-SERVER-CONTROL PART-HOLD-BACK; 0 when absent
	EndList               bool
	VOD                   bool // EXT-X-PLAYLIST-TYPE:VOD
	Event                 bool // EXT-X-PLAYLIST-TYPE:EVENT
	IFramesOnly           bool // EXT-X-I-FRAMES-ONLY
	DateRanges            []DateRange
	Reports               []Report
	// RemovedDateRanges are the identifiers that EXT-X-SKIP says have gone; nil
	// unless it is a delta update that leaves out date ranges (version 10).
	RemovedDateRanges []string

	delta deltaHead
}

// DASHTiming is what an MPD says of time (ISO/IEC 23009-1 clause 5.3.1.2).
// Durations are 0 when the attribute is absent, except MinimumUpdatePeriod: -1.
type DASHTiming struct {
	AvailabilityStart         time.Time
	PublishTime               time.Time
	MediaPresentationDuration time.Duration
	MinimumUpdatePeriod       time.Duration // -1 when absent: the MPD never changes
	TimeShiftBufferDepth      time.Duration // 0 when absent: everything since the start
	SuggestedDelay            time.Duration
	TargetLatency             time.Duration // ServiceDescription Latency@target
	MaxSegmentDuration        time.Duration
	MinBufferTime             time.Duration
	AvailabilityEnd           time.Time
	ID                        string // MPD@id
	Profiles                  []string
	Locations                 []Ref
	LocationNames             []string // Location@serviceLocation of each; "" when it has none
	PatchLocations            []PatchLocation
	UTCTiming                 []UTCTiming
	Remotes                   []Remote // parts that stand elsewhere and are not here yet
}

// Period is a stretch of content with one set of tracks.
type Period struct {
	ID       string
	Start    time.Duration // presentation time; DASH periods without @start have it inferred
	Duration time.Duration // 0 when open-ended: a live playlist, the last period of a live MPD
	Sets     []Set
	Events   []EventStream // DASH

	line int // of its tag
}

// End is Start + Duration; 0 when open-ended.
func (p Period) End() time.Duration {
	if p.Duration == 0 {
		return 0
	}
	return p.Start + p.Duration
}

// Set is a choice of renditions of one media: HLS variants, an EXT-X-MEDIA group
// or a DASH AdaptationSet.
type Set struct {
	ID         string
	Media      qoe.Media
	Group      string // EXT-X-MEDIA GROUP-ID
	Captions   bool   // EXT-X-MEDIA TYPE=CLOSED-CAPTIONS: inside the video, nothing to fetch
	Lang       string
	Trick      bool // not for normal playback: DASH trick mode (DASH-IF IOP 3.2.9), HLS I-frame playlists
	Renditions []Rendition

	// DASH:
	Roles  []string // Role@value: main, alternate, caption …
	Inband []EventScheme

	line int // of its tag
}

// Rendition is one encoding of a track: an HLS variant or EXT-X-MEDIA rendition,
// or a DASH Representation.
type Rendition struct {
	ID               string
	Name             string
	Lang             string
	Bandwidth        int64 // bits per second: HLS BANDWIDTH (peak), DASH @bandwidth
	AverageBandwidth int64 // HLS AVERAGE-BANDWIDTH; equal to Bandwidth when absent
	Width, Height    int
	FrameRate        float64
	Codecs           string
	Audio            string // HLS: GROUP-ID of the audio that goes with this variant
	Subtitles        string // HLS: GROUP-ID of the subtitles that go with this variant
	Video            string // HLS: GROUP-ID of the video that goes with this variant
	Captions         string // HLS: GROUP-ID of the closed captions of this variant; "NONE" when it has none
	Default          bool   // EXT-X-MEDIA DEFAULT=YES
	Autoselect       bool   // EXT-X-MEDIA AUTOSELECT=YES
	Forced           bool   // EXT-X-MEDIA FORCED=YES
	AssocLang        string // EXT-X-MEDIA ASSOC-LANGUAGE
	InstreamID       string // EXT-X-MEDIA INSTREAM-ID: CC1…CC4, SERVICE1…SERVICE63
	Channels         string // EXT-X-MEDIA CHANNELS: "2", "16/JOC"
	Characteristics  []string
	StableID         string // STABLE-VARIANT-ID, STABLE-RENDITION-ID
	Pathway          string // HLS PATHWAY-ID; "." when absent from a variant
	Score            float64
	VideoRange       string // SDR, HLG, PQ
	HDCP             string // HDCP-LEVEL
	Supplemental     string // SUPPLEMENTAL-CODECS
	Playlist         Ref    // HLS: the media playlist; zero when segments are in this manifest or muxed into the variant
	Segments         *Segments

	// DASH:
	Protection    []Protection
	ProducerTimes []ProducerTime
	// Early is how much earlier than complete a segment can be asked for
	// (availabilityTimeOffset), or Always; Chunked that it
	// then still grows (availabilityTimeComplete="false").
	Early   time.Duration
	Chunked bool

	line int // of its tag
}

// Ref is a reference as the manifest wrote it: resolve it with [Presentation.Resolve].
// Bases are the DASH BaseURL elements above it, outermost first; of alternatives
// at one level, the first. A Ref without URI and Bases stands for the manifest.
type Ref struct {
	Bases []string
	URI   string
	// Alternatives are all ways there, the first of them Bases; nil when there is
	// one way and it has no name. See [Ref.Via].
	Alternatives []Base
	// Query is what a DASH client adds to the URL (clause I); nil for nothing.
	Query *Query

	plain bool // URI is a plain name: who found out said so
}

// Range is a byte range; the zero Range is the whole resource.
type Range struct{ Offset, Length int64 }

// Init is an initialization segment. Segments that share one share the pointer.
type Init struct {
	Ref   Ref
	Range Range
	Keys  []Key // EXT-X-KEYs in force where EXT-X-MAP stands; they may differ from the segment's

	early bool // EXT-X-MAP stands before any EXT-X-KEY
}

// Key is one EXT-X-KEY in force (RFC 8216 section 4.3.2.4).
type Key struct {
	Method string // AES-128, SAMPLE-AES …; never NONE
	Ref    Ref
	Format string // KEYFORMAT; "identity" when absent
	IV     string // as written; "" when derived from the media sequence number
	// Versions is KEYFORMATVERSIONS, "1/2" say; "" is 1.
	Versions string
}

// Segment is one media segment.
type Segment struct {
	// Number is the HLS media sequence number or DASH $Number$. A SegmentTimeline
	// numbers its segments from startNumber, so in a live MPD addressed by $Time$,
	// which seldom moves startNumber, a segment's number changes from one MPD to the
	// next: address those by Start, with [Segments.At].
	Number          int64
	Start           time.Duration // presentation time; HLS: from the first listed segment
	Duration        time.Duration
	Ref             Ref
	Range           Range
	Init            *Init // nil when segments initialize themselves
	Keys            []Key
	Discontinuity   int64     // HLS discontinuity sequence number
	ProgramDateTime time.Time // given or carried forward; zero when unknown
	Gap             bool      // EXT-X-GAP: not to be fetched
	Bitrate         int64     // EXT-X-BITRATE in bits per second; 0 when unknown
	Parts           []Part    // HLS partial segments, near the live edge
	Available       time.Time // DASH dynamic: earliest moment at which it can be fetched; zero means already
}

// End is Start + Duration.
func (s *Segment) End() time.Duration { return s.Start + s.Duration }
