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
	// Phase is what the viewer sees.
	Phase() Phase
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

// Model is a Config as any number of players have it: what it leaves to be worked out is
// worked out once, and kept once. It does not change.
type Model struct {
	cfg Config
	hls *hlsOptions // of hls.js
	err error       // what is wrong with it
}

// ModelOf is the model of a Config. What is wrong with that, players are told by New.
func ModelOf(cfg Config) *Model {
	m := &Model{cfg: cfg, err: cfg.License.check(cfg.Profile)}
	if m.err == nil && cfg.Wrapper == "" && (cfg.Profile == "" || cfg.Profile == HLSJS) {
		m.hls, m.err = newHLSOptions(cfg)
	}
	return m
}

// New makes a player of the profile that cfg names for the presentation at url.
// Nothing happens before Start.
func New(cfg Config, w World, url string, rng *rand.Rand) (Player, error) {
	return ModelOf(cfg).New(w, url, rng)
}

// New makes a player for the presentation at url. Nothing happens before Start.
func (m *Model) New(w World, url string, rng *rand.Rand) (Player, error) {
	cfg := &m.cfg
	switch {
	case m.err != nil:
		return nil, m.err
	case cfg.Wrapper == Gcore:
		return newGcore(*cfg, w, url, rng)
	case cfg.Wrapper != "":
		return nil, fmt.Errorf("player wrapper %q is not known: use %q, or none", cfg.Wrapper, Gcore)
	}
	switch cfg.Profile {
	case "", HLSJS:
		return newHLS(m, w, url, rng)
	case DashJS:
		return newDash(*cfg, w, url, rng)
	case Generic:
		return newGeneric(*cfg, w, url, rng)
	}
	return nil, fmt.Errorf("player profile %q is not known: use %q, %q or %q", cfg.Profile, HLSJS, DashJS, Generic)
}
