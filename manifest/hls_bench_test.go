package manifest

import (
	"bytes"
	"fmt"
	"testing"
)

// protectedPlaylist is an hour of 2 s segments, each with a date, and with the
// viewer's pair in every URL where token is not empty.
func protectedPlaylist(token string) []byte {
	var b bytes.Buffer
	b.WriteString("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:1000\n#EXT-X-MAP:URI=\"init.mp4\"\n")
	dir := ""
	if token != "" {
		dir = "/cmaf/7_live/" + token + "/1795521600/"
	}
	for i := range 1800 {
		fmt.Fprintf(&b, "#EXT-X-PROGRAM-DATE-TIME:2026-11-24T%02d:%02d:%02d.000Z\n#EXTINF:2.000,\n%sseg_%06d.m4s\n", 12+i/1800, i*2/60%60, i*2%60, dir, i)
	}
	return b.Bytes()
}

// BenchmarkHour is an hour of 2 s segments: parsed, looked up, and looked up by
// viewers whose bodies differ in their token.
func BenchmarkHour(b *testing.B) {
	open := protectedPlaylist("")
	b.Run("parse", func(b *testing.B) {
		b.SetBytes(int64(len(open)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Parse(base, "", open); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached", func(b *testing.B) {
		c := NewCache(4)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Parse(base, "", open); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cached, a token each", func(b *testing.B) {
		c := NewCache(4)
		var bodies [][]byte
		for i := range 16 {
			bodies = append(bodies, protectedPlaylist(fmt.Sprintf("token%08d", i)))
		}
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			if _, err := c.Parse(base, "", bodies[i%len(bodies)]); err != nil {
				b.Fatal(err)
			}
			i++
		}
		if s := c.Stats(); s.Lookups-s.Hits != 1 {
			b.Fatalf("%d parses; want 1", s.Lookups-s.Hits)
		}
	})
}

// BenchmarkUpdate is a delta update applied to an hour.
func BenchmarkUpdate(b *testing.B) {
	s := channel{window: 1800, skip: 8}
	previous, err := Parse(base, "", []byte(s.at(2000, false)))
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(s.at(2001, true))
	b.ReportAllocs()
	for b.Loop() {
		delta, err := Parse(base, "", body)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Update(previous, delta); err != nil {
			b.Fatal(err)
		}
	}
}
