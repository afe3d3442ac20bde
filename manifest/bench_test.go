package manifest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// livePlaylist is n segments of 6 s, vodPlaylist n of 2 s.
func livePlaylist(n int) []byte {
	return playlist(n, 6, "#EXT-X-MEDIA-SEQUENCE:1000\n", "")
}

func vodPlaylist(n int) []byte {
	return playlist(n, 2, "#EXT-X-PLAYLIST-TYPE:VOD\n", "#EXT-X-ENDLIST\n")
}

func playlist(n, seconds int, header, end string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:%d\n%s#EXT-X-MAP:URI=\"init.mp4\"\n", seconds, header)
	for i := range n {
		fmt.Fprintf(&b, "#EXTINF:%d.00000,\nseg_%06d.ts\n", seconds, i)
	}
	b.WriteString(end)
	return []byte(b.String())
}

// timelineMPD has six representations that share a timeline of n S elements.
func timelineMPD(n int) []byte {
	var b strings.Builder
	b.WriteString(`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z"><Period start="PT0S"><AdaptationSet mimeType="video/mp4"><SegmentTemplate timescale="90000" media="$RepresentationID$/$Time$.m4s" initialization="$RepresentationID$/i.mp4"><SegmentTimeline>`)
	for i := range n {
		fmt.Fprintf(&b, `<S t="%d" d="180000"/>`, i*180000)
	}
	b.WriteString(`</SegmentTimeline></SegmentTemplate>`)
	for i := range 6 {
		fmt.Fprintf(&b, `<Representation id="v%d" bandwidth="%d"/>`, i, i*1000000)
	}
	b.WriteString(`</AdaptationSet></Period></MPD>`)
	return []byte(b.String())
}

var benchmarks = []struct {
	name string
	body []byte
}{
	{"live-6x6s", livePlaylist(6)},
	{"vod-1h-1800x2s", vodPlaylist(1800)},
	{"mpd-1h-1800x2s", timelineMPD(1800)},
}

func BenchmarkParse(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(base, "", bm.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCacheHit(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			c := NewCache(8)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Parse(base, "", bm.body); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNext is what a live DASH player does for every segment.
func BenchmarkNext(b *testing.B) {
	p, err := Parse(base, "", timelineMPD(1800))
	if err != nil {
		b.Fatal(err)
	}
	s, now := p.track0(), time.Unix(1800, 0)
	b.ReportAllocs()
	for b.Loop() {
		_, end := s.Window(now)
		seg, ok := s.Number(end - 1)
		if !ok || p.Resolve(seg.Ref) == "" {
			b.Fatal("no segment")
		}
	}
}
