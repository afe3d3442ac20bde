package lab

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/token"
)

var update = flag.Bool("update", false, "write testdata anew")

// golden compares with, or with -update writes, a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
	}
}

// What every manifest looks like, letter by letter.
func TestManifests(t *testing.T) {
	for _, row := range []struct {
		golden string
		cfg    Config
		kind   token.Kind
		file   string
	}{
		{"master.m3u8", Config{}, token.Live, "master.m3u8"},
		{"live-video.m3u8", Config{}, token.Live, "v1/index.m3u8"},
		{"live-audio.m3u8", Config{}, token.Live, "a1/index.m3u8"},
		{"live.mpd", Config{}, token.Live, "index.mpd"},
		{"live-direct.mpd", Config{
			UTCTiming: direct, SuggestedDelay: -1, MinimumUpdatePeriod: 500 * time.Millisecond, Window: 30,
			Segment: 6 * time.Second, Ladder: []int64{500_000}, AudioBitrate: 128_000,
		}, token.Live, "index.mpd"},
		{"vod-video.m3u8", Config{Length: 15 * time.Second, Segment: 4 * time.Second}, token.VOD, "v2/index.m3u8"},
		{"vod-audio.m3u8", Config{Length: 15 * time.Second, Segment: 4 * time.Second}, token.VOD, "a1/index.m3u8"},
		{"live-encrypted.m3u8", Config{Encryption: aes128, KeyRotation: 2}, token.Live, "v1/index.m3u8"},
		{"live-timeline.mpd", Config{Timeline: true, Ladder: []int64{500_000}}, token.Live, "index.mpd"},
		{"vod-timeline.mpd", Config{Timeline: true, Ladder: []int64{500_000}, Length: 15 * time.Second, Segment: 4 * time.Second}, token.VOD, "index.mpd"},
		{"master-subtitles.m3u8", Config{Ladder: []int64{500_000}, Subtitles: subtitles()}, token.Live, "master.m3u8"},
		{"live-subtitles.m3u8", Config{Subtitles: subtitles(), Encryption: aes128}, token.Live, "s1/index.m3u8"},
		{"vod-subtitles.m3u8", Config{Subtitles: subtitles(), Length: 15 * time.Second, Segment: 4 * time.Second}, token.VOD, "s2/index.m3u8"},
		{"vod.mpd", Config{Length: 15 * time.Second, Segment: 4 * time.Second}, token.VOD, "index.mpd"},
	} {
		l := lab(t, row.cfg)
		a := l.Edge(Request{Path: signed(l, row.kind, row.kind.String(), row.file)}, moment.Add(1234*time.Millisecond))
		if a.Status != 200 {
			t.Errorf("%s: %d %s", row.golden, a.Status, a.Reason)
			continue
		}
		golden(t, row.golden, a.Body())
	}
}

// The live playlist moves with the clock and with nothing else, also from the
// cache and back again.
func TestLivePlaylistIsAFunctionOfNow(t *testing.T) {
	l := lab(t, Config{})
	fresh := lab(t, Config{})
	r := Request{Path: signed(l, token.Live, "live", "v1/index.m3u8")}
	day := 24 * time.Hour
	for _, after := range []time.Duration{0, 1999 * time.Millisecond, 2 * time.Second, -day, 128 * time.Second, 0, -128 * time.Second} {
		now := moment.Add(after)
		got := string(l.Edge(Request{Path: signed(l, token.Live, "live", "v1/index.m3u8")}, now).Body())
		want := string(fresh.origin.writeLivePlaylist(fresh.origin.video[0], now.Unix()/2))
		if got != want {
			t.Errorf("%v from the moment:\n%s\nwant\n%s", after, got, want)
		}
	}
	if a := l.Edge(r, time.Unix(1, 0)); a.Status != 404 {
		t.Errorf("before the first segment: %d, want 404", a.Status)
	}
	early := string(l.Edge(r, time.Unix(4, 0)).Body())
	if !strings.Contains(early, "MEDIA-SEQUENCE:0\n") || strings.Count(early, "EXTINF") != 2 {
		t.Errorf("4 s after the epoch two segments are listed, from 0:\n%s", early)
	}
}

// Listed durations add up to the time covered: no drift between audio and video.
func TestVODOfAnyLengthAddsUp(t *testing.T) {
	for _, cfg := range []Config{
		{Length: time.Second, Segment: 2 * time.Second},
		{Length: 601 * time.Second, Segment: 7 * time.Second},
		{Length: 8 * time.Second, Segment: time.Second},
	} {
		l := lab(t, cfg)
		for _, r := range l.origin.byID {
			var sum int64
			for n := range r.count() {
				from, to, h := r.place(n, false)
				_, duration := r.span(from, to)
				if int64(h.frames)*r.frame != duration {
					t.Fatalf("%v/%v %s segment %d: %d frames for %d units", cfg.Length, cfg.Segment, r.id, n, h.frames, duration)
				}
				sum += duration
			}
			want := int64(cfg.Length/time.Second) * r.timescale
			if off := sum - want; max(off, -off) > r.frame/2 {
				t.Errorf("%v/%v %s lasts %d units, want %d", cfg.Length, cfg.Segment, r.id, sum, want)
			}
		}
	}
}

// A timeline lists what the template numbers, with exact times, and no more than
// there is: the window of a live event, all of a VOD.
func TestTimelineListsWhatThereIs(t *testing.T) {
	for _, kind := range []token.Kind{token.Live, token.VOD} {
		l := lab(t, Config{Timeline: true, Length: 101 * time.Second})
		a := l.Edge(Request{Path: signed(l, kind, kind.String(), "index.mpd")}, moment.Add(1999*time.Millisecond))
		p, err := manifest.Parse("http://edge.lab/index.mpd", a.ContentType, a.Body())
		if err != nil {
			t.Fatalf("%v: %v", kind, err)
		}
		first, end := l.origin.listed(l.origin.audio, kind == token.Live, moment)
		if kind == token.Live {
			first = end - l.origin.window
		}
		for _, set := range p.Periods[0].Sets {
			r := l.origin.byID[set.Renditions[0].ID]
			list := set.Renditions[0].Segments.Listed()
			if int64(len(list)) != end-first {
				t.Fatalf("%v %s: %d segments, want %d", kind, r.id, len(list), end-first)
			}
			for i, s := range list {
				start, duration := r.spanOf(first+int64(i), kind == token.Live)
				want := [2]float64{float64(start) / float64(r.timescale), float64(duration) / float64(r.timescale)}
				got := [2]float64{s.Start.Seconds(), s.Duration.Seconds()}
				if s.Number != first+int64(i) || math.Abs(got[0]-want[0]) > 1e-6 || math.Abs(got[1]-want[1]) > 1e-6 {
					t.Errorf("%v %s segment %d: %d at %v, want %v", kind, r.id, first+int64(i), s.Number, got, want)
				}
			}
		}
	}
}

// Live MPDs with a timeline move with the clock and nothing else, and there is
// none before the first segment.
func TestTimelineIsAFunctionOfNow(t *testing.T) {
	l := lab(t, Config{Timeline: true})
	ask := func(l *Lab, now time.Time) Answer {
		return l.Edge(Request{Path: signed(l, token.Live, "live", "index.mpd")}, now)
	}
	for _, after := range []time.Duration{0, 1999 * time.Millisecond, 2 * time.Second, 128 * time.Second, 0, -128 * time.Second} {
		now := moment.Add(after)
		if got, want := string(ask(l, now).Body()), string(ask(lab(t, Config{Timeline: true}), now).Body()); got != want {
			t.Errorf("%v from the moment:\n%s\nwant\n%s", after, got, want)
		}
	}
	if a := ask(l, time.Unix(1, 0)); a.Status != 404 {
		t.Errorf("before the first segment: %d, want 404", a.Status)
	}
	if early := string(ask(l, time.Unix(4, 0)).Body()); !strings.Contains(early, `startNumber="0"`) {
		t.Errorf("4 s after the epoch segments are listed from 0:\n%s", early)
	}
}
