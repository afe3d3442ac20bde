package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
)

// sidxBox is an index of n subsegments of 2 s and 1000 bytes each, ones that
// refer to further indexes where nested says so.
func sidxBox(t testing.TB, first uint64, n int, nested bool) []byte {
	t.Helper()
	b := &mp4.SidxBox{Version: 1, ReferenceID: 1, Timescale: 1000, EarliestPresentationTime: first}
	for range n {
		ref := mp4.SidxRef{ReferencedSize: 1000, SubSegmentDuration: 2000, StartsWithSAP: 1, SAPType: 1}
		if nested {
			ref.ReferenceType = 1
		}
		b.SidxRefs = append(b.SidxRefs, ref)
	}
	var out bytes.Buffer
	if err := b.Encode(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const indexedMPD = `<Period start="PT10S" duration="PT60S"><AdaptationSet contentType="video"><Representation id="v"><BaseURL>v.mp4</BaseURL><SegmentBase indexRange="700-799" timescale="1000" presentationTimeOffset="4000"><Initialization range="0-699"/></SegmentBase></Representation></AdaptationSet></Period>`

// TestIndexed: a SegmentBase is one segment until its index is read, and then as
// many byte ranges as the sidx lists (ISO/IEC 14496-12 clause 8.16.3).
func TestIndexed(t *testing.T) {
	p := mustParse(t, mpdOf("", indexedMPD))
	s := p.track0()
	if list := s.Listed(); len(list) != 1 || list[0].Duration != time.Minute || s.Init().Range != (Range{0, 700}) {
		t.Errorf("before: %+v, init %+v; want one segment of a minute, and its first 700 bytes as init", list, s.Init())
	}
	x := s.Index()
	if x == nil || x.Range != (Range{700, 100}) || p.Resolve(x.Ref) != "https://edge.example/videos/7/TOKEN/1999999999/v.mp4" {
		t.Fatalf("Index = %+v; want 700-799 of v.mp4", x)
	}
	body := sidxBox(t, 4000, 3, false)
	read, err := s.Indexed(body)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, seg := range read.Listed() {
		got += fmt.Sprintf("%d@%v+%v:%d-%d ", seg.Number, seg.Start, seg.Duration, seg.Range.Offset, seg.Range.Offset+seg.Range.Length-1)
	}
	end := 700 + len(body)
	want := fmt.Sprintf("1@10s+2s:%d-%d 2@12s+2s:%d-%d 3@14s+2s:%d-%d ", end, end+999, end+1000, end+1999, end+2000, end+2999)
	if got != want || read.Index() != nil || read.Init() != s.Init() || read.Nominal() != 2*time.Second {
		t.Errorf("segments = %s; want %s", got, want)
	}
	if at, ok := read.At(13 * time.Second); !ok || at.Number != 2 {
		t.Errorf("At(13s) = %+v, %v; want 2", at, ok)
	}
}

// TestIndexedNested: a hierarchical index is read where all of it stands in the
// range, and refused where it does not.
func TestIndexedNested(t *testing.T) {
	s := mustParse(t, mpdOf("", indexedMPD)).track0()
	top := sidxBox(t, 4000, 2, true)
	child := func(first uint64) []byte { // padded to the 1000 bytes that top says
		b := sidxBox(t, first, 2, false)
		return append(b, make([]byte, 1000-len(b))...)
	}
	body := append(append(append([]byte{}, top...), child(4000)...), child(8000)...)
	read, err := s.Indexed(body)
	if err != nil || len(read.Listed()) != 4 || read.Listed()[3].Start != 16*time.Second {
		t.Fatalf("Indexed = %+v, %v; want four segments, the last at 16s", read, err)
	}
	if _, err := s.Indexed(top); err == nil || !strings.Contains(err.Error(), "outside its range") {
		t.Errorf("only the top: %v; want a refusal", err)
	}
	self := sidxBox(t, 0, 1, true) // refers to itself
	self[27] = 0
	copy(self[20:28], bytes.Repeat([]byte{0xff}, 8))
	if _, err := s.Indexed(self); err == nil {
		t.Error("an offset of 2^64 is accepted")
	}
}

func TestIndexedRefusals(t *testing.T) {
	s := mustParse(t, mpdOf("", indexedMPD)).track0()
	good := sidxBox(t, 0, 3, false)
	zero := bytes.Clone(good)
	copy(zero[16:20], []byte{0, 0, 0, 0})
	for _, row := range []struct {
		name string
		body []byte
		want error
		says string
	}{
		{"a page", []byte("<html>403</html>"), ErrNotManifest, ""},
		{"nothing", nil, ErrUnsupported, "no sidx"},
		{"another box", []byte("\x00\x00\x00\x10ftypmp42\x00\x00\x00\x00"), ErrUnsupported, "no sidx"},
		{"a cut box", good[:len(good)-5], ErrTruncated, "of"},
		{"a cut header", good[:5], ErrTruncated, ""},
		{"WebM", []byte{0x1c, 0x53, 0xbb, 0x6b, 0x80}, ErrUnsupported, "WebM"},
		{"no timescale", zero, ErrUnsupported, "@timescale"},
	} {
		if read, err := s.Indexed(row.body); read != nil || !errors.Is(err, row.want) || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v; want %v with %q", row.name, err, row.want, row.says)
		}
	}
	if _, err := mustParse(t, cleanStatic).track0().Indexed(good); err == nil {
		t.Error("an index for a SegmentTemplate is accepted")
	}
}
