package player

import (
	"time"

	"soak/qoe"
)

// soundAlone is how long Chromium plays on with sound when the video has run out:
// currentTime goes on, the picture stands, no event is fired (media/renderers/
// renderer_impl.cc, video_underflow_threshold_). Then, or when the sound runs out
// too, all waits for both.
const soundAlone = 3 * time.Second

// run is how far the playhead can move from pos as booked.
func (e *element) run() time.Duration {
	if e.status != playing || !e.required[qoe.Video] || !e.required[qoe.Audio] {
		return e.reach()
	}
	sound := e.reachOf(e.buffers[qoe.Audio], e.pos)
	return min(sound, e.reachOf(e.buffers[qoe.Video], e.seen)+e.scaled(soundAlone))
}

// left is how far the playhead still moves by what is buffered, the picture with it
// or not.
func (e *element) left() time.Duration { return max(e.run()-e.position(), 0) }
