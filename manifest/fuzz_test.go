package manifest

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// seed adds a sample of real manifests, where the corpus is at hand, and some
// synthetic ones.
func seed(f *testing.F, pattern string, bodies ...string) {
	for _, b := range bodies {
		f.Add([]byte(b))
	}
	files, err := filepath.Glob(filepath.Join(corpus, pattern))
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range files {
		if i%3 != 0 {
			continue
		}
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(body) < 8<<10 {
			f.Add(body)
		}
	}
}

func FuzzHLS(f *testing.F) {
	seed(f, "hls/*.m3u8", string(livePlaylist(3)), string(vodPlaylist(2)),
		hls(`#EXT-X-DEFINE:NAME="a",VALUE="{$a}"`, "#EXTINF:4,", "{$a}.ts"),
		hls(`#EXT-X-DEFINE:QUERYPARAM="a"`, `#EXT-X-DEFINE:IMPORT="b"`, "#EXTINF:4,", "{$b}.ts"),
		hls("#EXTINF:4,", "#EXT-X-BYTERANGE:10", "a", "#EXT-X-BYTERANGE:1@2", "a", "#EXTINF:1,", "a"),
		hls(`#EXT-X-STREAM-INF:BANDWIDTH=1`, `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"`, `#EXT-X-I-FRAME-STREAM-INF:URI="i"`, "a"),
		"#EXTM3U\r00", string(protected("tokenA", 1795521600)), channel{window: 6, skip: 3}.at(9, false), channel{window: 9, skip: 3, skipRanges: true}.at(12, true))
	f.Fuzz(fuzzHLS)
}

func FuzzMPD(f *testing.F) {
	seed(f, "dash/*.mpd", string(timelineMPD(2)),
		live(`timeShiftBufferDepth="PT10S"`, `start="PT0S"`, `<SegmentTemplate timescale="10" media="$Time%05d$"><SegmentTimeline><S t="0" d="20" r="-1"/><S t="100" d="1" r="-1"/></SegmentTimeline></SegmentTemplate>`),
		live("", `start="PT3S" duration="PT9S"`, `<BaseURL availabilityTimeOffset="INF">x</BaseURL><SegmentTemplate duration="2" media="$Number$" endNumber="4"/>`))
	f.Add([]byte(cleanStatic))
	f.Add([]byte(cleanLive))
	f.Add([]byte(mpdOf("", indexedMPD)))
	f.Add([]byte(live("", `start="PT0S"`, `<BaseURL serviceLocation="a">x/</BaseURL><BaseURL serviceLocation="b">y/</BaseURL><EssentialProperty schemeIdUri="urn:mpeg:dash:urlparam:2014"><UrlQueryInfo queryTemplate="$query:a$" queryString="a=1"/></EssentialProperty><SegmentTemplate duration="2.0" presentationTimeOffset="-4" media="$Number$"/>`)))
	f.Fuzz(fuzz)
}

// fuzz holds any body to what players rely on.
func fuzz(t *testing.T, body []byte) {
	p, err := Parse(base, "", body)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || p != nil || !(errors.Is(err, ErrNotManifest) || errors.Is(err, ErrTruncated) || errors.Is(err, ErrUnsupported)) {
			t.Fatalf("Parse = %v, %#v; want nothing and an *Error of a known kind", p, err)
		}
		return
	}
	if len(p.Periods) == 0 {
		t.Fatal("no period")
	}
	for _, period := range p.Periods {
		if period.Duration < 0 || period.Start < 0 {
			t.Fatalf("period starts %v, lasts %v", period.Start, period.Duration)
		}
		for _, set := range period.Sets {
			for _, r := range set.Renditions {
				checkRendition(t, p, r)
			}
		}
	}
	if p.DASH != nil {
		for _, l := range p.DASH.Locations {
			checkRef(t, p, l)
		}
	}
}

func checkRendition(t *testing.T, p *Presentation, r Rendition) {
	checkRef(t, p, r.Playlist)
	if r.Bandwidth < 0 || r.AverageBandwidth < 0 || r.Width < 0 || r.Height < 0 || !(r.FrameRate >= 0) {
		t.Fatalf("rendition %+v", r)
	}
	s := r.Segments
	if s == nil {
		return
	}
	if s.Init() != nil {
		checkRef(t, p, s.Init().Ref)
	}
	first, end := s.track.bounds()
	for _, now := range []time.Time{{}, time.Unix(0, 0), epoch, epoch.AddDate(500, 0, 0)} {
		if a, b := s.Window(now); a < first || b > end || a > b {
			t.Fatalf("Window(%v) = [%d, %d) of [%d, %d)", now, a, b, first, end)
		}
	}
	var before *Segment
	for n := first; n < min(end, first+200); n++ {
		seg, ok := s.Number(n)
		if !ok || seg.Number != n {
			t.Fatalf("Number(%d) = %+v, %v", n, seg, ok)
		}
		checkSegment(t, p, s, seg)
		if before != nil && seg.Start < before.Start {
			t.Fatalf("segment %d starts %v, the one before %v", n, seg.Start, before.Start)
		}
		before = &seg
	}
	if end > first {
		seg, _ := s.Number(end - 1)
		checkSegment(t, p, s, seg)
	}
	if end-first > 1000 {
		return
	}
	if list := s.Listed(); list != nil && int64(len(list)) != end-first {
		t.Fatalf("%d listed of [%d, %d)", len(list), first, end)
	}
}

func checkSegment(t *testing.T, p *Presentation, s *Segments, seg Segment) {
	if seg.Duration < 0 || seg.End() < seg.Start || seg.Range.Offset < 0 || seg.Range.Length < 0 {
		t.Fatalf("segment %+v", seg)
	}
	checkRef(t, p, seg.Ref)
	if seg.Init != nil {
		checkRef(t, p, seg.Init.Ref)
	}
	for _, k := range seg.Keys {
		checkRef(t, p, k.Ref)
	}
	at, ok := s.At(seg.Start)
	if seg.Duration > 0 && (!ok || at.End() <= seg.Start) {
		t.Fatalf("At(%v) = %+v, %v; segment %+v is there", seg.Start, at, ok, seg)
	}
}

func checkRef(t *testing.T, p *Presentation, r Ref) {
	got := p.Resolve(r)
	u, err := url.Parse(got)
	if err != nil || !u.IsAbs() {
		t.Fatalf("Resolve(%+v) = %q: %v", r, got, err)
	}
}

// FuzzPatch holds any two bodies to what a player relies on: a new MPD that is
// well-formed XML, or an error of a known kind.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(patched), []byte(patchOf(`<add sel="/MPD/Period[@id='1']/AdaptationSet[@id='v']/SegmentTemplate/SegmentTimeline" pos="prepend"><S d="4"/></add>`)))
	f.Add([]byte(patched), []byte(patchOf(`<replace sel="/MPD/PatchLocation/text()">x</replace><add sel="/MPD/Period" type="@x">1</add><remove sel="/MPD/Period[1]/AdaptationSet[last()]/@id"/>`)))
	f.Add([]byte(cleanLive), []byte(`<Patch mpdId="live" originalPublishTime="2026-11-24T12:00:10Z" publishTime="2026-11-24T12:00:10Z"><remove sel="/MPD/*[2]"/></Patch>`))
	f.Fuzz(func(t *testing.T, previous, patch []byte) {
		next, err := Patch(previous, patch)
		if err != nil {
			var e *Error
			if next != nil || !errors.As(err, &e) {
				t.Fatalf("Patch = %q, %#v; want nothing and an *Error", next, err)
			}
			return
		}
		if _, bad := readTree(next); bad != nil {
			t.Fatalf("Patch makes broken XML: %v: %q", bad, next)
		}
	})
}

// FuzzIndex holds any body to what a player relies on of a segment index.
func FuzzIndex(f *testing.F) {
	f.Add(sidxBox(f, 4000, 3, false))
	f.Add(append(sidxBox(f, 0, 1, true), sidxBox(f, 0, 2, false)...))
	f.Add([]byte("\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00"))
	p, err := Parse(base, "", []byte(mpdOf("", indexedMPD)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := p.track0().Indexed(body)
		if err != nil {
			var e *Error
			if s != nil || !errors.As(err, &e) {
				t.Fatalf("Indexed = %+v, %#v; want nothing and an *Error", s, err)
			}
			return
		}
		checkRendition(t, p, Rendition{Segments: s})
		end := int64(0)
		for i, seg := range s.Listed() {
			if seg.Range.Length <= 0 || i > 0 && seg.Number != s.Listed()[i-1].Number+1 {
				t.Fatalf("segment %+v behind %d", seg, end)
			}
			end = seg.Range.Offset + seg.Range.Length
		}
	})
}
