package fleet

import (
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"soak/lab"
	"soak/manifest"
	"soak/scenarios"
)

// labConfig is the scenario's lab, or the default one.
func labConfig(sc *scenarios.Scenario) lab.Config {
	if sc.Target.Lab == nil {
		return lab.Config{}
	}
	return *sc.Target.Lab
}

// channel is what a viewer watches: the kind of stream, and its name at the target.
type channel struct{ kind, video string }

// channelOf is what a cohort watches at first.
func channelOf(sc *scenarios.Scenario, c *scenarios.Cohort) channel {
	kind := streamOf(c)
	live, vod := videos(sc)
	return channel{kind, firstOf(pick(kind == scenarios.VOD, vod, live)...)}
}

// zapTo is the channel that a step names, for who watches ch.
func (ch channel) zapTo(sc *scenarios.Scenario, step *scenarios.Step) channel {
	live, vod := videos(sc)
	kind := firstOf(step.Stream, ch.kind)
	if step.Stream == "" && slices.Contains(vod, step.Video) {
		kind = scenarios.VOD
	} else if step.Stream == "" && slices.Contains(live, step.Video) {
		kind = scenarios.Live
	}
	return channel{kind, firstOf(append([]string{step.Video}, pick(kind == scenarios.VOD, vod, live)...)...)}
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// videos are the names of the target's streams.
func videos(sc *scenarios.Scenario) (live, vod []string) {
	if sc.Target.Embedded() {
		cfg := labConfig(sc).Filled()
		return cfg.Live, cfg.VOD
	}
	return []string{sc.Target.Videos.Live}, []string{sc.Target.Videos.VOD}
}

// tokenQuery is what a cohort asks of the guide's token API.
func tokenQuery(sc *scenarios.Scenario, c *scenarios.Cohort, ch channel) url.Values {
	return url.Values{
		"video":  {ch.video},
		"type":   {ch.kind},
		"expire": {ttlSeconds(sc, c)},
	}
}

// tokenURL fills the template of a token API's URL for a cohort.
func tokenURL(template string, sc *scenarios.Scenario, c *scenarios.Cohort, ch channel) string {
	return strings.NewReplacer(
		"{video}", url.QueryEscape(ch.video),
		"{type}", ch.kind,
		"{expire}", ttlSeconds(sc, c),
	).Replace(template)
}

func ttlSeconds(sc *scenarios.Scenario, c *scenarios.Cohort) string {
	return strconv.FormatInt(int64(sc.TokenOf(c).TTL.Seconds()), 10)
}

func streamOf(c *scenarios.Cohort) string {
	if c.Stream == scenarios.VOD {
		return scenarios.VOD
	}
	return scenarios.Live
}

// manifestURL points u at the manifest that a cohort's player reads. Token APIs
// and targets name an HLS playlist; DASH players ask for the MPD beside it, as
// the guide says.
func manifestURL(u string, t scenarios.Target, c *scenarios.Cohort) string {
	file := t.HLS
	if c.Player.Format() == manifest.DASH {
		file = t.DASH
		if file == "" && !strings.HasSuffix(pathOf(u), ".mpd") {
			file = "index.mpd"
		}
	}
	if file == "" {
		return u
	}
	dir, query, _ := strings.Cut(u, "?")
	dir = dir[:len(dir)-len(path.Base(dir))] + file
	if query != "" {
		dir += "?" + query
	}
	return dir
}

func pathOf(u string) string {
	p, _, _ := strings.Cut(u, "?")
	return p
}
