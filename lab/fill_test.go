package lab

import (
	"bytes"
	"testing"
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
)

// With padding in frames almost every byte of a segment is media that a buffer keeps,
// and the segment is as long as without.
func TestFramesAreFilled(t *testing.T) {
	cfg := Config{Ladder: []int64{200_000, 5_000_000}, AudioBitrate: 2_000_000, Length: 9 * time.Second, Segment: 4 * time.Second}
	boxed := lab(t, cfg)
	cfg.Padding = inFrames
	filled := lab(t, cfg)
	for _, id := range []string{"v1", "v2", "a1"} {
		for n := range int64(3) {
			var b bytes.Buffer
			r := filled.origin.byID[id]
			s := r.segment(n, false)
			s.write(&part{w: &b, left: s.size})
			if old := boxed.origin.byID[id].segment(n, false); int64(b.Len()) != s.size || s.size != old.size {
				t.Errorf("%s segment %d: %d bytes written of %d, %d in a box", id, n, b.Len(), s.size, old.size)
			}
			file, err := mp4.DecodeFile(&b)
			if err != nil {
				t.Fatal(err)
			}
			kept := int64(0)
			for _, segment := range file.Segments {
				for _, fragment := range segment.Fragments {
					samples, err := fragment.GetFullSamples(nil)
					if err != nil {
						t.Fatal(err)
					}
					for _, sample := range samples {
						kept += int64(len(sample.Data))
					}
				}
			}
			if kept < s.size*95/100 {
				t.Errorf("%s segment %d: %d of %d bytes are media", id, n, kept, s.size)
			}
		}
	}
}
