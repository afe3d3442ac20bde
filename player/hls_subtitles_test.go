package player

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// subtitled is an origin with subtitles of the given attributes, in the group that its
// levels name.
func subtitled(live bool, attributes ...string) *hlsOrigin {
	o := &hlsOrigin{levels: []int{600_000}, live: live, length: 60 * time.Second, subtitles: "subs"}
	for i, a := range attributes {
		o.head += fmt.Sprintf("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",URI=\"s%d/index.m3u8\",%s\n", i, a)
	}
	return o
}

const (
	german  = `NAME="Deutsch",LANGUAGE="de"`
	english = `NAME="English",LANGUAGE="en"`
)

// Which rendition of subtitles is loaded, if any.
func TestHLSSubtitlesChosen(t *testing.T) {
	off, yes := false, true
	for _, c := range []struct {
		why    string
		tracks []string
		cfg    Config
		want   string // folder; "" none
	}{
		{"the default, though listed second", []string{german, english + ",DEFAULT=YES"}, Config{}, "s1"},
		{"none is the default: none is loaded", []string{german, english + ",AUTOSELECT=YES"}, Config{}, ""},
		{"forced is not enough", []string{german + ",FORCED=YES,AUTOSELECT=YES"}, Config{}, ""},
		{"a preference, no default needed", []string{german, english}, Config{SubtitlePreference: &SubtitlePreference{Lang: "en"}}, "s1"},
		{"en-GB is English enough", []string{german, english}, Config{SubtitlePreference: &SubtitlePreference{Lang: "en-GB"}}, "s1"},
		{"a preference beats the default", []string{german, english + ",DEFAULT=YES"}, Config{SubtitlePreference: &SubtitlePreference{Name: "Deutsch"}}, "s0"},
		{"one that nothing fits leaves none", []string{german, english + ",DEFAULT=YES"}, Config{SubtitlePreference: &SubtitlePreference{Lang: "fr"}}, ""},
		{"forced ones by preference", []string{german, german + ",FORCED=YES"}, Config{SubtitlePreference: &SubtitlePreference{Forced: &yes}}, "s1"},
		{"switched off", []string{english + ",DEFAULT=YES"}, Config{EnableWebVTT: &off}, ""},
		{"closed captions have no playlist", []string{`NAME="x",DEFAULT=YES,INSTREAM-ID="CC1"`}, Config{}, ""},
	} {
		o := subtitled(false, c.tracks...)
		if c.tracks[0][0:8] == `NAME="x"` {
			o.head = strings.ReplaceAll(strings.ReplaceAll(o.head, "SUBTITLES", "CLOSED-CAPTIONS"), `URI="s0/index.m3u8",`, "")
		}
		o.play(t, c.cfg, 5*time.Second)
		var folders []string
		for _, r := range o.requests {
			if r.media == qoe.Text {
				folder, _, _ := strings.Cut(strings.TrimPrefix(r.url, "http://edge/"), "/")
				folders = append(folders, folder)
			}
		}
		want := []string{c.want}
		if c.want == "" {
			want = nil
		}
		if got := slices.Compact(folders); !slices.Equal(got, want) {
			t.Errorf("%s: loaded %v; want %v", c.why, got, want)
		}
	}
}

// textSegments are the numbers and times of the segments of subtitles asked for.
func textSegments(o *hlsOrigin) (names []string, at []float64) {
	for _, r := range o.requests {
		if r.media == qoe.Text && r.kind == qoe.Segment {
			names = append(names, r.url[strings.LastIndexByte(r.url, '/')+1:])
			at = append(at, r.at.Seconds())
		}
	}
	return names, at
}

// Subtitles go as far ahead as the video aims at and a target duration more, and are
// looked after twice a second (e2e/fidelity/truth/hls-vod-subtitles: six segments at
// the start, then one every 2 s).
func TestHLSSubtitlesPace(t *testing.T) {
	o := subtitled(false, english+",DEFAULT=YES").play(t, Config{MaxBufferLength: 8, MaxMaxBufferLength: 8}, 20*time.Second)
	names, at := textSegments(o)
	if len(names) < 14 || names[0] != "seg0.m4s" || names[5] != "seg5.m4s" || at[5] > 1.5 || at[6] < 2.3 || at[6] > 3.2 {
		t.Fatalf("%v at %.2f; want six at the start, the seventh once less than 10 s are ahead", names, at)
	}
	for i := 7; i < len(at); i++ {
		if d := at[i] - at[i-1]; d < 1.49 || d > 2.51 {
			t.Errorf("segment %d comes %.2f s after the one before; want 2, give or take a poll", i, d)
		}
	}
}

// The first segment of a live stream is the one before that the video begins with:
// its cues may last into it (e2e/fidelity/truth/hls-live-subtitles).
func TestHLSLiveSubtitlesBeginOneEarlier(t *testing.T) {
	o := subtitled(true, english+",DEFAULT=YES").play(t, Config{}, 20*time.Second)
	names, _ := textSegments(o)
	if len(names) < 4 || names[0] != "seg102.m4s" || names[1] != "seg103.m4s" || len(o.times("v0/seg102")) != 0 {
		t.Errorf("subtitles %v; want 102, 103 …, the video from 103 on", names)
	}
	if lists := since(o.times("s0/index")); len(lists) < 9 || lists[5]-lists[4] < 1.9 || lists[5]-lists[4] > 2.1 {
		t.Errorf("playlists at %.2f; want one every 2 s", lists)
	}
}

// What failures of subtitles do to the play.
func TestHLSSubtitleFailures(t *testing.T) {
	for _, c := range []struct {
		why   string
		live  bool
		rules []rule
		tries []float64 // refused, since the first
		fatal string    // "": it plays on
	}{
		{"one refused segment is fatal, for nobody resolves it (truth/hls-live-subtitles-refused)", true,
			[]rule{{from: 8 * time.Second, to: 14 * time.Second, url: "s0/seg", status: 403}}, []float64{0}, "fragLoadError: HTTP 403"},
		{"in VOD too", false, []rule{{url: "s0/seg9", status: 410}}, []float64{0}, "fragLoadError: HTTP 410"},
		{"5xx is asked for again at every poll (truth/hls-vod-subtitles-segment-503)", false,
			[]rule{{from: 6 * time.Second, to: 7400 * time.Millisecond, url: "s0/seg", status: 503}}, []float64{0, 0.5}, ""},
		{"a playlist of VOD, refused before the media source is open: at once, 2 s, fatal (truth/hls-vod-subtitles-playlist-403)", false,
			[]rule{{url: "s0/index", status: 403, wait: 20 * time.Millisecond}}, []float64{0, 0.07, 2.13}, "subtitleTrackLoadError: HTTP 403"},
		{"refused after it has opened: 1 s, 2 s, fatal", false,
			[]rule{{url: "s0/index", status: 403, wait: 200 * time.Millisecond}}, []float64{0, 1.2, 3.4}, "subtitleTrackLoadError: HTTP 403"},
		{"a live playlist: the level's clear the counter (truth/hls-live-subtitles-playlist-refused)", true,
			[]rule{{from: 10 * time.Second, to: 13800 * time.Millisecond, url: "s0/index", status: 403, wait: 50 * time.Millisecond}}, []float64{0, 1, 3}, ""},
	} {
		o := subtitled(c.live, english+",DEFAULT=YES")
		o.rules = c.rules
		o.play(t, Config{MaxBufferLength: 8, MaxMaxBufferLength: 8}, 30*time.Second)
		if got := since(o.refused()); !near(got, c.tries, 0.15) {
			t.Errorf("%s: refused at %.2f; want %v", c.why, got, c.tries)
		}
		if _, why := o.fatal(); why != c.fatal {
			t.Errorf("%s: fatal %q; want %q", c.why, why, c.fatal)
		}
		if c.fatal == "" && o.player.State().Phase != Playing {
			t.Errorf("%s: %s; want it to play on", c.why, o.player.State().Phase)
		}
	}
}

// A level with other subtitles helps, and the language goes along. What of the level
// left is still under way clears its errors when it comes: it may be gone back to.
func TestHLSSubtitlesOfAnotherGroupHelp(t *testing.T) {
	o := &hlsOrigin{levels: []int{300_000, 600_000}, length: 60 * time.Second, subtitleGroups: []string{"lo", "hi"}, rules: []rule{{url: "hi-en/seg3", status: 403}}}
	for _, group := range []string{"lo", "hi"} {
		for _, lang := range []string{"de", "en"} {
			o.head += fmt.Sprintf("#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=%q,NAME=%q,LANGUAGE=%q,DEFAULT=%s,URI=\"%s-%s/index.m3u8\"\n",
				group, lang, lang, map[bool]string{true: "YES", false: "NO"}[lang == "en"], group, lang)
		}
	}
	o.play(t, Config{MaxBufferLength: 8, MaxMaxBufferLength: 8}, 30*time.Second)
	if _, why := o.fatal(); why != "" || len(o.times("hi-en/seg3")) > 2 || len(o.times("lo-en/seg3")) != 1 || len(o.times("-de/")) != 0 {
		t.Errorf("fatal %q, %d × hi-en/seg3, %d × lo-en/seg3, %d × German; want the lower level with its own English",
			why, len(o.times("hi-en/seg3")), len(o.times("lo-en/seg3")), len(o.times("-de/")))
	}
}

// A jump leaves what was under way, and loads where it leads; after leaving nothing is
// asked for.
func TestHLSSubtitlesFollowTheViewer(t *testing.T) {
	o := subtitled(false, english+",DEFAULT=YES").play(t, Config{MaxBufferLength: 8, MaxMaxBufferLength: 8}, 10*time.Second)
	o.player.Seek(Target{Origin: FromStart, Offset: 40 * time.Second})
	o.until(t, 12*time.Second)
	if names, _ := textSegments(o); !slices.Contains(names, "seg20.m4s") || slices.Contains(names, "seg15.m4s") {
		t.Errorf("after a jump to 40 s: %v; want segments around 20", names)
	}
	o.player.Stop()
	n := len(o.requests)
	o.until(t, 60*time.Second)
	if len(o.requests) != n {
		t.Errorf("%d requests after leaving; want none", len(o.requests)-n)
	}
}
