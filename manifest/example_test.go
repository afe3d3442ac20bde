package manifest_test

import (
	"errors"
	"fmt"
	"time"

	"soak/manifest"
)

// Equal bodies are parsed once; each viewer's references carry the token of the
// URL that viewer's manifest came from.
func ExampleCache_Parse() {
	body := []byte("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:41\n#EXTINF:2,\nseg41.m4s\n#EXTINF:2,\nseg42.m4s\n")
	cache := manifest.NewCache(0)
	for _, base := range []string{
		"https://edge.example/cmaf/7_live/tokenA/1795521600/v1.m3u8",
		"https://edge.example/cmaf/7_live/tokenB/1795521630/v1.m3u8",
	} {
		p, err := cache.Parse(base, "application/vnd.apple.mpegurl", body)
		if err != nil {
			fmt.Println(err)
			return
		}
		list := p.Periods[0].Sets[0].Renditions[0].Segments.Listed()
		last := list[len(list)-1]
		fmt.Println(last.Number, last.Start, p.Resolve(last.Ref))
	}
	// Output:
	// 42 2s https://edge.example/cmaf/7_live/tokenA/1795521600/seg42.m4s
	// 42 2s https://edge.example/cmaf/7_live/tokenB/1795521630/seg42.m4s
}

// The segments of a live template are computed from the clock, not listed.
func ExampleSegments_Window() {
	body := []byte(`<MPD type="dynamic" availabilityStartTime="2026-11-24T12:00:00Z" timeShiftBufferDepth="PT6S">
		<Period start="PT0S"><AdaptationSet contentType="video">
			<SegmentTemplate timescale="48000" duration="96000" startNumber="1" media="$RepresentationID$/$Number%05d$.m4s"/>
			<Representation id="720p" bandwidth="2500000"/>
		</AdaptationSet></Period></MPD>`)
	p, err := manifest.Parse("https://edge.example/live/index.mpd", "application/dash+xml", body)
	if err != nil {
		fmt.Println(err)
		return
	}
	segments := p.Periods[0].Sets[0].Renditions[0].Segments
	now := time.Date(2026, 11, 24, 12, 0, 31, 0, time.UTC)
	first, end := segments.Window(now)
	fmt.Printf("fetchable: %d to %d\n", first, end-1)
	next, _ := segments.Number(end)
	fmt.Printf("next: %s in %v\n", p.Resolve(next.Ref), next.Available.Sub(now))
	// Output:
	// fetchable: 13 to 15
	// next: https://edge.example/live/720p/00016.m4s in 1s
}

// A refusal dressed as a page is not an empty manifest.
func ExampleParse_refused() {
	_, err := manifest.Parse("https://edge.example/live/index.mpd", "text/html", []byte("<html><body>403 Forbidden</body></html>"))
	fmt.Println(err)
	fmt.Println(errors.Is(err, manifest.ErrNotManifest))
	// Output:
	// edge.example/…/index.mpd: got an HTML page, not a manifest; is the URL right, signed and not expired?
	// true
}
