package manifest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestLowLatency: what a low-latency player asks, from one real-looking load.
func TestLowLatency(t *testing.T) {
	p := mustParse(t, hls("#EXT-X-VERSION:10", "#EXT-X-TARGETDURATION:4",
		"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3.0,HOLD-BACK=12,CAN-SKIP-UNTIL=24,CAN-SKIP-DATERANGES=YES",
		"#EXT-X-PART-INF:PART-TARGET=1", "#EXT-X-MEDIA-SEQUENCE:10", `#EXT-X-MAP:URI="i.mp4"`,
		"#EXT-X-PROGRAM-DATE-TIME:2026-11-24T12:00:00Z", "#EXTINF:4,", "10.mp4",
		`#EXT-X-PART:DURATION=1,URI="11.mp4",BYTERANGE="100@0",INDEPENDENT=YES`, `#EXT-X-PART:DURATION=1,URI="11.mp4",BYTERANGE="50"`, `#EXT-X-PART:DURATION=1.5,URI="x.mp4",GAP=YES`,
		"#EXTINF:3.5,", "11.mp4", "#EXT-X-DISCONTINUITY", `#EXT-X-MAP:URI="j.mp4"`,
		`#EXT-X-PART:DURATION=1,URI="12.0.mp4"`, `#EXT-X-PART:DURATION=0.5,URI="12.1.mp4"`,
		`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="12.mp4",BYTERANGE-START=150`, `#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="k.mp4",BYTERANGE-START=1,BYTERANGE-LENGTH=2`,
		`#EXT-X-RENDITION-REPORT:URI="../b/m.m3u8",LAST-MSN=12,LAST-PART=1`, `#EXT-X-RENDITION-REPORT:URI="../c/m.m3u8",LAST-MSN=11`))
	if want := (Reload{Live: true, Changed: 4 * time.Second, Unchanged: 2 * time.Second, Blocking: true, SkipUntil: 24 * time.Second, SkipDateRanges: true}); p.Reload != want {
		t.Errorf("Reload = %+v; want %+v", p.Reload, want)
	}
	if want := (Latency{Target: 3 * time.Second, HoldBack: 12 * time.Second, PartHoldBack: 3 * time.Second, PartTarget: time.Second}); p.Latency != want {
		t.Errorf("Latency = %+v; want %+v", p.Latency, want)
	}
	s := p.track0()
	parts := s.Listed()[1].Parts
	if len(parts) != 3 || parts[1].Range != (Range{100, 50}) || parts[1].Start != 5*time.Second || !parts[0].Independent || !parts[2].Gap {
		t.Errorf("parts of 11 = %+v; want three from 4 s, the second 50@100", parts)
	}
	b := s.Building()
	if b == nil || b.Number != 12 || b.Start != 7500*time.Millisecond || b.Duration != 1500*time.Millisecond || len(b.Parts) != 2 || b.Init.Ref.URI != "j.mp4" ||
		b.Discontinuity != 1 || !b.ProgramDateTime.Equal(epoch.Add(7500*time.Millisecond)) || b.Parts[1].Start != 8500*time.Millisecond {
		t.Errorf("building = %+v; want 12 from 7.5 s with two parts after a discontinuity and j.mp4", b)
	}
	if want := []Hint{{Ref: Ref{URI: "12.mp4"}, Range: Range{Offset: 150}}, {Map: true, Ref: Ref{URI: "k.mp4"}, Range: Range{1, 2}}}; !reflect.DeepEqual(s.Hints(), want) {
		t.Errorf("hints = %+v; want %+v", s.Hints(), want)
	}
	if want := []Report{{Ref{URI: "../b/m.m3u8"}, 12, 1}, {Ref{URI: "../c/m.m3u8"}, 11, -1}}; !reflect.DeepEqual(p.HLS.Reports, want) {
		t.Errorf("reports = %+v; want %+v", p.HLS.Reports, want)
	}
}

// TestReload: the rule where there is no low latency.
func TestReload(t *testing.T) {
	for _, row := range []struct {
		name, body string
		reload     Reload
		latency    Latency
	}{
		{"live: every target duration, half of it when nothing came, three behind", mediaWith("", three), Reload{Live: true, Changed: 4 * time.Second, Unchanged: 2 * time.Second}, Latency{Target: 12 * time.Second}},
		{"HOLD-BACK is the server's word for it", mediaWith("#EXT-X-SERVER-CONTROL:HOLD-BACK=16\n", three), Reload{Live: true, Changed: 4 * time.Second, Unchanged: 2 * time.Second}, Latency{Target: 16 * time.Second, HoldBack: 16 * time.Second}},
		{"without a target duration as hls.js", "#EXTM3U\n" + three + "\n", Reload{Live: true, Changed: 10 * time.Second, Unchanged: 5 * time.Second}, Latency{}},
		{"complete: never", mediaWith("#EXT-X-PLAYLIST-TYPE:EVENT\n", three, "#EXT-X-ENDLIST"), Reload{}, Latency{}},
		{"a multivariant playlist: never", masterWith(soundVariant), Reload{}, Latency{}},
	} {
		if p := mustParse(t, row.body); p.Reload != row.reload || p.Latency != row.latency {
			t.Errorf("%s: %+v, %+v; want %+v, %+v", row.name, p.Reload, p.Latency, row.reload, row.latency)
		}
	}
}

// channel writes a live low-latency playlist of any moment, whole or as a delta
// update. Segment n lasts 2 s; every 7th begins a discontinuity, every 5th a key,
// every 6th a map; byte ranges run through files of 4 segments.
type channel struct {
	window, skip int
	skipRanges   bool // of date ranges, one begins with every 3rd segment
}

func (s channel) at(n int, delta bool) string {
	first := max(0, n-s.window)
	skipped := max(0, n-s.skip-first)
	if !delta {
		skipped = 0
	}
	var b strings.Builder
	fmt.Fprintf(&b, "#EXTM3U\n#EXT-X-VERSION:10\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,PART-HOLD-BACK=3\n#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-MEDIA-SEQUENCE:%d\n#EXT-X-DISCONTINUITY-SEQUENCE:%d\n", first, (first+6)/7)
	if skipped > 0 {
		fmt.Fprintf(&b, "#EXT-X-SKIP:SKIPPED-SEGMENTS=%d%s\n", skipped, s.removed(first))
	}
	for i := first + skipped; i < n; i++ {
		s.segment(&b, i, first, n)
	}
	fmt.Fprintf(&b, "#EXT-X-PART:DURATION=1,URI=\"%d.0.mp4\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"%d.1.mp4\"\n", n, n)
	for i := first / 3 * 3; i < n; i += 3 {
		if i < first || delta && s.skipRanges && i < n-4 {
			continue
		}
		fmt.Fprintf(&b, "#EXT-X-DATERANGE:ID=\"d%d\",START-DATE=\"%s\",DURATION=1,SCTE35-OUT=0xFC30\n", i, epoch.Add(time.Duration(2*i)*time.Second).Format(time.RFC3339))
	}
	return b.String()
}

func (s channel) removed(first int) string {
	if !s.skipRanges {
		return ""
	}
	var gone []string
	for i := 0; i < first; i += 3 {
		gone = append(gone, fmt.Sprintf("d%d", i))
	}
	return `,RECENTLY-REMOVED-DATERANGES="` + strings.Join(gone, "\t") + `"`
}

func (s channel) segment(b *strings.Builder, i, first, n int) {
	if i%7 == 0 {
		b.WriteString("#EXT-X-DISCONTINUITY\n")
	}
	key := func(n int) {
		fmt.Fprintf(b, "#EXT-X-KEY:METHOD=AES-128,URI=\"k%d\",IV=0x00000000000000000000000000000000\n", n)
	}
	switch {
	case i == first: // the map's key, the map, the segment's key
		key(i / 6 * 6 / 5)
		fmt.Fprintf(b, "#EXT-X-MAP:URI=\"i%d.mp4\"\n", i/6)
		key(i / 5)
	case i%5 == 0:
		key(i / 5)
	}
	if i%6 == 0 && i != first {
		fmt.Fprintf(b, "#EXT-X-MAP:URI=\"i%d.mp4\"\n", i/6)
	}
	if i%9 == 0 || i == first {
		fmt.Fprintf(b, "#EXT-X-PROGRAM-DATE-TIME:%s\n", epoch.Add(time.Duration(2*i)*time.Second).Format(time.RFC3339))
	}
	if i >= n-3 {
		fmt.Fprintf(b, "#EXT-X-PART:DURATION=1,URI=\"%d.0.mp4\"\n#EXT-X-PART:DURATION=1,URI=\"%d.1.mp4\"\n", i, i)
	}
	offset := "@" + fmt.Sprint(i%4*100)
	if i%4 != 0 && i != first {
		offset = ""
	}
	fmt.Fprintf(b, "#EXTINF:2,\n#EXT-X-BYTERANGE:100%s\nf%d.mp4\n", offset, i/4)
}

// TestUpdateIsWhole: a playlist kept up to date by delta updates is the playlist
// that the server would have sent whole.
func TestUpdateIsWhole(t *testing.T) {
	for _, skipRanges := range []bool{false, true} {
		s := channel{window: 30, skip: 8, skipRanges: skipRanges}
		const dir = "https://edge.example/live/m.m3u8"
		held, err := Parse(dir, "", []byte(s.at(31, false)))
		if err != nil {
			t.Fatal(err)
		}
		for n := 32; n < 120; n++ {
			delta, err := Parse(dir+"?_HLS_skip=YES", "", []byte(s.at(n, true)))
			if err != nil {
				t.Fatal(err)
			}
			if held, err = Update(held, delta); err != nil {
				t.Fatalf("update to %d: %v", n, err)
			}
			whole, err := Parse(dir, "", []byte(s.at(n, false)))
			if err != nil {
				t.Fatal(err)
			}
			samePlaylist(t, n, held, whole)
		}
	}
}

func samePlaylist(t *testing.T, n int, got, want *Presentation) {
	t.Helper()
	a, b := got.track0().Listed(), want.track0().Listed()
	if len(a) != len(b) {
		t.Fatalf("at %d: %d segments; want %d", n, len(a), len(b))
	}
	for i := range a {
		if !reflect.DeepEqual(a[i], b[i]) {
			t.Fatalf("at %d: segment %d =\n%+v %+v; want\n%+v %+v", n, i, a[i], a[i].Init, b[i], b[i].Init)
		}
	}
	if !reflect.DeepEqual(got.track0().Building(), want.track0().Building()) {
		t.Fatalf("at %d: building = %+v; want %+v", n, got.track0().Building(), want.track0().Building())
	}
	g, w := *got.HLS, *want.HLS
	g.delta, w.delta = deltaHead{}, deltaHead{}
	if !reflect.DeepEqual(g, w) || got.Live != want.Live {
		t.Fatalf("at %d: timing =\n%+v; want\n%+v", n, g, w)
	}
}

// TestUpdateRefuses: what does not fit is refused, and says what to do.
func TestUpdateRefuses(t *testing.T) {
	parse := func(body string) *Presentation { return mustParse(t, body) }
	s := channel{window: 30, skip: 8}
	whole, delta := parse(s.at(40, false)), parse(s.at(41, true))
	changed := parse(strings.ReplaceAll(s.at(41, true), "#EXTINF:2,", "#EXTINF:1.5,"))
	for _, row := range []struct {
		name            string
		previous, delta *Presentation
		says            string
	}{
		{"nothing to update", nil, delta, "no whole media playlist"},
		{"a multivariant playlist", parse(masterWith(soundVariant)), delta, "no whole media playlist"},
		{"a delta on a delta", delta, parse(s.at(42, true)), "no whole media playlist"},
		{"a playlist from after it", parse(s.at(90, false)), delta, "does not have"},
		{"a playlist too long ago", parse(s.at(20, false)), delta, "does not have"},
		{"another stream", whole, changed, "has changed"},
	} {
		p, err := Update(row.previous, row.delta)
		if p != nil || !errors.Is(err, ErrDelta) || !strings.Contains(err.Error(), row.says) || !strings.Contains(err.Error(), "ask for the whole playlist") {
			t.Errorf("%s: Update = %v, %v; want %q and ErrDelta", row.name, p, err, row.says)
		}
	}
	if p, err := Update(nil, whole); p != whole || err != nil {
		t.Errorf("Update(nil, whole) = %v, %v; want the whole", p, err)
	}
}

// TestUpdateKeepsURLs: as in hls.js, skipped segments keep the token of the load
// they came with.
func TestUpdateKeepsURLs(t *testing.T) {
	s := channel{window: 30, skip: 8}
	at := func(token string, body string) *Presentation {
		p, err := NewCache(4).Parse("https://edge.example/cmaf/7_v/"+token+"/1999999999/m.m3u8", "", []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, err := NewCache(4).Update(at("tokenA", s.at(40, false)), at("tokenB", s.at(41, true)))
	if err != nil {
		t.Fatal(err)
	}
	list := p.track0().Listed()
	first, last := list[0], list[len(list)-1]
	if got := p.Resolve(first.Ref); !strings.Contains(got, "tokenA") {
		t.Errorf("skipped segment = %s; want the old token", got)
	}
	if got := p.Resolve(first.Init.Ref) + p.Resolve(first.Keys[0].Ref); strings.Contains(got, "tokenB") {
		t.Errorf("its map and key = %s; want the old token", got)
	}
	if got := p.Resolve(last.Ref); !strings.Contains(got, "tokenB") {
		t.Errorf("listed segment = %s; want the new token", got)
	}
	if list[1].Init != list[2].Init {
		t.Error("segments that shared a map share it no more")
	}
}

// TestCacheUpdate: viewers with equal loads share the result.
func TestCacheUpdate(t *testing.T) {
	c := NewCache(8)
	s := channel{window: 30, skip: 8}
	update := func() *Presentation {
		whole, err := c.Parse(base, "", []byte(s.at(40, false)))
		if err != nil {
			t.Fatal(err)
		}
		delta, err := c.Parse(base, "", []byte(s.at(41, true)))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Update(whole, delta)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if one, other := update(), update(); one.Document != other.Document {
		t.Error("two viewers with the same loads got two documents")
	}
}
