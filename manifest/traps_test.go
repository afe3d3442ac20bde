package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/qoe"
)

const base = "https://edge.example/videos/7/TOKEN/1999999999/index.mpd"

func mustParse(t *testing.T, body string) *Presentation {
	t.Helper()
	p, err := Parse(base, "", []byte(body))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return p
}

// track0 is the first rendition's segments.
func (p *Presentation) track0() *Segments { return p.Periods[0].Sets[0].Renditions[0].Segments }

// mpdOf wraps periods in a static MPD; attributes come later than type so that a
// row can say type="dynamic" as well.
func mpdOf(attr, inner string) string {
	if !strings.Contains(attr, "type=") {
		attr += ` type="static"`
	}
	return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink" ` + attr + `>` + inner + `</MPD>`
}

func hls(lines ...string) string {
	return "#EXTM3U\n" + strings.Join(lines, "\n") + "\n"
}

// TestTraps has a row for each known trap of the libraries below, by number of
// the list the project started from; without a file it has a synthetic body.
func TestTraps(t *testing.T) {
	for _, row := range []struct {
		name  string
		file  string
		body  string
		check func(*testing.T, *Presentation)
	}{
		{name: "1 blank line after KEY and MAP makes grafov panic", file: "hls/vjs-encrypted.m3u8", check: segmentCount(6)},
		{name: "1 the same with MAP", file: "hls/vjs-diff-init-key.m3u8", check: segmentCount(11)},
		{name: "1 a header with MAP and nothing else yet", file: "hls/adx-media_playlist_empty.m3u8", check: segmentCount(0)},
		{name: "2 grafov repeats renditions", file: "hls/eye-master-with-alternatives.m3u8", check: renditions("VIDEO:low=3 VIDEO:mid=3 VIDEO:hi=3")},
		{name: "2 I-frame variants swallow renditions", file: "hls/eye-master-groups-and-iframe.m3u8", check: renditions("AUDIO:a1=1 AUDIO:a2=1 I-FRAMES=1")},
		{name: "2 both", file: "hls/vjs-master-fmp4.m3u8", check: renditions("AUDIO:aud1=1 AUDIO:aud2=1 AUDIO:aud3=1 SUBTITLES:sub1=1 CLOSED-CAPTIONS:cc1=1 I-FRAMES=6")},
		{name: "3 grafov raises 6 to 7 for EXTINF 6.006", file: "hls/vjs-fmp4.m3u8", check: targetDuration(6 * time.Second)},
		{name: "3 and 4 to 5 for 4.00008", file: "hls/vjs-llhls.m3u8", check: targetDuration(4 * time.Second)},
		{name: "4 byte range without offset continues", file: "hls/eye-media-playlist-with-byterange.m3u8", check: func(t *testing.T, p *Presentation) {
			if got := p.track0().Listed()[2].Range; got != (Range{834433, 69864}) {
				t.Errorf("third range = %v; want 69864@834433", got)
			}
		}},
		{name: "4 but not in another resource", body: hls("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "#EXT-X-BYTERANGE:10@5", "a.ts", "#EXTINF:4,", "#EXT-X-BYTERANGE:20", "b.ts"), check: func(t *testing.T, p *Presentation) {
			if got := p.track0().Listed()[1].Range; got != (Range{0, 20}) {
				t.Errorf("range in b.ts = %v; want 20@0", got)
			}
		}},
		{name: "5 delta update: numbers skip with EXT-X-SKIP", file: "hls/eye-media-playlist-with-skip.m3u8", check: numbered(267, "fileSequence267.mp4")},
		{name: "5 the same", file: "hls/adx-live_low_latency_media_can_skip_until_and_block_reload_next_skipped.m3u8", check: numbered(14, "fileSequence14.ts")},
		{name: "6 a live list of parts only", file: "hls/adx-live_low_latency_parts_only.m3u8", check: func(t *testing.T, p *Presentation) {
			segmentCount(0)(t, p)
			if !p.Media || !p.Live || len(p.Findings) == 0 {
				t.Errorf("Media %v, Live %v, Findings %v; want a live media playlist that notes its parts", p.Media, p.Live, p.Findings)
			}
		}},
		{name: "7 map changes, and the key for the map is not the segments'", body: hls("#EXT-X-TARGETDURATION:4",
			`#EXT-X-KEY:METHOD=AES-128,URI="k0"`, `#EXT-X-MAP:URI="i0"`, `#EXT-X-KEY:METHOD=AES-128,URI="k1"`, "#EXTINF:4,", "0", "#EXTINF:4,", "1", `#EXT-X-MAP:URI="i1",BYTERANGE="10@20"`, "#EXTINF:4,", "2"),
			check: func(t *testing.T, p *Presentation) {
				l := p.track0().Listed()
				if l[0].Init.Keys[0].Ref.URI != "k0" || l[0].Keys[0].Ref.URI != "k1" {
					t.Errorf("keys of map and segment = %v, %v; want k0, k1", l[0].Init.Keys, l[0].Keys)
				}
				if l[0].Init != l[1].Init || l[2].Init.Ref.URI != "i1" || l[2].Init.Range != (Range{20, 10}) {
					t.Errorf("maps = %v, %v, %v; want i0, the same, i1 with 10@20", l[0].Init, l[1].Init, l[2].Init)
				}
			}},
		{name: "8 clear lead-in, then two keys at once, then clear", body: hls("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0",
			`#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://a",KEYFORMAT="com.apple.streamingkeydelivery"`, `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:b",KEYFORMAT="urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed",IV=0x01`,
			"#EXTINF:4,", "1", `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://c",KEYFORMAT="com.apple.streamingkeydelivery"`, "#EXTINF:4,", "2", "#EXT-X-KEY:METHOD=NONE", "#EXTINF:4,", "3"),
			check: func(t *testing.T, p *Presentation) {
				l := p.track0().Listed()
				if len(l[0].Keys) != 0 || len(l[1].Keys) != 2 || len(l[2].Keys) != 2 || len(l[3].Keys) != 0 {
					t.Fatalf("keys = %d %d %d %d; want 0 2 2 0", len(l[0].Keys), len(l[1].Keys), len(l[2].Keys), len(l[3].Keys))
				}
				if l[1].Keys[0].Ref.URI != "skd://a" || l[2].Keys[1].Ref.URI != "skd://c" || l[1].Keys[1].IV != "0x01" {
					t.Errorf("keys = %v then %v; want the same KEYFORMAT replaced only from segment 2 on", l[1].Keys, l[2].Keys)
				}
			}},
		{name: "9 zero EXTINF is legal", file: "hls/vjs-zeroDuration.m3u8", check: segmentCount(1)},
		{name: "10 white space around URIs", file: "hls/vjs-whiteSpace.m3u8", check: numbered(0, "http://example.com/00001.ts")},
		{name: "10 two MEDIA-SEQUENCE: the last counts", file: "hls/vjs-twoMediaSequences.m3u8", check: numbered(11, "/test/ts-files/tvy7/8a5e2822668b5370f4eb1438b2564fb7ab12ffe1-hi720.ts")},
		{name: "11 variables are substituted", file: "hls/eye-media-playlist-with-defines.m3u8", check: numbered(0, "Value1.ts")},
		{name: "12 gaps", file: "hls/eye-media-playlist-with-gap.m3u8", check: func(t *testing.T, p *Presentation) {
			if n := countGaps(p.track0().Listed()); n != 2 {
				t.Errorf("%d gaps; want 2", n)
			}
		}},
		{name: "12 interstitials and steering are read past", file: "hls/adx-multivariant_with_content_steering.m3u8", check: renditions("")},
		{name: "13 AdaptationSet BaseURL", body: mpdOf(`mediaPresentationDuration="PT4S"`, `<BaseURL>a/</BaseURL><Period><BaseURL>b/</BaseURL><AdaptationSet mimeType="video/mp4"><BaseURL> c/
			</BaseURL><SegmentTemplate duration="2" media="$Number$.m4s"/><Representation id="v" bandwidth="1"><BaseURL>d/</BaseURL></Representation></AdaptationSet></Period>`),
			check: segmentURL(1, "https://edge.example/videos/7/TOKEN/1999999999/a/b/c/d/1.m4s")},
		{name: "14 every template attribute is inherited by itself", body: mpdOf(`mediaPresentationDuration="PT4S"`, `<Period><SegmentTemplate timescale="10" startNumber="7" initialization="$RepresentationID$/i"/><AdaptationSet mimeType="video/mp4">
			<SegmentTemplate duration="20"/><Representation id="v" bandwidth="1"><SegmentTemplate media="$RepresentationID$/$Bandwidth$/$Number$"/></Representation></AdaptationSet></Period>`),
			check: func(t *testing.T, p *Presentation) {
				segmentURL(8, "https://edge.example/videos/7/TOKEN/1999999999/v/1/8")(t, p)
				if s, _ := p.track0().Number(8); s.Start != 2*time.Second || s.Init.Ref.URI != "v/i" {
					t.Errorf("segment 8 = %+v; want Start 2s and init v/i", s)
				}
			}},
		{name: "15 endNumber, and a missing space between attributes", file: "dash/ls2-testpic_2s__Manifest_endNumber.mpd", check: window(1, 5)},
		{name: "16 ATO INF", file: "dash/eye-livesim__ato-inf.mpd", check: func(t *testing.T, p *Presentation) {
			now := time.Unix(1700000000, 0)
			first, end := p.track0().Window(now)
			s, _ := p.track0().Number(end - 1)
			if end-first < 100 || s.End() > 1700000000*time.Second || !s.Available.IsZero() {
				t.Errorf("window = [%d, %d), last ends %v, available %v; want it to end at the live edge, available already", first, end, s.End(), s.Available)
			}
		}},
		{name: "16 ATO on BaseURL and template add up", body: mpdOf(`type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z"`, `<BaseURL availabilityTimeOffset="1.5">x/</BaseURL><Period start="PT0S"><AdaptationSet mimeType="video/mp4">
			<SegmentTemplate duration="4" media="$Number$" availabilityTimeOffset="2"/><Representation id="v" bandwidth="1"/></AdaptationSet></Period>`),
			check: func(t *testing.T, p *Presentation) {
				s, _ := p.track0().Number(1)
				if want := time.Date(2026, 1, 1, 0, 0, 0, 5e8, time.UTC); !s.Available.Equal(want) {
					t.Errorf("segment 1 available %v; want %v", s.Available, want)
				}
			}},
		{name: "17 an empty timeline", file: "dash/adx-dash__empty-segment-timeline__sample.mpd", check: segmentCount(0)},
		{name: "17 a gap at the start", file: "dash/djs-video_gap_at_start_timeline.mpd", check: segmentCount(14)},
		{name: "17 times of 2^46", file: "dash/ls2-patch__multiperiod_1.mpd", check: func(t *testing.T, p *Presentation) {
			s := p.track0().Listed()[0]
			if s.Ref.URI != "A48/82256630208512.m4s" || s.Start.Round(time.Microsecond) != 1713679796*time.Second+10667*time.Microsecond {
				t.Errorf("first = %s at %v", s.Ref.URI, s.Start)
			}
		}},
		{name: "17 widths", body: mpdOf(`mediaPresentationDuration="PT2S"`, `<Period><AdaptationSet mimeType="video/mp4"><SegmentTemplate duration="2" media="$$x/$Number%06d$/$Bandwidth%04d$-$Time%03d$"/><Representation id="v" bandwidth="12"/></AdaptationSet></Period>`),
			check: segmentURL(1, "https://edge.example/videos/7/TOKEN/1999999999/$x/000001/0012-000")},
		{name: "18 a Period without start", file: "dash/vjs-multiperiod-segment-list.mpd", check: func(t *testing.T, p *Presentation) {
			if p.Periods[1].Start != 6*time.Second {
				t.Errorf("second period starts %v; want 6s", p.Periods[1].Start)
			}
		}},
		{name: "18 SegmentList init on Period", body: mpdOf(`mediaPresentationDuration="PT4S"`, `<Period><SegmentList duration="2"><Initialization sourceURL="i.mp4"/></SegmentList><AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="1"><SegmentList><SegmentURL media="a" mediaRange="0-9"/><SegmentURL media="b"/></SegmentList></Representation></AdaptationSet></Period>`),
			check: func(t *testing.T, p *Presentation) {
				l := p.track0().Listed()
				if p.track0().Init().Ref.URI != "i.mp4" || l[0].Range != (Range{0, 10}) || l[1].Start != 2*time.Second || l[1].Number != 2 {
					t.Errorf("init %v, segments %+v", p.track0().Init(), l)
				}
			}},
		{name: "19 P0Y0M0D durations", file: "dash/vjs-webmsegments.mpd", check: window(0, 4)},
		{name: "20 Locations: several, relative, in order", body: mpdOf(`type="dynamic" availabilityStartTime="2026-01-01T00:00:00Z"`, `<Location> ../b/index.mpd </Location><Location>https://c.example/m.mpd</Location><Period start="PT0S"><AdaptationSet mimeType="video/mp4">
			<SegmentTemplate duration="4" media="$Number$"/><Representation id="v" bandwidth="1"/></AdaptationSet></Period>`),
			check: func(t *testing.T, p *Presentation) {
				if l := p.DASH.Locations; len(l) != 2 || p.Resolve(l[0]) != "https://edge.example/videos/7/TOKEN/b/index.mpd" || p.Resolve(l[1]) != "https://c.example/m.mpd" {
					t.Errorf("Locations = %v", l)
				}
			}},
		{name: "20 several Locations", file: "dash/vjs-locations.mpd", check: func(t *testing.T, p *Presentation) {
			if len(p.DASH.Locations) < 2 {
				t.Errorf("%d Locations; want several", len(p.DASH.Locations))
			}
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			body := row.body
			if row.file != "" {
				body = string(corpusFile(t, row.file))
			}
			row.check(t, mustParse(t, body))
		})
	}
}

// doubling defines n variables, each twice the one before.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString(`#EXT-X-DEFINE:NAME="v0",VALUE="0123456789"`)
	for i := range n {
		fmt.Fprintf(&b, "\n#EXT-X-DEFINE:NAME=\"v%d\",VALUE=\"{$v%d}{$v%d}\"", i+1, i, i)
	}
	return b.String()
}

func segmentCount(want int) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		if got := len(p.track0().Listed()); got != want {
			t.Errorf("%d segments; want %d", got, want)
		}
	}
}

func renditions(want string) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		var got []string
		for _, s := range p.Periods[0].Sets[1:] {
			got = append(got, s.ID+"="+string(rune('0'+len(s.Renditions))))
		}
		if !sameMembers(strings.Join(got, ","), strings.ReplaceAll(want, " ", ",")) {
			t.Errorf("groups = %v; want %s", got, want)
		}
	}
}

func targetDuration(want time.Duration) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		if p.HLS.TargetDuration != want {
			t.Errorf("target duration = %v; want %v", p.HLS.TargetDuration, want)
		}
	}
}

func numbered(n int64, uri string) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		if s := p.track0().Listed()[0]; s.Number != n || s.Ref.URI != uri || p.HLS.MediaSequence != n {
			t.Errorf("first = %d %s (MediaSequence %d); want %d %s", s.Number, s.Ref.URI, p.HLS.MediaSequence, n, uri)
		}
	}
}

func segmentURL(n int64, want string) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		s, ok := p.track0().Number(n)
		if got := p.Resolve(s.Ref); !ok || got != want {
			t.Errorf("segment %d = %s, %v; want %s", n, got, ok, want)
		}
	}
}

func window(first, end int64) func(*testing.T, *Presentation) {
	return func(t *testing.T, p *Presentation) {
		if f, e := p.track0().Window(time.Time{}); f != first || e != end {
			t.Errorf("Window = [%d, %d); want [%d, %d)", f, e, first, end)
		}
	}
}

// TestRefusals has traps 9, 19, 21 and 22: what must be an error, and which.
func TestRefusals(t *testing.T) {
	const secret = "s3cr3tTOKEN"
	video := func(inner string) string {
		return mpdOf(`mediaPresentationDuration="PT4S"`, `<Period><AdaptationSet mimeType="video/mp4">`+inner+`</AdaptationSet></Period>`)
	}
	for _, row := range []struct {
		name, body string
		want       error
		says       string
	}{
		{"an HTML page", "<!DOCTYPE html>\n<html><head><title>403</title></head><body>" + secret + "</body></html>", ErrNotManifest, "an HTML page"},
		{"HTML that is not XML", "<!doctype html><meta charset=utf-8><title>" + secret, ErrNotManifest, "an HTML page"},
		{"a bare html element", "<html><head><title>403 Forbidden</title></head>", ErrNotManifest, "an HTML page"},
		{"S3's error", `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Resource>/` + secret + `</Resource></Error>`, ErrNotManifest, "an XML error (AccessDenied)"},
		{"other XML", "<smil/>", ErrNotManifest, `root element "smil"`},
		{"JSON", `{"error":"expired","token":"` + secret + `"}`, ErrNotManifest, "JSON"},
		{"nothing", "", ErrNotManifest, "an empty body"},
		{"blanks", " \n\n", ErrNotManifest, "an empty body"},
		{"binary", "\x00\x00\x00\x18ftypmp42", ErrNotManifest, "binary"},
		{"text", "403 Forbidden", ErrNotManifest, "text"},
		{"a playlist without its header", "#EXTINF:4,\n0.ts\n", ErrNotManifest, "#EXTM3U"},

		{"cut in a URI", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg1.ts\n#EXTINF:4,\nse", ErrTruncated, "in the middle of a URI"},
		{"cut in a URI's extension", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg1.m4s\n#EXTINF:4,\nseg2.m", ErrTruncated, "in the middle of a URI"},
		{"cut in a URI's query", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts?t=" + secret + "\n#EXTINF:4,\n2.ts?t=s3c", ErrTruncated, "in the middle of a URI"},
		{"cut in the only URI", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvid", ErrTruncated, "in the middle of a URI"},
		{"cut after EXTINF", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0.ts", "#EXTINF:4,"), ErrTruncated, "line 5"},
		{"cut in a tag", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-ENDL", ErrTruncated, "inside a tag"},
		{"cut in attributes", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-KEY:METHOD=AES-128,URI=\"k?" + secret, ErrTruncated, "attributes"},
		{"cut after a segment's tag", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-DISCONTINUITY", ErrTruncated, "before the segment"},
		{"cut in the header", "#EXTM3U\n#EXT-X-TARGETDURATION:4", ErrTruncated, "header"},
		{"header only", "#EXTM3U\n", ErrTruncated, "after #EXTM3U"},
		{"MPD cut in an element", video("<Repr")[:200], ErrTruncated, "ends inside"},
		{"MPD cut in its first tag", `<?xml version="1.0"?><MPD xml`, ErrTruncated, "first element"},
		{"MPD cut between elements", strings.TrimSuffix(video(""), "</MPD>"), ErrTruncated, "ends inside an element"},

		{"NaN target duration", hls("#EXT-X-TARGETDURATION:NaN", "#EXTINF:4,", "0.ts"), ErrUnsupported, "line 2"},
		{"negative target duration", hls("#EXT-X-TARGETDURATION:-10", "#EXTINF:4,", "0.ts"), ErrUnsupported, "line 2"},
		{"negative EXTINF", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:-1,live", "0.ts"), ErrUnsupported, "line 3"},
		{"infinite EXTINF", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:Inf,", "0.ts"), ErrUnsupported, "line 3"},
		{"an EXTINF beyond float64", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:1e400,", "0.ts"), ErrUnsupported, "line 3"},
		{"centuries", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:99999999999999,", "0.ts"), ErrUnsupported, "100 years"},
		{"a key without method", hls("#EXT-X-TARGETDURATION:4", `#EXT-X-KEY:URI="`+secret+`"`, "#EXTINF:4,", "0.ts"), ErrUnsupported, "METHOD"},
		{"a sequence number too late", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "0.ts", "#EXT-X-MEDIA-SEQUENCE:4"), ErrUnsupported, "line 5"},
		{"a variable from the query", hls("#EXT-X-TARGETDURATION:4", `#EXT-X-DEFINE:QUERYPARAM="t"`, "#EXTINF:4,", "{$t}.ts"), ErrUnsupported, "query parameter"},
		{"variables that double", hls(doubling(40), "#EXTINF:4,", "0.ts"), ErrUnsupported, "grow"},
		{"a variable defined twice", hls("#EXT-X-TARGETDURATION:4", `#EXT-X-DEFINE:NAME="a",VALUE="b"`, `#EXT-X-DEFINE:NAME="a",VALUE="b"`, "#EXTINF:4,", "0.ts"), ErrUnsupported, "twice"},
		{"an undefined variable", hls("#EXT-X-TARGETDURATION:4", "#EXTINF:4,", "{$t}.ts"), ErrUnsupported, "not defined"},
		{"renditions without a variant", hls(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="` + secret + `"`), ErrUnsupported, "without a variant"},

		{"MPD without Period", mpdOf("", ""), ErrUnsupported, "without a Period"},
		{"MPD without Representation", video(""), ErrUnsupported, "without a Representation"},
		{"text after MPD", video(`<Representation id="v"/>`) + "<!-- fine -->garbage", ErrUnsupported, "after </MPD>"},
		{"a query unescaped in XML", video(`<Representation id="v"><BaseURL>x?a=1&` + secret + `=2</BaseURL></Representation>`), ErrUnsupported, "invalid character entity"},
		{"timescale 0", video(`<SegmentTemplate timescale="0" duration="1" media="$Number$"/><Representation id="v"/>`), ErrUnsupported, "Period 1, AdaptationSet 1, Representation 1"},
		{"a template without media", video(`<SegmentTemplate duration="1"/><Representation id="v"/>`), ErrUnsupported, "@media"},
		{"a template identifier nobody knows", video(`<SegmentTemplate duration="1" media="$SubNumber$"/><Representation id="v"/>`), ErrUnsupported, "SubNumber"},
		{"a width nobody needs", video(`<SegmentTemplate duration="1" media="$Number%0999999999d$"/><Representation id="v"/>`), ErrUnsupported, "%05d"},
		{"an absurd @r", video(`<SegmentTemplate media="$Number$"><SegmentTimeline><S d="1" r="1000000000000"/></SegmentTimeline></SegmentTemplate><Representation id="v"/>`), ErrUnsupported, "segments"},
		{"the largest @r", video(`<SegmentTemplate media="$Number$"><SegmentTimeline><S d="1" r="9223372036854775807"/></SegmentTimeline></SegmentTemplate><Representation id="v"/>`), ErrUnsupported, "segments"},
		{"a timeline that runs back", video(`<SegmentTemplate media="$Number$"><SegmentTimeline><S t="10" d="1"/><S t="5" d="1"/></SegmentTimeline></SegmentTemplate><Representation id="v"/>`), ErrUnsupported, "before the one before"},
		{"@d of 0", video(`<SegmentTemplate media="$Number$"><SegmentTimeline><S t="10" d="0"/></SegmentTimeline></SegmentTemplate><Representation id="v"/>`), ErrUnsupported, "out of range"},
		{"segment sequences", video(`<SegmentTemplate media="$Number$"><SegmentTimeline><S t="10" d="2" k="4"/></SegmentTimeline></SegmentTemplate><Representation id="v"/>`), ErrUnsupported, "S@k"},
		{"a static template without end", mpdOf("", `<Period><AdaptationSet><SegmentTemplate duration="1" media="$Number$"/><Representation id="v"/></AdaptationSet></Period>`), ErrUnsupported, "without an end"},
		{"content elsewhere", mpdOf("", `<Period xlink:href="https://a.example/`+secret+`"/>`), ErrUnsupported, "xlink"},
		{"a negative offset with $Time$", video(`<SegmentTemplate presentationTimeOffset="-30000" duration="1" media="$Time$"/><Representation id="v"/>`), ErrUnsupported, "-30000"},
		{"periods of a century each", mpdOf("", strings.Repeat(`<Period duration="P30000D"><AdaptationSet><Representation id="v"/></AdaptationSet></Period>`, 4)), ErrUnsupported, "Period 2 ends"},
		{"a negative duration", mpdOf(`mediaPresentationDuration="-PT4S"`, `<Period><AdaptationSet><Representation id="v"/></AdaptationSet></Period>`), ErrUnsupported, "mediaPresentationDuration"},
		{"a duration that overflows", mpdOf(`mediaPresentationDuration="P99999999999999D"`, `<Period><AdaptationSet><Representation id="v"/></AdaptationSet></Period>`), ErrUnsupported, "out of range"},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := Parse("https://edge.example/"+secret+"/m", "", []byte(row.body))
			if !errors.Is(err, row.want) || p != nil {
				t.Fatalf("Parse = %v, %v; want %v", p, err, row.want)
			}
			if text := err.Error(); !strings.Contains(text, row.says) || strings.Contains(text, secret) || strings.Contains(text, "\n") {
				t.Errorf("error = %q; want %q in it, one line, and no token", text, row.says)
			}
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.URL, secret) {
				t.Errorf("error %T does not know its URL", err)
			}
		})
	}
}

// TestTolerated has habits of real packagers, most of them a missing last line end,
// which must not be taken for a cut.
func TestTolerated(t *testing.T) {
	for _, row := range []struct{ name, body string }{
		{"a VOD that ends in ENDLIST", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-ENDLIST"},
		{"a live list of like URIs", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg9.ts\n#EXTINF:4,\nseg10.ts"},
		{"a list of one complete URI", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg9.ts"},
		{"another extension", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u\n#EXT-X-STREAM-INF:BANDWIDTH=2\nb.m3u8"},
		{"carriage returns and a byte order mark", "\xef\xbb\xbf#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXTINF:4,\r\n0.ts\r\n"},
		{"a preload hint", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n0.ts\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p\""},
	} {
		if _, err := Parse(base, "", []byte(row.body)); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestMediaType has the ways an AdaptationSet says what it carries.
func TestMediaType(t *testing.T) {
	for _, row := range []struct {
		set, rep string
		want     qoe.Media
	}{
		{`contentType="audio"`, ``, qoe.Audio},
		{`mimeType="video/mp4"`, ``, qoe.Video},
		{``, `mimeType="audio/webm"`, qoe.Audio},
		{`mimeType="application/mp4"`, `codecs="stpp.ttml.im1t"`, qoe.Text},
		{`mimeType="application/ttml+xml"`, ``, qoe.Text},
		{``, `codecs="hvc1.2.4.L123.B0"`, qoe.Video},
		{``, `codecs="ec-3"`, qoe.Audio},
		{`contentType="image"`, `mimeType="image/jpeg"`, qoe.NoMedia},
		{``, ``, qoe.NoMedia},
	} {
		p := mustParse(t, mpdOf(`mediaPresentationDuration="PT4S"`, `<Period><AdaptationSet `+row.set+`><Representation id="v" `+row.rep+`/></AdaptationSet></Period>`))
		if got := p.Periods[0].Sets[0].Media; got != row.want {
			t.Errorf("set %s, representation %s: %v; want %v", row.set, row.rep, got, row.want)
		}
	}
}
