package player

import "fmt"

// Gcore is the wrapper of that name.
const Gcore = "gcore"

// GcoreConfig are the options of the Gcore player around hls.js and dash.js, in
// seconds. Zero means the wrapper's default.
type GcoreConfig struct {
	// LiveDelay is the distance to the live edge, liveSyncDuration of hls.js and
	// liveDelay of dash.js. 0: theirs.
	LiveDelay float64 `yaml:"liveDelay,omitempty" json:"liveDelay,omitempty"`
	// MaxBufferLength and MaxMaxBufferLength are those of hls.js from the first
	// picture on (hlsPlayback.maxBufferLength): 30 and 60. Before it they are 2 and 4,
	// unless set as hls.js' own options.
	MaxBufferLength    float64 `yaml:"maxBufferLength,omitempty" json:"maxBufferLength,omitempty"`
	MaxMaxBufferLength float64 `yaml:"maxMaxBufferLength,omitempty" json:"maxMaxBufferLength,omitempty"`
	// SourceController registers the plugin that loads the source anew after an
	// error that says it is not there.
	SourceController bool `yaml:"sourceController,omitempty" json:"sourceController,omitempty"`
	// Sources are what that plugin goes on to, one after another and round again, when
	// the stream that the page began with is not there: references beside it, index.mpd
	// or ../v/master.m3u8, which keep its token. .mpd is played by dash.js and .m3u8 by
	// hls.js, whatever the stream before was. Empty: the same stream again.
	Sources []string `yaml:"sources,omitempty" json:"sources,omitempty"`
}

// check refuses what could not be meant.
func (c GcoreConfig) check() error {
	for _, f := range []struct {
		name  string
		value float64
	}{{"liveDelay", c.LiveDelay}, {"maxBufferLength", c.MaxBufferLength}, {"maxMaxBufferLength", c.MaxMaxBufferLength}} {
		if !(f.value >= 0 && f.value <= 1e6) { // NaN too
			return fmt.Errorf("player option gcore.%s is %v: use 0 to 1e6 seconds", f.name, f.value)
		}
	}
	for _, s := range c.Sources {
		if _, known := transportOf(s); !known {
			return fmt.Errorf("player option gcore.sources: %.80q: name a manifest, .mpd or .m3u8", s)
		}
	}
	if len(c.Sources) > 0 && !c.SourceController {
		return fmt.Errorf("player option gcore.sources: nothing goes on to them; set sourceController: true")
	}
	return nil
}

// wrapped is the configuration that the Gcore player gives to hls.js or dash.js:
// its own defaults under whatever the application sets.
func (c Config) wrapped() Config {
	c.MaxBufferLength, c.MaxMaxBufferLength = or(c.MaxBufferLength, 2), or(c.MaxMaxBufferLength, 4)
	c.MaxLiveSyncPlaybackRate = or(c.MaxLiveSyncPlaybackRate, 1.1)
	c.LiveSyncDuration = or(c.LiveSyncDuration, c.Gcore.LiveDelay)
	c.Dash.LiveDelay = or(c.Dash.LiveDelay, c.Gcore.LiveDelay)
	// In force only where catch-up is on: where the stream has low latency. Without a
	// live delay of its own the wrapper has no buffer to go by, and the mode is the default.
	if half := c.Gcore.LiveDelay / 2; half > 0 && c.Dash.LiveCatchupMode == "" {
		c.Dash.LiveCatchupMode = "liveCatchupModeLoLP"
		c.Dash.LiveCatchupPlaybackBufferMin = or(c.Dash.LiveCatchupPlaybackBufferMin, half)
	}
	c.Dash.LiveCatchupRateMax = or(c.Dash.LiveCatchupRateMax, 0.15)
	if c.Dash.LiveCatchupMaxDrift == nil {
		drift := 3.0
		c.Dash.LiveCatchupMaxDrift = &drift
	}
	return c
}

// afterFirstPicture is what the wrapper sets hls.js' buffer to when the picture
// first moves (HlsPlayback.ts, onPlaying).
func (c GcoreConfig) afterFirstPicture() bufferAim {
	return bufferAim{seconds(or(c.MaxBufferLength, 30)), seconds(or(c.MaxMaxBufferLength, 60))}
}
