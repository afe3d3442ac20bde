package player

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// Audio follows a level into its group, in the language it had: the new group's
// playlist and initialization segment are fetched, and the buffer plays on.
func TestHLSAudioFollowsItsLevel(t *testing.T) {
	for _, live := range []bool{true, false} {
		o := &hlsOrigin{levels: three, groups: []string{"lo", "lo", "hi"}, live: live, init: true, length: 300 * time.Second, rate: 4e6}
		o.rules = []rule{{from: 20 * time.Second, url: "/v", slow: 11}} // 360 kbit/s: level 0 or 1
		o.play(t, Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}, time.Minute)
		early, late := o.urls(0, qoe.Playlist), o.urls(50*time.Second, qoe.Segment)
		if want := []string{"edge/v1/index.m3u8", "edge/lo-en/index.m3u8", "edge/hi-en/index.m3u8", "edge/v2/index.m3u8"}; !slices.Equal(early[:4], want) {
			t.Errorf("live %v: playlists %v; want %v", live, early[:4], want)
		}
		if len(late) < 4 || !slices.ContainsFunc(late, func(u string) bool { return strings.Contains(u, "/lo-en/") }) ||
			slices.ContainsFunc(late, func(u string) bool { return strings.Contains(u, "/hi-") }) {
			t.Errorf("live %v: %v at the end; want audio of the lower levels' group", live, late)
		}
		if wanted(o.requests, "-de/") {
			t.Errorf("live %v: the other language was asked for", live)
		}
		for _, s := range all[qoe.Stall](o) {
			if s.Took > 3*time.Second {
				t.Errorf("live %v: %v of stall at %v; want audio to follow without losing its buffer", live, s.Took, s.At.Sub(epoch))
			}
		}
	}
}

// A refused audio segment is helped by a level with another group, where there is
// one: with the others of its own group it would only fail again.
func TestHLSAudioFailsOverToAnotherGroup(t *testing.T) {
	for _, c := range []struct {
		groups []string
		want   string // the level that is loaded from afterwards
		why    string
	}{
		{[]string{"lo", "hi", "hi"}, "/v0/", "the only level with another group"},
		{[]string{"lo", "hi", "hj"}, "/v1/", "the next level down has another group"},
		{[]string{"hi", "hi", "hi"}, "/v2/", "none has: VOD asks again after 1 s"},
	} {
		o := &hlsOrigin{levels: three, groups: c.groups, length: 300 * time.Second, rate: 50e6, rules: []rule{
			{from: 16 * time.Second, to: 17 * time.Second, url: c.groups[2] + "-en/seg", status: 403},
		}}
		o.play(t, Config{MaxMaxBufferLength: 10, MaxBufferLength: 10}, 20*time.Second)
		last := ""
		for _, r := range o.requests {
			if r.kind == qoe.Segment && r.media == qoe.Video && r.at > 16515*time.Millisecond {
				last = r.url
				break
			}
		}
		if !strings.Contains(last, c.want) {
			t.Errorf("%v: loaded %s; want %s: %s", c.groups, last, c.want, c.why)
		}
		if at, why := o.fatal(); at > 0 {
			t.Errorf("%v: fatal at %v: %s", c.groups, at, why)
		}
	}
}

// The track that is chosen after another, and at first.
func TestPickTrack(t *testing.T) {
	track := func(group, name, lang, features string, first bool) *hlsTrack {
		return &hlsTrack{group: group, name: name, lang: lang, features: features, isDefault: first, channels: "2"}
	}
	en, de := track("lo", "English", "en", "", true), track("lo", "Deutsch", "de", "", false)
	described := track("lo", "Described", "en", "public.accessibility.describes-video", false)
	other, plain := track("hi", "Deutsch", "de", "", false), track("hi", "Original", "en", "", true)
	tracks := []*hlsTrack{de, en, described, other, plain}
	lo, hi, free := &hlsLevel{audio: []string{"lo"}}, &hlsLevel{audio: []string{"hi"}}, &hlsLevel{}
	for _, c := range []struct {
		level  *hlsLevel
		before *hlsTrack
		want   *hlsTrack
		why    string
	}{
		{lo, nil, en, "the default"},
		{hi, de, other, "the same in another group"},
		{hi, en, plain, "the same language under another name"},
		{hi, described, plain, "the same language at least"},
		{hi, track("lo", "Français", "fr", "", false), other, "no such language: the first, not the default"},
		{free, nil, en, "a level without a group takes the default of all"},
		{&hlsLevel{audio: []string{"none"}}, en, nil, "a group that is not there"},
	} {
		if got := pickTrack(tracks, c.level, c.before); got != c.want {
			t.Errorf("pickTrack(%v, after %v) = %+v; want %+v: %s", c.level.audio, c.before, got, c.want, c.why)
		}
	}
}

// Variants that are the same in all but their audio are one level with several
// groups; with another URI they are another way to it.
func TestDistinctVariants(t *testing.T) {
	o := &hlsOrigin{levels: nil}
	o.setUp()
	line := func(url, attributes string) string {
		return "#EXT-X-STREAM-INF:BANDWIDTH=1000,CODECS=\"avc1.64001f\"" + attributes + "\n" + url + "\n"
	}
	body := "#EXTM3U\n" + line("v", `,AUDIO="a"`) + line("v", `,AUDIO="b"`) + line("w", "") + line("x", "") + line("y", `,PATHWAY-ID="P"`)
	p, err := o.Parse(manifest.AddressOf("http://edge/"), "", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range distinct(p, p.Periods[0].Sets[0].Renditions) {
		got = append(got, fmt.Sprint(l.url, " ", l.pathway, " ", l.audio))
	}
	want := []string{"http://edge/v . [a b]", "http://edge/w .. []", "http://edge/x ... []", "http://edge/y P []"}
	if !slices.Equal(got, want) {
		t.Errorf("levels %v; want %v", got, want)
	}
}
