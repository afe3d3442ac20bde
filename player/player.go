package player

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Player is one viewer's player. Its methods are called on the World's loop.
type Player interface {
	// Start begins to load and play. wished is when the viewer wished to play:
	// startup time counts from there, so that waiting for a first token is part of it.
	Start(wished time.Time)
	// Stop ends the session: cancels what is under way and emits [qoe.Leave].
	// Nothing is requested or emitted afterwards. A second Stop does nothing.
	Stop()
	Viewer
	// State is a snapshot for progress displays.
	State() State
}

// Phase is what a viewer sees.
type Phase string

// The phases of a session.
const (
	Loading Phase = "loading" // no picture yet
	Playing Phase = "playing"
	Stalled Phase = "stalled" // picture frozen
	Seeking Phase = "seeking" // the viewer jumped and waits for the picture
	Paused  Phase = "paused"  // by the viewer
	Asleep  Phase = "asleep"  // laptop closed
	Ended   Phase = "ended"   // played to the end
	Dead    Phase = "dead"    // gave up; whatever was buffered has been shown
	Left    Phase = "left"    // after Stop
)

// State is a snapshot of a player.
type State struct {
	Phase       Phase
	Position    time.Duration // presentation time of the playhead
	Buffer      time.Duration // playable without another byte
	LiveLatency time.Duration // distance to the live edge; 0 for VOD
	Bitrate     int64         // of the video at the playhead, bits per second; 0 when none
	Loading     int64         // of the video that is asked for, bits per second; 0 when none
	Estimate    int64         // what the player takes its bandwidth for, bits per second; 0 when it has no idea
}

// New makes a player of the profile that cfg names for the presentation at url.
// Nothing happens before Start.
func New(cfg Config, w World, url string, rng *rand.Rand) (Player, error) {
	if err := cfg.License.check(cfg.Profile); err != nil {
		return nil, err
	}
	switch cfg.Wrapper {
	case "":
	case Gcore:
		return newGcore(cfg, w, url, rng)
	default:
		return nil, fmt.Errorf("player wrapper %q is not known: use %q, or none", cfg.Wrapper, Gcore)
	}
	switch cfg.Profile {
	case "", HLSJS:
		return newHLS(cfg, w, url, rng)
	case DashJS:
		return newDash(cfg, w, url, rng)
	case Generic:
		return newGeneric(cfg, w, url, rng)
	}
	return nil, fmt.Errorf("player profile %q is not known: use %q, %q or %q", cfg.Profile, HLSJS, DashJS, Generic)
}
