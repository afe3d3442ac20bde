package lab

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"soak/qoe"
	"soak/token"
)

// Config says what the lab serves and what it does wrong. The zero Config is a
// healthy lab: one live event and one VOD of ten minutes, 2 s segments, three
// video renditions and audio, an edge that counts whole seconds as nginx does.
type Config struct {
	// Client is the account id in the path, letters, digits and hyphens. "" = 2675.
	Client string `yaml:"client,omitempty" json:"client,omitempty"`
	// Secret signs tokens. "" = derived from the seed.
	Secret Secret `yaml:"secret,omitempty" json:"secret,omitempty"`
	// Live and VOD name the videos served. Empty = "live" and "vod".
	Live []string `yaml:"live,omitempty" json:"live,omitempty"`
	VOD  []string `yaml:"vod,omitempty" json:"vod,omitempty"`
	// Boundary is when the edge calls a token dead: whole-second (nginx: once
	// expires < whole seconds of now) or strict (once expires ≤ now). Zero = whole-second.
	Boundary token.Boundary `yaml:"boundary,omitempty" json:"boundary,omitempty"`

	// Segment is the duration of a segment: whole seconds, 1s to 60s. 0 = 2s.
	Segment time.Duration `yaml:"segment,omitempty" json:"segment,omitempty"`
	// Window is how many segments live playlists list, and the DASH
	// timeShiftBufferDepth in segments, 3 to 3600. 0 = 6.
	Window int `yaml:"window,omitempty" json:"window,omitempty"`
	// Length is the duration of a VOD: whole seconds, up to 24h. 0 = 10m.
	Length time.Duration `yaml:"length,omitempty" json:"length,omitempty"`
	// Ladder holds the bit rates of the video renditions in bit/s, ascending, at
	// most 12. Empty = 400000, 1200000, 3000000.
	Ladder []int64 `yaml:"ladder,omitempty" json:"ladder,omitempty"`
	// AudioBitrate is in bit/s. 0 = 96000.
	AudioBitrate int64 `yaml:"audioBitrate,omitempty" json:"audioBitrate,omitempty"`
	// Padding is where segments get the bytes that their bit rate wants and the sample
	// lacks: in a box in front, which players skip and buffers do not keep, or with
	// "frames" in every frame, as in a real stream of that bit rate: buffers then fill
	// up to a browser's limit. "" = a box.
	Padding string `yaml:"padding,omitempty" json:"padding,omitempty"`
	// MinimumUpdatePeriod is MPD@minimumUpdatePeriod of live. 0 = 2s.
	MinimumUpdatePeriod time.Duration `yaml:"minimumUpdatePeriod,omitempty" json:"minimumUpdatePeriod,omitempty"`
	// SuggestedDelay is MPD@suggestedPresentationDelay of live, at most the window.
	// 0 = four segments, what dash.js takes when the attribute is absent, or the
	// window less one if that is shorter; negative = attribute absent.
	SuggestedDelay time.Duration `yaml:"suggestedDelay,omitempty" json:"suggestedDelay,omitempty"`
	// Timeline lists segments in MPDs one by one (SegmentTimeline), as ffmpeg does,
	// instead of numbering them by the clock: live goes on only with new MPDs.
	Timeline bool `yaml:"timeline,omitempty" json:"timeline,omitempty"`
	// Xlink is what of MPDs stands elsewhere, to be asked for with every manifest
	// (xlink:href, actuate onLoad): "period" (period.xml) or "audio", the adaptation set
	// of the sound (audio.xml). Nothing stands in its place. "" = nothing.
	Xlink string `yaml:"xlink,omitempty" json:"xlink,omitempty"`
	// UTCTiming is the clock that live MPDs name: "http-iso" (the edge's own /time,
	// not behind a token), "protected" (a clock behind the token that the MPD was
	// asked with), "direct" (the time stands in the MPD), or "none" (dash.js then asks a
	// server on the internet). "" = http-iso.
	UTCTiming string `yaml:"utcTiming,omitempty" json:"utcTiming,omitempty"`

	// LowLatency is live DASH before its segments are complete.
	LowLatency LowLatency `yaml:"lowLatency,omitempty" json:"lowLatency,omitzero"`

	// Encryption of the HLS media: "aes-128" encrypts every segment of video and audio
	// as a whole (RFC 8216 section 4.3.2.4), with keys that stand under the token; DASH
	// lists the same media unencrypted. "" = none.
	Encryption string `yaml:"encryption,omitempty" json:"encryption,omitempty"`
	// KeyRotation is how many segments share a key. 0 = one key for all.
	KeyRotation int `yaml:"keyRotation,omitempty" json:"keyRotation,omitempty"`

	// Subtitles are the renditions of subtitles in HLS, s1, s2…, at most 8. Empty = none.
	Subtitles []Subtitle `yaml:"subtitles,omitempty" json:"subtitles,omitempty"`
	// Licenses serves licences (license) and the certificate of their server
	// (certificate) behind the tokens of every video. What they hold is of no use.
	Licenses bool `yaml:"licenses,omitempty" json:"licenses,omitempty"`

	// URLs is how URLs look.
	URLs URLs `yaml:"urls,omitempty" json:"urls,omitzero"`
	// EdgeSkew is how far the edges' clock is ahead of the token API's, up to a day;
	// negative: behind. Their Date headers and /time tell it too; live media do not.
	EdgeSkew time.Duration `yaml:"edgeSkew,omitempty" json:"edgeSkew,omitempty"`
	// Grace is how long edges take tokens that have expired, up to a day.
	Grace time.Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	// CutAtExpiry lets edges look at the token during the whole transfer: what is not
	// sent when it expires is broken off. False = at the request only.
	CutAtExpiry bool `yaml:"cutAtExpiry,omitempty" json:"cutAtExpiry,omitempty"`
	// Forwarded says which servers believe X-Real-IP and X-Forwarded-For, which anybody
	// can write: all (one machine can then play many viewers), api (the guide's token
	// API does, and its edges go by the peer), edge, or none. "" = all.
	Forwarded string `yaml:"forwarded,omitempty" json:"forwarded,omitempty"`
	// Refusals is how edges say no.
	Refusals Refusals `yaml:"refusals,omitempty" json:"refusals,omitzero"`
	// Edges is what each edge has of its own.
	Edges Edges `yaml:"edges,omitempty" json:"edges,omitzero"`
	// Rotations are the changes of the secret, in order of time.
	Rotations []Rotation `yaml:"rotations,omitempty" json:"rotations,omitempty"`
	// AnyVideo makes a token good for every video of the account.
	AnyVideo bool `yaml:"anyVideo,omitempty" json:"anyVideo,omitempty"`
	// Unchecked are kinds of file that edges give without a look at the token.
	Unchecked []qoe.Kind `yaml:"unchecked,omitempty" json:"unchecked,omitempty"`
	// Headers is what the edges' answers lack.
	Headers Headers `yaml:"headers,omitempty" json:"headers,omitzero"`
	// Second is the edge to which faults redirect.
	Second SecondEdge `yaml:"second,omitempty" json:"second,omitzero"`
	// Faults are what the edges do to certain requests.
	Faults []EdgeFault `yaml:"faults,omitempty" json:"faults,omitempty"`

	// API is how the token API behaves.
	API API `yaml:"api,omitempty" json:"api,omitzero"`
	// Listen is where the servers listen in real time; virtual runs ignore it.
	Listen Addresses `yaml:"listen,omitempty" json:"listen,omitzero"`
}

// SecondEdge is an edge on another host that requests come to by redirects only.
// The zero SecondEdge takes the plain edge's tokens, and is given them.
type SecondEdge struct {
	// Bound makes it sign with a secret of its own: it refuses the token API's tokens.
	Bound bool `yaml:"bound,omitempty" json:"bound,omitempty"`
	// Life is how long the tokens live with which requests come, in whole seconds.
	// 0 = as long as the token of the request that was redirected.
	Life time.Duration `yaml:"life,omitempty" json:"life,omitempty"`
}

func (s SecondEdge) signer(first signer) signer {
	if s.Bound {
		first.Secret += "/second"
	}
	return first
}

// redirects tells whether the second edge is ever asked for anything.
func (c Config) redirects() bool {
	return slices.ContainsFunc(c.Faults, func(f EdgeFault) bool { return f.Redirect })
}

// Addresses are host:port; port 0 takes a free one. "" = 127.0.0.1:0. The host
// stands in the URLs handed out, so name one that viewers can reach.
type Addresses struct {
	Plain   string `yaml:"plain,omitempty" json:"plain,omitempty"`
	IPBound string `yaml:"ipBound,omitempty" json:"ipBound,omitempty"`
	Second  string `yaml:"second,omitempty" json:"second,omitempty"`
	API     string `yaml:"api,omitempty" json:"api,omitempty"`
}

// Secret is a signing key that does not print: every format shows "(hidden)".
type Secret string

// String hides the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(hidden)"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the secret from JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// The bounds of a Config, and the values that its zero fields mean.
const (
	maxSegment = time.Minute
	maxWindow  = 3600
	maxLength  = 24 * time.Hour
	maxRungs   = 12
	maxSkew    = 24 * time.Hour
	maxBitrate = 1_000_000_000
	httpISO    = "http-iso"
	direct     = "direct"
	protected  = "protected"
	noTiming   = "none"
)

// Filled is the configuration with every zero field replaced by what it means,
// except the secret: what reports print.
func (c Config) Filled() Config {
	c.Client = or(c.Client, "2675")
	c.Segment = or(c.Segment, 2*time.Second)
	c.Window = or(c.Window, 6)
	c.Length = or(c.Length, 10*time.Minute)
	c.AudioBitrate = or(c.AudioBitrate, 96_000)
	c.MinimumUpdatePeriod = or(c.MinimumUpdatePeriod, 2*time.Second)
	c.SuggestedDelay = or(c.SuggestedDelay, time.Duration(min(4, c.Window-1))*c.Segment)
	c.LowLatency = c.LowLatency.filled(c)
	c.UTCTiming = or(c.UTCTiming, httpISO)
	c.Forwarded = or(c.Forwarded, forwardedAll)
	if len(c.Live) == 0 {
		c.Live = []string{"live"}
	}
	if len(c.VOD) == 0 {
		c.VOD = []string{"vod"}
	}
	if len(c.Ladder) == 0 {
		c.Ladder = []int64{400_000, 1_200_000, 3_000_000}
	}
	c.Refusals.Expired = or(c.Refusals.Expired, 410)
	c.Refusals.Bad = or(c.Refusals.Bad, 403)
	c.API = c.API.filled()
	local := "127.0.0.1:0"
	c.Listen.Plain = or(c.Listen.Plain, local)
	c.Listen.IPBound = or(c.Listen.IPBound, local)
	c.Listen.Second = or(c.Listen.Second, local)
	c.Listen.API = or(c.Listen.API, local)
	return c
}

// Healthy is the configuration without what edges and origin do wrong; the token
// API does what it did.
func (c Config) Healthy() Config {
	c.Faults = nil
	c.Edges.Plain.Down, c.Edges.IPBound.Down, c.Edges.Second.Down = nil, nil, nil
	c.Refusals.Cached = 0
	return c
}

// Shared tells whether what one viewer is answered depends on what others ask for:
// a queue, or caches.
func (c Config) Shared() bool {
	return c.callsShare() || c.edgesShare()
}

// or is v, or what its zero means.
func or[T comparable](v, zero T) T {
	var none T
	if v == none {
		return zero
	}
	return v
}

// Validate tells, one line a field, what cannot be served.
func (c Config) Validate() error {
	c = c.Filled()
	return errors.Join(c.validateNames(), c.validateTimes(), c.validateLadder(), c.LowLatency.validate(c), c.validateXlink(), c.validateEncryption(), c.validateSubtitles(), c.URLs.validate(), c.validateJudgement(), c.validateFaults(), c.API.validate())
}

func (c Config) validateNames() error {
	var errs []error
	if !Word(c.Client, "-", 64) {
		errs = append(errs, fmt.Errorf("client %q: use 1 to 64 letters, digits and hyphens", c.Client))
	}
	seen := map[string]bool{}
	for _, name := range append(append([]string(nil), c.Live...), c.VOD...) {
		if !Word(name, "_-", 64) {
			errs = append(errs, fmt.Errorf("video %q: use 1 to 64 letters, digits, hyphens and underscores", name))
		}
		if seen[name] {
			errs = append(errs, fmt.Errorf("video %q: named twice", name))
		}
		seen[name] = true
	}
	if c.Boundary > token.Strict {
		errs = append(errs, fmt.Errorf("%v: use whole-second or strict", c.Boundary))
	}
	if !slices.Contains([]string{httpISO, protected, direct, noTiming}, c.UTCTiming) {
		errs = append(errs, fmt.Errorf("utcTiming %q: use http-iso, protected, direct or none", c.UTCTiming))
	}
	return errors.Join(errs...)
}

func (c Config) validateTimes() error {
	var errs []error
	if c.Segment < gop || c.Segment > maxSegment || c.Segment%gop != 0 {
		errs = append(errs, fmt.Errorf("segment %v: use a multiple of %v (the sample's group of pictures) up to %v", c.Segment, gop, maxSegment))
	}
	if c.Window < 3 || c.Window > maxWindow {
		errs = append(errs, fmt.Errorf("window %d: use 3 to %d segments", c.Window, maxWindow))
	}
	if c.Length < gop || c.Length > maxLength || c.Length%gop != 0 {
		errs = append(errs, fmt.Errorf("length %v: use a multiple of %v up to %v", c.Length, gop, maxLength))
	}
	if c.MinimumUpdatePeriod < 100*time.Millisecond {
		errs = append(errs, fmt.Errorf("minimumUpdatePeriod %v: use 100ms or more", c.MinimumUpdatePeriod))
	}
	if depth := time.Duration(c.Window) * c.Segment; c.SuggestedDelay > depth {
		errs = append(errs, fmt.Errorf("suggestedDelay %v: use at most the window, %v", c.SuggestedDelay, depth))
	}
	return errors.Join(errs...)
}

func (c Config) validateLadder() error {
	var errs []error
	if len(c.Ladder) > maxRungs {
		errs = append(errs, fmt.Errorf("ladder: %d bit rates, use at most %d", len(c.Ladder), maxRungs))
	}
	for i, rate := range c.Ladder {
		least := pictures[pictureOf(i, len(c.Ladder))].least
		if rate < least || rate > maxBitrate {
			errs = append(errs, fmt.Errorf("ladder[%d] %d bit/s: use %d (what its picture needs) to %d", i, rate, least, maxBitrate))
		}
		if i > 0 && rate <= c.Ladder[i-1] {
			errs = append(errs, fmt.Errorf("ladder[%d] %d bit/s: list bit rates in ascending order", i, rate))
		}
	}
	if c.Padding != "" && c.Padding != inFrames {
		errs = append(errs, fmt.Errorf("padding %q: use %s, or leave it out", c.Padding, inFrames))
	}
	if c.Padding == inFrames && c.AudioBitrate > maxFilledAudio {
		errs = append(errs, fmt.Errorf("audioBitrate %d bit/s: with padding in frames use up to %d (a frame of AAC holds 8 kB at most)", c.AudioBitrate, maxFilledAudio))
	}
	if c.AudioBitrate < sound.least || c.AudioBitrate > maxBitrate {
		errs = append(errs, fmt.Errorf("audioBitrate %d bit/s: use %d (what the sound needs) to %d", c.AudioBitrate, sound.least, maxBitrate))
	}
	return errors.Join(errs...)
}

func (c Config) validateEncryption() error {
	switch {
	case c.Encryption != "" && c.Encryption != aes128:
		return fmt.Errorf("encryption %q: use %s, or leave it out", c.Encryption, aes128)
	case c.KeyRotation < 0:
		return fmt.Errorf("keyRotation %d: use 0 (one key for all) or a number of segments", c.KeyRotation)
	case c.KeyRotation > 0 && c.Encryption == "":
		return fmt.Errorf("keyRotation %d: nothing is encrypted; set encryption: %s", c.KeyRotation, aes128)
	}
	return nil
}

func (c Config) validateFaults() error {
	errs := []error{validateForwarded(c.Forwarded)}
	if life := c.Second.Life; life < 0 || life > maxLife || life%time.Second != 0 {
		errs = append(errs, fmt.Errorf("second.life %v: use whole seconds up to %v", life, maxLife))
	}
	for i := range c.Faults {
		if err := c.Faults[i].validate(c); err != nil {
			errs = append(errs, fmt.Errorf("faults[%d] %w", i, err))
		}
	}
	return errors.Join(errs...)
}
