package abr

import (
	"strconv"
	"strings"
	"time"
)

// Schema names the JSON form of a [Result].
const Schema = "soak/abr/1"

// Result is what a player did with a table over a trace. All times but lengths
// count from the start of play.
type Result struct {
	Schema   string    `json:"schema"`
	Player   string    `json:"player"` // "dash.js 5.2"
	Table    string    `json:"table"`
	Trace    string    `json:"trace"`
	Latency  Seconds   `json:"latency"`
	Ladder   []float64 `json:"ladderKbps"`
	Segments int       `json:"segments"`
	Duration Seconds   `json:"duration"`

	Requests []Request `json:"requests"`
	// Playlists are hls.js' requests for rungs' playlists, which cost no time here.
	Playlists []Playlist `json:"playlists,omitempty"`
	Totals    Totals     `json:"totals"`
}

// Request is one decision: a segment asked for, on a rung. A segment that was
// abandoned, timed out or replaced by a better one has several.
type Request struct {
	Segment    int     `json:"segment"`
	Rung       int     `json:"rung"` // 0 is the lowest
	Kbps       float64 `json:"kbps"` // of the rung
	Attempt    int     `json:"attempt"`
	Start      Seconds `json:"start"`
	Buffer     Seconds `json:"buffer"` // playable when it was asked for
	Latency    Seconds `json:"latency"`
	Download   Seconds `json:"download"` // from the request to the end, latency included
	Bits       int64   `json:"bits"`     // received
	Throughput float64 `json:"throughputKbps"`
	Rebuffer   Seconds `json:"rebuffer"` // how long the picture stood from here to the next request
	Outcome    Outcome `json:"outcome"`
}

// Playlist is a request for a rung's playlist.
type Playlist struct {
	At   Seconds `json:"at"`
	Rung int     `json:"rung"`
}

// Outcome is what became of a request.
type Outcome string

// The outcomes.
const (
	Pending   Outcome = ""          // still under way at the end
	Done      Outcome = "done"      // all of it came
	Abandoned Outcome = "abandoned" // given up by the player's rules
	TimedOut  Outcome = "timeout"   // given up by the player's timer
)

// Ending is how a play ended.
type Ending string

// The endings.
const (
	Ended  Ending = "ended"  // played to the end
	Died   Ending = "died"   // the player gave up
	Frozen Ending = "frozen" // nothing moved any more
)

// Totals sum a play up.
type Totals struct {
	Ending      Ending   `json:"ending"`
	Why         string   `json:"why,omitempty"` // the player's own error when it died
	Startup     *Seconds `json:"startup"`       // to the first picture; null when there was none
	Rebuffering Seconds  `json:"rebuffering"`   // stalls together, startup not among them
	Stalls      int      `json:"stalls"`
	Played      Seconds  `json:"played"`
	Skipped     Seconds  `json:"skipped"`
	MeanKbps    float64  `json:"meanKbps"` // of what was shown, by the ladder
	Switches    int      `json:"switches"`
	Requests    int      `json:"requests"`
	Abandoned   int      `json:"abandoned"`
	TimedOut    int      `json:"timedOut"`
	Bits        int64    `json:"bits"` // received
}

// Seconds is a duration that JSON shows as a number of seconds, exact to the
// nanosecond.
type Seconds time.Duration

// MarshalJSON writes a decimal number.
func (s Seconds) MarshalJSON() ([]byte, error) {
	d, sign := time.Duration(s), ""
	if d < 0 {
		d, sign = -d, "-"
	}
	text := strings.TrimRight(decimal(d), "0")
	return []byte(sign + strings.TrimSuffix(text, ".")), nil
}

// UnmarshalJSON reads one.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return err
	}
	*s = Seconds(v*1e9 + 0.5)
	return nil
}

func (s Seconds) float() float64 { return time.Duration(s).Seconds() }
