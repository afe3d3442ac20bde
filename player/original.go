package player

import (
	"soak/manifest"
)

// Format is the family of manifests that the player reads.
func (c Config) Format() manifest.Format {
	if c.Profile == DashJS {
		return manifest.DASH
	}
	return manifest.HLS
}

// Label names the player and its release for people: "hls.js 1.7".
func (c Config) Label() string {
	if c.Profile == DashJS {
		return "dash.js " + c.release("5.2")
	}
	return "hls.js " + c.release("1.7")
}

func (c Config) release(newest string) string {
	if c.Version == "" {
		return newest
	}
	return c.Version
}
