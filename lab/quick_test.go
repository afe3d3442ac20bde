package lab

import (
	"reflect"
	"testing"
	"time"

	"soak/qoe"
	"soak/token"
)

// What is answered without another look is what an edge says that looks at everything.
func TestQuickAnswersAreTheSame(t *testing.T) {
	second := time.Second
	files := []string{"index.m3u8", "init.mp4", "850000000.m4s", "849999999.m4s", "849999994.m4s", "850000005.m4s", "0.m4s", "x.m4s", "850000001.vtt"}
	for _, row := range []struct {
		cfg   Config
		quick bool
		why   string
	}{
		{Config{}, true, "as labs are"},
		{Config{Padding: inFrames, Boundary: token.Strict, Grace: second}, true, "other bytes, another end"},
		{Config{Encryption: aes128}, true, "playlists alone: a segment's size has to be worked out"},
		{Config{LowLatency: LowLatency{Chunk: 500 * time.Millisecond}}, true, "playlists alone: segments are there before they are complete"},
		{Config{Subtitles: []Subtitle{{Language: "en", Name: "English"}}}, true, "with subtitles"},
		{Config{EdgeSkew: second}, false, "edges ahead"},
		{Config{Faults: []EdgeFault{{Kinds: []qoe.Kind{qoe.Segment}, Number: EveryNumber(2), Status: 503}}}, false, "a fault may strike"},
		{Config{Refusals: Refusals{Cached: second}}, false, "refusals are kept"},
		{Config{Unchecked: []qoe.Kind{qoe.Segment}}, false, "files for anybody"},
		{Config{CutAtExpiry: true}, false, "transfers end with the token"},
		{Config{URLs: URLs{Absolute: true}}, false, "manifests are changed"},
		{Config{Headers: Headers{NoDate: true}}, false, "no Date"},
	} {
		l := lab(t, row.cfg)
		if l.usual != row.quick {
			t.Errorf("%s: usual is %v", row.why, l.usual)
		}
		if !row.quick {
			continue
		}
		for _, folder := range []string{"v1", "a1", "s1"} {
			for _, file := range files {
				compareQuick(t, l, folder, file, row.why)
			}
		}
	}
}

// compareQuick asks for a live file, and for one of a VOD, from before a token is first
// seen until it is dead.
func compareQuick(t *testing.T, l *Lab, folder, file, why string) {
	t.Helper()
	for _, loc := range []token.Location{{Kind: token.Live, Video: "live"}, {Kind: token.VOD, Video: "vod"}, {Kind: token.Live, Video: "nothing"}} {
		for _, edge := range []Edge{Plain, IPBound} {
			signer, ip := l.signerOf(edge, "10.0.0.7")
			loc.Client, loc.Grant.Expires = l.signer.Client, moment.Unix()+20
			loc.Grant.Token = signer.Sign(loc.Video, loc.Grant.Expires, ip)
			var root, d Directory
			if !l.Directory(&root, l.url(edge, loc)) || !root.Within(&d, l.url(edge, loc)+folder+"/") {
				t.Fatalf("%s: %s is no directory", why, folder)
			}
			for since := time.Duration(0); since < 24*time.Second; since += 700 * time.Millisecond {
				for _, from := range []string{"10.0.0.7", "10.0.0.8"} {
					for _, part := range []string{"", "bytes=10-19"} {
						var got, want Answer
						var r Request
						d.Request(&r, file)
						r.ClientIP, r.Range = from, part
						again := r
						l.EdgeSince(&got, &r, since)
						l.EdgeInto(&want, &again, moment.Add(since))
						if got.Date.Equal(want.Date) {
							got.Date = want.Date
						}
						if !reflect.DeepEqual(got, want) {
							t.Fatalf("%s: %s/%s of %s, edge %d to %s, %q after %v: %d %q, %d bytes; want %d %q, %d bytes", why, folder, file,
								loc.Video, edge, from, part, since, got.Status, got.Reason, got.Size, want.Status, want.Reason, want.Size)
						}
					}
				}
			}
		}
	}
}
