package fidelity

import "time"

// Truth is what a real player did with a pair, once or several times: what
// truth/NAME.json holds.
type Truth struct {
	Pair    string `json:"pair"`
	Player  string `json:"player"`  // "hls.js 1.7.4"
	Browser string `json:"browser"` // "Chromium 156.0.8078.73"
	// Runs are the plays. Where the player itself varies there are five, and their
	// spread is what a profile is measured by.
	Runs []Observation `json:"runs"`
}

// Observation is one play of a pair, by whichever player. Times are seconds since
// Start unless they say otherwise.
type Observation struct {
	// Start is when the viewer wished to play: when the page asked for the first
	// token. Scenario time zero, from which faults count, is the same instant.
	Start time.Time `json:"start"`
	// Length is how long the play was watched.
	Length    float64   `json:"length"`
	Requests  []Request `json:"requests"`  // of the player, in order of At
	Refreshes []Call    `json:"refreshes"` // calls of the token API, the first included
	// Startup is when the picture first moved; -1 when it never did.
	Startup float64   `json:"startup"`
	Stalls  []Stall   `json:"stalls"`
	Skips   []Skip    `json:"skips"`
	Shown   []Shown   `json:"shown"`  // changes of the rendition at the playhead, the first included
	Errors  []Trouble `json:"errors"` // what the player complained of
	// Playhead is its position twice a second.
	Playhead []Point `json:"playhead"`
	Final    Final   `json:"final"`
	// Lag is the longest time in which the page could not look, which tells how busy
	// the machine was that it played on.
	Lag float64 `json:"lag,omitempty"`
}

// Request is one exchange as the network saw it, redirects included.
type Request struct {
	At     float64 `json:"at"`
	Took   float64 `json:"took"`
	Kind   string  `json:"kind"`            // manifest, playlist, init, segment, key, timing
	Media  string  `json:"media,omitempty"` // video, audio, text
	Object string  `json:"object"`          // path behind the token: "v2/1234.m4s"
	Status int     `json:"status"`          // 0: no answer
	Margin float64 `json:"margin"`          // life left in the URL's token when the request was made
}

// Call is one call of the token API.
type Call struct {
	At     float64 `json:"at"`
	Took   float64 `json:"took"`   // until the end of the play when it was never answered
	Status int     `json:"status"` // 0: no answer
}

// Stall is an interruption after playback began.
type Stall struct {
	At   float64 `json:"at"`
	Took float64 `json:"took"`
	Open bool    `json:"open,omitempty"` // still frozen at the end
}

// Skip is content that was jumped over.
type Skip struct {
	At     float64 `json:"at"`
	Amount float64 `json:"amount"`
}

// Shown is the video rendition at the playhead from At on.
type Shown struct {
	At      float64 `json:"at"`
	Bitrate int64   `json:"bitrate"` // as the manifest declares it, bit/s
}

// Point is where the playhead was.
type Point struct {
	At       float64 `json:"at"`
	Position float64 `json:"position"`
}

// Trouble is an error event of the player.
type Trouble struct {
	At    float64 `json:"at"`
	What  string  `json:"what"` // the player's own name or code of it: "levelLoadError", "27"
	Fatal bool    `json:"fatal,omitempty"`
	// GaveUp says that the player will not ask again for what failed: a fatal error
	// of hls.js, errors 25, 27 and 28 of dash.js.
	GaveUp bool `json:"gaveUp,omitempty"`
}

// Final is the state at the end of the play.
type Final string

// The final states. The first that fits of never, fatal, paused, playing and frozen
// counts.
const (
	Playing Final = "playing" // the picture moves, or moved to the end of the content
	Paused  Final = "paused"  // by the viewer's wish
	Frozen  Final = "frozen"  // meant to play, and does not
	Fatal   Final = "fatal"   // hls.js gave up, or the wrapper around the player did; what was buffered may still move
	Never   Final = "never"   // no picture was ever shown
)
