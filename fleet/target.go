package fleet

import (
	"net/url"
	"path"
	"strconv"
	"strings"

	"soak/lab"
	"soak/manifest"
	"soak/scenarios"
)

// loopback is the address that the embedded lab sees its viewers come from.
const loopback = "127.0.0.1"

// labConfig is the scenario's lab, or the default one.
func labConfig(sc *scenarios.Scenario) lab.Config {
	if sc.Target.Lab == nil {
		return lab.Config{}
	}
	return *sc.Target.Lab
}

// tokenQuery is what a cohort asks of the guide's token API.
func tokenQuery(sc *scenarios.Scenario, c *scenarios.Cohort) url.Values {
	return url.Values{
		"video":  {videoOf(sc, c)},
		"type":   {streamOf(c)},
		"expire": {ttlSeconds(sc, c)},
	}
}

// tokenURL fills the template of a token API's URL for a cohort.
func tokenURL(template string, sc *scenarios.Scenario, c *scenarios.Cohort) string {
	return strings.NewReplacer(
		"{video}", url.QueryEscape(videoOf(sc, c)),
		"{type}", streamOf(c),
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

// videoOf is the name of a cohort's stream at the target.
func videoOf(sc *scenarios.Scenario, c *scenarios.Cohort) string {
	names := sc.Target.Videos
	if sc.Target.Embedded() {
		cfg := labConfig(sc).Filled()
		names = scenarios.Videos{Live: cfg.Live[0], VOD: cfg.VOD[0]}
	}
	if streamOf(c) == scenarios.VOD {
		return names.VOD
	}
	return names.Live
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

func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Host
}
