package player

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"soak/manifest"
	"soak/qoe"
)

// sidx is an index of n subsegments of 2 s and so many bytes each (ISO/IEC 14496-12
// clause 8.16.3).
func sidx(n int, bytes uint32) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(32+12*n))
	b = append(b, "sidx\x00\x00\x00\x00"...)
	for _, v := range []uint32{1, 1000, 0, 0, uint32(n)} { // reference_ID, timescale, earliest time, first_offset, count
		b = binary.BigEndian.AppendUint32(b, v)
	}
	for range n {
		for _, v := range []uint32{bytes, 2000, 0x90000000} { // size, duration, starts with SAP 1
			b = binary.BigEndian.AppendUint32(b, v)
		}
	}
	return string(b)
}

// indexedOrigin is a VOD of one file per Representation: 700 bytes of init, an index,
// and segments of 2 s.
type indexedOrigin struct {
	segments int
	refuse   func(Request) int
	body     string // of indexes; empty: as they should be
	noRange  bool   // the MPD does not say where they are
}

func (o *indexedOrigin) serve(r Request, now time.Time) dashAnswer {
	a := dashAnswer{status: 200, ttfb: 10 * time.Millisecond, took: 20 * time.Millisecond, date: now}
	if o.refuse != nil {
		if status := o.refuse(r); status != 0 {
			a.status = status
			return a
		}
	}
	switch index := sidx(o.segments, 50_000); {
	case r.Kind == qoe.Manifest:
		a.body = o.mpd(len(index))
	case r.Keep:
		a.body = index
		if o.noRange {
			a.body = "\x00\x00\x00\x08free" + index
		}
		if o.body != "" {
			a.body = o.body
		}
		a.bytes = int64(len(a.body))
	default:
		a.bytes = r.Range.Length
	}
	return a
}

func (o *indexedOrigin) mpd(index int) string {
	base := fmt.Sprintf(`<SegmentBase timescale="1000" indexRange="700-%d"><Initialization range="0-699"/></SegmentBase>`, 700+index-1)
	if o.noRange {
		base = `<SegmentBase timescale="1000"><Initialization range="0-699"/></SegmentBase>`
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" minBufferTime="PT2S" mediaPresentationDuration="PT%dS"><Period>`, 2*o.segments)
	b.WriteString(`<AdaptationSet contentType="video" mimeType="video/mp4">`)
	for i, rate := range []int{200_000, 400_000} {
		fmt.Fprintf(&b, `<Representation id="v%d" bandwidth="%d" codecs="avc1.64001e"><BaseURL>v%d.mp4</BaseURL>%s</Representation>`, i, rate, i, base)
	}
	b.WriteString(`</AdaptationSet><AdaptationSet contentType="audio" mimeType="audio/mp4">`)
	fmt.Fprintf(&b, `<Representation id="a" bandwidth="64000" codecs="mp4a.40.2"><BaseURL>a.mp4</BaseURL>%s</Representation></AdaptationSet></Period></MPD>`, base)
	return b.String()
}

// The index of every Representation is asked for before anything else, and segments
// are byte ranges of one file.
func TestDashPlaysByIndex(t *testing.T) {
	o := &indexedOrigin{segments: 10}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.run(t, 30*time.Second)
	if s := d.State(); s.Phase != Ended || s.Position != 20*time.Second {
		t.Fatalf("state = %+v; want ended at 20 s; %v", s, w.samples)
	}
	var order []string
	for _, r := range w.log[1:6] {
		order = append(order, fmt.Sprintf("%s %d", r.URL.Name, r.Range.Offset))
	}
	if got, want := strings.Join(order, ", "), "v0.mp4 700, v1.mp4 700, a.mp4 700, v1.mp4 0, a.mp4 0"; got != want {
		t.Errorf("first requests = %s; want %s: three indexes at once, then the inits", got, want)
	}
	video := w.asked(qoe.Segment, qoe.Video)
	if len(video) != 10 {
		t.Fatalf("%d video segments; want 10", len(video))
	}
	at := int64(700 + len(sidx(10, 0)))
	for i, r := range video {
		if want := (manifest.Range{Offset: at + int64(i)*50_000, Length: 50_000}); r.Range != want {
			t.Errorf("segment %d = %+v; want %+v", i, r.Range, want)
		}
	}
}

// An index that cannot be had is tried like a media segment. Its Representation then
// has no segments.
func TestDashIndexFailures(t *testing.T) {
	of := func(name string) func(Request) int {
		return func(r Request) int {
			if r.Keep && strings.HasSuffix(r.URL.String(), name) {
				return 403
			}
			return 0
		}
	}
	for _, c := range []struct {
		origin indexedOrigin
		phase  Phase
		asked  int // indexes
		why    string
	}{
		{indexedOrigin{refuse: of("v1.mp4")}, Dead, 2 + 4, "of the Representation to begin with: four tries, and nothing to ask for"},
		{indexedOrigin{refuse: of("v0.mp4")}, Ended, 2 + 4, "of one that is never chosen: it only waits for the four tries"},
		{indexedOrigin{body: "<html>403</html>"}, Dead, 3, "a page with status 200 is no index"},
		{indexedOrigin{noRange: true}, Ended, 3, "without indexRange it is looked for in the first bytes"},
	} {
		o := c.origin
		o.segments = 10
		w := newDashWorld(o.serve)
		d := w.play(t, Config{}, dashURL)
		w.run(t, 40*time.Second)
		asked := 0
		for _, r := range w.log {
			if r.Keep {
				asked++
			}
		}
		if s := d.State(); s.Phase != c.phase || asked != c.asked {
			t.Errorf("%v after %d index requests; want %v after %d: %s; %v", s.Phase, asked, c.phase, c.asked, c.why, samplesOf[qoe.Fatal](w))
		}
	}
}

// A seek while the indexes are under way changes nothing but where playback begins.
func TestDashSeeksBeforeIndex(t *testing.T) {
	o := &indexedOrigin{segments: 30}
	w := newDashWorld(o.serve)
	d := w.play(t, Config{}, dashURL)
	w.After(125*time.Millisecond, func() {
		if len(d.indexes.loads) != 3 {
			t.Error("the indexes are not under way")
		}
		d.Seek(Target{Origin: FromStart, Offset: 30 * time.Second})
	})
	w.run(t, 10*time.Second)
	if s := d.State(); s.Phase != Playing || s.Position < 35*time.Second {
		t.Errorf("state = %+v; want playing on from 30 s", s)
	}
}
