package abr

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"soak/manifest"
)

// The names under which a table's parts are asked for: mpd or master, and under
// r0, r1 … each rung's playlist and segments. The host does not exist (RFC 2606).
const (
	site         = "http://table.invalid/"
	mpdName      = "index.mpd"
	masterName   = "master.m3u8"
	playlistName = "index.m3u8"
	segmentForm  = "r%d/%d.m4s"  // rung and segment
	codecs       = "avc1.64001f" // of every rung: players choose among equals
)

// start is the URL to play in a format.
func start(f manifest.Format) string {
	if f == manifest.DASH {
		return site + mpdName
	}
	return site + masterName
}

// master is the multivariant playlist: the ladder's bit rates are BANDWIDTH and
// AVERAGE-BANDWIDTH alike.
func (t Table) master() string {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:4\n")
	for r, rate := range t.Bitrates {
		fmt.Fprintf(&b, "#EXT-X-STREAM-INF:BANDWIDTH=%d,AVERAGE-BANDWIDTH=%d,CODECS=%q\nr%d/%s\n", rate, rate, codecs, r, playlistName)
	}
	return b.String()
}

// playlist is a rung's media playlist; the rungs differ in nothing but where it is.
func (t Table) playlist() string {
	var b strings.Builder
	longest := slices.Max(t.Durations)
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:%d\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n", (longest+time.Second-1)/time.Second)
	for n, d := range t.Durations {
		fmt.Fprintf(&b, "#EXTINF:%s,\n%d.m4s\n", decimal(d), n)
	}
	b.WriteString("#EXT-X-ENDLIST\n")
	return b.String()
}

// mpd is the MPD: segments initialize themselves, and a timeline in nanoseconds
// tells their durations.
func (t Table) mpd() string {
	var b strings.Builder
	longest := slices.Max(t.Durations)
	fmt.Fprintf(&b, `<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT%sS" minBufferTime="PT%sS" maxSegmentDuration="PT%sS">
<Period id="0" start="PT0S">
<AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true">
<SegmentTemplate timescale="1000000000" startNumber="0" media="r$RepresentationID$/$Number$.m4s">
<SegmentTimeline>
`, decimal(t.Duration()), decimal(longest), decimal(longest))
	for n := 0; n < len(t.Durations); {
		same := n + 1
		for same < len(t.Durations) && t.Durations[same] == t.Durations[n] {
			same++
		}
		fmt.Fprintf(&b, "<S d=\"%d\" r=\"%d\"/>\n", int64(t.Durations[n]), same-n-1)
		n = same
	}
	b.WriteString("</SegmentTimeline>\n</SegmentTemplate>\n")
	for r, rate := range t.Bitrates {
		fmt.Fprintf(&b, "<Representation id=\"%d\" bandwidth=\"%d\" codecs=%q/>\n", r, rate, codecs)
	}
	b.WriteString("</AdaptationSet>\n</Period>\n</MPD>\n")
	return b.String()
}

// decimal is a duration in seconds, all nine decimals.
func decimal(d time.Duration) string {
	return fmt.Sprintf("%d.%09d", d/time.Second, d%time.Second)
}
