package player

import (
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// World is all that a player can reach: what a browser tab may ask. Every method
// is called on the loop, and every callback comes back on it.
//
// A World may also have a method Decoding() time.Duration: how long the browser
// takes over the first picture, hls.js' parser to start, and dash.js' own steps, and what
// it keeps back of the last picture, in place of what was measured in Chromium; and
// Prompt() bool: Set's and Poll's timers will never be slowed down; and Clock() Clock:
// what Since asks, to be asked without it; and Right() bool: Date is always Now.
type World interface {
	// Now is true, monotonic time: performance.now().
	Now() time.Time
	// Since is Now as the time since the World's beginning: cheaper, for what is
	// reckoned many times a request.
	Since() time.Duration
	// Date is the viewer's calendar clock: Date.now(), wrong by as much as the
	// viewer's clock is.
	Date() time.Time
	// Set is setTimeout, and Poll the next tick that matters of a setInterval, or of a
	// chain of timers that began earlier: browsers slow both down in background tabs,
	// the latter more (HTML standard, timer nesting level). The player keeps t and sets
	// it again and again; a nil t is one that nobody stops. See [loop.Loop].
	Set(t *loop.Timer, d time.Duration, fn func())
	Poll(t *loop.Timer, d time.Duration, fn func())
	// Media is a timer of the media element, which runs on while its page is slowed
	// down.
	Media(t *loop.Timer, d time.Duration, fn func())
	// Fetch starts a GET and calls done exactly once, never before Fetch has
	// returned and never after the transfer was cancelled. The response is done's until
	// it returns.
	Fetch(req Request, done func(*Response)) Transfer
	// Parse reads a manifest; base is the response's final URL. Equal bodies are
	// parsed once and shared.
	Parse(base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error)
	// ParseChild is Parse for a media playlist of an HLS multivariant playlist, from
	// which it may import variables; a nil parent is none. What is returned may lie in
	// spare, unless that is nil: the player knows it no more.
	ParseChild(spare, parent *manifest.Presentation, base manifest.Address, contentType string, body []byte) (*manifest.Presentation, error)
	// Update puts what an HLS delta update leaves out back in from the load before
	// ([manifest.Update]).
	Update(previous, delta *manifest.Presentation) (*manifest.Presentation, error)
	Emit(qoe.Sample)
}

// Clock tells what World's Since does.
type Clock interface{ Since() time.Duration }

// Request is one GET.
type Request struct {
	URL     manifest.Address
	Kind    qoe.Kind
	Media   qoe.Media
	Range   manifest.Range
	Attempt int // 1 for the first try of this object
	// Keep asks for the body of something whose kind is only counted otherwise: the
	// segment index of a SegmentBase, which goes as [qoe.Init].
	Keep bool
	// Post asks with a POST that has a small body: a licence.
	Post bool
	// Repeat tells that the loader asks again by itself, for a URL that a hook which
	// is called once a load has seen already (see [Config.Keeps]).
	Repeat bool
}

// Transfer is a request under way. Its figures may be read on the loop at any
// time, after the end too.
//
// A transfer may also have a method Asked() manifest.Address that tells [Response].Asked
// before an answer came. hls.js needs it for loaders that ask again by themselves
// after a timeout: they start from the URL that the first attempt was given.
type Transfer interface {
	// Cancel gives the transfer up; why is told to the log (qoe.TimeoutFailure,
	// qoe.CancelFailure). It does nothing after the end.
	Cancel(why qoe.Failure)
	Loaded() int64           // body bytes received so far
	Total() int64            // Content-Length; -1 while unknown
	FirstByte() loop.Instant // zero until the first byte of the answer
}

// Response is how a request ended.
type Response struct {
	Status  int         // 0 when there was no answer
	Failure qoe.Failure // qoe.NoFailure only when the whole body of a 2xx came
	Detail  string      // one line for a person, no token
	// URL is the final URL, after rewriting and redirects: XHR's responseURL. It
	// is the base for everything the body refers to.
	URL manifest.Address
	// Asked is the URL as the integration left it before dispatch. It differs
	// from Request.URL only for integrations that mutate the loader's context;
	// hls.js looks keys up by it.
	Asked       manifest.Address
	ContentType string
	Body        []byte // manifests, keys and clocks; media is counted, not kept
	Bytes       int64
	Start       loop.Instant
	FirstByte   loop.Instant // zero: there was none
	End         loop.Instant
	Date        time.Time     // the answer's Date header; zero when absent
	Timed       bool          // Timing-Allow-Origin: scripts may read when the body began and ended
	Age         time.Duration // the answer's Age header
}

// OK tells whether a usable answer came.
func (r *Response) OK() bool { return r.Failure == qoe.NoFailure }
