package main

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"

	"soak/player"
)

// dashPaths are dash.js' settings by their path in its settings object
// (src/core/Settings.js), beside the short names that scenarios have for them.
var dashPaths = [...]struct{ path, name string }{
	{"streaming.delay.liveDelay", "liveDelay"},
	{"streaming.delay.liveDelayFragmentCount", "liveDelayFragmentCount"},
	{"streaming.delay.useSuggestedPresentationDelay", "useSuggestedPresentationDelay"},
	{"streaming.buffer.bufferTimeDefault", "bufferTimeDefault"},
	{"streaming.buffer.stableBufferTime", "bufferTimeDefault"}, // its name in 4.x
	{"streaming.buffer.bufferTimeAtTopQuality", "bufferTimeAtTopQuality"},
	{"streaming.buffer.bufferTimeAtTopQualityLongForm", "bufferTimeAtTopQualityLongForm"},
	{"streaming.buffer.longFormContentDurationThreshold", "longFormContentDurationThreshold"},
	{"streaming.buffer.bufferToKeep", "bufferToKeep"},
	{"streaming.buffer.bufferPruningInterval", "bufferPruningInterval"},
	{"streaming.buffer.stallThreshold", "stallThreshold"},
	{"streaming.buffer.fastSwitchEnabled", "fastSwitchEnabled"},
	{"streaming.cacheInitSegments", "cacheInitSegments"},
	{"streaming.gaps.jumpGaps", "jumpGaps"},
	{"streaming.gaps.jumpLargeGaps", "jumpLargeGaps"},
	{"streaming.gaps.smallGapLimit", "smallGapLimit"},
	{"streaming.scheduling.defaultTimeout", "defaultTimeout"},
	{"streaming.manifestRequestTimeout", "manifestRequestTimeout"},
	{"streaming.fragmentRequestTimeout", "fragmentRequestTimeout"},
	{"streaming.retryIntervals.MPD", "retryIntervalMPD"},
	{"streaming.retryIntervals.InitializationSegment", "retryIntervalInit"},
	{"streaming.retryIntervals.MediaSegment", "retryIntervalMedia"},
	{"streaming.retryAttempts.MPD", "retryAttemptsMPD"},
	{"streaming.retryAttempts.InitializationSegment", "retryAttemptsInit"},
	{"streaming.retryAttempts.MediaSegment", "retryAttemptsMedia"},
	{"streaming.utcSynchronization.enabled", "utcSynchronization"},
	{"streaming.utcSynchronization.timeBetweenSyncAttempts", "timeBetweenSyncAttempts"},
	{"streaming.abr.initialBitrate.video", "initialBitrateVideo"},
	{"streaming.abr.initialBitrate.audio", "initialBitrateAudio"},
	{"streaming.abr.minBitrate.video", "minBitrateVideo"},
	{"streaming.abr.minBitrate.audio", "minBitrateAudio"},
	{"streaming.abr.maxBitrate.video", "maxBitrateVideo"},
	{"streaming.abr.maxBitrate.audio", "maxBitrateAudio"},
	{"streaming.abr.autoSwitchBitrate.video", "autoSwitchBitrateVideo"},
	{"streaming.abr.autoSwitchBitrate.audio", "autoSwitchBitrateAudio"},
	{"streaming.abr.throughput.bandwidthSafetyFactor", "bandwidthSafetyFactor"},
	{"streaming.abr.bandwidthSafetyFactor", "bandwidthSafetyFactor"}, // 4.x
	{"streaming.abr.hybridSwitchBufferTime", "hybridSwitchBufferTime"},
	{"streaming.abandonLoadTimeout", "abandonLoadTimeout"},
	{"streaming.cacheLoadThresholds.video", "cacheLoadThresholdVideo"},
	{"streaming.cacheLoadThresholds.audio", "cacheLoadThresholdAudio"},
	{"streaming.liveCatchup.enabled", "liveCatchupEnabled"},
	{"streaming.liveCatchup.playbackRate.min", "liveCatchupRateMin"},
	{"streaming.liveCatchup.playbackRate.max", "liveCatchupRateMax"},
	{"streaming.liveCatchup.maxDrift", "liveCatchupMaxDrift"},
	{"streaming.liveCatchup.mode", "liveCatchupMode"},
	{"streaming.liveCatchup.playbackBufferMin", "liveCatchupPlaybackBufferMin"},
	{"streaming.abr.throughput.averageCalculationMode", "averageCalculationMode"},
	{"streaming.abr.throughput.sampleSettings.live", "throughputSampleSizeLive"},
	{"streaming.abr.throughput.sampleSettings.vod", "throughputSampleSizeVOD"},
}

// setOption sets one option of the player that cfg names, by the player's own name.
// The value is YAML: a number, true, a mapping.
func setOption(cfg *player.Config, option, value string) error {
	into, name, kind := any(cfg), option, "hls.js"
	if cfg.Profile == player.DashJS {
		into, kind = &cfg.Dash, "dash.js"
		name = dashName(option)
	}
	if name == "profile" || name == "version" || name == "dash" || !hasField(into, name) {
		return fmt.Errorf("is no option of %s that is known here", kind)
	}
	text := name + ": " + value
	if err := yaml.NewDecoder(bytes.NewReader([]byte(text)), yaml.Strict()).Decode(into); err != nil {
		return fmt.Errorf("%q is no value for it", value)
	}
	return nil
}

// dashName is the short name of a setting, which may be given by its path.
func dashName(option string) string {
	for _, p := range dashPaths {
		if p.path == option {
			return p.name
		}
	}
	return option
}

// hasField tells whether a struct has a field of that YAML name.
func hasField(v any, name string) bool {
	t := reflect.TypeOf(v).Elem()
	for i := range t.NumField() {
		if tag, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); tag == name && name != "" {
			return true
		}
	}
	return false
}
