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

// Label names the player and its release for people: "hls.js 1.7", "Gcore dash.js 5.2".
func (c Config) Label() string {
	name := "hls.js " + c.release("1.7")
	switch c.Profile {
	case DashJS:
		name = "dash.js " + c.release("5.2")
	case Generic:
		name = "generic"
	}
	if c.Wrapper == Gcore {
		return "Gcore " + name
	}
	return name
}

func (c Config) release(newest string) string {
	if c.Version == "" {
		return newest
	}
	return c.Version
}
