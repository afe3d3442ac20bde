package lab

import (
	"sync/atomic"
)

// rendition is one rung of the ladder, the audio, or subtitles.
type rendition struct {
	*reel
	id        string
	bitrate   int64
	subtitle  *Subtitle                               // nil: audio or video
	playlists [playlistSlots]atomic.Pointer[playlist] // live, by number; see hls.go
	weights   [loopSeconds]int64                      // of live segments, likewise; 0: not known without a look
	lasts     [loopSeconds][]byte                     // how long they last, as playlists say it
	chunks    [loopSeconds][]chunk                    // of live segments, by the second of the loop that they begin with; nil: they have none
}

// size is the exact number of bytes of a segment: its duration at the
// rendition's bit rate. It needs no media.
func (r *rendition) size(from, to int64) int64 {
	_, duration := r.span(from, to)
	return bytesOf(r.bitrate, duration, r.timescale)
}

// segment is media segment n.
func (r *rendition) segment(n int64, live bool) segment {
	from, to, h := r.place(n, live)
	start, _ := r.span(from, to)
	s := segment{clip: r.clip, head: h, seq: uint32(n + 1), tfdt: uint64(start), size: r.size(from, to)}
	if live {
		s.chunks = r.chunks[from%loopSeconds]
	}
	return s
}

// reel is a clip cut into segments. Segment n begins n segment durations into the
// loop, so there are as many different cuts as the loop has seconds, and one for
// the last segment of a VOD.
type reel struct {
	*clip
	bitrate int64 // to which frames are filled; 0: they are not
	each    int64 // seconds a segment
	whole   int64 // seconds of a VOD
	cuts    [loopSeconds]*head
	last    *head
}

func newReel(f filled, each, whole int64) (*reel, error) {
	c, err := loadClip(f.track)
	if err != nil {
		return nil, err
	}
	r := &reel{clip: c, bitrate: f.bitrate, each: each, whole: whole}
	for second := range int64(loopSeconds) {
		if r.cuts[second], err = r.cut(second, second+each); err != nil {
			return nil, err
		}
	}
	n := r.count() - 1
	r.last, err = r.cut(n*each, whole)
	return r, err
}

func (r *reel) cut(from, to int64) (*head, error) {
	first := r.frameAt(from)
	frames := r.frameAt(to) - first
	h, err := newHead(r.clip, first, frames, 0)
	if err != nil || r.bitrate == 0 {
		return h, err
	}
	_, duration := r.span(from, to)
	return newHead(r.clip, first, frames, fill(bytesOf(r.bitrate, duration, r.timescale)-h.bytes(), frames))
}

// bytesOf is what a duration takes at a bit rate.
func bytesOf(bitrate, duration, timescale int64) int64 { return bitrate * duration / (8 * timescale) }

// count is the number of segments of a VOD.
func (r *reel) count() int64 { return (r.whole + r.each - 1) / r.each }

// place is which seconds segment n covers, and its boxes.
func (r *reel) place(n int64, live bool) (from, to int64, h *head) {
	from = n * r.each
	to = from + r.each
	if !live && to > r.whole {
		return from, r.whole, r.last
	}
	return from, to, r.cuts[from%loopSeconds]
}
