package player

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// again lists levels once more: with URIs on another host, and attributes behind
// the usual ones.
func again(levels []int, host, attributes string) string {
	var b strings.Builder
	for i, rate := range levels {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=\"avc1.64001f,mp4a.40.2\"%s\nhttp://%s/v%d/index.m3u8\n", rate, rate, attributes, host, i)
	}
	return b.String()
}

// urls are what was asked for from a moment on, without scheme and query, of one kind.
func (o *hlsOrigin) urls(from time.Duration, kind qoe.Kind) (urls []string) {
	for _, r := range o.requests {
		if r.at >= from && r.kind == kind {
			url, _, _ := strings.Cut(strings.TrimPrefix(r.url, "http://"), "?")
			urls = append(urls, url)
		}
	}
	return urls
}

// What becomes of a play whose edge refuses, when the streams are there twice: the
// requests of the moment, in order, and whether the play goes on.
func TestHLSRedundantStreams(t *testing.T) {
	const from = 20 * time.Second
	capped := Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}
	for _, c := range []struct {
		why    string
		origin hlsOrigin
		rule   rule
		kind   qoe.Kind
		want   []string
		dead   bool
	}{
		{"live, 1 level: the other way is taken at once, not after 1 s",
			hlsOrigin{levels: one, live: true}, rule{url: "//edge", status: 403}, qoe.Playlist,
			[]string{"edge/v0/index.m3u8", "backup/v0/index.m3u8", "backup/v0/index.m3u8"}, false},
		{"live, 3 levels: the levels of one way first, as a hop costs less than a change of the host",
			hlsOrigin{levels: three, live: true}, rule{url: "//edge", status: 403}, qoe.Playlist,
			[]string{"edge/v2/index.m3u8", "edge/v1/index.m3u8", "edge/v0/index.m3u8", "backup/v0/index.m3u8"}, false},
		{"an expired token expires on both hosts: twice as many requests are burnt, and it ends as with one",
			hlsOrigin{levels: three, live: true}, rule{status: 403}, qoe.Playlist,
			[]string{"edge/v2/index.m3u8", "edge/v1/index.m3u8", "edge/v0/index.m3u8",
				"backup/v0/index.m3u8", "backup/v2/index.m3u8", "backup/v1/index.m3u8", "backup/v1/index.m3u8"}, true},
		{"VOD, 1 level: no back-off, the same segment from the other host",
			hlsOrigin{levels: one, length: 400 * time.Second, rate: 5e6}, rule{url: "//edge", status: 403}, qoe.Playlist,
			[]string{"backup/v0/index.m3u8"}, false},
		{"VOD, 503: the same host is asked for 31 s before the other is",
			hlsOrigin{levels: one, length: 400 * time.Second, rate: 5e6}, rule{url: "//edge", status: 503}, qoe.Playlist,
			[]string{"backup/v0/index.m3u8"}, false},
	} {
		o := &c.origin
		c.rule.from = from
		o.rules, o.tail = []rule{c.rule}, again(o.levels, "backup", "")
		o.play(t, capped, from+40*time.Second)
		got := o.urls(from, c.kind)
		if len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("%s: asked for %v; want %v first", c.why, got, c.want)
		}
		if at, why := o.fatal(); (at > 0) != c.dead {
			t.Errorf("%s: fatal at %v (%s); want %v", c.why, at, why, c.dead)
		}
		if after := o.urls(from+35*time.Second, qoe.Segment); !c.dead && (len(after) == 0 || !strings.HasPrefix(after[0], "backup/")) {
			t.Errorf("%s: segments %v at the end; want the other host's", c.why, after)
		}
		before := o.requests[:slices.IndexFunc(o.requests, func(r heard) bool { return r.at >= from })]
		if wanted(before, "//backup/") {
			t.Errorf("%s: the second host was asked before the first refused", c.why)
		}
	}
}

// A refused audio playlist has the way left at once: its groups belong to ways.
func TestHLSRedundantAudio(t *testing.T) {
	o := (&hlsOrigin{levels: one, live: true, audio: true, rules: []rule{{from: 20 * time.Second, url: "edge/a/index", status: 403}},
		head: "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"b\",NAME=\"en\",DEFAULT=YES,AUTOSELECT=YES,URI=\"http://backup/a/index.m3u8\"\n",
		tail: again(one, "backup", ",AUDIO=\"b\""),
	}).play(t, Config{}, time.Minute)
	var refused []heard
	for _, r := range o.requests {
		if r.status == 403 {
			refused = append(refused, r)
		}
	}
	if len(refused) != 1 {
		t.Errorf("refused %v; want one request: after it the way is left", refused)
	}
	for _, kind := range []qoe.Kind{qoe.Playlist, qoe.Segment} {
		after := o.urls(30*time.Second, kind)
		if len(after) < 10 || slices.ContainsFunc(after, func(u string) bool { return strings.HasPrefix(u, "edge/") }) {
			t.Errorf("%v: %v; want sound and picture from the other host", kind, after)
		}
	}
	if stalls := all[qoe.Stall](o); len(stalls) > 0 {
		t.Errorf("stalls %+v; want none", stalls)
	}
}
