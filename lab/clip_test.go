package lab

import "testing"

// Validate promises that every bit rate from a track's least on carries the
// track, whatever the segment duration and wherever in the loop it begins.
func TestLeastBitratesCarryEverySegment(t *testing.T) {
	for _, track := range append(pictures[:], sound) {
		c, err := loadClip(track)
		if err != nil {
			t.Fatal(err)
		}
		var worst int64
		for each := int64(1); each <= int64(maxSegment/gop); each++ {
			for second := range int64(loopSeconds) {
				first := c.frameAt(second)
				frames := c.frameAt(second+each) - first
				h, err := newHead(c, first, frames, 0)
				if err != nil {
					t.Fatal(err)
				}
				duration := frames * c.frame
				need := (h.bytes()+1)*8*c.timescale/duration + 1
				worst = max(worst, need)
			}
		}
		if worst > track.least {
			t.Errorf("%s: a segment needs %d bit/s, least is %d", track.file, worst, track.least)
		}
		if worst < track.least*9/10 {
			t.Errorf("%s: needs only %d bit/s, least is %d: lower it", track.file, worst, track.least)
		}
	}
}

// What make.sh promises: any second can follow any other.
func TestSampleKeepsItsPromises(t *testing.T) {
	for _, row := range []struct {
		track  track
		frames int
		keys   int // every how many frames there is a key frame
		codecs string
	}{
		{pictures[0], 200, 25, "avc1.4D400C"},
		{pictures[1], 200, 25, "avc1.4D4016"},
		{pictures[2], 200, 25, "avc1.4D401F"},
		{sound, 375, 1, "mp4a.40.2"},
	} {
		c, err := loadClip(row.track)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.samples) != row.frames || c.codecs != row.codecs {
			t.Errorf("%s: %d frames of %s, want %d of %s", row.track.file, len(c.samples), c.codecs, row.frames, row.codecs)
		}
		for i, s := range c.samples {
			if s.IsSync() != (i%row.keys == 0) || s.CompositionTimeOffset != 0 || int64(s.Dur) != c.frame {
				t.Fatalf("%s: frame %d: key %v, offset %d, %d units long", row.track.file, i, s.IsSync(), s.CompositionTimeOffset, s.Dur)
			}
		}
	}
}
