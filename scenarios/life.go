package scenarios

import (
	"fmt"
	"strings"
	"time"

	"soak/lab"
	"soak/player"
)

// What a viewer may do in the course of a session.
const (
	Pause      = "pause"      // the picture; For: plays again
	Play       = "play"       // after pause, or after a start that waits for it
	Seek       = "seek"       // to To
	Choose     = "quality"    // by Bitrate or Level, or Auto; For: automatic again
	Background = "background" // another tab comes before this one; For: this one again
	Foreground = "foreground" // this tab again
	Sleep      = "sleep"      // the laptop, For so long
	Zap        = "zap"        // to another stream; For: back again
	Move       = "move"       // to another network address; For: back to the first
	Leave      = "leave"      // close the page; For: come back to it
)

// Ways to begin.
const (
	Autoplay = "autoplay" // at once
	Preload  = "preload"  // loads at once, plays when the viewer presses play
	Click    = "click"    // has its token at once, loads and plays when the viewer presses play
)

// Step is one thing that a viewer does. Times are drawn for each viewer anew.
type Step struct {
	// At is when, counted from the viewer's arrival: 20s, uniform(10s, 60s),
	// lognormal(2m, 0.5).
	At lab.Distribution `yaml:"at,omitempty" json:"at,omitzero"`
	// Do is pause, play, seek, quality, background, foreground, sleep, zap, move or
	// leave.
	Do string `yaml:"do" json:"do"`
	// For is how long it lasts; then it is undone. Absent: it is not, but sleep
	// needs it.
	For lab.Distribution `yaml:"for,omitempty" json:"for,omitzero"`

	// To is where seek goes: -120s and +30s are from here, 90s is from the beginning
	// (live: of the DVR window), live is where a live viewer begins, live-60s and
	// start+10s are from there. Every amount may be a distribution.
	To *Place `yaml:"to,omitempty" json:"to,omitempty"`
	// Bitrate (of quality) chooses the best rendition that needs no more bit/s, or
	// the lowest.
	Bitrate int64 `yaml:"bitrate,omitempty" json:"bitrate,omitempty"`
	// Level (of quality) chooses by place, 0 being the lowest.
	Level *int `yaml:"level,omitempty" json:"level,omitempty"`
	// Auto (of quality) leaves it to the player again.
	Auto bool `yaml:"auto,omitempty" json:"auto,omitempty"`
	// Switch (of quality) is next (what plays meanwhile is kept: hls.nextLevel), now
	// (the buffer is emptied: hls.currentLevel, dash.js' forceReplace) or load
	// (hls.loadLevel). Empty: next.
	Switch string `yaml:"switch,omitempty" json:"switch,omitempty"`
	// Muted (of background) tells that the tab makes no sound: browsers do not slow
	// down one that is heard.
	Muted bool `yaml:"muted,omitempty" json:"muted,omitempty"`
	// Stream (of zap) is live or vod. Empty: of the kind that is watched.
	Stream string `yaml:"stream,omitempty" json:"stream,omitempty"`
	// Video (of zap) is the stream's name at the target. Empty: the target's first.
	Video string `yaml:"video,omitempty" json:"video,omitempty"`
}

// Place is where a viewer jumps to.
type Place struct {
	Origin player.Origin
	Back   bool // the amount is before the origin
	Amount lab.Distribution
}

// UnmarshalText reads -120s, 90s, live, live-60s, start+10s; every amount may be
// a distribution.
func (p *Place) UnmarshalText(text []byte) error {
	place, rest := Place{Origin: player.FromStart}, strings.TrimSpace(string(text))
	named := true
	switch {
	case strings.HasPrefix(rest, "live"):
		place.Origin, rest = player.FromLive, rest[len("live"):]
	case strings.HasPrefix(rest, "start"):
		rest = rest[len("start"):]
	default:
		named = false
	}
	rest = strings.TrimSpace(rest)
	switch {
	case named && rest == "":
		*p = place
		return nil
	case strings.HasPrefix(rest, "-"):
		place.Back, rest = true, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	case named:
		return fmt.Errorf("%q: write live, live-60s or start+10s", text)
	}
	if !named && len(rest) < len(strings.TrimSpace(string(text))) {
		place.Origin = player.FromHere
	}
	var err error
	if place.Amount, err = lab.ParseDistribution(rest); err != nil {
		return err
	}
	*p = place
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (p Place) MarshalText() ([]byte, error) {
	sign, name := "+", ""
	if p.Back {
		sign = "-"
	}
	switch p.Origin {
	case player.FromLive:
		name = "live"
	case player.FromStart:
		name = "start"
	}
	if name != "" && p.Amount.IsZero() {
		return []byte(name), nil
	}
	return []byte(name + sign + p.Amount.String()), nil
}

// Clock is how wrong a viewer's calendar clock is.
type Clock struct {
	// Skew is how far it is ahead; negative: behind.
	Skew time.Duration `yaml:"skew,omitempty" json:"skew,omitempty"`
	// Drift is how much faster it runs, in seconds per million.
	Drift float64 `yaml:"drift,omitempty" json:"drift,omitempty"`
	// Step is a correction while the viewer watches.
	Step *ClockStep `yaml:"step,omitempty" json:"step,omitempty"`
}

// ClockStep sets a viewer's clock.
type ClockStep struct {
	At lab.Distribution `yaml:"at,omitempty" json:"at,omitzero"` // after the viewer's arrival
	By time.Duration    `yaml:"by" json:"by"`                    // forward; negative: back
}
