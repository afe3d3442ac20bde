package player

import (
	"cmp"

	"soak/manifest"
)

// Format is the family of manifests that the player reads.
func (c Config) Format() manifest.Format {
	if c.Profile == DashJS || c.Profile == Generic && c.Generic.Format == "dash" {
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
		name = "generic " + cmp.Or(c.Generic.Format, "hls")
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
