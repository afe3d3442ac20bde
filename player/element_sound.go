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

// lastFrames is the tail that Chromium keeps back: the playhead stopped 30 to 60 ms
// before the end of the shorter buffer (seen in version 156).
const lastFrames = 45 * time.Millisecond

// run is how far the playhead can move from pos as booked. That changes with what is
// buffered, with jumps and with the status, not as the playhead moves on.
func (e *element) run() time.Duration {
	if e.limited == e.status {
		return e.limit
	}
	return e.reckon()
}

// reckonAnew forgets how far that is.
func (e *element) reckonAnew() { e.limited = numStatus }

func (e *element) reckon() time.Duration {
	if e.locked {
		return e.pos
	}
	tail := e.tail
	if e.complete || e.status != playing {
		tail = 0
	}
	e.limited = e.status
	if e.status != playing || !e.required[qoe.Video] || !e.required[qoe.Audio] {
		e.limit = e.reach() - tail
		return e.limit
	}
	sound := e.reachOf(e.buffers[qoe.Audio], e.pos)
	e.limit = min(sound, e.reachOf(e.buffers[qoe.Video], e.seen)+e.scaled(soundAlone)) - tail
	return e.limit
}

// left is how far the playhead still moves by what is buffered, the picture with it
// or not.
func (e *element) left() time.Duration { return max(e.run()-e.position(), 0) }

// Each time the sound runs out Chromium wants twice as much of it before it goes on;
// a seek begins anew (media/filters/audio_renderer_algorithm.cc,
// IncreasePlaybackThreshold, FlushBuffers). The first time that is 0.4 s, which
// segments bring with them; from the fourth on it is more than a segment of 2 s.
const (
	soundWanted = 200 * time.Millisecond
	soundMost   = 3 * time.Second
)

// dryOut ends the movement where the buffer ends, and notes if it was the sound's.
func (e *element) dryOut() {
	if e.required[qoe.Audio] && e.reachOf(e.buffers[qoe.Audio], e.pos)-e.tail <= e.pos {
		e.thirst++
	}
	e.freeze()
}

// soundEnough tells whether there is as much sound as the playhead needs to move on.
func (e *element) soundEnough() bool {
	if e.thirst == 0 || !e.required[qoe.Audio] {
		return true
	}
	return e.reachOf(e.buffers[qoe.Audio], e.pos)-e.pos >= min(soundWanted<<min(e.thirst, 4), soundMost)
}
