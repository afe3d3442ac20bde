package player

import (
	"fmt"
	"net/url"
	"path"
)

// How long SourceController puts a source off, in seconds (SourceController.ts).
const (
	firstDelay = 1
	mostDelay  = 5
)

// rotation is SourceController's round over its sources. A source that failed is put
// off for twice as long as the last time, the next one in the list is loaded after
// what it was itself put off for: a second if it has not failed yet. So of one source
// alone the waits are 2, 4, 5, 5 … s, of two 1, 2, 2, 4, 4, 5 … s. A picture that
// moves clears the delays; the round goes on from where it is, and never goes back to
// the first source by itself (SourceController.ts, getNextMediaSource, reset).
type rotation struct {
	urls   []string // the page's own first
	at     int
	delays []float64 // 0: has not failed since a picture moved
}

// newRotation resolves further sources against the page's own.
func newRotation(first string, further []string) (rotation, error) {
	r := rotation{urls: []string{first}}
	for _, s := range further {
		at, err := besides(first, s)
		if err != nil {
			return rotation{}, err
		}
		r.urls = append(r.urls, at)
	}
	r.delays = make([]float64, len(r.urls))
	return r, nil
}

// besides is a source beside the page's own: a reference keeps its folder, token and
// all, and its query, unless it has one of its own.
func besides(first, source string) (string, error) {
	base, err := url.Parse(first)
	if err != nil {
		return "", fmt.Errorf("player: the stream's URL cannot be parsed, so that there is nothing beside it")
	}
	ref, err := url.Parse(source)
	if err != nil {
		return "", fmt.Errorf("player option gcore.sources: %.80q is no URL reference", source)
	}
	at := base.ResolveReference(ref)
	if ref.RawQuery == "" && ref.Host == "" {
		at.RawQuery = base.RawQuery
	}
	return at.String(), nil
}

// url is the source in use.
func (r *rotation) url() string { return r.urls[r.at] }

// fail puts the source in use off and goes on to the next; it returns how long that
// is waited for.
func (r *rotation) fail() (seconds float64) {
	r.delays[r.at] = min(2*or(r.delays[r.at], firstDelay), mostDelay)
	r.at = (r.at + 1) % len(r.urls)
	return or(r.delays[r.at], firstDelay)
}

// moved is a picture that moves.
func (r *rotation) moved() { clear(r.delays) }

// of is the configuration of what plays a source: Clappr takes dash.js for .mpd and
// hls.js for .m3u8. A transport that the page did not begin with is its newest release.
func (r *rotation) of(page Config) Config {
	profile := page.Profile
	if r.at > 0 {
		profile, _ = transportOf(r.url())
	}
	if profile != page.Profile {
		page.Profile, page.Version = profile, ""
	}
	return page
}

// transportOf is the profile that plays what a URL names.
func transportOf(source string) (profile string, known bool) {
	u, err := url.Parse(source)
	if err != nil {
		return "", false
	}
	switch path.Ext(u.Path) {
	case ".mpd":
		return DashJS, true
	case ".m3u8":
		return HLSJS, true
	}
	return "", false
}

// Rotating is a player that may go over to another transport in the course of a
// session; Playing is the configuration of the one in charge, by which
// [Config.Passes] and [Config.Has] answer.
type Rotating interface{ Playing() Config }

// Playing implements Rotating.
func (g *gcore) Playing() Config { return g.inside }
