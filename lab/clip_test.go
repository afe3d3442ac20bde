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
				h, err := newHead(c, first, frames)
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
