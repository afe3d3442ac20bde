package manifest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// TestHostile: what bad or bored servers send. Nothing is read half.
func TestHostile(t *testing.T) {
	segment := func(extinf string) string { return mediaWith("", "#EXTINF:"+extinf+",", "a.ts") }
	wide := func(body string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(body)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	for _, row := range []struct {
		name, body string
		want       error
		line       int
		says       string
	}{
		{"UTF-16 with its mark", wide(segment("4")), ErrUnsupported, 0, "UTF-16"},
		{"UTF-16 without", wide(segment("4"))[2:], ErrUnsupported, 0, "UTF-16"},
		{"UTF-16, big end first", "\xfe\xff\x00#\x00E", ErrUnsupported, 0, "UTF-16"},
		{"UTF-32", "\xff\xfe\x00\x00#\x00\x00\x00", ErrUnsupported, 0, "UTF-32"},
		{"NaN", segment("NaN"), ErrUnsupported, 4, "not a length of time"},
		{"Inf", segment("+Inf"), ErrUnsupported, 4, "not a length of time"},
		{"negative", segment("-1"), ErrUnsupported, 4, "not a length of time"},
		{"more than a float64", segment("1e999"), ErrUnsupported, 4, "not a length of time"},
		{"more than 100 years", segment("9e18"), ErrUnsupported, 5, "100 years"},
		{"100 years in parts", lowLatency("PART-HOLD-BACK=3", strings.Repeat("#EXT-X-PART:DURATION=3000000000,URI=\"p\"\n", 3)), ErrUnsupported, 0, "100 years"},
		{"a part of NaN", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PART:DURATION=NaN,URI=\"p\""), ErrUnsupported, 12, "DURATION"},
		{"a part of -1 s", lowLatency("PART-HOLD-BACK=3", "#EXT-X-PART:DURATION=-1,URI=\"p\""), ErrUnsupported, 12, "DURATION"},
		{"a negative hold back", mediaWith("#EXT-X-SERVER-CONTROL:HOLD-BACK=-3\n", three), ErrUnsupported, 4, "HOLD-BACK"},
		{"a sequence number beyond counting", mediaWith("#EXT-X-MEDIA-SEQUENCE:9223372036854775807\n", three), ErrUnsupported, 4, "out of range"},
		{"a skip beyond counting", mediaWith("#EXT-X-SKIP:SKIPPED-SEGMENTS=9223372036854775807\n", three), ErrUnsupported, 4, "out of range"},
		{"a skip of nothing", mediaWith("#EXT-X-SKIP:A=1\n", three), ErrUnsupported, 4, "SKIPPED-SEGMENTS"},
		{"a map without URI", mediaWith("#EXT-X-MAP:BYTERANGE=\"10@0\"\n", three), ErrUnsupported, 4, "EXT-X-MAP"},
		{"a key without URI", mediaWith("#EXT-X-KEY:METHOD=AES-128\n", three), ErrUnsupported, 4, "without URI"},
		{"a byte range beyond counting", mediaWith("", "#EXTINF:4,", "#EXT-X-BYTERANGE:9223372036854775807@9223372036854775807", "a.ts"), ErrUnsupported, 5, "byte range"},
		{"byte ranges that add up beyond counting", mediaWith("", strings.Repeat("#EXTINF:4,\n#EXT-X-BYTERANGE:2305843009213693950\na.ts\n", 6)), ErrUnsupported, 12, "add up"},
		{"sequence numbers after segments", mediaWith("", three, "#EXT-X-MEDIA-SEQUENCE:7"), ErrUnsupported, 10, "after the first segment"},
		{"cut after EXTINF", strings.TrimSuffix(segment("4"), "a.ts\n"), ErrTruncated, 4, "before the URI"},
	} {
		p, err := Parse(base, "", []byte(row.body))
		var e *Error
		if p != nil || !errors.Is(err, row.want) || !errors.As(err, &e) || e.Line != row.line || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: Parse = %v, %v; want %v on line %d: …%s…", row.name, p, err, row.want, row.line, row.says)
			continue
		}
		if text := err.Error(); !strings.Contains(text, "edge.example") || strings.Contains(text, "TOKEN") {
			t.Errorf("%s: error = %q; want to know the host, and no token", row.name, text)
		}
	}
}

// TestHuge: lists as long as they get are read in well under a second; the test
// allows for a busy machine.
func TestHuge(t *testing.T) {
	var b strings.Builder
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n")
	const n = 100_000
	for i := range n {
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:%s\n#EXTINF:2.002,\nseg_%06d.m4s\n", epoch.Add(time.Duration(i)*2002*time.Millisecond).Format("2006-01-02T15:04:05.000Z"), i)
	}
	start := time.Now()
	p := mustParse(t, b.String())
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("100,000 segments took %v", took)
	} else {
		t.Logf("100,000 segments with dates (%d KB) in %v", b.Len()>>10, took)
	}
	if list := p.track0().Listed(); len(list) != n || list[n-1].Ref.URI != "seg_099999.m4s" || list[n-1].End() != n*2002*time.Millisecond {
		t.Errorf("%d segments, the last %+v", len(list), list[len(list)-1])
	}
	if len(p.Findings) != 0 {
		t.Errorf("findings = %v; want none", p.Findings)
	}
}

// TestMasterAttributes: what the decoder drops.
func TestMasterAttributes(t *testing.T) {
	p := mustParse(t, masterWith(
		`#EXT-X-SESSION-KEY:METHOD=SAMPLE-AES,URI="skd://a",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1/2"`,
		`#EXT-X-SESSION-DATA:DATA-ID="com.example.title",VALUE="This is",LANGUAGE="en"`, `#EXT-X-SESSION-DATA:DATA-ID="com.example.lyrics",URI="l.json"`,
		`#EXT-X-CONTENT-STEERING:SERVER-URI="/steering?v=7",PATHWAY-ID="east"`,
		`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",ASSOC-LANGUAGE="gsw",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="16/JOC",CHARACTERISTICS="public.accessibility.describes-video,x.y",STABLE-RENDITION-ID="r1",URI="de.m3u8"`,
		`#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="n",FORCED=YES,URI="s.m3u8"`,
		`#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="n",INSTREAM-ID="SERVICE3"`,
		`#EXT-X-STREAM-INF:BANDWIDTH=5000000000,AVERAGE-BANDWIDTH=4500000000,SCORE=2.5,CODECS="hvc1.2.4.L153.B0,ec-3",SUPPLEMENTAL-CODECS="dvh1.08.07/db4h",RESOLUTION=7680x4320,FRAME-RATE=59.94,HDCP-LEVEL=TYPE-1,VIDEO-RANGE=PQ,STABLE-VARIANT-ID="v1",PATHWAY-ID="east",AUDIO="a",SUBTITLES="s",CLOSED-CAPTIONS="c"`,
		"east.m3u8",
		`#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,CODECS="hvc1",RESOLUTION=1280x720,URI="iframes.m3u8"`))
	sets := p.Periods[0].Sets
	v := sets[0].Renditions[0]
	if v.Bandwidth != 5_000_000_000 || v.AverageBandwidth != 4_500_000_000 || v.Score != 2.5 || v.Supplemental != "dvh1.08.07/db4h" || v.HDCP != "TYPE-1" ||
		v.VideoRange != "PQ" || v.StableID != "v1" || v.Pathway != "east" || v.Captions != "c" || v.Width != 7680 || v.FrameRate != 59.94 {
		t.Errorf("variant = %+v", v)
	}
	if a := sets[1].Renditions[0]; a.Lang != "de" || a.AssocLang != "gsw" || !a.Default || a.Channels != "16/JOC" || len(a.Characteristics) != 2 || a.StableID != "r1" {
		t.Errorf("audio = %+v", a)
	}
	if s, c := sets[2].Renditions[0], sets[3]; !s.Forced || !c.Captions || c.Renditions[0].InstreamID != "SERVICE3" {
		t.Errorf("subtitles = %+v, captions = %+v", s, c)
	}
	if i := sets[4]; !i.Trick || i.Renditions[0].Playlist.URI != "iframes.m3u8" || i.Renditions[0].Bandwidth != 86000 || i.Renditions[0].Height != 720 {
		t.Errorf("I-frames = %+v", i)
	}
	if k := p.Master.SessionKeys; len(k) != 1 || k[0].Ref.URI != "skd://a" || k[0].Versions != "1/2" {
		t.Errorf("session keys = %+v", k)
	}
	if d := p.Master.SessionData; len(d) != 2 || d[0].Value != "This is" || d[0].Lang != "en" || d[1].Ref.URI != "l.json" {
		t.Errorf("session data = %+v", d)
	}
	if s := p.Steering; s == nil || p.Resolve(s.Server) != "https://edge.example/steering?v=7" || s.Pathway != "east" {
		t.Errorf("steering = %+v", s)
	}
	if len(p.Findings) != 1 || p.Findings[0].Clause != clauseSteering {
		t.Errorf("findings = %v; want only that there is one pathway", p.Findings)
	}
}

// TestMediaTags: segment attributes that hold until changed, and date ranges of
// several tags.
func TestMediaTags(t *testing.T) {
	p := mustParse(t, mediaWith("#EXT-X-I-FRAMES-ONLY\n#EXT-X-START:TIME-OFFSET=-12.5,PRECISE=YES\n",
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-24T13:00:00.500+01:00",
		`#EXT-X-DATERANGE:ID="ad",CLASS="c",START-DATE="2026-11-24T12:00:00Z",PLANNED-DURATION=30,SCTE35-OUT=0xFC302F,X-COM-EXAMPLE="x"`,
		"#EXT-X-BITRATE:2500", "#EXTINF:4,", "a.ts", "#EXT-X-GAP", "#EXTINF:4,", "b.ts", "#EXT-X-BITRATE:100", "#EXTINF:4,", "#EXT-X-BYTERANGE:10@5", "c.ts", "#EXTINF:4,", "d.ts",
		`#EXT-X-DATERANGE:ID="ad",DURATION=29.5,SCTE35-IN=0xFC30,CUE="PRE"`))
	l := p.track0().Listed()
	if l[0].Bitrate != 2_500_000 || l[1].Bitrate != 2_500_000 || l[2].Bitrate != 0 || l[3].Bitrate != 100_000 {
		t.Errorf("bit rates = %d %d %d %d; want 2500k, the same, none for a byte range, 100k", l[0].Bitrate, l[1].Bitrate, l[2].Bitrate, l[3].Bitrate)
	}
	if !l[1].Gap || l[0].Gap || !p.HLS.IFramesOnly || *p.Start != (StartPoint{-12500 * time.Millisecond, true}) {
		t.Errorf("gap %v %v, I-frames %v, start %+v", l[0].Gap, l[1].Gap, p.HLS.IFramesOnly, p.Start)
	}
	if !l[0].ProgramDateTime.Equal(epoch.Add(500 * time.Millisecond)) {
		t.Errorf("date = %v; want 12:00:00.5 UTC", l[0].ProgramDateTime)
	}
	d := p.HLS.DateRanges
	if len(d) != 1 || d[0].Class != "c" || d[0].Planned != 30*time.Second || d[0].Duration != 29500*time.Millisecond || d[0].SCTE35Out != "0xFC302F" || d[0].SCTE35In != "0xFC30" ||
		d[0].Cue != "PRE" || d[0].Client["X-COM-EXAMPLE"] != "x" || !d[0].Start.Equal(epoch) {
		t.Errorf("date ranges = %+v; want one of both tags", d)
	}
}

// TestEveryCut: a playlist cut at any byte is refused, or what is read of it is
// true: segments and parts are the first ones of the whole. (Whether the very
// first URI of a list has lost a part of its query nobody can see.)
func TestEveryCut(t *testing.T) {
	for name, body := range map[string]string{
		"live":        string(livePlaylist(6)),
		"low latency": channel{window: 10, skip: 4}.at(20, false),
		"delta":       channel{window: 10, skip: 4, skipRanges: true}.at(20, true),
		"absolute":    strings.ReplaceAll(string(livePlaylist(6)), "seg_", "https://edge.example/v/seg_"),
		"with query":  strings.ReplaceAll(string(livePlaylist(6)), ".ts", ".ts?session=1"),
	} {
		whole := mustParse(t, body).media()
		refused := 0
		for cut := range body {
			p, err := Parse(base, "", []byte(body[:cut]))
			if err != nil {
				refused++
				continue
			}
			for i, s := range p.media().Listed() {
				if i == 0 && strings.Contains(body, "?") {
					continue
				}
				w := whole.Listed()[i]
				if s.Ref.URI != w.Ref.URI || s.Duration != w.Duration || s.Number != w.Number || s.Range != w.Range || len(s.Parts) != len(w.Parts) {
					t.Fatalf("%s cut at byte %d (…%q): segment %+v; want %+v", name, cut, body[max(0, cut-20):cut], s, w)
				}
			}
		}
		t.Logf("%s: %d of %d cuts refused", name, refused, len(body))
	}
	master := masterWith(`#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",CHANNELS="2",URI="a.m3u8"`, soundVariant, `#EXT-X-STREAM-INF:BANDWIDTH=2000,CODECS="c",AUDIO="a"`, "w.m3u8")
	for cut := range master {
		p, err := Parse(base, "", []byte(master[:cut]))
		if err != nil || p.Media { // as long as nothing tells what it is
			continue
		}
		for i, v := range p.Periods[0].Sets[0].Renditions {
			if want := []string{"v.m3u8", "w.m3u8"}[i]; v.Playlist.URI != want {
				t.Fatalf("cut at byte %d: variant %s; want %s", cut, v.Playlist.URI, want)
			}
		}
	}
}
