package manifest

import (
	"strings"
	"testing"
	"time"
)

// What stands before a segment, where it can be read in more than one way.
func TestBeforeASegment(t *testing.T) {
	early, late := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		why, tags string
		length    time.Duration
		date      time.Time
		init      string
	}{
		{"nothing but its length", "#EXTINF:6.5,\n", 6500 * time.Millisecond, time.Time{}, ""},
		{"a title is none of the length", "#EXTINF:6, 7.5\n", 6 * time.Second, time.Time{}, ""},
		{"a unit is not read", "#EXTINF:6.25s,\n", 6250 * time.Millisecond, time.Time{}, ""},
		{"of two lengths the last counts", "#EXTINF:5,\n#EXTINF:6,\n", 6 * time.Second, time.Time{}, ""},
		{"a date behind the length", "#EXTINF:6,\n#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n", 6 * time.Second, early, ""},
		{"of two dates the first counts", "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n#EXT-X-PROGRAM-DATE-TIME:2026-02-01T00:00:00Z\n#EXTINF:6,\n", 6 * time.Second, early, ""},
		{"also when it is none", "#EXT-X-PROGRAM-DATE-TIME:soon\n#EXT-X-PROGRAM-DATE-TIME:2026-02-01T00:00:00Z\n#EXTINF:6,\n", 6 * time.Second, time.Time{}, ""},
		{"a date without a colon in its zone", "#EXT-X-PROGRAM-DATE-TIME:2026-02-01T02:00:00+0200\n#EXTINF:6,\n", 6 * time.Second, late, ""},
		{"of two maps the last counts", "#EXT-X-MAP:URI=\"a.mp4\"\n#EXT-X-MAP:URI=\"b.mp4\"\n#EXTINF:6,\n", 6 * time.Second, time.Time{}, "b.mp4"},
	} {
		p, err := Parse("http://edge.example/1/index.m3u8", "", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:7\n"+c.tags+"1.m4s\n"))
		if err != nil {
			t.Fatalf("%s: %v", c.why, err)
		}
		s, init := p.track0().Listed()[0], ""
		if s.Init != nil {
			init = s.Init.Ref.URI
		}
		if s.Duration != c.length || !s.ProgramDateTime.Equal(c.date) || init != c.init {
			t.Errorf("%s: %v, %v and %q; want %v, %v and %q", c.why, s.Duration, s.ProgramDateTime, init, c.length, c.date, c.init)
		}
	}
}

// A map holds for the segments after it, until the next one.
func TestMapsHold(t *testing.T) {
	body := "#EXTM3U\n#EXT-X-TARGETDURATION:7\n" + strings.Join([]string{
		"#EXTINF:6,\n0.m4s\n", "#EXT-X-MAP:URI=\"a.mp4\",BYTERANGE=\"100@20\"\n#EXTINF:6,\n1.m4s\n", "#EXTINF:6,\n2.m4s\n", "#EXT-X-MAP:URI=\"b.mp4\"\n#EXTINF:6,\n3.m4s\n",
	}, "")
	p, err := Parse("http://edge.example/1/index.m3u8", "", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	s := p.track0().Listed()
	if s[0].Init != nil || s[1].Init != s[2].Init || s[1].Init.Ref.URI != "a.mp4" || s[1].Init.Range != (Range{20, 100}) || s[3].Init.Ref.URI != "b.mp4" {
		t.Errorf("%+v", s)
	}
}
