package player

import (
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

// rungs counts the main fragments asked for of each level.
func (o *hlsOrigin) rungs(from, to time.Duration) map[string]int {
	n := map[string]int{}
	for _, r := range o.requests {
		if r.kind == qoe.Segment && r.at >= from && r.at < to && strings.Contains(r.url, "/v") {
			n[r.url[len("http://edge/"):][:2]]++
		}
	}
	return n
}

// startLevel -1 asks for a fragment of the lowest level first, neither
// initialized nor appended, and begins with what its download says.
func TestHLSBandwidthTest(t *testing.T) {
	level, no := -1, false
	play := func(rate float64, cfg Config) *hlsOrigin {
		cfg.StartLevel = &level
		return (&hlsOrigin{levels: []int{300_000, 1_000_000, 3_000_000}, length: time.Minute, init: true, rate: rate}).play(t, cfg, 20*time.Second)
	}
	var got []string
	fast := play(50e6, Config{})
	for _, r := range fast.requests[:6] {
		got = append(got, strings.TrimPrefix(r.url, "http://edge/"))
	}
	want := "master.m3u8 v0/index.m3u8 v0/seg0.m4s v2/index.m3u8 v2/init.mp4 v2/seg0.m4s"
	if strings.Join(got, " ") != want {
		t.Errorf("asked for %s; want %s", strings.Join(got, " "), want)
	}
	if q := play(900e3, Config{}).rungs(time.Second, 4*time.Second); q["v2"]+q["v1"] > 0 {
		t.Errorf("900 kbit/s, after the test: %v; want the lowest level only", q)
	}
	if first := play(50e6, Config{TestBandwidth: &no}).requests[1].url; !strings.Contains(first, "/v0/") {
		t.Errorf("without the test %s; want the first estimate's level, v0", first)
	}
	slow := play(500e3, Config{})
	if n := len(slow.times("v0/seg0")); n != 2 || slow.player.(*hls).aim.most != 300*time.Second {
		t.Errorf("the lowest level chosen after the test: its fragment asked for %d times, at most %v buffered; want twice, 300 s",
			n, slow.player.(*hls).aim.most)
	}
}

// Caps of automatic choice, and bit rates that are not as declared.
func TestHLSLadderBounds(t *testing.T) {
	ladder := []int{300_000, 1_000_000, 3_000_000}
	one := 1
	for _, c := range []struct {
		why  string
		rate float64
		cfg  Config
		want string
	}{
		{"no bounds, fast: the top", 50e6, Config{}, "v2"},
		{"autoLevelCapping 1, fast", 50e6, Config{AutoLevelCapping: &one}, "v1"},
		{"no bounds, slow: the bottom", 400e3, Config{}, "v0"},
		{"minAutoBitrate 500k, slow: not below the level that has it", 400e3, Config{MinAutoBitrate: 500e3}, "v1"},
	} {
		t.Run(c.why, func(t *testing.T) {
			o := (&hlsOrigin{levels: ladder, live: true, rate: c.rate}).play(t, c.cfg, 30*time.Second)
			if q := o.rungs(20*time.Second, 30*time.Second); q[c.want] == 0 || len(q) != 1 {
				t.Errorf("levels %v after 20 s; want %s only", q, c.want)
			}
		})
	}
}

// The first choice is made within one set of codecs (getStartCodecTier).
func TestHLSStartTier(t *testing.T) {
	level := func(codecs string, bitrate int64, height int, fps float64) *hlsLevel {
		return &hlsLevel{codecs: codecs, bitrate: bitrate, width: height * 2, height: height, frameRate: fps, videoRange: sdr}
	}
	for _, c := range []struct {
		why    string
		levels []*hlsLevel
		rate   float64
		want   startChoice
	}{
		{"one set: the estimate is raised to its lowest level", []*hlsLevel{level("avc1,mp4a", 8e5, 360, 25), level("avc1,mp4a", 2e6, 720, 50)}, 5e5,
			startChoice{codecs: "avc1,mp4a", frameRate: 25, bitrate: 8e5}},
		{"two sets: the better codec", []*hlsLevel{level("avc1,mp4a", 4e5, 360, 25), level("hvc1,mp4a", 3e5, 360, 25)}, 5e5,
			startChoice{codecs: "hvc1,mp4a", frameRate: 25, bitrate: 3e5, index: 1}},
		{"the better codec needs more than there is", []*hlsLevel{level("avc1,mp4a", 4e5, 360, 25), level("hvc1,mp4a", 9e5, 720, 25)}, 5e5,
			startChoice{codecs: "avc1,mp4a", frameRate: 25, bitrate: 4e5}},
		{"a set of UHD only is passed over where there is another", []*hlsLevel{level("avc1,mp4a", 4e5, 1080, 25), level("hvc1,mp4a", 4e5, 2160, 25)}, 5e6,
			startChoice{codecs: "avc1,mp4a", frameRate: 25, bitrate: 4e5}},
		{"no CODECS: no restriction", []*hlsLevel{level("", 4e5, 360, 0)}, 5e5, startChoice{anyRange: true}},
	} {
		if got := startTier(codecTiers(c.levels), c.rate); got != c.want {
			t.Errorf("%s: startTier = %+v; want %+v", c.why, got, c.want)
		}
	}
}
