package qoe

import "time"

// Kind says what a request was for.
type Kind uint8

// The kinds of request a viewer makes.
const (
	Manifest Kind = iota // HLS multivariant playlist or MPD
	Playlist             // HLS media playlist
	Init                 // initialization segment (EXT-X-MAP, DASH Initialization), or the index of segments (SegmentBase)
	Segment              // media segment
	Key                  // decryption key
	Token                // call of the token API
	Timing               // DASH UTCTiming
	Steering             // content steering manifest
	Link                 // part of an MPD that stands elsewhere (xlink:href)
	License              // DRM licence, or the certificate of a licence server
)

// Media says which kind of media a request or a switch concerns.
type Media uint8

// The kinds of media.
const (
	NoMedia Media = iota
	Video         // video, or video and audio together
	Audio
	Text
)

// Failure names why a request brought no usable answer. Empty means it did. An
// HTTP status that says no is StatusFailure; the status itself tells the rest.
type Failure string

// The failures of a request.
const (
	NoFailure       Failure = ""
	StatusFailure   Failure = "status"    // answered with 4xx or 5xx
	DNSFailure      Failure = "dns"       // host name not found
	RefusedFailure  Failure = "refused"   // connection refused
	TLSFailure      Failure = "tls"       // handshake or certificate
	ResetFailure    Failure = "reset"     // connection broken before the body was complete
	TimeoutFailure  Failure = "timeout"   // given up by the player's or refresher's own timer
	BodyFailure     Failure = "body"      // 200, but not what was asked for (HTML, truncated, bad JSON)
	CancelFailure   Failure = "cancelled" // no longer wanted: abandoned, switched, left
	RedirectFailure Failure = "redirect"  // too many, or without a usable Location
	NetworkFailure  Failure = "network"   // any other transport error
)

// Sample is one thing a viewer lived through: one of the types below.
type Sample interface{ sample() }

// Fetch is one HTTP exchange, redirects included.
type Fetch struct {
	Kind    Kind
	Media   Media
	Start   time.Time     // when the player asked
	TTFB    time.Duration // from Start to the first byte; 0 when none came
	Took    time.Duration // from Start to the end
	Bytes   int64         // body bytes received
	Status  int           // last HTTP status; 0 when there was no answer
	Failure Failure
	Attempt int // 1 for the first try of this object
	// Margin is how much life the token in the URL had left when the request was
	// dispatched, by the true clock; negative when it was already dead. It means
	// nothing unless Signed.
	Margin time.Duration
	Signed bool // the URL carried a token

	// Token is a short hash of that token, never the token, and Object what was asked
	// for: the path behind the token, without query. They are
	// told only where diaries are kept or somebody watches, and so is Buffer: how much
	// was playable as the answer came, below zero where nobody knows.
	Token  string
	Object string
	Buffer time.Duration
}

// Refused tells whether the edge turned the request down for its token:
// 401, 403 or 410.
func (f *Fetch) Refused() bool { return refused(f.Status) }

func refused(status int) bool {
	return status > 400 && (status == 401 || status == 403 || status == 410) // hardly any is above
}

// Refresh is one call of the token API and what came of it.
type Refresh struct {
	Call      int // 1 for the viewer's first call
	Start     time.Time
	Took      time.Duration
	Status    int
	Failure   Failure
	Reason    Reason
	Life      time.Duration // life of the grant received, by the viewer's clock
	Installed bool          // false when the call failed or the grant was not better than the one held
	Problem   string        // why a grant was not installed, one line, no token
}

// Reason says what made the refresher call.
type Reason uint8

// Why the token API is called.
const (
	FirstToken   Reason = iota // before playback
	Scheduled                  // lead before expiry
	AfterError                 // a call before failed
	AfterRefusal               // the edge answered 403 or 410
)

// Startup is the end of waiting for the first picture. Took counts from the
// viewer's wish to play, first token included.
type Startup struct {
	At   time.Time
	Took time.Duration
	Zap  bool // of another stream, by a viewer who watched one already
}

// Stall is one interruption of playback, emitted when it ends or when the viewer
// leaves with the picture still frozen (Open).
type Stall struct {
	At   time.Time // when the picture froze
	Took time.Duration
	Open bool
}

// Skip is content the player jumped over: never shown to the viewer.
type Skip struct {
	At     time.Time
	Amount time.Duration // media time lost
	Why    string        // gap, window, seek-to-live …
}

// Switch is a change of rendition.
type Switch struct {
	At       time.Time
	Media    Media
	From, To int64 // bits per second
}

// Fatal is the end of playback against the viewer's will. The viewer may still
// see the rest of the buffer.
type Fatal struct {
	At   time.Time
	Kind Kind
	Why  string // the player's own error name and what led to it, no token
}

// Note is something worth a line in the log that is not an event of playback:
// a hazard that showed, a fallback that was taken.
type Note struct {
	At   time.Time
	Text string
}

// Seek is a viewer's own jump. It is no skip, and waiting for it is no stall.
type Seek struct {
	At   time.Time     // when the viewer jumped
	By   time.Duration // media time; negative: back
	Took time.Duration // from then on, pauses left out, to the picture; 0 when it was buffered
	Open bool          // no picture: the viewer jumped again or left
}

// Standing is how a viewer stands at an instant. Some viewers are asked from time to
// time.
type Standing struct {
	At      time.Time
	Phase   Phase
	Buffer  time.Duration // playable without another byte
	BitRate int64         // of the video at the playhead, bits per second; 0 when none
	Latency time.Duration // distance to the live edge; 0 for VOD, or without a picture
}

// Leave closes a viewer's session and carries what was measured all along.
type Leave struct {
	At       time.Time
	Watched  time.Duration // from the wish to play to leaving
	Played   time.Duration // media time shown
	BitTime  float64       // sum of video bit rate (bit/s) × seconds shown
	Latency  time.Duration // mean distance to the live edge while playing; 0 for VOD
	Buffered time.Duration // left unplayed

	// What Watched was spent on: with the stalls these add up to it.
	Starting time.Duration // no picture yet
	Playing  time.Duration // picture moved, or sound alone
	Seeking  time.Duration // waited for the picture after a jump of the viewer's own
	Paused   time.Duration // by the viewer
	Asleep   time.Duration // laptop closed
	Ended    time.Duration // all was shown

	// SoundOnly is how much of Playing the picture stood while the sound went on, as
	// browsers let it for seconds: no player's own figures tell of it.
	SoundOnly time.Duration
}

func (Fetch) sample()    {}
func (Refresh) sample()  {}
func (Startup) sample()  {}
func (Stall) sample()    {}
func (Skip) sample()     {}
func (Switch) sample()   {}
func (Seek) sample()     {}
func (Fatal) sample()    {}
func (Note) sample()     {}
func (Standing) sample() {}
func (Leave) sample()    {}

// NumKinds is how many kinds of request there are, NumMedia how many of media.
const (
	NumKinds = int(License) + 1
	NumMedia = int(Text) + 1
)
